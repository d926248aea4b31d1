/**
 * Reads shell text without running any of it. What is accepted is small and exact: simple commands joined by `|`,
 * whose words are literal, a placeholder or a plain variable. Everything else is described well enough to say why
 * it stays manual.
 *
 * The parser drops a stray `(` after a command's name, so its word positions are checked as well: between them there
 * may only be blanks, continuations, one `|`, and after that newlines or comments.
 */
import { type Command, forEachChild, parse, type Statement, type SyntaxNode, type Word, type WordPart } from 'unbash';
import type { Template } from '../domain/action.ts';
import { logicalLines } from './logical-lines.ts';
import { hasMask, type Masked, maskPlaceholders, templateOf, unmask } from './placeholders.ts';

/** What a word takes from outside: a placeholder, or a shell variable with its `${2:-10}` default. */
export type WordUse = { readonly name: string; readonly from: 'placeholder' | 'variable'; readonly default?: string };

export type ShellCommand = {
  /** The words as the shell would pass them on; absent when that cannot be told exactly. */
  readonly words?: readonly Template[];
  readonly uses: readonly WordUse[];
  /** The words as written, good enough to choose a reason. */
  readonly rough: readonly string[];
  /** Why `words` is absent. */
  readonly obstacle?: Obstacle;
};

export type Obstacle = 'substitution' | 'glob' | 'redirect-to-file' | 'redirect' | 'heredoc' | 'assignment' | 'syntax';

export type ShellUnit = {
  /** Within the text that was read. */
  readonly start: number;
  readonly end: number;
  readonly shape:
    | { readonly kind: 'pipeline'; readonly commands: readonly ShellCommand[] }
    /** `&&`, `||`, `if`, loops, functions, background, `!`, `time`: every simple command inside, for the reason. */
    | { readonly kind: 'logic'; readonly commands: readonly ShellCommand[] }
    | { readonly kind: 'assignments'; readonly assignments: readonly ShellAssignment[]; readonly lookUp: boolean }
    | { readonly kind: 'malformed' };
};

type ShellAssignment = { readonly name: string; readonly value?: string };

export type ShellScript = {
  readonly units: readonly ShellUnit[];
  /** False when some of the text was not understood; units then come from single lines. */
  readonly complete: boolean;
};

/** Longer than any script in a runbook; the parser's time for many here-documents is quadratic. */
const lengthMax = 128 * 1024;
const hereDocumentsMax = 50;

/** The units of a script in order. Never throws; text that cannot be read comes back as `malformed` units. */
export function readScript(text: string): ShellScript {
  const whole: ShellUnit = { start: 0, end: text.length, shape: { kind: 'malformed' } };
  const masked = maskPlaceholders(text);
  if (!masked || text.includes('\0')) return { units: [whole], complete: false };
  const units = parseUnits(masked);
  if (units) return { units, complete: true };
  return { units: readLines(text, masked), complete: false };
}

function parseUnits(masked: Masked): ShellUnit[] | undefined {
  const { text } = masked;
  if (text.length > lengthMax || text.split('<<', hereDocumentsMax + 2).length > hereDocumentsMax + 1) return undefined;
  // A backslash at the very end continues on nothing; programs differ on what that is.
  if (/(?<!\\)(?:\\\\)*\\$/.test(text.slice(-200))) return undefined;
  try {
    const script = parse(text);
    if (script.errors && script.errors.length > 0) return undefined;
    const ends = script.commands.map((statement) => statementEnd(statement));
    let from = 0;
    for (const [index, statement] of script.commands.entries()) {
      if (!isBetweenStatements(text.slice(from, statement.pos), index === 0)) return undefined;
      from = ends[index] ?? statement.end;
    }
    if (!isBetweenStatements(text.slice(from), script.commands.length === 0)) return undefined;
    return script.commands.map((statement, index) => ({
      start: statement.pos,
      end: ends[index] ?? statement.end,
      shape: shapeOf(statement, masked),
    }));
  } catch {
    // The parser throws on nesting that overflows its stack.
    return undefined;
  }
}

