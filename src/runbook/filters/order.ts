/**
 * `for (k in a)` of awk goes through an array in an order that POSIX leaves open, and that gawk and mawk choose
 * differently. It compiles only where that cannot be seen: before `sort`, or when nothing but sums come out of the loop.
 */
import type { Filter } from '../../domain/filter.ts';
import type { Refusal } from '../reasons.ts';
import { parseAwk } from './awk/parse.ts';
import type { Expression, Statement } from './awk/syntax.ts';
import { notExact } from './options.ts';

/** Why these filters may not stand in this order, or undefined. */
export function pipelineProblem(filters: readonly Filter[]): Refusal | undefined {
  for (const [index, filter] of filters.entries()) {
    if (filter.program !== 'awk') continue;
    const uses = orderIn(filter.source);
    const next = filters[index + 1];
    // The last of sort's comparisons is of whole lines, so that equal lines alone stay as they came.
    const isSorted =
      next?.program === 'sort' &&
      !next.stable &&
      !(next.unique && next.keys.length > 0) &&
      !(next.unique && next.by) &&
      !(next.unique && next.ignoreCase);
    if (uses === 'free' || (uses === 'lines' && (isSorted || next?.program === 'wc'))) continue;
    return notExact('`for (… in …)` of awk prints in an order that is not defined; put `sort` behind it.');
  }
  return undefined;
}

/** What depends on the order: nothing, the order of the printed lines, or more. */
type Dependence = 'free' | 'lines' | 'all';

function orderIn(source: string): Dependence {
  const { begin, rules, end } = parseAwk(source);
  return worst([...begin, ...end, ...rules.map(({ body }) => body ?? [])].flat().map(ofStatement));
}

const worst = (found: readonly Dependence[]): Dependence =>
  found.includes('all') ? 'all' : found.includes('lines') ? 'lines' : 'free';

function ofStatement(statement: Statement): Dependence {
  switch (statement.kind) {
    case 'for-in':
      return worst(statement.body.map(insideLoop));
    case 'if':
      return worst([...statement.yes, ...statement.no].map(ofStatement));
    case 'while':
    case 'for':
      return worst(statement.body.map(ofStatement));
    case 'expression':
    case 'print':
    case 'printf':
    case 'delete':
    case 'exit':
    case 'next':
    case 'break':
    case 'continue':
      return 'free';
  }
}

function insideLoop(statement: Statement): Dependence {
  switch (statement.kind) {
    case 'print':
      return statement.values.every(isStill) ? 'lines' : 'all';
    case 'printf': {
      const [template] = statement.values;
      const isLine = template?.kind === 'string' && template.value.endsWith('\n');
      return isLine && statement.values.every(isStill) ? 'lines' : 'all';
    }
    case 'if':
      return isStill(statement.test) ? worst([...statement.yes, ...statement.no].map(insideLoop)) : 'all';
    case 'expression':
      return isCounting(statement.value) ? 'free' : 'all';
    case 'delete':
      return statement.keys ? 'free' : 'all';
    case 'while':
    case 'for':
    case 'for-in':
    case 'exit':
    case 'next':
    case 'break':
    case 'continue':
      return 'all';
  }
}

/** Adds whole numbers up, which comes out the same in any order. */
const isCounting = (value: Expression): boolean =>
  value.kind === 'step' || (value.kind === 'assign' && value.operator === '+' && isStill(value.value));

/** Whether it changes nothing: no assignment and no function that fills a variable. */
function isStill(value: Expression): boolean {
  switch (value.kind) {
    case 'assign':
    case 'step':
      return false;
    case 'call':
      return !/^(?:split|g?sub|match)$/.test(value.name) && value.values.every(isStill);
    case 'group':
    case 'unary':
      return isStill(value.value);
    case 'arithmetic':
    case 'compare':
    case 'concat':
    case 'and':
    case 'or':
      return isStill(value.left) && isStill(value.right);
    case 'match':
      return isStill(value.value) && isStill(value.pattern);
    case 'choose':
      return isStill(value.test) && isStill(value.yes) && isStill(value.no);
    case 'element':
    case 'in':
      return value.keys.every(isStill);
    case 'field':
      return isStill(value.index);
    case 'number':
    case 'string':
    case 'regex':
    case 'variable':
      return true;
  }
}
