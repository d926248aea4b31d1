/** One pipeline: a program, and filters behind it. */
import { isRead } from '../domain/action.ts';
import type { SingleReadOf } from '../domain/read-action.ts';
import type { Template } from '../domain/object-reference.ts';
import type { CommandContext } from './command-context.ts';
import { compileSimple, type Draft, isCompiled, readsManifest } from './dispatch.ts';
import { type CompiledFilter, compileFilter } from './filters/compile.ts';
import { pipelineProblem } from './filters/order.ts';
import { textOf } from './kubectl/flags.ts';
import { inexactOutput } from './inexact-output.ts';
import { intoCode, obstacleReason, secretsIn, writesFile } from './obstacles.ts';
import { manualProgram } from './programs.ts';
import { isRefusal, refuse, type Refusal } from './reasons.ts';
import { readScript } from './shell/shell.ts';
import type { ShellCommand, Streams } from './shell/word.ts';

export function compilePipeline(commands: readonly ShellCommand[], context: CommandContext): Draft | Refusal {
  const [first, ...behind] = commands;
  if (!first) return refuse('not-a-command', 'There is no command here.');
  const early = secretsIn(commands) ?? manifestFrom(first, behind) ?? intoCode(behind) ?? writesFile(commands);
  if (early && 'refused' in early) return early;
  if (early) return compileSimple(early.command, { ...context, stdin: early.stdin });

  // `echo | openssl …`: the sentence should be about the program that does something.
  const feeds = /^(?:echo|printf|cat)$/.test(first.rough[0] ?? '') ? behind[0] : undefined;
  if (feeds) return manualProgram(feeds.rough);
  const compiled = first.rough[0] === 'watch' ? compileWatch(first, context) : compileSimple(first, context);
  if (isRefusal(compiled)) return compiled;
  const { action } = compiled;
  if (!isRead(action) || action.type === 'chain') {
    // What a change prints is thrown away or not; the change is the same.
    if (behind.length === 0) return compiled;
    const text =
      action.type === 'exec'
        ? 'This command in a container is not on the list of reads, so what it prints cannot go through other programs; run it yourself.'
        : 'What this change prints goes through other programs; make the change by itself.';
    return refuse('shell-logic', text);
  }
  const compiledFilters: CompiledFilter[] = [];
  for (const [index, command] of behind.entries()) {
    const filter = filterOf(command, index === behind.length - 1);
    if (isRefusal(filter)) return filter;
    compiledFilters.push(filter);
  }
  const kinds = compiledFilters.map(({ kind }) => kind);
  const filters = compiledFilters.map(({ filter }) => filter);
  const disorder = pipelineProblem(kinds);
  if (disorder) return disorder;
  const streams = streamsOf(first.streams, action.type === 'echo' && filters.length === 0);
  if (isRefusal(streams)) return streams;
  const inexact = inexactOutput(action, first.rough, { filters: kinds, errorsToo: streams?.err === 'to-out' });
  if (inexact) return inexact;
  const read: SingleReadOf<Template> = {
    ...action,
    ...(filters.length > 0 && { filters: [...(action.filters ?? []), ...filters] }),
    ...(streams && { streams }),
  };
  return { ...compiled, action: read, uses: [...compiled.uses, ...behind.flatMap(({ uses }) => uses)] };
}

function filterOf(command: ShellCommand, last: boolean): CompiledFilter | Refusal {
  const { words, streams, stdin } = command;
  if (!words) return obstacleReason(command);
  if (stdin !== undefined)
    return refuse('shell-logic', 'The text behind `<<` takes the place of what the pipe brings.');
  const compiled = compileFilter(words);
  if (isRefusal(compiled) || streams?.out === undefined) return compiled;
  const { filter, kind } = compiled;
  // `| grep -q x` and `| grep x >/dev/null` are one thing; filters print no errors of their own.
  if (last && streams.out === 'dropped' && kind.program === 'grep') {
    return filter.program === 'open' || filter.program === 'grep'
      ? { filter: { ...filter, quiet: true }, kind: { ...kind, quiet: true } }
      : compiled;
  }
  return refuse('shell-logic', 'What is filtered here is thrown away; there is nothing to show.');
}

