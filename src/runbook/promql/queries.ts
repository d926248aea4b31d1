/** Queries of promql fences and of `# Query:` comments. */
import type { QueryAction } from '../../domain/read-action.ts';
import type { Template } from '../../domain/object-reference.ts';
import type { Compiled } from '../kubectl/get.ts';
import { PromqlError } from './lexer.ts';
import { parsePromql, type PromqlQuery } from './parser.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';

const lengthMax = 4096;

export function compileQuery(text: string): Compiled<QueryAction<Template>> | Refusal {
  const expression = text.trim();
  if (expression.length > lengthMax) return refuse('malformed', 'This is longer than a query that is asked.');
  let query: PromqlQuery;
  try {
    query = parsePromql(expression);
  } catch (error) {
    if (!(error instanceof PromqlError)) throw error;
    return refuse('malformed', `Prometheus cannot read this as a query: ${error.message}.`);
  }
  const open = query.strings.find((value) => /<[A-Za-z][\w .-]*>|\$[A-Za-z_{]/.test(value));
  if (open !== undefined) {
    return refuse(
      'unresolved-substitution',
      `${quoted(open)} is left open in this query; fill it in and ask Prometheus yourself.`,
    );
  }
  const [only] = query.metrics;
  // `memory` is a query to Prometheus and a word to everybody else.
  const isWord = only === expression && !/[_:\d]/.test(only) && only !== 'up' && only !== 'ALERTS';
  if (query.type === 'string' || isWord || (query.metrics.length === 0 && !/[({]/.test(expression))) {
    return refuse('not-a-command', 'This does not read like a query of a metric; decide what it asks for yourself.');
  }
  return { action: { type: 'query', expression } };
}
