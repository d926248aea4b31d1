/** `sed` on the text that the pipe brings, as GNU's does. */
import type { RE2JS } from 're2js';
import type { Filter, SedFilter } from '../../domain/filter.ts';
import { isRefusal, refuse, type Refusal } from '../reasons.ts';
import { type Budget, unlimited } from './budget.ts';
import { createOutput, linesOf, outputMax, refuseNul, stopped } from './limits.ts';
import { parseOptions, readsFile } from './options.ts';
import { asksForLetters, compilePattern, expectKnownLetters } from './posix-pattern.ts';
import { greedyGroups } from './sed-groups.ts';
import { parseSed, type Address, type SedCommand, type Substitution } from './sed-script.ts';

const table = {
  switches: 'nErsuz',
  valued: 'ef',
  long: { quiet: 'n', silent: 'n', expression: 'e', 'regexp-extended': 'E', file: 'f', unbuffered: 'u' },
};

export function compileSed(words: readonly string[]): Filter | Refusal {
  if (words.some((word) => /^(?:-[nErsu]*i|--in-place)/.test(word)))
    return refuse('writes-file', '`sed -i` changes a file.');
  const parsed = parseOptions('sed', words, table);
  if (isRefusal(parsed)) return parsed;
  const on = new Set(parsed.options.map(({ letter }) => letter));
  if (on.has('f')) return refuse('external-tool', 'sed takes its script from a file.');
  if (on.has('z')) return refuse('unknown-flag', 'The flag `-z` of sed is not compiled.');
  const scripts = parsed.options.filter(({ letter }) => letter === 'e').map(({ value }) => value);
  const operands = [...parsed.operands];
  if (scripts.length === 0) {
    const script = operands.shift();
    if (script === undefined) return refuse('malformed', 'sed has no script.');
    scripts.push(script);
  }
  if (operands[0] !== undefined && !(operands[0] === '-' && operands.length === 1))
    return readsFile('sed', operands[0]);
  const script = scripts.join('\n');
  const extended = on.has('E') || on.has('r');
  const commands = parseSed(script, extended);
  if (isRefusal(commands)) return commands;
  return { program: 'sed', script, ...(extended && { extended: true }), ...(on.has('n') && { quiet: true }) };
}

