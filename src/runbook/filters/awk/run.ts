/** Runs an awk program on text. */
import type { AwkFilter } from '../../../domain/filter.ts';
import { type Budget, unlimited } from '../budget.ts';
import { linesOf, refuseNul } from '../limits.ts';
import { asksForLetters, expectKnownLetters } from '../posix-pattern.ts';
import { createEvaluator } from './evaluate.ts';
import { separatorOf } from './fields.ts';
import { format } from './format.ts';
import { parseAwk } from './parse.ts';
import { createState } from './state.ts';
import type { AwkProgram, Block, Rule, Statement } from './syntax.ts';
import { unescape } from './tokens.ts';
import { fromOutside, toNumber } from './values.ts';

/** How a statement left: it came to its end, or to one of awk's jumps. */
type Course = 'on' | 'break' | 'continue' | 'next' | 'exit';

export function runAwk(
  filter: AwkFilter,
  text: string,
  budget: Budget = unlimited,
): { text: string; exitCode: number } {
  refuseNul('awk', text);
  if (asksForLetters(filter.source)) expectKnownLetters('awk', text);
  const program = parseAwk(filter.source);
  const state = createState(budget);
  if (filter.separator !== undefined) state.set('FS', separatorOf(filter.separator));
  for (const { name, value } of filter.variables ?? []) state.set(name, fromOutside(unescape(value) ?? value));
  const { run, isOpen, exitCode } = createRunner(program, state);

  let course: Course = 'on';
  for (const block of program.begin) {
    course = run(block);
    if (course === 'exit') break;
  }
  if (course !== 'exit' && program.rules.length + program.end.length > 0) {
    for (const line of linesOf(text)) {
      state.nextLine(line);
      course = 'on';
      for (const rule of program.rules) {
        if (!isOpen(rule)) continue;
        course = rule.body ? run(rule.body) : print();
        if (course !== 'on') break;
      }
      if (course === 'exit') break;
    }
  }
  for (const block of program.end) if (run(block) === 'exit') break;
  return { text: state.out.text(), exitCode: exitCode() };

  function print(): Course {
    state.out.write(state.toText(state.record.get(0)) + state.toText(state.get('ORS')));
    return 'on';
  }
}

function createRunner(
  program: AwkProgram,
  state: ReturnType<typeof createState>,
): {
  readonly run: (block: Block) => Course;
  readonly isOpen: (rule: Rule) => boolean;
  readonly exitCode: () => number;
} {
  const { evaluate, isTrue, key, assign } = createEvaluator(program, state);
  /** Ranges whose last line has not come yet. */
  const open = new Set<Rule>();
  let code = 0;

  function isOpen(rule: Rule): boolean {
    if (!rule.when) return true;
    if (!rule.until) return isTrue(rule.when);
    if (!open.has(rule)) {
      if (!isTrue(rule.when)) return false;
      open.add(rule);
    }
    if (isTrue(rule.until)) open.delete(rule);
    return true;
  }

  function run(block: Block): Course {
    for (const statement of block) {
      state.spend(1);
      const course = runOne(statement);
      if (course !== 'on') return course;
    }
    return 'on';
  }

  /** Runs a loop's body; says how the loop goes on, or how all of it is left. */
  function turn(body: Block): Course {
    const course = run(body);
    return course === 'continue' ? 'on' : course;
  }
  const left = (course: Course): Course => (course === 'break' ? 'on' : course);

  function runOne(statement: Statement): Course {
    switch (statement.kind) {
      case 'expression':
        evaluate(statement.value);
        return 'on';
      case 'print': {
        const values = statement.values.map((value) => state.toPrinted(evaluate(value)));
        const line =
          values.length === 0 ? state.toText(state.record.get(0)) : values.join(state.toText(state.get('OFS')));
        state.out.write(line + state.toText(state.get('ORS')));
        return 'on';
      }
      case 'printf': {
        const [template, ...values] = statement.values.map(evaluate);
        state.out.write(format(state.toText(template), values, state.toText));
        return 'on';
      }
      case 'if':
        return run(isTrue(statement.test) ? statement.yes : statement.no);
      case 'while':
        for (let first = statement.after; first || isTrue(statement.test); first = false) {
          state.spend(1);
          const course = turn(statement.body);
          if (course !== 'on') return left(course);
        }
        return 'on';
      case 'for':
        for (run(statement.start); !statement.test || isTrue(statement.test); run(statement.step)) {
          state.spend(1);
          const course = turn(statement.body);
          if (course !== 'on') return left(course);
        }
        return 'on';
      case 'for-in':
        // In the order in which the keys came. awks have orders of their own: see order.ts.
        for (const each of Array.from(state.array(statement.array).keys())) {
          assign({ kind: 'variable', name: statement.name }, each);
          const course = turn(statement.body);
          if (course !== 'on') return left(course);
        }
        return 'on';
      case 'delete':
        if (statement.keys) state.array(statement.array).delete(key(statement.keys));
        else state.array(statement.array).clear();
        return 'on';
      case 'exit':
        if (statement.code) code = ((Math.trunc(toNumber(evaluate(statement.code))) % 256) + 256) % 256;
        return 'exit';
      case 'next':
      case 'break':
      case 'continue':
        return statement.kind;
    }
  }

  return { run, isOpen, exitCode: () => code };
}