/** A here-document's body lies behind the statement that the parser reports. */
function statementEnd(statement: Statement): number {
  let end = statement.end;
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'HereDoc') end = Math.max(end, node.closing?.end ?? node.body.end);
    else if (node.type !== 'CommandExpansion' && node.type !== 'ProcessSubstitution') forEachChild(node, visit);
  };
  forEachChild(statement, visit);
  return end;
}

/** Blanks, continuations, comments and one separator. */
function isBetweenStatements(gap: string, first: boolean): boolean {
  let separated = first;
  for (const piece of gap.matchAll(/\\\n|[ \t]+|\n|;|#[^\n]*|./gs)) {
    const text = piece[0];
    if (text === '\n') separated = true;
    else if (text === ';') {
      if (separated && !first) return false;
      separated = true;
    } else if (text.startsWith('#') || text === '\\\n' || /^[ \t]/.test(text)) continue;
    else return false;
  }
  return true;
}

function shapeOf(statement: Statement, masked: Masked): ShellUnit['shape'] {
  const { command } = statement;
  if (command.type === 'Command' && !statement.background) {
    const assignments = assignmentsOf(command);
    if (assignments) return assignments;
    return { kind: 'pipeline', commands: [readCommand(command, masked)] };
  }
  if (command.type === 'Pipeline' && !statement.background && command.prefixes.length === 0) {
    const simple = command.commands.filter((each) => each.type === 'Command');
    if (simple.length === command.commands.length && command.operators.every((operator) => operator === '|')) {
      const joined = simple.every((each, index) => {
        const next = simple[index + 1];
        return !next || /^(?:[ \t]|\\\n)*\|(?:[ \t\n]|\\\n|#[^\n]*\n)*$/.test(masked.text.slice(each.end, next.pos));
      });
      const commands = simple.map((each) => readCommand(each, masked));
      if (joined) return { kind: 'pipeline', commands };
      return { kind: 'pipeline', commands: commands.map(({ rough, uses }) => ({ rough, uses, obstacle: 'syntax' })) };
    }
  }
  const commands: ShellCommand[] = [];
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'Command') commands.push(readCommand(node, masked));
    forEachChild(node, visit);
  };
  forEachChild(statement, visit);
  return { kind: 'logic', commands };
}

const declarers = new Set(['export', 'declare', 'typeset', 'readonly', 'local']);

