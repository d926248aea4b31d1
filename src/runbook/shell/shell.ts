/**
 * Reads shell text without running any of it. What is accepted is small and exact: simple commands joined by `|`, `&&`,
 * `||` and `;`, whose words are literal, a placeholder, a plain variable, or filled from a look-up. Everything else is
 * described well enough to say why it stays manual.
 */
import {
  type AndOr,
  type Command,
  forEachChild,
  parse,
  type PipelineNode,
  type Statement,
  type SyntaxNode,
} from 'unbash';
import { logicalLines } from './logical-lines.ts';
import { type Masked, maskPlaceholders } from './placeholders.ts';
import { assignmentsOf, namesAssigned, setsNames, type ShellAssignment } from './assignment.ts';
import { readCommand } from './command.ts';
import { isBetweenStatements, isLogicBetween, isPipeBetween } from './gaps.ts';
import { foundIn, type ShellCommand } from './word.ts';

type Pipeline = { readonly kind: 'pipeline'; readonly commands: readonly ShellCommand[] };
type Assignments = { readonly kind: 'assignments'; readonly assignments: readonly ShellAssignment[] };
export type ShellLink = {
  readonly when: 'always' | 'succeeded' | 'failed';
  readonly part: Pipeline | Assignments;
};

export type ShellUnit = {
  /** Within the text that was read. */
  readonly start: number;
  readonly end: number;
  readonly shape:
    | Pipeline
    | Assignments
    /** `a && b || c` and `a; b` on one line, from left to right. */
    | { readonly kind: 'chain'; readonly links: readonly ShellLink[] }
    /** `if`, loops, functions, background, `!`, `time`: every simple command inside, for the reason. */
    | {
        readonly kind: 'logic';
        readonly commands: readonly ShellCommand[];
        /** Variables that may have another value behind it. */
        readonly assigns: readonly string[];
        /** `time COMMAND`, alone. */
        readonly timed?: true;
      }
    | { readonly kind: 'malformed' };
};

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
    const lines: { statement: Statement; end: number }[][] = [];
    let from = 0;
    for (const [index, statement] of script.commands.entries()) {
      const gap = text.slice(from, statement.pos);
      if (!isBetweenStatements(gap, index === 0)) return undefined;
      const end = statementEnd(statement);
      const last = lines.at(-1);
      if (last && !gap.includes('\n')) last.push({ statement, end });
      else lines.push([{ statement, end }]);
      from = end;
    }
    if (!isBetweenStatements(text.slice(from), script.commands.length === 0)) return undefined;
    return lines.flatMap((line) => unitsOfLine(line, masked));
  } catch {
    // The parser throws on nesting that overflows its stack.
    return undefined;
  }
}

/** Statements that share a line are one unit, but for assignments, which are what the others take. */
function unitsOfLine(line: readonly { statement: Statement; end: number }[], masked: Masked): ShellUnit[] {
  const groups: ShellUnit[][] = [];
  for (const { statement, end } of line) {
    const unit: ShellUnit = { start: statement.pos, end, shape: shapeOf(statement, masked) };
    const last = groups.at(-1);
    const apart = unit.shape.kind === 'assignments' || last?.[0]?.shape.kind === 'assignments';
    if (!last || apart) groups.push([unit]);
    else last.push(unit);
  }
  return groups.flatMap((group) => {
    const [first, ...others] = group;
    if (!first || others.length === 0) return first ?? [];
    const end = group.reduce((furthest, unit) => Math.max(furthest, unit.end), first.end);
    return { start: first.start, end, shape: joined(group.map(({ shape }) => shape)) };
  });
}

function joined(shapes: readonly ShellUnit['shape'][]): ShellUnit['shape'] {
  const links = shapes.map(linksOf);
  if (links.every((each) => each !== undefined)) return { kind: 'chain', links: links.flat() };
  return { kind: 'logic', commands: shapes.flatMap(commandsIn), assigns: shapes.flatMap(assignedIn) };
}

function linksOf(shape: ShellUnit['shape']): readonly ShellLink[] | undefined {
  if (shape.kind === 'chain') return shape.links;
  return shape.kind === 'pipeline' || shape.kind === 'assignments' ? [{ when: 'always', part: shape }] : undefined;
}

