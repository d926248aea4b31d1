/** Reads of several things at once: what `all` stands for, and logs of which some cannot be read. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import type { Connection } from '../../../src/adapters/kubernetes/connection.ts';
import type { Discovery, Kind } from '../../../src/adapters/kubernetes/discovery.ts';
import { readGet } from '../../../src/adapters/kubernetes/read/get.ts';
import type { Cluster } from '../../../src/flow/ports.ts';
import { type SandboxKubernetes, startKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { createRecordingLog } from '../recording-log.ts';

const kindOf = (group: string, plural: string, kind: string, categories: readonly string[]): Kind => ({
  group,
  version: 'v1',
  plural,
  singular: kind.toLowerCase(),
  kind,
  namespaced: true,
  shortNames: [],
  categories,
});

describe('get all', () => {
  const pods = kindOf('', 'pods', 'Pod', ['all']);
  const maps = kindOf('', 'configmaps', 'ConfigMap', []);
  const rollouts = kindOf('argoproj.io', 'rollouts', 'Rollout', ['argo', 'all']);
  const offered = [rollouts, maps, pods];
  const discovery: Discovery = {
    find: async ({ resource, group = '' }) => offered.find((one) => one.plural === resource && one.group === group),
    offered: async () => ({ kinds: offered, groupVersions: [] }),
  };
  const all = { type: 'get', objects: [{ resource: 'all' }], output: { format: 'name' } } as const;

  async function asked(action: Parameters<typeof readGet>[1], own: Discovery): Promise<[string[], string]> {
    const paths: string[] = [];
    // Of a connection only `get` is used.
    const connection = {
      name: 'main',
      get: async (path: string) => {
        paths.push(path.replace(/\?.*/, ''));
        return { kind: 'List', apiVersion: 'v1', items: [] };
      },
    } as unknown as Connection;
    const scope = {
      namespace: 'shop',
      signal: AbortSignal.timeout(5000),
      textLimit: 100_000,
      outside: () => undefined,
    };
    const { err } = await readGet({ connection, discovery: own }, action, scope);
    return [paths, err];
  }

  it('is every kind that the cluster counts to it, custom ones too, in its order', async () => {
    expect((await asked(all, discovery))[0]).toEqual([
      '/apis/argoproj.io/v1/namespaces/shop/rollouts',
      '/api/v1/namespaces/shop/pods',
    ]);
  });

  it('lists a kind once that is named besides', async () => {
    const objects = [{ resource: 'pods' }, { resource: 'all' }];

    expect((await asked({ ...all, objects }, discovery))[0]).toEqual([
      '/api/v1/namespaces/shop/pods',
      '/apis/argoproj.io/v1/namespaces/shop/rollouts',
    ]);
  });

  it('is no kind where nothing is counted to it', async () => {
    const none: Discovery = { ...discovery, offered: async () => ({ kinds: [maps], groupVersions: [] }) };

    expect(await asked(all, none)).toEqual([[], 'error: the server doesn\'t have a resource type "all"\n']);
  });
});

describe('logs of several containers', () => {
  let sandbox: SandboxKubernetes;
  let cluster: Cluster;
  beforeAll(async () => {
    sandbox = await startKubernetes({ rolloutMs: 20, terminateMs: 20 });
    cluster = connectCluster({ name: 'main', kubeconfigText: sandbox.kubeconfig('shop'), log: createRecordingLog() });
    sandbox.world.deployment({
      namespace: 'shop',
      name: 'web',
      image: 'shop/web:v1',
      sidecars: [{ name: 'proxy', image: 'shop/missing:v1' }],
      pod: { initContainers: [{ name: 'prep', image: 'shop/prep:v1' }] },
    });
    await sandbox.settle();
  });
  afterAll(async () => {
    await cluster.close();
    await sandbox.stop();
  });

  it('are those that can be read, and then the first error', async () => {
    const [pod] = sandbox.world.pods('shop', { app: 'web' });
    const name = pod?.metadata.name ?? '';
    sandbox.world.setLogs('shop', name, ['of web'], { container: 'web' });
    const action = { type: 'logs', of: { resource: 'pods', name }, allContainers: true } as const;

    const { text, exitCode } = await cluster.read(action, {
      defaultNamespace: 'shop',
      signal: AbortSignal.timeout(5000),
      textLimit: 100_000,
    });

    expect(text).toBe(
      `of web\nError from server (BadRequest): container "prep" in pod "${name}" is waiting to start: ContainerCreating\n`,
    );
    expect(exitCode).toBe(1);
  });
});
