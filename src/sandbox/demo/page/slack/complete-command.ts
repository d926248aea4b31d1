/** What a leading slash offers: the commands, and after one of them its whole lines. */
import type { Command } from '../../protocol.ts';

export type Suggestion = {
  /** What is shown, and what the line becomes when it is taken. */
  readonly line: string;
  readonly note: string;
};

export type Completion = {
  readonly suggestions: readonly Suggestion[];
  /** How the command is used, once it is typed. */
  readonly usage: string | undefined;
  /** Marked at the start, so that Enter takes it; -1: Enter sends the line. */
  readonly marked: number;
};

const none: Completion = { suggestions: [], usage: undefined, marked: -1 };

/**
 * Completes a line. While the command itself is typed, Enter takes the first one that fits, as in Slack; a line that
 * is a command or an example already is sent.
 */
export function completeCommand(commands: readonly Command[], typed: string): Completion {
  if (!typed.startsWith('/') || typed.includes('\n')) return none;
  const space = typed.indexOf(' ');
  if (space < 0) return ofNames(commands, typed.toLowerCase());
  const command = commands.find((one) => one.command === typed.slice(0, space).toLowerCase());
  if (!command) return none;
  const wanted = typed.trimEnd().toLowerCase();
  const suggestions = command.examples
    .filter((line) => line.toLowerCase().startsWith(wanted) && line.toLowerCase() !== wanted)
    .map((line) => ({ line, note: '' }));
  return { suggestions, usage: usageOf(command), marked: -1 };
}

function ofNames(commands: readonly Command[], typed: string): Completion {
  const starting = commands.filter(({ command }) => command.startsWith(typed));
  const found = starting.length > 0 ? starting : commands.filter(({ command }) => command.includes(typed.slice(1)));
  const [only] = found;
  const isWhole = found.some(({ command }) => command === typed);
  return {
    suggestions: found.map(({ command, description }) => ({ line: `${command} `, note: description })),
    usage: isWhole && only && found.length === 1 ? usageOf(only) : undefined,
    marked: isWhole || found.length === 0 ? -1 : 0,
  };
}

/** With the command before it, whether or not whoever wrote it put it there. */
function usageOf({ command, usage }: Command): string | undefined {
  if (usage === '') return undefined;
  return usage.startsWith('/') ? usage : `${command} ${usage}`;
}

/** The next mark when the person goes up or down; beyond either end nothing is marked, so that Enter sends. */
export function moveMark(marked: number, by: 1 | -1, count: number): number {
  const next = marked + by;
  if (next >= count) return -1;
  return next < -1 ? count - 1 : next;
}
