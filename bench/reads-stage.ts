/** Where the bench `reads` reads: a namespace on the cluster of KUBECONFIG or, without one, on the stand-in. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKubernetes } from '../src/sandbox/kubernetes/start.ts';
import { eventually } from '../test/eventually.ts';
import { connectKubernetes, type KubernetesApi } from '../test/real/kubernetes-api.ts';
import { createMany, idlePod } from '../test/real/many-objects.ts';
import { MissingError } from './bench.ts';

export type Stage = {
  readonly kubeconfig: string;
  /** Three pods of `web`, and the deployments that plans are made for. */
  readonly namespace: string;
  /** A namespace that holds nothing but idle pods. */
  readonly crowd: string;
  readonly cluster: 'real' | 'stand-in';
  close(): Promise<void>;
};

const patienceMs = 90_000;

export async function openStage({ deployments, pods }: { deployments: number; pods: number }): Promise<Stage> {
  const isReal = Boolean(process.env['KUBECONFIG']);
  const standIn = isReal ? undefined : await openStandIn();
  const api = await connectKubernetes();
  const namespace = `firebreak-bench-${process.pid}`;
  const crowd = `${namespace}-crowd`;
  const close = async (): Promise<void> => {
    for (const name of [namespace, crowd]) await api.send({ method: 'DELETE', path: `/api/v1/namespaces/${name}` });
    await api.close();
    await standIn?.close();
  };
  try {
    await createMany(
      api,
      '/api/v1/namespaces',
      [namespace, crowd].map((name) => ({ metadata: { name } })),
    );
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    const asleep = Array.from({ length: deployments }, (_, index) => deployment(`plan-${index}`, 0));
    await createMany(api, path, [deployment('web', 3), ...asleep]);
    await createMany(
      api,
      `/api/v1/namespaces/${crowd}/pods`,
      Array.from({ length: pods }, (_, index) => idlePod(`idle-${index}`)),
    );
    await eventually(
      'the pods of web are ready and their metrics are there',
      async () => (await readyPods(api, path)) === 3 && (await hasMetrics(api, namespace)),
      patienceMs,
    ).catch((cause: unknown) => {
      throw new MissingError(
        'The bench reads needs a cluster that runs workload:v1 and serves metrics. The test cluster does: KUBECONFIG=$(test/real/cluster/cluster up | tail -1).',
        { cause },
      );
    });
  } catch (error) {
    await close();
    throw error;
  }
  return { kubeconfig: api.kubeconfig, namespace, crowd, cluster: isReal ? 'real' : 'stand-in', close };
}

/** Everybody finds it as a real one is found: by KUBECONFIG. */
async function openStandIn(): Promise<{ close(): Promise<void> }> {
  const sandbox = await startKubernetes();
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-bench-reads-'));
  writeFileSync(join(folder, 'kubeconfig'), sandbox.kubeconfig());
  process.env['KUBECONFIG'] = join(folder, 'kubeconfig');
  return {
    async close() {
      delete process.env['KUBECONFIG'];
      await sandbox.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

const deployment = (name: string, replicas: number): object => ({
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'app', image: 'workload:v1' }] },
    },
  },
});

async function readyPods(api: KubernetesApi, deployments: string): Promise<number> {
  const { text } = await api.send({ path: `${deployments}/web` });
  // The API server keeps to apps/v1.
  const { status } = JSON.parse(text) as { status?: { readyReplicas?: number } };
  return status?.readyReplicas ?? 0;
}

async function hasMetrics(api: KubernetesApi, namespace: string): Promise<boolean> {
  const { status, text } = await api.send({ path: `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods` });
  // What is no list has no items.
  return status === 200 && ((JSON.parse(text) as { items?: unknown[] }).items ?? []).length === 3;
}