function streamsOf(streams: Streams | undefined, echoes: boolean): SingleReadOf<Template>['streams'] | Refusal {
  if (!streams) return undefined;
  const { out, err } = streams;
  // A terminal shows both streams of an echo alike.
  if (out === 'crossed' && echoes) return undefined;
  if (out === 'crossed') return refuse('shell-logic', 'The output is sent to where errors go; run this yourself.');
  return { ...(out && { out }), ...(err && { err }) };
}

/** `cat <<EOF | kubectl apply -f -` and `echo '…' | kubectl apply -f -`. */
function manifestFrom(
  first: ShellCommand,
  [second, ...more]: readonly ShellCommand[],
): { command: ShellCommand; stdin: string } | Refusal | undefined {
  const [program] = first.rough;
  if (!second || more.length > 0 || (program !== 'cat' && program !== 'echo') || !readsManifest(second))
    return undefined;
  if (!first.words) return obstacleReason(first);
  if (second.stdin !== undefined || first.streams || !second.words) return undefined;
  const rest = first.words.slice(1);
  if (program === 'cat') {
    const plain = rest.length === 0 || (rest.length === 1 && rest[0] === '-');
    if (plain && first.stdin !== undefined) return { command: second, stdin: first.stdin };
    return refuse('operator-host', 'The manifest is a file on the machine where this is typed; apply it there.');
  }
  const [text] = rest;
  if (rest.length !== 1 || typeof text !== 'string' || text.startsWith('-') || text.includes('\\')) {
    return refuse('unresolved-substitution', 'The shell would fill values into this manifest; write them out.');
  }
  return { command: second, stdin: `${text}\n` };
}

/**
 * `watch kubectl get pods` as one read. watch gives its words to `sh -c`, joined by blanks, so they are read as a shell
 * reads them once more; with `--exec` it gives them to the program as they are.
 */
function compileWatch(command: ShellCommand, context: CommandContext): Draft | Refusal {
  const endless = refuse('endless', '`watch` runs without end; run what it watches yourself.');
  const inner = (command.words ?? command.rough).slice(1);
  let direct = false;
  while (textOf(inner[0] ?? '').startsWith('-')) {
    const flag = textOf(inner.shift() ?? '');
    if (/^(?:-n|--interval)$/.test(flag)) inner.shift();
    else if (/^(?:-x|--exec)$/.test(flag)) direct = true;
    else if (!/^(?:-n[\d.]+|--interval=[\d.]+|-d|-t|-dt|-td|--differences|--no-title)$/.test(flag)) return endless;
  }
  const text = inner.map(textOf).join(' ');
  const alone = { rough: inner.map(textOf), uses: command.uses, ...(command.words && { words: inner }) };
  const { units } = direct
    ? { units: [{ shape: { kind: 'pipeline', commands: [alone] } as const }] }
    : readScript(text);
  const [unit] = units;
  if (units.length !== 1 || unit?.shape.kind !== 'pipeline') return endless;
  const { commands } = unit.shape;
  const [watched] = commands;
  const program = watched?.rough[0] ?? '';
  if (!watched || program === 'watch') return endless;
  if (!isCompiled(program)) return manualProgram(watched.rough);
  // A variable would be read by another shell, which may not have it.
  const plain = command.words && (direct || !/[$`&]/.test(text));
  const compiled = compilePipeline(commands, context);
  if (!plain) return isRefusal(compiled) ? compiled : endless;
  if (isRefusal(compiled)) return compiled;
  if (!isRead(compiled.action)) return refuse('endless', '`watch` would repeat this change without end.');
  return { ...compiled, bounded: true };
}
