/** The query compiler and the adapter, held against a real Prometheus. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createPrometheus, prometheusVersion } from '../../src/adapters/prometheus/source.ts';
import type { ReadAnswer } from '../../src/flow/ports.ts';
import { PromqlError, tokensOf } from '../../src/runbook/promql/lexer.ts';
import { parsePromql } from '../../src/runbook/promql/parser.ts';
import { invalidQueries, validQueries } from '../runbook/promql-samples.ts';
import { type RealPrometheus, startPrometheus } from './prometheus.ts';

let prometheus: RealPrometheus;

beforeAll(async () => {
  prometheus = await startPrometheus();
});
afterAll(async () => {
  await prometheus.stop();
});

/** Parses it, and asks nothing. */
async function isTaken(query: string): Promise<boolean> {
  const body = new URLSearchParams({ query });
  const { status } = await fetch(`${prometheus.url}/api/v1/format_query`, { method: 'POST', body });
  return status === 200;
}

function isRead(query: string): boolean {
  try {
    parsePromql(query);
    return true;
  } catch (error) {
    if (error instanceof PromqlError) return false;
    throw error;
  }
}

const pieces = [
  ...new Set(validQueries.flatMap((query) => tokensOf(query).map(({ text }) => text)).filter((text) => text !== '')),
  '%',
  '{}',
  '()',
  '"("',
  '"[a-"',
  '"a{2,1}"',
  '"\\\\z"',
  "'.*'",
  '""',
  '0s',
  '5',
  '1e9',
  '[5m]',
  'offset 5m',
  '@ 1',
  'by (a)',
  'on(a)',
  'bool',
  'é',
  ';',
];

describe('what compiles as a query', () => {
  it('is what Prometheus takes, of the samples', async () => {
    const asked = await Promise.all(
      [...validQueries, ...invalidQueries].map(async (query) => [query, await isTaken(query)]),
    );

    expect(asked).toEqual([
      ...validQueries.map((query) => [query, true]),
      ...invalidQueries.map((query) => [query, false]),
    ]);
  });

  it('is taken by Prometheus, whatever was changed in a query', async () => {
    const edits = fc.array(
      fc.record({
        at: fc.nat(60),
        kind: fc.constantFrom('drop', 'double', 'put', 'swap'),
        piece: fc.constantFrom(...pieces),
      }),
      { minLength: 1, maxLength: 3 },
    );
    let read = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...validQueries), edits, async (query, changes) => {
        const words = tokensOf(query).map(({ text }) => text);
        for (const { at, kind, piece } of changes) {
          const place = at % words.length;
          if (kind === 'drop') words.splice(place, 1);
          else if (kind === 'double') words.splice(place, 0, words[place] ?? '');
          else if (kind === 'put') words.splice(place, 0, piece);
          else words.splice(place, 1, piece);
          if (words.length === 0) words.push(piece);
        }
        const changed = words.join(' ');
        if (!isRead(changed)) return;
        read++;
        if (!(await isTaken(changed))) throw new Error(`Prometheus refuses ${changed}`);
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 3000) },
    );
    expect(read).toBeGreaterThan(100);
  });
});

describe('what a query shows', () => {
  const context = { defaultNamespace: 'none', signal: AbortSignal.timeout(60_000), textLimit: 64 * 1024 };
  const ask = (expression: string): Promise<ReadAnswer> =>
    createPrometheus({ url: `${prometheus.url}/` }).read({ type: 'query', expression }, context);

  it('is a row for each series, with its hour', async () => {
    const { text, exitCode } = await ask('up');

    expect(exitCode).toBe(0);
    expect(text).toMatch(/^up\{instance="127\.0\.0\.1:\d+", job="itself"\} {2}1/);
  });

  it.each([
    ['1 + 1', /^value {2}2 /],
    ['up[1m]', /^up\{.*\} {2}1/],
    ['up{job="nobody"}', /^Nothing matches now/],
    ['sum(up)', /^\{\} {2}1/],
    ['vector(0.1) + 0.2', /^\{\} {2}0\.3 {2}/],
    ['time() > bool 5', /^value {2}1/],
  ])('%s', async (expression, shown) => {
    expect((await ask(expression)).text).toMatch(shown);
  });

  it('is what Prometheus has against it', async () => {
    expect(await ask('label_replace(up, "a", "b", "c", "(")')).toMatchObject({
      exitCode: 1,
      text: expect.stringMatching(/^Prometheus refused the query \((?:bad_data|execution)\): /),
    });
  });

  it('tells its version', async () => {
    expect(await prometheusVersion(prometheus.url)).toMatch(/^\d+\.\d+/);
  });
});
