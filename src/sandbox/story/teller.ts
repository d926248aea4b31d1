/** Tells a story in a terminal: chapters, acts of people, messages as they look in Slack, facts. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Channel, Message, Workspace } from '../slack/workspace.ts';
import { readMessage } from './block-text.ts';
import { paint } from './paint.ts';
import { type Line, line, plainText, type Span, span, wrap } from './text.ts';

export type Teller = ReturnType<typeof createTeller>;

export function createTeller(options: {
  readonly write: (text: string) => void;
  readonly columns: number;
  readonly colours: boolean;
  /** Waited before each chapter, act and message, so that a person can follow. */
  readonly paceMs: number;
}) {
  const { colours } = options;
  const columns = Math.min(Math.max(options.columns, 40), 116);
  let chapters = 0;
  /** What was shown of each message, by its place. */
  const shown = new Map<string, ReadonlySet<string>>();

  const put = (given: Line, left: readonly Span[] = []): void => {
    const room = columns - plainText({ spans: left }).length;
    for (const one of wrap(given, room)) {
      options.write(`${paint({ spans: [...left, ...one.spans] }, colours).trimEnd()}\n`);
    }
  };
  const blank = (): void => options.write('\n');
  const breathe = async (): Promise<void> => {
    if (options.paceMs > 0) await pause(options.paceMs);
  };
  // Since the process started.
  const elapsed = (): string => `${(performance.now() / 1_000).toFixed(1)} s`;
  const stamp = (): Span => span(` ·\u00a0${elapsed().replace(' ', '\u00a0')}`, 'quiet');

  function box(title: readonly Span[], lines: readonly Line[]): void {
    const left = [span('    '), span('│ ', 'title')];
    put({ spans: [...title, stamp()] }, [span('    '), span('╭ ', 'title')]);
    for (const one of lines) put(one, left);
    options.write(`${paint({ spans: [span('    '), span('╰', 'title')] }, colours)}\n`);
  }

  return {
    elapsed,
    title(text: string): void {
      put(line(span(text, 'strong')));
      blank();
    },
    /** Something takes a moment: said before, so that nobody stares at an empty screen. */
    say(text: string): void {
      put(line(span(text, 'quiet')), [span('  ')]);
    },
    async chapter(text: string): Promise<void> {
      await breathe();
      chapters += 1;
      const head = `━━ ${chapters}  ${text} `;
      blank();
      put(line(span(head + '━'.repeat(Math.max(2, columns - head.length)), 'title', 'strong')));
      blank();
    },
    async act(who: string, what: string): Promise<void> {
      await breathe();
      put(line('👤 ', span(who, 'strong'), ` ${what}`), [span('  ')]);
    },
    async event(what: string): Promise<void> {
      await breathe();
      put(line('⚡ ', what, stamp()), [span('  ')]);
    },
    fact(what: string): void {
      put(line(span('✔ ', 'good'), what), [span('  ')]);
    },
    /** One line of a table. */
    item(name: string, value: string): void {
      put({ spans: [span(name.padEnd(10), 'quiet'), span(value)], hang: 10 }, [span('  ')]);
    },
    failure(text: string): void {
      for (const one of text.split('\n')) put(line(span(one, 'bad')), [span('  ')]);
    },
    blank,

    /** The message as it looks now: all of it the first time, later only the lines that are new. False: none is. */
    async message(workspace: Workspace, channel: Channel, message: Message): Promise<boolean> {
      const reader = { nameOf: (id: string) => nameOf(workspace, id), now: new Date(workspace.now()) };
      const lines = readMessage(message, reader);
      const place = `${channel.id}/${message.ts}`;
      const before = shown.get(place);
      const fresh = lines.filter((one) => !before?.has(plainText(one)));
      shown.set(place, new Set(lines.map(plainText)));
      if (fresh.length === 0) return false;
      await breathe();
      const [first, ...others] = fresh;
      if (before && first && others.length < 2) {
        put({ spans: [...first.spans, stamp()] }, [span('    ↻ ', 'title')]);
        for (const one of others) put(one, [span('      ')]);
        return true;
      }
      const thread = message.thread_ts === undefined || message.thread_ts === message.ts ? '' : ', in a thread';
      const pinned = channel.pins.some(({ ts }) => ts === message.ts) ? ', pinned 📌' : '';
      const what = before ? ' updates its message in ' : ' in ';
      box(
        [
          span(workspace.users.get(message.user)?.realName ?? message.user, 'strong'),
          span(`${what}#${channel.name}${thread}${pinned}`, 'quiet'),
        ],
        fresh,
      );
      return true;
    },
  };
}

function nameOf(workspace: Workspace, id: string): string {
  return workspace.users.get(id)?.name ?? workspace.userGroups.get(id)?.handle ?? id;
}
