/** awk's expressions at work. */
import { stopped } from '../limits.ts';
import type { Evaluator } from './evaluator.ts';
import { callBuiltIn } from './functions.ts';
import type { AwkState } from './state.ts';
import type { Arithmetic, AwkProgram, Expression, Place } from './syntax.ts';
import { compareValues, holds, isTrue, toNumber, type Value } from './values.ts';

export function createEvaluator(program: AwkProgram, state: AwkState): Evaluator {
  const text = (expression: Expression): string => state.toText(evaluate(expression));
  const number = (expression: Expression): number => toNumber(evaluate(expression));
  const truth = (expression: Expression): boolean => isTrue(evaluate(expression));
  const key = (keys: readonly Expression[]): string =>
    keys.length === 1 && keys[0] ? text(keys[0]) : keys.map(text).join(state.toText(state.get('SUBSEP')));
  /** A literal pattern, or the text of whatever stands there. */
  const patternText = (expression: Expression): string =>
    expression.kind === 'regex' ? expression.pattern : text(expression);
  const found = (subject: string, pattern: string): boolean => {
    state.spend(1 + (subject.length >> 3));
    const compiled = state.pattern(pattern);
    state.scan(compiled, subject.length);
    return compiled.matcher(subject).find();
  };
  const evaluator: Evaluator = { evaluate, isTrue: truth, text, key, assign };

  function fieldIndex(expression: Expression): number {
    const index = Math.trunc(number(expression));
    if (!(index >= 0 && index <= 100_000)) throw stopped('awk asks for a field that cannot be.');
    return index;
  }

  function assign(place: Place, value: Value): void {
    switch (place.kind) {
      case 'variable':
        if (program.arrays.has(place.name)) throw stopped(`awk uses ${place.name} as a variable and as an array.`);
        return state.set(place.name, value);
      case 'element':
        return state.setElement(place.array, key(place.keys), value);
      case 'field':
        return state.record.set(fieldIndex(place.index), value, state.toText(value));
    }
  }

  /** Looks once where the place is, so that `a[i++] += 1` counts once. */
  function settle(place: Place): Place {
    switch (place.kind) {
      case 'variable':
        return place;
      case 'element':
        return { ...place, keys: [{ kind: 'string', value: key(place.keys) }] };
      case 'field':
        return { kind: 'field', index: { kind: 'number', value: fieldIndex(place.index) } };
    }
  }

  function evaluate(expression: Expression): Value {
    state.spend(1);
    switch (expression.kind) {
      case 'number':
      case 'string':
        return expression.value;
      case 'regex':
        return found(state.toText(state.record.get(0)), expression.pattern) ? 1 : 0;
      case 'group':
        return evaluate(expression.value);
      case 'variable':
        return state.get(expression.name);
      case 'element':
        return state.element(expression.array, key(expression.keys));
      case 'field':
        return state.record.get(fieldIndex(expression.index));
      case 'assign': {
        if (!expression.operator) {
          // The right side first, as gawk and mawk do.
          const value = evaluate(expression.value);
          assign(expression.place, value);
          return value;
        }
        const place = settle(expression.place);
        const right = number(expression.value);
        const value = calculate(expression.operator, toNumber(evaluate(place)), right);
        assign(place, value);
        return value;
      }
      case 'step': {
        const place = settle(expression.place);
        const before = toNumber(evaluate(place));
        assign(place, before + expression.by);
        return expression.before ? before + expression.by : before;
      }
      case 'arithmetic':
        return calculate(expression.operator, number(expression.left), number(expression.right));
      case 'compare': {
        const left = evaluate(expression.left);
        return holds(expression.operator, compareValues(left, evaluate(expression.right), state.toText)) ? 1 : 0;
      }
      case 'concat': {
        const left = text(expression.left);
        return left + text(expression.right);
      }
      case 'match': {
        const subject = text(expression.value);
        return found(subject, patternText(expression.pattern)) !== expression.negated ? 1 : 0;
      }
      case 'and':
        return truth(expression.left) && truth(expression.right) ? 1 : 0;
      case 'or':
        return truth(expression.left) || truth(expression.right) ? 1 : 0;
      case 'unary':
        if (expression.operator === '!') return truth(expression.value) ? 0 : 1;
        return expression.operator === '-' ? -number(expression.value) : number(expression.value);
      case 'choose':
        return evaluate(truth(expression.test) ? expression.yes : expression.no);
      case 'in':
        return state.array(expression.array).has(key(expression.keys)) ? 1 : 0;
      case 'call':
        return callBuiltIn(expression, { program, state, evaluator, patternText });
    }
  }

  return evaluator;
}

function calculate(operator: Arithmetic, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
    case '%':
      if (right === 0) throw stopped('awk divided by zero.');
      return operator === '/' ? left / right : left % right;
    case '^':
      return left ** right;
  }
}
