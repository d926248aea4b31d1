/** One simple command: its words, what its streams are joined to, and what it is given to read. */
import type { Command, CommandExpansionPart, HereDoc, HereString, Redirect, Word } from 'unbash';
import { isDateFormat } from '../../domain/date-format.ts';
import type { Template } from '../../domain/object-reference.ts';
import { hasMask, type Masked } from './placeholders.ts';
import { isPipeBetween } from './gaps.ts';
import {
  type Obstacle,
  type ReadWord,
  readWord,
  roughText,
  type ShellCommand,
  type Streams,
  type Substitution,
  type WordObstacle,
  type WordUse,
} from './word.ts';

export function readCommand(command: Command, masked: Masked): ShellCommand {
  const items = [...command.prefix, ...(command.name ? [command.name] : []), ...command.suffix];
  const words = items.filter((item) => item.type === 'Word');
  const rough = words.map((word) => roughText(word, masked));
  const environment = items.flatMap((item) => (item.type === 'Assignment' ? [item.name] : []));
  const fail = (obstacle: Obstacle): ShellCommand => ({
    rough,
    uses: [],
    obstacle,
    ...(environment.length > 0 && { environment }),
  });

  let from = command.pos;
  for (const item of items) {
    if (!/^(?:[ \t]|\\\n)*$/.test(masked.text.slice(from, item.pos))) return fail('syntax');
    from = item.end;
  }
  if (from !== command.end) return fail('syntax');
  let streams: Streams = {};
  let stdin: string | undefined;
  for (const item of items) {
    if (item.type === 'HereDoc' || item.type === 'HereString') {
      const given = item.type === 'HereDoc' ? hereDocument(item) : hereString(item, masked);
      if (given === undefined || stdin !== undefined) return fail('heredoc');
      stdin = given;
    } else if (item.type === 'Redirect') {
      const next = redirected(item, streams);
      if (typeof next === 'string') return fail(next);
      streams = next;
    }
  }
  if (environment.length > 0) return fail('assignment');
  const exact: Template[] = [];
  const uses: WordUse[] = [];
  for (const word of words) {
    const read = wordOf(word, masked);
    if (typeof read === 'string') return fail(read);
    exact.push(read.template);
    uses.push(...read.uses);
  }
  const joined = streams.out !== undefined || streams.err !== undefined;
  return { words: exact, uses, rough, ...(joined && { streams }), ...(stdin !== undefined && { stdin }) };
}

/** What the streams are after one more redirection; they apply from left to right. */
function redirected({ operator, descriptor, target }: Redirect, before: Streams): Streams | Obstacle {
  const number = descriptor === undefined ? undefined : descriptor.type === 'FileDescriptor' ? descriptor.value : -1;
  const to = target?.text;
  const nothing = to === '/dev/null';
  switch (operator) {
    case '<':
      return nothing && (number === undefined || number === 0) ? before : 'redirect-from-file';
    case '>':
    case '>>':
    case '>|':
      if (!nothing) return 'redirect-to-file';
      if (number === undefined || number === 1) return { ...before, out: 'dropped' };
      return number === 2 ? { ...before, err: 'dropped' } : 'redirect';
    case '&>':
    case '&>>':
      return nothing ? { out: 'dropped', err: 'dropped' } : 'redirect-to-file';
    case '>&':
      if (to === '1' && number === 2) {
        if (before.out === 'crossed') return 'redirect';
        return { ...before, err: before.out === 'dropped' ? 'dropped' : 'to-out' };
      }
      if (to === '2' && (number === undefined || number === 1)) {
        if (before.err === 'to-out') return before;
        return { ...before, out: before.err === 'dropped' ? 'dropped' : 'crossed' };
      }
      return nothing && number === undefined ? { out: 'dropped', err: 'dropped' } : 'redirect';
    case '<>':
    case '<&':
      return 'redirect';
  }
}

/** Quoted delimiters make a body literal; without them it must hold nothing that the shell expands. */
function hereDocument({ operator, descriptor, delimiter, body, closing }: HereDoc): string | undefined {
  if (!delimiter || !closing || hasMask(body.text) || hasMask(delimiter.text)) return undefined;
  if (descriptor && !(descriptor.type === 'FileDescriptor' && descriptor.value === 0)) return undefined;
  if (!delimiter.quoted && /[$`\\]/.test(body.text)) return undefined;
  return operator === '<<-' ? body.text.replaceAll(/(^|\n)\t+/g, '$1') : body.text;
}

function hereString({ descriptor, target }: HereString, masked: Masked): string | undefined {
  if (!target || descriptor) return undefined;
  const read = wordOf(target, masked);
  return typeof read !== 'string' && typeof read.template === 'string' ? `${read.template}\n` : undefined;
}

const wordOf = (word: Word, masked: Masked): ReadWord | WordObstacle =>
  readWord(word, masked, (part, quoted) => readSubstitution(part, masked, quoted));

/** Undefined for everything else: scripts, conditions, what back-ticks would unescape. */
export function readSubstitution(
  part: CommandExpansionPart,
  masked: Masked,
  inQuotes: boolean,
): Substitution | undefined {
  const statements = part.script?.commands ?? [];
  const [statement] = statements;
  if (!statement || statements.length > 1 || statement.background) return undefined;
  const ticks = part.text.startsWith('`');
  if (ticks && (part.text.includes('\\') || (inQuotes && part.text.includes('"')))) return undefined;
  const [open, close] = ticks ? [1, 1] : [2, 1];
  const { text } = masked;
  const before = text.slice(part.pos + open, statement.pos);
  const after = text.slice(statement.end, part.end - close);
  if (!/^\s*$/.test(before) || !/^\s*$/.test(after)) return undefined;

  const { command } = statement;
  const nodes = command.type === 'Pipeline' && command.prefixes.length === 0 ? command.commands : [command];
  const simple = nodes.filter((each): each is Command => each.type === 'Command');
  if (simple.length !== nodes.length) return undefined;
  if (command.type === 'Pipeline' && command.operators.some((operator) => operator !== '|')) return undefined;
  const joined = simple.every((each, index) => {
    const next = simple[index + 1];
    return !next || isPipeBetween(text.slice(each.end, next.pos));
  });
  if (!joined) return undefined;
  const commands = simple.map((each) => readCommand(each, masked));
  const [only] = commands;
  if (commands.length === 1 && only?.rough[0] === 'date') {
    const format = dateFormat(only);
    return format === undefined ? undefined : { kind: 'date', format };
  }
  return { kind: 'look-up', commands };
}

function dateFormat({ words, streams }: ShellCommand): string | undefined {
  const rest = (words ?? []).slice(1).filter((word) => word !== '-u' && word !== '--utc');
  const [format] = rest;
  if (rest.length !== 1 || typeof format !== 'string' || !format.startsWith('+') || streams) return undefined;
  return isDateFormat(format.slice(1)) ? format.slice(1) : undefined;
}
