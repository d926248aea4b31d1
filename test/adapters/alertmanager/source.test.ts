import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createAlertmanagerSource } from '../../../src/adapters/alertmanager/source.ts';

let server: Server;
let url: string;
let answers: Record<string, string | (() => { status: number; body: string })>;

const status = { uptime: '2026-05-01T00:00:00.123Z', config: { original: 'route: { receiver: r, group_by: [a] }' } };
const listedAlert = (fingerprint: string, state: string) => ({
  labels: { a: '1', alertname: 'A' },
  annotations: { summary: 's' },
  startsAt: '2026-05-01T01:00:00.000+01:00',
  endsAt: '2026-05-01T02:00:00.000Z',
  updatedAt: '2026-05-01T02:00:00.000Z',
  generatorURL: 'http://prometheus/graph',
  fingerprint,
  receivers: [{ name: 'r' }],
  status: { state, inhibitedBy: [], silencedBy: [] },
});
const groups = [
  {
    labels: { a: '1' },
    receiver: { name: 'r' },
    alerts: [listedAlert('f1', 'active'), listedAlert('f2', 'suppressed')],
  },
];

beforeEach(async () => {
  answers = { '/am/api/v2/status': JSON.stringify(status), '/am/api/v2/alerts/groups': JSON.stringify(groups) };
  server = createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    const { status: code, body } =
      typeof answer === 'function' ? answer() : { status: answer === undefined ? 404 : 200, body: answer ?? '' };
    response.writeHead(code, { 'content-type': 'application/json' }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/am/`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const firing = (timeoutMs = 5_000) => createAlertmanagerSource({ url, timeoutMs }).firing();
const refusal = async (): Promise<unknown> => {
  const error: unknown = await firing().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error;
};

describe("Alertmanager's API", () => {
  it('gives what it would send, and counts what it holds back as present', async () => {
    const found = await firing();

    expect(found).toEqual({
      startedAt: new Date('2026-05-01T00:00:00.123Z'),
      fingerprints: ['f1', 'f2'],
      groups: [
        {
          receiver: 'r',
          labels: { a: '1' },
          groupKeys: ['{}:{a="1"}'],
          alerts: [
            {
              fingerprint: 'f1',
              name: 'A',
              status: 'firing',
              labels: { a: '1', alertname: 'A' },
              annotations: { summary: 's' },
              startsAt: new Date('2026-05-01T00:00:00Z'),
              generatorUrl: 'http://prometheus/graph',
            },
          ],
        },
      ],
    });
  });

  it('leaves the key open when the configuration is not shown', async () => {
    answers['/am/api/v2/status'] = JSON.stringify({ ...status, config: null });

    expect((await firing()).groups).toMatchObject([{ groupKeys: [] }]);
  });

  it.each<[string, string | (() => { status: number; body: string })]>([
    ['is refused', () => ({ status: 503, body: 'secret inside' })],
    ['is not JSON', '<html>'],
    ['is of another shape', '[{"labels":{}}]'],
    ['has a time that is none', JSON.stringify(groups).replace('2026-05-01T01', 'yesterday')],
    ['is too large', () => ({ status: 200, body: ' '.repeat(33 * 1024 * 1024) })],
  ])('cannot be asked when its answer %s, and the error holds none of it', async (_, answer) => {
    answers['/am/api/v2/alerts/groups'] = answer;

    expect(await refusal()).toMatchObject({
      code: 'source-unavailable',
      retryable: true,
      message: expect.not.stringMatching(/secret|html/),
    });
  });

  it('cannot be asked when nobody answers', async () => {
    url = 'http://127.0.0.1:1';

    expect(await refusal()).toMatchObject({ code: 'source-unavailable', retryable: true });
  });
});
