/** Every call ends: with a server that takes connections and says nothing, with a plug-in that hangs, and with many at once. */
import { createServer, type Server, type Socket } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import type { SingleChange } from '../../../src/domain/change-action.ts';
import type { EffectRequest } from '../../../src/domain/outcome.ts';
import type { Cluster, EffectPlan } from '../../../src/flow/ports.ts';
import { startKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { createRecordingLog } from '../recording-log.ts';

const sockets = new Set<Socket>();
let silent: Server;
let url = '';
beforeAll(async () => {
  silent = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  url = typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
});

const opened: Cluster[] = [];
afterEach(async () => {
  for (const cluster of opened.splice(0)) await cluster.close();
});
const boundMs = 60;
function open(kubeconfigText: string, over: Partial<Parameters<typeof connectCluster>[0]> = {}): Cluster {
  const log = createRecordingLog();
  const cluster = connectCluster({ name: 'main', kubeconfigText, log, timeoutMs: boundMs, ...over });
  opened.push(cluster);
  return cluster;
}
const configText = (server: string, user: object = {}): string =>
  JSON.stringify({
    'current-context': 'main',
    clusters: [{ name: 'main', cluster: { server } }],
    contexts: [{ name: 'main', context: { cluster: 'main', user: 'me' } }],
    users: [{ name: 'me', user }],
  });

const scale: SingleChange = { type: 'scale', target: { resource: 'deployments', name: 'web' }, replicas: 3 };
const planOf = (action: SingleChange): EffectPlan => ({
  id: 'plan-1',
  action,
  class: 'change',
  target: {
    cluster: 'main',
    clusterUid: 'c',
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    resource: 'deployments',
    namespace: 'shop',
    name: 'web',
    uid: 'u',
  },
  changes: [{ path: '/spec/replicas', label: 'replicas', before: 2, after: 3 }],
});
const plan = planOf(scale);
const request: EffectRequest = { method: 'PATCH', path: '/x', contentType: 'application/json', body: '[]' };
const context = { defaultNamespace: 'shop', protectedNamespaces: [], podsPerPlan: 50, now: new Date() };
const reading = () => ({ defaultNamespace: 'shop', signal: AbortSignal.timeout(10_000), textLimit: 1000 });

const calls: [string, (cluster: Cluster) => Promise<unknown>][] = [
  ['uid', (cluster) => cluster.uid()],
  [
    'a read',
    (cluster) => cluster.read({ type: 'get', objects: [{ resource: 'pods' }], output: { format: 'table' } }, reading()),
  ],
  ['logs', (cluster) => cluster.read({ type: 'logs', of: { resource: 'pods', name: 'a' } }, reading())],
  [
    'a description',
    (cluster) => cluster.read({ type: 'describe', kind: { resource: 'pods' }, names: ['a'] }, reading()),
  ],
  ['candidates', (cluster) => cluster.candidates('pod', { namespace: 'shop' })],
  ['resolve', (cluster) => cluster.resolve(scale, context)],
  ['prepare', (cluster) => cluster.prepare(plan)],
  ['readBack', (cluster) => cluster.readBack(plan, request)],
  ['observe', (cluster) => cluster.observe(plan)],
];

describe('a server that takes connections and never answers', () => {
  it.each(calls)('%s ends, and says so', async (_, call) => {
    await expect(call(open(configText(url)))).rejects.toMatchObject({
      code: 'cluster-unavailable',
      retryable: true,
      message: expect.stringMatching(
        /^Cluster main cannot be reached: it(?: did not answer|s credentials did not come) in time/,
      ),
    });
  });

  it('send ends, and nobody knows what became of it', async () => {
    expect(await open(configText(url)).send(plan, request, { auditId: 'a', timeoutMs: boundMs })).toMatchObject({
      kind: 'ambiguous',
      text: expect.stringContaining('did not answer in time'),
    });
  });

  it('a command ends, and was not run', async () => {
    const exec = planOf({ type: 'exec', target: { resource: 'pods', name: 'web' }, argv: ['migrate'] });

    expect(await open(configText(url)).send(exec, request, { auditId: 'a', timeoutMs: boundMs })).toMatchObject({
      kind: 'rejected',
      text: expect.stringContaining('The command was not run'),
    });
  });

  it('what would be lost with a pod is said to be missing', async () => {
    const gone = planOf({ type: 'delete-pod', target: { resource: 'pods', name: 'web' } });
    const bounds = { signal: AbortSignal.timeout(boundMs), podsMax: 3, bytesMax: 1000 };

    const captured = await open(configText(url)).capture?.(gone, bounds);

    expect(captured?.pods).toEqual([]);
  });
});

describe('credentials that never come', () => {
  it('end the call at its bound', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'firebreak-hang-'));
    const plugin = join(folder, 'plugin');
    writeFileSync(plugin, '#!/bin/sh\nexec sleep 0.4\n', { mode: 0o755 });
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' };
    const cluster = open(configText(url.replace('http:', 'https:'), { exec }));

    await expect(cluster.uid()).rejects.toMatchObject({
      code: 'cluster-unavailable',
      message: expect.stringContaining('did not'),
    });
    rmSync(folder, { recursive: true, force: true });
  });
});

describe('many calls at once', () => {
  it('share 16 sockets, keep them, and open no watch', async () => {
    const sandbox = await startKubernetes({ rolloutMs: 10 });
    try {
      sandbox.world.deployment({ namespace: 'shop', name: 'web', image: 'workload:v1', replicas: 3 });
      await sandbox.settle();
      const relay = await openCounter(sandbox.port);
      const cluster = open(sandbox.kubeconfig('shop').replace(`:${sandbox.port}`, `:${relay.port}`), {
        timeoutMs: 20_000,
      });
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, index) =>
          index % 2 === 0
            ? cluster.resolve(scale, context)
            : cluster.read({ type: 'get', objects: [{ resource: 'pods' }], output: { format: 'table' } }, reading()),
        ),
      );
      const most = relay.most();
      await cluster.close();
      await relay.close();

      expect(answers).toHaveLength(200);
      expect(most).toBeGreaterThan(1);
      expect(most).toBeLessThanOrEqual(16);
      expect(relay.opened()).toBeLessThanOrEqual(32);
      expect(sandbox.audit.filter(({ verb }) => verb === 'watch')).toEqual([]);
      expect(sandbox.audit.filter(({ requestURI }) => /[?&]watch=/.test(requestURI))).toEqual([]);
    } finally {
      await sandbox.stop();
    }
  });
});

/** Passes bytes on, and counts the connections that are open at a time. */
async function openCounter(to: number) {
  const { connect } = await import('node:net');
  const live = new Set<Socket>();
  let most = 0;
  let count = 0;
  const server = createServer((socket) => {
    live.add(socket);
    count++;
    most = Math.max(most, live.size);
    const upstream = connect(to, '127.0.0.1');
    socket.pipe(upstream).pipe(socket);
    const end = (): void => {
      live.delete(socket);
      socket.destroy();
      upstream.destroy();
    };
    for (const side of [socket, upstream]) side.on('error', end).on('close', end);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    most: () => most,
    opened: () => count,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
