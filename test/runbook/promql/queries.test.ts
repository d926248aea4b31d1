import { describe, expect, it } from '@jest/globals';
import { compileQuery } from '../../../src/runbook/promql/queries.ts';
import { PromqlError } from '../../../src/runbook/promql/lexer.ts';
import { parsePromql } from '../../../src/runbook/promql/parser.ts';
import { invalidQueries, validQueries } from '../promql-samples.ts';

const reasonOf = (text: string): string => {
  const compiled = compileQuery(text);
  return 'refused' in compiled ? compiled.refused.code : compiled.action.type;
};

describe('PromQL', () => {
  it.each(validQueries)('reads %j', (query) => {
    expect(() => parsePromql(query)).not.toThrow();
  });

  it.each(invalidQueries)('refuses %j', (query) => {
    expect(() => parsePromql(query)).toThrow(PromqlError);
  });

  it('becomes a query as it was written', () => {
    expect(compileQuery(' rate(a_total[5m]) ')).toEqual({ action: { type: 'query', expression: 'rate(a_total[5m])' } });
  });

  it.each([
    ['memory', 'not-a-command'],
    ['"all is well"', 'not-a-command'],
    ['42', 'not-a-command'],
    ['memory_usage_bytes > 90%', 'malformed'],
    ['the latency of the service', 'malformed'],
    ['rate(a_total{pod="<pod-name>"}[5m])', 'unresolved-substitution'],
    ['rate(a_total{pod="$POD"}[5m])', 'unresolved-substitution'],
    ['rate(a_total{pod=~"web-.*$"}[5m])', 'query'],
    ['up', 'query'],
    ['time()', 'query'],
    ['node_load1', 'query'],
  ])('%j is %s', (text, code) => {
    expect(reasonOf(text)).toBe(code);
  });

  it('gives up on what is nested without end', () => {
    expect(reasonOf('('.repeat(5000))).toBe('malformed');
    expect(reasonOf(`${'('.repeat(2000)}a_b${')'.repeat(2000)}`)).toBe('malformed');
    expect(reasonOf('-'.repeat(4000))).toBe('malformed');
  });
});
