import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createPrometheus } from '../../../src/adapters/prometheus/source.ts';
import type { ReadAnswer } from '../../../src/flow/ports.ts';

const at = new Date('2034-01-01T12:00:00Z');
const atSeconds = at.getTime() / 1000;

let server: Server;
let url = '';
let asked: { path: string; query: URLSearchParams }[] = [];
/** Status and body by path. */
let answers: Readonly<Record<string, readonly [number, unknown]>> = {};

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const path = request.url ?? '';
      asked.push({ path, query: new URLSearchParams(body) });
      const [status, answer] = answers[path] ?? [404, 'nothing'];
      response.writeHead(status).end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // It listens on TCP.
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

const ask = (textLimit = 64 * 1024): Promise<ReadAnswer> =>
  createPrometheus({ url, now: () => at }).read(
    { type: 'query', expression: 'rate(a_total[5m])' },
    { defaultNamespace: 'none', signal: AbortSignal.timeout(5_000), textLimit },
  );

const success = (resultType: string, result: unknown, warnings?: string[]) =>
  [200, { status: 'success', data: { resultType, result }, ...(warnings && { warnings }) }] as const;

const series = (metric: object, value: string) => ({ metric, value: [atSeconds, value] });
const hour = (metric: object, values: readonly number[]) => ({
  metric,
  values: values.map((value, index) => [atSeconds - 3600 + (index * 3600) / (values.length - 1), String(value)]),
});

describe('a query', () => {
  it('asks for the value now and for the hour before it', async () => {
    answers = { '/api/v1/query': success('vector', []), '/api/v1/query_range': success('matrix', []) };

    await ask();

    expect(asked.map(({ path, query }) => [path, Object.fromEntries(query)])).toEqual([
      ['/api/v1/query', { query: 'rate(a_total[5m])', time: String(atSeconds) }],
      [
        '/api/v1/query_range',
        { query: 'rate(a_total[5m])', start: String(atSeconds - 3600), end: String(atSeconds), step: '60' },
      ],
    ]);
  });

  it('draws aligned rows with the value now and the hour, and what is gone', async () => {
    answers = {
      '/api/v1/query': success('vector', [
        series({ __name__: 'a', pod: 'x' }, '0.30000000000000004'),
        series({ pod: 'longer' }, 'NaN'),
      ]),
      '/api/v1/query_range': success('matrix', [
        hour({ __name__: 'a', pod: 'x' }, [0, 1, 2, 3, 4, 5, 6, 7]),
        hour({ pod: 'gone' }, [5, 5]),
      ]),
    };

    expect((await ask()).text).toBe(
      [
        'a{pod="x"}       0.3  ▁   ▂   ▃   ▄    ▅   ▆   ▇   █  0 … 7',
        '{pod="longer"}   NaN',
        '{pod="gone"}    gone  ▁                            ▁  5 … 5',
        'The value now; the hour before it, oldest first, from its lowest to its highest value.',
        '',
      ].join('\n'),
    );
  });

  it('shows no more rows than a person reads', async () => {
    const many = Array.from({ length: 60 }, (_, index) => series({ pod: `p${index}` }, '1'));
    answers = { '/api/v1/query': success('vector', many), '/api/v1/query_range': success('matrix', []) };

    expect((await ask()).text).toContain('and 10 more series\n');
  });

  it('cuts what is too long', async () => {
    answers = {
      '/api/v1/query': success('vector', [series({ pod: 'x' }, '1')]),
      '/api/v1/query_range': success('matrix', []),
    };

    expect(await ask(5)).toEqual({ text: '{pod=', exitCode: 0, truncated: true });
  });

  it('shows warnings, and the value without an hour that cannot be had', async () => {
    answers = {
      '/api/v1/query': success('vector', [series({}, '1')], ['one store is away']),
      '/api/v1/query_range': [503, { status: 'error', errorType: 'timeout', error: 'query timed out' }],
    };

    expect((await ask()).text).toBe('{}  1\nwarning: one store is away\n');
  });

  it.each([
    [400, 'bad_data', 'parse error', 'Prometheus refused the query (bad_data): parse error\n'],
    [422, 'execution', 'too many samples', 'Prometheus refused the query (execution): too many samples\n'],
    [503, 'timeout', 'query timed out', 'The query took longer than Prometheus allows. Ask for less.\n'],
  ])('says what Prometheus answers with %s %s', async (status, errorType, error, text) => {
    answers = { '/api/v1/query': [status, { status: 'error', errorType, error }] };

    expect(await ask()).toEqual({ text, exitCode: 1, truncated: false });
  });

  it.each([
    ['a proxy’s page', [502, '<html>Bad Gateway</html>']],
    ['trouble of its own', [503, { status: 'error', errorType: 'unavailable', error: 'not ready' }]],
    ['another result', success('histogram', [])],
  ] as const)('cannot be answered by %s, and may be asked again', async (_, answer) => {
    answers = { '/api/v1/query': answer };

    await expect(ask()).rejects.toMatchObject({ code: 'source-unavailable', retryable: true });
  });

  it('cannot be answered by nobody', async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));

    await expect(ask()).rejects.toMatchObject({ code: 'source-unavailable' });
  });
});