export function runSed(
  filter: SedFilter,
  text: string,
  budget: Budget = unlimited,
): { text: string; exitCode: number } {
  refuseNul('sed', text);
  if (asksForLetters(filter.script)) expectKnownLetters('sed', text);
  const commands = parseSed(filter.script, filter.extended ?? false);
  // The compiler has accepted the same script.
  if (isRefusal(commands)) throw stopped(commands.refused.text);
  const syntax = filter.extended ? ('extended' as const) : ('basic' as const);
  const lines = linesOf(text);
  const out = createOutput('sed');
  /** Where each range that is open began and, by its end, ends. */
  const open = new Map<SedCommand, { until?: number }>();
  const patterns = new Map<object, RE2JS>();
  const groups = new Map<Substitution, (match: string) => readonly string[]>();
  let number = 0;
  let space = '';

  const compiled = (of: { pattern: string; ignoreCase: boolean }, exists: boolean): RE2JS => {
    const known = patterns.get(of) ?? compilePattern(of.pattern, { syntax, exists, ignoreCase: of.ignoreCase });
    patterns.set(of, known);
    return known;
  };
  const search = (pattern: RE2JS): ReturnType<RE2JS['matcher']> => {
    budget.scan(pattern, space.length);
    return pattern.matcher(space);
  };
  const matches = (address: Address): boolean => {
    switch (address.kind) {
      case 'line':
        return number === address.line;
      case 'last':
        return number === lines.length;
      case 'step':
        return address.step === 0
          ? number === address.first
          : number >= address.first && (number - address.first) % address.step === 0;
      case 'pattern':
        return search(compiled(address, true)).find();
    }
  };
  function isSelected(command: SedCommand): boolean {
    const { from, to } = command;
    if (!from) return true;
    if (!to) return matches(from);
    const range = open.get(command);
    if (!range) {
      if (!matches(from)) return false;
      // A line number that has passed ends the range at once; a pattern is looked for from the next line on.
      if (to.kind === 'more') {
        if (to.lines > 0) open.set(command, { until: number + to.lines });
      } else if (!(to.kind === 'line' && to.line <= number) && !(to.kind === 'last' && number === lines.length))
        open.set(command, {});
      return true;
    }
    if (range.until !== undefined) {
      if (number >= range.until) open.delete(command);
    } else if (to.kind === 'line') {
      if (number >= to.line) open.delete(command);
      // A block may have been passed over meanwhile: then the line is beyond the range.
      if (number > to.line) return matches(from);
    } else if (to.kind !== 'more' && matches(to)) open.delete(command);
    return true;
  }

  /** The last line has no end when the text has none. */
  const show = (line: string, ends = true): void =>
    out.write(ends && (number < lines.length || text.endsWith('\n')) ? `${line}\n` : line);
  // A second print of the last line needs the end that the first left out.
  let owed = false;
  const print = (line: string): void => {
    if (owed) out.write('\n');
    show(line);
    owed = number === lines.length && !text.endsWith('\n');
  };

  function substitute(command: Substitution): void {
    const pattern = compiled(command, false);
    const matcher = search(pattern);
    const result: string[] = [];
    let length = 0;
    // What `&` makes of a line may be far longer than the line: looked at before it is made.
    const put = (piece: string): void => {
      length += piece.length;
      if (length > outputMax) throw stopped('sed made a line that is too long.');
      budget.spend(1 + (piece.length >> 3));
      result.push(piece);
    };
    let from = 0;
    let count = 0;
    let done = false;
    let ended = -1;
    const several = command.global || command.occurrence > 1;
    const isTied = /^\^|[^\\]\$$/.test(command.pattern);
    while (matcher.find()) {
      const [start, end] = [matcher.start(), matcher.end()];
      // The longest match is looked for to the end of the line.
      budget.scan(pattern, space.length - start);
      if (start === end && start === ended) continue;
      // GNU sed goes on from an empty match by bytes, into the middle of a character.
      if (start === end && several && !isTied && /[^\0-\x7f]/.test(space))
        throw stopped('sed would put text into the middle of a character that is more than one byte long.');
      ended = end;
      count++;
      if (count < command.occurrence) continue;
      const match = space.slice(start, end);
      const parts = command.replacement.some((part) => typeof part === 'number' && part > 0)
        ? groupsOf(command, pattern)(match)
        : [];
      put(space.slice(from, start));
      for (const part of command.replacement)
        put(typeof part === 'string' ? part : part === 0 ? match : (parts[part] ?? ''));
      from = end;
      done = true;
      if (!command.global) break;
    }
    if (!done) return;
    put(space.slice(from));
    space = result.join('');
    if (command.print) print(space);
  }
  function groupsOf(command: Substitution, pattern: RE2JS): (match: string) => readonly string[] {
    const known = groups.get(command) ?? greedyGroups(command.pattern, { syntax, ignoreCase: command.ignoreCase });
    groups.set(command, known);
    return (match) => {
      budget.scan(pattern, 4 * match.length);
      return known(match);
    };
  }

  /** What becomes of the line: on to the next command, dropped, or the end of all. */
  function run(list: readonly SedCommand[]): 'on' | 'drop' | { exitCode: number; quiet: boolean } {
    for (const command of list) {
      budget.spend(1);
      if (isSelected(command) === command.negated) continue;
      const { action } = command;
      switch (action.kind) {
        case 'p':
          print(space);
          break;
        case '=':
          if (owed) out.write('\n');
          owed = false;
          out.write(`${number}\n`);
          break;
        case 'd':
          return 'drop';
        case 'q':
          return action;
        case 's':
          substitute(action);
          break;
        case 'y':
          budget.spend(space.length);
          space = mapped(space, action.map);
          break;
        case '{': {
          const course = run(action.commands);
          if (course !== 'on') return course;
        }
      }
    }
    return 'on';
  }

  for (const line of lines) {
    number++;
    space = line;
    budget.spend(1 + (line.length >> 3));
    const course = run(commands);
    if (course !== 'drop' && !filter.quiet && !(typeof course === 'object' && course.quiet)) print(space);
    if (typeof course === 'object') return { text: out.text(), exitCode: course.exitCode };
  }
  return { text: out.text(), exitCode: 0 };
}

function mapped(line: string, map: ReadonlyMap<string, string>): string {
  let result = '';
  for (const char of line) result += map.get(char) ?? char;
  return result;
}
