import { describe, expect, it } from '@jest/globals';
import { endingPods } from '../../../src/adapters/kubernetes/change/capture/ending-pods.ts';
import { fitPod, lastBytes } from '../../../src/adapters/kubernetes/change/capture/fit.ts';
import { readPodLogs } from '../../../src/adapters/kubernetes/change/capture/pod-logs.ts';
import { eventLines, podState } from '../../../src/adapters/kubernetes/change/capture/pod-state.ts';
import type { Connection } from '../../../src/adapters/kubernetes/connection.ts';
import type { CapturedPod } from '../../../src/domain/capture.ts';
import type { Json } from '../../../src/domain/json.ts';
import type { EffectPlan } from '../../../src/flow/ports.ts';

const { signal } = new AbortController();
const unused = (what: string) => () => Promise.reject(new Error(`no ${what} was expected`));

/** Answers of a server by path; each request is kept. */
function serverWith(answers: (path: string) => { status?: number; body: string; truncated?: boolean }) {
  const asked: string[] = [];
  const request: Connection['request'] = async ({ path }) => {
    asked.push(decodeURIComponent(path));
    return { status: 200, truncated: false, ...answers(path) };
  };
  const connection: Connection = {
    name: 'main',
    request,
    // The answers above are JSON.
    get: async (path) => JSON.parse((await request({ method: 'GET', path })).body) as Json,
    openSocket: unused('socket'),
    address: unused('address'),
    contextNamespace: unused('namespace'),
    now: () => 0,
    close: async () => undefined,
  };
  return { connection, asked };
}

const pod = (name: string, over: { [key: string]: Json } = {}): Json => ({
  metadata: { name, namespace: 'shop', uid: `uid-${name}`, creationTimestamp: '2026-03-01T12:00:00Z' },
  spec: { containers: [{ name: 'app' }] },
  status: {
    phase: 'Running',
    containerStatuses: [{ name: 'app', ready: true, restartCount: 0, state: { running: {} } }],
  },
  ...over,
});
const none: CapturedPod = { namespace: 'shop', name: 'web-1', state: '', events: [], logs: [], missing: [] };
const crashed = { terminated: { exitCode: 137, reason: 'OOMKilled' } };
const withStatus = (...containerStatuses: Json[]): Json =>
  pod('web-1', { status: { phase: 'Running', containerStatuses } });

describe('a pod in short', () => {
  it.each<[string, Json, string]>([
    [
      'runs',
      withStatus({ name: 'app', restartCount: 0, state: { running: { startedAt: 'x' } } }),
      'Running; app: running',
    ],
    [
      'crashes again and again',
      withStatus({
        name: 'app',
        restartCount: 5,
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off token=hunter2' } },
        lastState: crashed,
      }),
      'Running; app: waiting (CrashLoopBackOff), before that exit 137 (OOMKilled), 5 restarts',
    ],
    [
      'was evicted',
      pod('web-1', { status: { phase: 'Failed', reason: 'Evicted', message: 'token=x' } }),
      'Failed (Evicted)',
    ],
    ['waits for a node', pod('web-1', { status: { phase: 'Pending' } }), 'Pending'],
  ])('that %s', (_, given, text) => {
    expect(podState(given)).toBe(text);
  });

  it('has its newest events, oldest first, masked and short', () => {
    const event = (index: number, over: { [key: string]: Json } = {}): Json => ({
      type: 'Warning',
      reason: `R${index}`,
      message: `password=hunter2 ${'x'.repeat(1_000)}`,
      count: index,
      lastTimestamp: `2026-03-01T12:00:${String(index).padStart(2, '0')}Z`,
      ...over,
    });
    const lines = eventLines(Array.from({ length: 30 }, (_, index) => event(29 - index)));

    expect(lines).toHaveLength(20);
    expect(lines[0]).toMatch(/^2026-03-01T12:00:10Z Warning R10 ×10: password=\(masked\)/);
    expect(lines.at(-1)).toMatch(/R29/);
    expect(lines.join('\n')).not.toContain('hunter2');
    expect(lines.every((line) => line.length < 400)).toBe(true);
  });
});