/** Every simple command of a unit. */
export function commandsIn(shape: ShellUnit['shape']): readonly ShellCommand[] {
  switch (shape.kind) {
    case 'pipeline':
    case 'logic':
      return shape.commands;
    case 'chain':
      return shape.links.flatMap(({ part }) => commandsIn(part));
    case 'assignments':
      return shape.assignments.flatMap(({ filled }) => (filled?.kind === 'look-up' ? filled.commands : []));
    case 'malformed':
      return [];
  }
}

/** The variables that may be another thing behind the unit. */
export function assignedIn(shape: ShellUnit['shape']): readonly string[] {
  if (shape.kind === 'logic') return shape.assigns;
  if (shape.kind === 'pipeline') {
    return shape.commands.flatMap(({ rough: [program = '', ...rest] }) => (setsNames(program) ? rest : []));
  }
  if (shape.kind === 'assignments') return shape.assignments.map(({ name }) => name);
  return shape.kind === 'chain' ? shape.links.flatMap(({ part }) => assignedIn(part)) : [];
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

function shapeOf(statement: Statement, masked: Masked): ShellUnit['shape'] {
  const { command } = statement;
  if (!statement.background) {
    const shape = command.type === 'AndOr' ? chainOf(command, masked) : partOf(command, masked);
    if (shape) return shape;
  }
  const commands: ShellCommand[] = [];
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'Command') commands.push(readCommand(node, masked));
    forEachChild(node, visit);
  };
  forEachChild(statement, visit);
  const prefixes = command.type === 'Pipeline' ? command.prefixes : [];
  const timed = prefixes.length > 0 && prefixes.every(({ type }) => type === 'Time');
  return { kind: 'logic', commands, assigns: namesAssigned(statement), ...(timed && { timed }) };
}

function chainOf(command: AndOr, masked: Masked): ShellUnit['shape'] | undefined {
  const links: ShellLink[] = [];
  for (const [index, node] of command.commands.entries()) {
    const before = command.commands[index - 1];
    const operator = command.operators[index - 1];
    if (before && (!operator || !isLogicBetween(masked.text.slice(before.end, node.pos), operator))) return undefined;
    const part = partOf(node, masked);
    if (!part) return undefined;
    links.push({ when: operator === undefined ? 'always' : operator === '&&' ? 'succeeded' : 'failed', part });
  }
  return { kind: 'chain', links };
}

function partOf(command: PipelineNode | AndOr, masked: Masked): Pipeline | Assignments | undefined {
  if (command.type === 'Command') {
    return assignmentsOf(command, masked) ?? { kind: 'pipeline', commands: [readCommand(command, masked)] };
  }
  if (command.type !== 'Pipeline' || command.prefixes.length > 0) return undefined;
  const simple = command.commands.filter((each): each is Command => each.type === 'Command');
  if (simple.length !== command.commands.length || command.operators.some((operator) => operator !== '|')) {
    return undefined;
  }
  const commands = simple.map((each) => readCommand(each, masked));
  const exact = simple.every((each, index) => {
    const next = simple[index + 1];
    return !next || isPipeBetween(masked.text.slice(each.end, next.pos));
  });
  if (exact) return { kind: 'pipeline', commands };
  return { kind: 'pipeline', commands: commands.map(({ rough }) => ({ rough, uses: [], obstacle: 'syntax' })) };
}

const opensBlock = /^\s*(?:if|for|while|until|case|select|function|do|then|\{|\(|[\w-]+\s*\(\s*\))(?:\s|$)/;
const unitsMax = 5000;

/**
 * The fall-back for text that does not parse as a whole: logical lines, each read by itself. From the first line that
 * opens a block on, everything is one unit, since what stands inside is conditional.
 */
function readLines(text: string, masked: Masked): ShellUnit[] {
  const units: ShellUnit[] = [];
  for (const { start, end } of logicalLines(masked.text)) {
    const line = masked.text.slice(start, end);
    if (opensBlock.test(line) || line.includes('<<') || units.length > unitsMax) {
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
