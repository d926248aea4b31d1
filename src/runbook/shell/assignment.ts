/** Assignments: what the document's variables are, and which of them are filled from a look-up. */
import { type Command, forEachChild, type Statement, type SyntaxNode, type Word } from 'unbash';
import { hasMask, type Masked } from './placeholders.ts';
import { readSubstitution } from './command.ts';
import type { Substitution } from './word.ts';

export type ShellAssignment = {
  readonly name: string;
  /** Its literal value, or its default for `${2:-10}`. */
  readonly value?: string;
  /** `$(kubectl …)` alone, or text with dates in it. */
  readonly filled?: Substitution;
  /** From the output of other commands: nobody can tell what is in it. */
  readonly opaque?: true;
};

const declarers = new Set(['export', 'declare', 'typeset', 'readonly', 'local']);

/** Undefined when the command does something else than to assign. */
export function assignmentsOf(
  command: Command,
  masked: Masked,
): { kind: 'assignments'; assignments: ShellAssignment[] } | undefined {
  const declares = command.name !== undefined && declarers.has(command.name.text);
  if ((command.name && !declares) || command.redirects.length > 0) return undefined;
  const nodes = [...command.prefix, ...command.suffix].filter((node) => node.type === 'Assignment');
  if (!declares && nodes.length === 0) return undefined;
  const assignments = nodes.map((node): ShellAssignment => {
    const { name, value } = node;
    const runs = runsCommands(node);
    if (value.type !== 'Word' || node.append || node.index || (hasMask(value.text) && !runs)) {
      return runs ? { name, opaque: true } : { name };
    }
    if (!runs) {
      // A leading `~` expands, behind `:` too.
      if (/(?:^|:)~/.test(value.text)) return { name };
      const literal = value.parts?.every((part) => isLiteral(part)) ?? true;
      const given = literal ? value.value : defaultOf(value);
      return given === undefined ? { name } : { name, value: given };
    }
    const filled = filledBy(value, masked);
    return filled ? { name, filled } : { name, opaque: true };
  });
  return { kind: 'assignments', assignments };
}

function isLiteral(node: SyntaxNode): boolean {
  if (
    node.type === 'SimpleExpansion' ||
    node.type === 'ParameterExpansion' ||
    node.type === 'ArithmeticExpansion' ||
    node.type === 'LocaleString'
  ) {
    return false;
  }
  let literal = true;
  forEachChild(node, (child) => {
    literal &&= isLiteral(child);
  });
  return literal;
}

function runsCommands(node: SyntaxNode): boolean {
  if (node.type === 'CommandExpansion' || node.type === 'ProcessSubstitution') return true;
  let runs = false;
  forEachChild(node, (child) => {
    runs ||= runsCommands(child);
  });
  return runs;
}

/** The pieces of a word in order, those inside double quotes too. */
function filledBy(word: Word, masked: Masked): Substitution | undefined {
  const pieces = (word.parts ?? []).flatMap((part) =>
    part.type === 'DoubleQuoted'
      ? part.parts.map((child) => ({ part: child, inQuotes: true }))
      : [{ part, inQuotes: false }],
  );
  let format = '';
  for (const { part, inQuotes } of pieces) {
    if ((part.type === 'Literal' || part.type === 'SingleQuoted') && !hasMask(part.value)) {
      format += part.value.replaceAll('%', '%%');
    } else if (part.type === 'CommandExpansion') {
      const filled = readSubstitution(part, masked, inQuotes);
      if (filled?.kind === 'look-up') return pieces.length === 1 ? filled : undefined;
      if (!filled) return undefined;
      format += filled.format;
    } else return undefined;
  }
  // A leading `~` would expand.
  return word.text.startsWith('~') || format.length > 200 ? undefined : { kind: 'date', format };
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

/** Programs whose words are the names of variables that they set. */
export const setsNames = (program: string): boolean => /^(?:read|unset|mapfile|readarray)$/.test(program);

/** Every variable that a statement may set: assignments inside, loops, `read`, `unset`. */
export function namesAssigned(statement: Statement): string[] {
  const names = new Set<string>();
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'Assignment') names.add(node.name);
    else if (node.type === 'For' || node.type === 'Select') names.add(node.name.value);
    else if (node.type === 'Command' && setsNames(node.name?.value ?? '')) {
      for (const word of node.suffix) if (word.type === 'Word') names.add(word.value);
    }
    forEachChild(node, visit);
  };
  forEachChild(statement, visit);
  return [...names];
}