describe('the logs of a pod', () => {
  const running = { name: 'app', restartCount: 1, state: { running: {} }, lastState: crashed };

  it('are the last 200 lines of each container, and of the one before its restart, masked', async () => {
    const { connection, asked } = serverWith((path) => ({
      body: path.includes('previous') ? 'before\n' : 'DB_PASSWORD=hunter2\n',
    }));

    const logs = await readPodLogs(connection, withStatus(running), signal);

    expect(asked).toEqual([
      '/api/v1/namespaces/shop/pods/web-1/log?container=app&tailLines=200&previous=true',
      '/api/v1/namespaces/shop/pods/web-1/log?container=app&tailLines=200',
    ]);
    expect(logs).toEqual([
      { container: 'app', previous: true, text: 'before\n' },
      { container: 'app', text: 'DB_PASSWORD=(masked)\n' },
    ]);
  });

  it('of a container that waits to be started again are those of the one before, once', async () => {
    const { connection, asked } = serverWith(() => ({ body: 'x\n' }));
    await readPodLogs(
      connection,
      withStatus({ ...running, state: { waiting: { reason: 'CrashLoopBackOff' } } }),
      signal,
    );

    expect(asked).toHaveLength(1);
    expect(asked[0]).not.toContain('previous');
  });

  it('of a container that never ran are not asked for, nor those of an init container that did its work', async () => {
    const { connection, asked } = serverWith(() => ({ body: 'x\n' }));
    const status = {
      phase: 'Pending',
      initContainerStatuses: [
        { name: 'done', state: { terminated: { exitCode: 0 } } },
        { name: 'broken', state: { terminated: { exitCode: 2 } } },
      ],
      containerStatuses: [{ name: 'app', state: { waiting: { reason: 'PodInitializing' } } }],
    };
    await readPodLogs(connection, pod('web-1', { status }), signal);

    expect(asked).toEqual(['/api/v1/namespaces/shop/pods/web-1/log?container=broken&tailLines=200']);
  });

  it('with very long lines are asked for again as fewer lines, so that the end is there', async () => {
    const { connection, asked } = serverWith((path) =>
      path.includes('tailLines=200') ? { body: 'beginning', truncated: true } : { body: 'the end\n' },
    );

    const logs = await readPodLogs(connection, withStatus({ ...running, lastState: {} }), signal);

    expect(asked.map((path) => path.split('tailLines=')[1])).toEqual(['200', '20']);
    expect(logs).toEqual([{ container: 'app', text: 'the end\n', isCut: true }]);
  });

  it('hide a key that begins long before what is kept', async () => {
    const key = `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkq\n'.repeat(200)}-----END PRIVATE KEY-----\n`;
    const { connection } = serverWith(() => ({ body: `${'x\n'.repeat(40_000)}${key}${'y\n'.repeat(4_000)}` }));

    const [log] = await readPodLogs(connection, withStatus({ ...running, lastState: {} }), signal);
    const { logs } = fitPod({ ...none, logs: log && 'text' in log ? [log] : [] }, 10_000);

    expect(logs[0]?.text).toMatch(/y\n$/);
    expect(JSON.stringify(log)).not.toContain('MIIE');
    expect(logs[0]).toMatchObject({ isCut: true });
  });

  it.each([
    [403, 'our account may not read them'],
    [404, 'the pod is gone'],
    [400, 'the container has not run'],
    [500, 'the cluster could not give them (status 500)'],
  ])('that are answered with %i are said to be missing', async (status, why) => {
    const { connection } = serverWith(() => ({ status, body: 'secret body' }));

    expect(await readPodLogs(connection, withStatus({ ...running, lastState: {} }), signal)).toEqual([
      { missing: `logs of web-1 (container app): ${why}` },
    ]);
  });
});

describe('the pods that a change ends', () => {
  const plan = (kind: string, before: number, after: number): EffectPlan => ({
    id: 'plan-1',
    action: { type: 'scale', target: { resource: 'x', name: 'db' }, replicas: after },
    class: 'destructive',
    target: {
      cluster: 'main',
      clusterUid: 'c',
      apiVersion: 'apps/v1',
      kind,
      resource: 'statefulsets',
      namespace: 'shop',
      name: 'db',
      uid: 'u',
    },
    changes: [{ path: '/spec/replicas', label: 'replicas', before, after }],
  });
  const listOf = (...items: Json[]) =>
    serverWith((path) => ({
      body: JSON.stringify(
        path.includes('/pods')
          ? { items }
          : { metadata: { uid: 'u' }, spec: { selector: { matchLabels: { app: 'db' } } } },
      ),
    })).connection;
  const names = (pods: readonly Json[]): string[] => pods.map((one) => JSON.stringify(one).match(/db-\d+/)?.[0] ?? '');
  const troubled = pod('db-1', { status: { phase: 'Pending' } });

  it('of a stateful set are those with the highest numbers', async () => {
    const connection = listOf(pod('db-0'), troubled, pod('db-2'), pod('db-10'));

    expect(names(await endingPods(connection, plan('StatefulSet', 4, 2), signal)).toSorted()).toEqual([
      'db-10',
      'db-2',
    ]);
  });

  it('of others those in trouble come first', async () => {
    const connection = listOf(pod('db-0'), troubled, pod('db-2'));

    expect(names(await endingPods(connection, plan('Deployment', 3, 2), signal))).toEqual(['db-1']);
    expect(names(await endingPods(connection, plan('Deployment', 3, 0), signal))).toHaveLength(3);
  });
});

describe('what fits', () => {
  const captured = (texts: readonly string[], events: readonly string[] = []): CapturedPod => ({
    namespace: 'shop',
    name: 'web-1',
    state: 'Running',
    events,
    logs: texts.map((text, index) => ({ container: `c${index}`, text })),
    missing: [],
  });

  it('is all of the small logs, and the end of the long ones in whole lines', () => {
    const long = Array.from({ length: 1_000 }, (_, index) => `line ${index}\n`).join('');
    const { logs, events } = fitPod(captured(['small\n', long, long], ['e'.repeat(3_000), 'newest']), 4_096);

    expect(logs[0]).toEqual({ container: 'c0', text: 'small\n' });
    for (const { text, isCut } of logs.slice(1)) {
      expect(text).toMatch(/^line \d+\n[^]*line 999\n$/);
      expect(isCut).toBe(true);
    }
    expect(events).toEqual(['newest']);
    expect(Buffer.byteLength(logs.map(({ text }) => text).join(''))).toBeLessThanOrEqual(4_096);
  });

  it('never splits a character', () => {
    expect(lastBytes('ααααα', 5)).toBe('αα');
    expect(lastBytes('α', 1)).toBe('');
    expect(lastBytes('one\ntwo\n', 6)).toBe('two\n');
  });
});
