/** One word of a command: literal, a placeholder, a plain variable, or filled from a look-up or the date. */
import { createHash } from 'node:crypto';
import type { CommandExpansionPart, DoubleQuotedChild, Word, WordPart } from 'unbash';
import type { Template } from '../../domain/object-reference.ts';
import { hasMask, type Masked, templateOf, unmask } from './placeholders.ts';

/** What a word takes from outside: a placeholder, or a shell variable with its `${2:-10}` default. */
export type WordUse = {
  readonly name: string;
  readonly from: 'placeholder' | 'variable';
  readonly default?: string;
  /** A `$(…)` in the word itself. */
  readonly filled?: Substitution;
  /** Without double quotes around it: the shell splits its value at blanks and takes `*` in it for a pattern. */
  readonly unquoted?: true;
  /** It is all of its word. */
  readonly alone?: true;
};

/** `$(…)`: one pipeline whose output becomes a value, or a `date` that can be computed. */
export type Substitution =
  | { readonly kind: 'look-up'; readonly commands: readonly ShellCommand[] }
  /** In UTC, by `formatDate`. */
  | { readonly kind: 'date'; readonly format: string };

export type ShellCommand = {
  /** The words as the shell would pass them on; absent when that cannot be told exactly. */
  readonly words?: readonly Template[];
  readonly uses: readonly WordUse[];
  /** The words as written, good enough to choose a reason. */
  readonly rough: readonly string[];
  /** Why `words` is absent. */
  readonly obstacle?: Obstacle;
  readonly streams?: Streams;
  /** A here-document or here-string with nothing in it that a shell would change. */
  readonly stdin?: string;
  /** Variables set for this command only: `KUBECONFIG=… kubectl …`. */
  readonly environment?: readonly string[];
};

export type Obstacle =
  | 'substitution'
  | 'glob'
  | 'redirect-to-file'
  | 'redirect-from-file'
  | 'redirect'
  | 'heredoc'
  | 'assignment'
  | 'syntax';

/** `2>/dev/null`, `2>&1` and the like. `crossed`: output went to the error stream, which a pipe does not see. */
export type Streams = {
  readonly out?: 'dropped' | 'crossed';
  readonly err?: 'dropped' | 'to-out';
};

export type WordObstacle = 'substitution' | 'glob';
export type ReadWord = { readonly template: Template; readonly uses: readonly WordUse[] };

/** The placeholders inside a range, found by bisection: a fence may hold hundreds of thousands. */
export function foundIn(masked: Masked, start: number, end: number): Masked['found'] {
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

/** The word as written, good enough to choose a reason. */
export const roughText = (word: Word, masked: Masked): string =>
  unmask(word.value, namesIn(word, masked))
    .map((part) => (typeof part === 'string' ? part : `<${part.parameter}>`))
    .join('');

/** Reads a `$(…)`; undefined for everything that is no look-up and no date. `quoted`: within double quotes. */
export type Substitute = (part: CommandExpansionPart, quoted: boolean) => Substitution | undefined;

/**
 * bash leaves a pattern alone that matches no file, and no file is called `jsonpath={.items[0]…` or `.items[0].spec`.
 * Not so braces with a comma: those are taken apart whatever files there are.
 */
const expressionWord =
  /^(?:(?:-o|--output)=?)?(?:jsonpath(?:-as-json)?|custom-columns)=|^--sort-by=\{?\.|^--for=jsonpath=|^(?:\.[A-Za-z]\w*(?:\[\d*\])*){2,}$/;

export function readWord(word: Word, masked: Masked, substitute: Substitute): ReadWord | WordObstacle {
  const plain = (word.parts ?? [undefined]).some((part) => part?.type !== 'SingleQuoted');
  // Found by comparing with bash: a `$` before a continuation or `[` is read differently by the parser.
  if (plain && /\$(?:\\\n|\[)/.test(word.text)) return 'substitution';
  // The shell expands a leading `~`, also behind `=` and `:`; the parser leaves it to us.
  if (/(?:^|[=:])~/.test(word.text)) return 'glob';
  const printed = expressionWord.test(word.text);
  const parts: (string | { parameter: string })[] = [];
  const uses: WordUse[] = [];
  const add = (text: string, names: string[]): void => {
    for (const part of unmask(text, names)) {
      parts.push(part);
      if (typeof part !== 'string') uses.push({ name: part.parameter, from: 'placeholder' });
    }
  };
  const take = (use: WordUse | undefined): WordObstacle | undefined => {
    if (!use) return 'substitution';
    parts.push({ parameter: use.name });
    uses.push(use);
    return undefined;
  };
  if (!word.parts) {
    add(word.value, namesIn(word, masked));
    return { template: templateOf(parts), uses };
  }
  const walk = (part: WordPart | DoubleQuotedChild, inQuotes: boolean): WordObstacle | undefined => {
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
          const obstacle = walk(child, true);
          if (obstacle) return obstacle;
        }
        return undefined;
      case 'SimpleExpansion':
      case 'ParameterExpansion':
        return take(bare(variableUse(part), inQuotes));
      case 'CommandExpansion':
        return take(bare(substitutionUse(substitute(part, inQuotes), part.text), inQuotes));
      case 'Glob': {
        // `[pod-name]` is a pattern to the shell and a placeholder to people.
        const name = /^\[([a-z][a-z0-9_-]{2,62})\]$/i.exec(part.text)?.[1];
        if (name !== undefined && /[-_]|name|pod|node/i.test(name)) return take({ name, from: 'placeholder' });
        if (!printed) return 'glob';
        add(part.text, namesIn(part, masked));
        return undefined;
      }
      case 'BraceExpansion':
        // bash leaves braces alone that hold neither a comma nor a sequence `x..y`: `{..metadata.name}`.
        if (!/^\{\.[\w.-]*\}$/.test(part.text) && !(printed && /^\{\.[\w.[\]*-]*\}$/.test(part.text))) return 'glob';
        add(part.text, namesIn(part, masked));
        return undefined;
      case 'ExtendedGlob':
        return 'glob';
      case 'ArithmeticExpansion':
      case 'ProcessSubstitution':
      case 'LocaleString':
        return 'substitution';
    }
  };
  for (const part of word.parts) {
    const obstacle = walk(part, false);
    if (obstacle) return obstacle;
  }
  const [only] = uses;
  if (only && parts.length === 1) return { template: templateOf(parts), uses: [{ ...only, alone: true }] };
  return { template: templateOf(parts), uses };
}

const bare = (use: WordUse | undefined, inQuotes: boolean): WordUse | undefined =>
  use && !inQuotes ? { ...use, unquoted: true } : use;

/** Named for what it asks, so that the same look-up is the same parameter in every step and another one is not. */
function substitutionUse(filled: Substitution | undefined, text: string): WordUse | undefined {
  if (!filled) return undefined;
  const slug = (filled.kind === 'date' ? `date-${filled.format}` : text)
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 32)
    .replace(/-+$/, '');
  if (filled.kind === 'date') return { name: slug, from: 'variable', filled };
  return { name: `${slug}-${createHash('sha256').update(text).digest('hex').slice(0, 4)}`, from: 'variable', filled };
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
