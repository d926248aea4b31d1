/**
 * kubectl's JSONPath template: `{.items[*].metadata.name}`, `{range .items[*]}{.metadata.name}{"\n"}{end}`, slices,
 * unions, filters and recursive descent.
 */
import type { Json } from '../../../domain/json.ts';
import { isList, isRecord } from '../live.ts';
import { compactJson } from './json.ts';
import {
  parsePath,
  parseTemplate,
  PathProblem,
  type Node,
  type Operand,
  type Path,
  type Step,
} from './jsonpath-parse.ts';

/** The template's text for one object, or why it cannot be said. */
export function printJsonPath(template: string, value: Json): { readonly out: string } | { readonly problem: string } {
  try {
    return { out: evaluateNodes(parseTemplate(template), value, value) };
  } catch (error) {
    if (error instanceof PathProblem) return { problem: `error parsing jsonpath ${template}, ${error.message}` };
    throw error;
  }
}

/** The values of one expression such as `.metadata.name`, `metadata.name` or `{.metadata.name}`. */
export function findValues(expression: string, value: Json): readonly Json[] | { readonly problem: string } {
  const inner = expression.startsWith('{') && expression.endsWith('}') ? expression.slice(1, -1) : expression;
  try {
    const path = parsePath(/^[.$[]/.test(inner) ? inner : `.${inner}`);
    return follow(path, value, value);
  } catch (error) {
    if (error instanceof PathProblem) return { problem: `error parsing jsonpath ${expression}, ${error.message}` };
    throw error;
  }
}

function evaluateNodes(nodes: readonly Node[], value: Json, root: Json): string {
  let out = '';
  for (const node of nodes) {
    if (node.kind === 'text') out += node.text;
    else if (node.kind === 'path') out += follow(node.path, value, root).map(printValue).join(' ');
    else for (const item of follow(node.path, value, root)) out += evaluateNodes(node.body, item, root);
  }
  return out;
}

function follow(path: Path, value: Json, root: Json): readonly Json[] {
  let values: readonly Json[] = [path.fromRoot ? root : value];
  for (const step of path.steps) {
    values =
      step.kind === 'union'
        ? // A union takes its first path of all values, then its second.
          step.paths.flatMap((one) => values.flatMap((each) => follow(one, each, root)))
        : values.flatMap((one) => take(step, one, root));
  }
  return values;
}

function take(step: Exclude<Step, { kind: 'union' }>, value: Json, root: Json): readonly Json[] {
  switch (step.kind) {
    case 'field': {
      const found = isRecord(value) && Object.hasOwn(value, step.name) ? value[step.name] : undefined;
      return found === undefined ? [] : [found];
    }
    case 'all':
      if (isList(value)) return value;
      return isRecord(value) ? sortedValues(value) : [];
    case 'recursive':
      return descendants(value);
    case 'slice':
      return slice(step, value);
    case 'filter':
      if (!isList(value)) {
        if (isRecord(value)) return sortedValues(value).filter((item) => passes(step, item, root));
        throw new PathProblem('a filter needs a list');
      }
      return value.filter((item) => passes(step, item, root));
    default:
      return step satisfies never;
  }
}

const sortedValues = (value: { readonly [key: string]: Json }): Json[] =>
  Object.keys(value)
    .sort()
    .map((key) => value[key] ?? null);

function descendants(value: Json): readonly Json[] {
  const below = isList(value) ? value : isRecord(value) ? sortedValues(value) : [];
  return [value, ...below.flatMap(descendants)];
}

function slice(step: Extract<Step, { kind: 'slice' }>, value: Json): readonly Json[] {
  if (!isList(value)) return [];
  const count = value.length;
  const single = step.to !== undefined && step.from !== undefined && step.to === step.from + 1;
  const from = step.from === undefined ? 0 : step.from < 0 ? step.from + count : step.from;
  let to = step.to === undefined ? count : step.to < 0 ? step.to + count : step.to;
  if (step.from !== undefined && step.from < 0 && step.to === 0) to = count;
  if (count === 0 && step.from === undefined && step.to === undefined) return [];
  if (from < 0 || (single && from >= count) || (step.from === -1 && count === 0)) {
    throw new PathProblem(`array index out of bounds: index ${step.from ?? 0}, length ${count}`);
  }
  if (step.by <= 0) throw new PathProblem('step must be > 0');
  return value.slice(from, Math.min(to, count)).filter((_, index) => index % step.by === 0);
}

function passes(step: Extract<Step, { kind: 'filter' }>, item: Json, root: Json): boolean {
  const left = valueOf(step.left, item, root);
  if (step.operator === undefined || step.right === undefined) return left.length > 0;
  const right = valueOf(step.right, item, root);
  if (left.length === 0 || right.length === 0) return false;
  const [a, b] = [left[0] ?? null, right[0] ?? null];
  switch (step.operator) {
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    default:
      return ordered(step.operator, a, b);
  }
}

function ordered(operator: string, a: Json, b: Json): boolean {
  const comparable =
    (typeof a === 'number' && typeof b === 'number') || (typeof a === 'string' && typeof b === 'string');
  if (!comparable) throw new PathProblem('incompatible types for comparison');
  // Both are numbers or both are texts.
  const [x, y] = [a, b] as [string, string];
  if (operator === '<') return x < y;
  if (operator === '>') return x > y;
  return operator === '<=' ? x <= y : x >= y;
}

const valueOf = (operand: Operand, item: Json, root: Json): readonly Json[] =>
  'literal' in operand ? [operand.literal] : follow(operand.path, item, root);

const printValue = (value: Json): string =>
  typeof value === 'string' ? value : typeof value === 'object' ? compactJson(value) : String(value);