function assignmentsOf(command: Command): ShellUnit['shape'] | undefined {
  const declares = command.name !== undefined && declarers.has(command.name.text);
  if ((command.name && !declares) || command.redirects.length > 0) return undefined;
  const nodes = [...command.prefix, ...command.suffix].filter((node) => node.type === 'Assignment');
  if (!declares && nodes.length === 0) return undefined;
  let lookUp = false;
  const assignments = nodes.map((node): ShellAssignment => {
    const { value } = node;
    let literal = value.type === 'Word' && !node.append && !node.index && !hasMask(value.text);
    const visit = (child: SyntaxNode): void => {
      if (child.type === 'CommandExpansion' || child.type === 'ProcessSubstitution') {
        literal = false;
        if (!/^(?:\$\(|`)\s*date\b[^|;&<>$`()]*(?:\)|`)$/.test(child.text)) lookUp = true;
      }
      if (
        child.type === 'SimpleExpansion' ||
        child.type === 'ParameterExpansion' ||
        child.type === 'ArithmeticExpansion'
      ) {
        literal = false;
      }
      forEachChild(child, visit);
    };
    visit(node);
    if (value.type === 'Word') {
      const fallback = defaultOf(value);
      if (fallback !== undefined) return { name: node.name, value: fallback };
    }
    return literal && value.type === 'Word' ? { name: node.name, value: value.value } : { name: node.name };
  });
  return { kind: 'assignments', assignments, lookUp };
}

/** `${2:-10}` alone: 10. */
function defaultOf(word: Word): string | undefined {
  const [part, ...more] = word.parts ?? [];
  if (more.length > 0 || part?.type !== 'ParameterExpansion') return undefined;
  const { operation } = part;
  if (operation?.type !== 'Default' || (operation.operator !== ':-' && operation.operator !== '-')) return undefined;
  const { parts, value } = operation.operand;
  return parts === undefined && !hasMask(value) ? value : undefined;
}

function readCommand(command: Command, masked: Masked): ShellCommand {
  const items = [...command.prefix, ...(command.name ? [command.name] : []), ...command.suffix];
  const words = items.filter((item) => item.type === 'Word');
  const rough = words.map((word) => roughText(word, masked));
  const uses: WordUse[] = [];
  const fail = (obstacle: Obstacle): ShellCommand => ({ rough, uses: [], obstacle });

  let from = command.pos;
  for (const item of items) {
    if (!/^(?:[ \t]|\\\n)*$/.test(masked.text.slice(from, item.pos))) return fail('syntax');
    from = item.end;
  }
  if (from !== command.end) return fail('syntax');
  for (const item of items) {
    if (item.type === 'HereDoc' || item.type === 'HereString') return fail('heredoc');
    if (item.type === 'Redirect') {
      const target = item.target?.value;
      const writes = item.operator !== '<' && item.operator !== '<&';
      return fail(writes && target !== '/dev/null' && item.operator !== '>&' ? 'redirect-to-file' : 'redirect');
    }
    if (item.type === 'Assignment') return fail('assignment');
  }
  const exact: Template[] = [];
  for (const word of words) {
    const read = readWord(word, masked);
    if (typeof read === 'string') return fail(read);
    exact.push(read.template);
    uses.push(...read.uses);
  }
  return { words: exact, uses, rough };
}

function roughText(word: Word, masked: Masked): string {
  return unmask(word.value, namesIn(word, masked))
    .map((part) => (typeof part === 'string' ? part : `<${part.parameter}>`))
    .join('');
}

/** The placeholders inside a range, found by bisection: a fence may hold hundreds of thousands. */
function foundIn(masked: Masked, start: number, end: number): Masked['found'] {
  if (masked.found.length === 0) return masked.found;
  let low = 0;
  let high = masked.found.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((masked.found[middle]?.at ?? start) < start) low = middle + 1;
    else high = middle;
  }
  let stop = low;
  while ((masked.found[stop]?.at ?? end) < end) stop++;
  return masked.found.slice(low, stop);
}

const namesIn = (node: { pos: number; end: number }, masked: Masked): string[] =>
  foundIn(masked, node.pos, node.end).map((each) => each.name);

type ReadWord = { readonly template: Template; readonly uses: readonly WordUse[] };

function readWord(word: Word, masked: Masked): ReadWord | Obstacle {
  // Found by comparing with bash: a `$` before a continuation or `[` is read differently by the parser.
  if (/\$(?:\\\n|\[)/.test(word.text) && (word.parts ?? [undefined]).some((part) => part?.type !== 'SingleQuoted')) {
    return 'substitution';
  }
  // The shell expands a leading `~`, also behind `=` and `:`; the parser leaves it to us.
  if (/(?:^|[=:])~/.test(word.text)) return 'glob';
  // A `{name}` is literal to the shell and a placeholder to people; braces elsewhere may expand.
  const parts: (string | { parameter: string })[] = [];
  const uses: WordUse[] = [];
  const add = (text: string, names: string[]): void => {
    for (const part of unmask(text, names)) {
      parts.push(part);
      if (typeof part !== 'string') uses.push({ name: part.parameter, from: 'placeholder' });
    }
  };
  if (!word.parts) {
    add(word.value, namesIn(word, masked));
    return { template: templateOf(parts), uses };
  }
  const walk = (part: WordPart): Obstacle | undefined => {
    switch (part.type) {
      case 'Literal':
      case 'SingleQuoted':
        add(part.value, namesIn(part, masked));
        return undefined;
      case 'AnsiCQuoted':
        // The parser drops a continuation here, which bash keeps.
        if (part.text.includes('\\\n')) return 'substitution';
        add(part.value, namesIn(part, masked));
        return undefined;
      case 'DoubleQuoted':
        for (const child of part.parts) {
          const obstacle = walk(child);
          if (obstacle) return obstacle;
        }
        return undefined;
      case 'SimpleExpansion':
      case 'ParameterExpansion': {
        const use = variableUse(part);
        if (!use) return 'substitution';
        parts.push({ parameter: use.name });
        uses.push(use);
        return undefined;
      }
      case 'Glob': {
        // `[pod-name]` is a pattern to the shell and a placeholder to people.
        const name = /^\[([a-z][a-z0-9_-]{2,62})\]$/i.exec(part.text)?.[1];
        if (name === undefined || !/[-_]|name|pod|node/i.test(name)) return 'glob';
        parts.push({ parameter: name });
        uses.push({ name, from: 'placeholder' });
        return undefined;
      }
      case 'ExtendedGlob':
      case 'BraceExpansion':
        return 'glob';
      case 'CommandExpansion':
      case 'ArithmeticExpansion':
      case 'ProcessSubstitution':
      case 'LocaleString':
        return 'substitution';
    }
  };
  for (const part of word.parts) {
    const obstacle = walk(part);
    if (obstacle) return obstacle;
  }
  return { template: templateOf(parts), uses };
}

/** Set by every shell, so their value says nothing about the incident. */
const shellsOwn = new Set(
  'HOME PWD OLDPWD USER LOGNAME HOSTNAME PATH SHELL RANDOM SECONDS LINENO UID EUID PPID IFS BASHPID EPOCHSECONDS'.split(
    ' ',
  ),
);

function variableUse(part: WordPart): WordUse | undefined {
  let name: string;
  let fallback: string | undefined;
  if (part.type === 'SimpleExpansion') name = part.text.slice(1);
  else if (part.type === 'ParameterExpansion') {
    if (part.prefix || part.index) return undefined;
    name = part.parameter;
    if (part.operation) {
      const { operation } = part;
      if (operation.type !== 'Default' || (operation.operator !== ':-' && operation.operator !== '-')) return undefined;
      if (operation.operand.parts || hasMask(operation.operand.value)) return undefined;
      fallback = operation.operand.value;
    }
  } else return undefined;
  if (!/^(?:[A-Za-z_]\w*|[1-9]\d*)$/.test(name) || shellsOwn.has(name) || name.startsWith('BASH')) return undefined;
  return {
    name: /^\d/.test(name) ? `argument-${name}` : name,
    from: 'variable',
    ...(fallback !== undefined && fallback !== '' && { default: fallback }),
  };
}

const opensBlock = /^\s*(?:if|for|while|until|case|select|function|do|then|\{|\(|[\w-]+\s*\(\s*\))(?:\s|$)/;

/**
 * The fall-back for text that does not parse as a whole: logical lines, each read by itself. From the first line that
 * opens a block on, everything is one unit, since what stands inside is conditional.
 */
function readLines(text: string, masked: Masked): ShellUnit[] {
  const units: ShellUnit[] = [];
  for (const { start, end } of logicalLines(masked.text)) {
    const line = masked.text.slice(start, end);
    if (opensBlock.test(line) || line.includes('<<') || units.length > 5000) {
      units.push({ start, end: trimEnd(text, start, text.length), shape: { kind: 'malformed' } });
      break;
    }
    const found = foundIn(masked, start, end);
    const alone = parseUnits({ text: line, found: found.map((each) => ({ ...each, at: each.at - start })) });
    if (!alone) units.push({ start, end: trimEnd(text, start, end), shape: { kind: 'malformed' } });
    else units.push(...alone.map((unit) => ({ ...unit, start: unit.start + start, end: unit.end + start })));
  }
  return units;
}

function trimEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && /\s/.test(text.charAt(at - 1))) at--;
  return at;
}
