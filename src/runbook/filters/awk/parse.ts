/** Reads an awk program. Source of the rules: POSIX awk, "Grammar". Throws `AwkRefused`. */
import { refuse } from '../../reasons.ts';
import { createExpressionReader } from './parse-expression.ts';
import type { Reader } from './reader.ts';
import type { AwkProgram, Block, Rule, Statement } from './syntax.ts';
import { AwkRefused, malformed, tokensOf } from './tokens.ts';

export function parseAwk(source: string): AwkProgram {
  const reader = createExpressionReader(tokensOf(source));
  const begin: Block[] = [];
  const end: Block[] = [];
  const rules: Rule[] = [];
  for (;;) {
    skipTerminators(reader);
    if (reader.peek().kind === 'end') break;
    const { kind, text } = reader.peek();
    if (kind === 'word' && (text === 'BEGIN' || text === 'END')) {
      reader.take();
      if (!reader.is('{')) throw malformed(`${text} has no braces`);
      (text === 'BEGIN' ? begin : end).push(block(reader));
    } else if (kind === 'word' && /^func(?:tion)?$/.test(text)) {
      throw new AwkRefused(refuse('shell-logic', 'An awk program with functions of its own is not run.'));
    } else if (reader.is('{')) rules.push({ body: block(reader) });
    else {
      const when = reader.expression();
      let until: Rule['until'];
      if (reader.is(',')) {
        reader.take();
        skipNewlines(reader);
        until = reader.expression();
      }
      const body = reader.is('{') ? block(reader) : undefined;
      rules.push({ when, ...(until && { until }), ...(body && { body }) });
    }
    const next = reader.peek();
    // Items may stand behind each other after a closing brace.
    if (next.kind !== 'newline' && next.kind !== 'end' && !reader.is(';') && reader.last() !== '}') {
      throw malformed(`it does not end before ${JSON.stringify(next.text)}`);
    }
  }
  for (const name of reader.scalars) {
    if (reader.arrays.has(name)) throw malformed(`${name} is a variable and an array`);
  }
  return { begin, rules, end, arrays: reader.arrays };
}

function skipNewlines(reader: Reader): void {
  while (reader.peek().kind === 'newline') reader.take();
}

function skipTerminators(reader: Reader): void {
  while (reader.peek().kind === 'newline' || reader.is(';')) reader.take();
}

function block(reader: Reader): Block {
  reader.expect('{');
  const statements: Statement[] = [];
  for (;;) {
    skipTerminators(reader);
    if (reader.is('}')) {
      reader.take();
      return statements;
    }
    if (reader.peek().kind === 'end') throw malformed('a brace is not closed');
    statements.push(...statement(reader));
  }
}

/** One statement with its end; a block is its statements. */
function statement(reader: Reader): Block {
  reader.nest(1);
  const out = statementInside(reader);
  reader.nest(-1);
  return out;
}

function statementInside(reader: Reader): Block {
  if (reader.is('{')) return block(reader);
  if (reader.is(';')) {
    reader.take();
    return [];
  }
  const { kind, text } = reader.peek();
  if (kind === 'word') {
    switch (text) {
      case 'if':
        return [ifStatement(reader)];
      case 'while': {
        reader.take();
        const test = condition(reader);
        if (reader.is(';')) {
          reader.take();
          return [{ kind: 'while', test, body: [], after: false }];
        }
        return [{ kind: 'while', test, body: body(reader), after: false }];
      }
      case 'do': {
        reader.take();
        const inner = body(reader);
        skipTerminators(reader);
        if (reader.take().text !== 'while') throw malformed('do has no while');
        const test = condition(reader);
        terminate(reader);
        return [{ kind: 'while', test, body: inner, after: true }];
      }
      case 'for':
        return [forStatement(reader)];
    }
  }
  const out = simpleStatement(reader);
  terminate(reader);
  return [out];
}

function terminate(reader: Reader): void {
  if (reader.is(';') || reader.peek().kind === 'newline') reader.take();
  else if (reader.is('|') || reader.is('|&'))
    throw new AwkRefused(refuse('pipes-into-code', 'The awk program runs commands of its own.'));
  else if (!reader.is('}')) throw malformed(`a statement does not end before ${JSON.stringify(reader.peek().text)}`);
}

function body(reader: Reader): Block {
  skipNewlines(reader);
  return statement(reader);
}

function condition(reader: Reader): ReturnType<Reader['expression']> {
  reader.expect('(');
  const test = reader.expression();
  reader.expect(')');
  return test;
}

function ifStatement(reader: Reader): Statement {
  reader.take();
  const test = condition(reader);
  const yes = body(reader);
  const at = reader.position();
  skipTerminators(reader);
  if (reader.peek().kind !== 'word' || reader.peek().text !== 'else') {
    reader.goTo(at);
    return { kind: 'if', test, yes, no: [] };
  }
  reader.take();
  return { kind: 'if', test, yes, no: body(reader) };
}

function forStatement(reader: Reader): Statement {
  reader.take();
  reader.expect('(');
  const [name, word, array, close] = reader.ahead(4);
  if (name?.kind === 'name' && word?.text === 'in' && array?.kind === 'name' && close?.text === ')') {
    for (let count = 0; count < 4; count++) reader.take();
    reader.useScalar(name.text);
    reader.useArray(array.text);
    return { kind: 'for-in', name: name.text, array: array.text, body: body(reader) };
  }
  const start = reader.is(';') ? [] : [simpleStatement(reader)];
  reader.expect(';');
  skipNewlines(reader);
  const test = reader.is(';') ? undefined : reader.expression();
  reader.expect(';');
  skipNewlines(reader);
  const step = reader.is(')') ? [] : [simpleStatement(reader)];
  reader.expect(')');
  if (reader.is(';')) {
    reader.take();
    return { kind: 'for', start, ...(test && { test }), step, body: [] };
  }
  return { kind: 'for', start, ...(test && { test }), step, body: body(reader) };
}

function simpleStatement(reader: Reader): Statement {
  const { kind, text } = reader.peek();
  if (kind !== 'word') return { kind: 'expression', value: reader.expression() };
  switch (text) {
    case 'print':
    case 'printf': {
      reader.take();
      const values = reader.printed();
      if (text === 'printf' && values.length === 0) throw malformed('printf has no format');
      return { kind: text, values };
    }
    case 'next':
    case 'break':
    case 'continue':
      reader.take();
      return { kind: text };
    case 'exit': {
      reader.take();
      const ends = reader.peek().kind === 'newline' || reader.is(';') || reader.is('}');
      return ends ? { kind: 'exit' } : { kind: 'exit', code: reader.expression() };
    }
    case 'delete': {
      reader.take();
      const name = reader.take();
      if (name.kind !== 'name') throw malformed('delete takes an array');
      reader.useArray(name.text);
      return reader.is('[')
        ? { kind: 'delete', array: name.text, keys: reader.keys() }
        : { kind: 'delete', array: name.text };
    }
    default:
      return { kind: 'expression', value: reader.expression() };
  }
}
