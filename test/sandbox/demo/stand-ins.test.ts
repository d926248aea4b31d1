import { afterEach, describe, expect, it } from '@jest/globals';
import { clusterLook } from '../../../src/sandbox/demo/cluster-look.ts';
import { createPagerLook } from '../../../src/sandbox/demo/pager-look.ts';
import { createStandInSource } from '../../../src/sandbox/demo/stand-in-cluster.ts';
import { type SandboxKubernetes, startKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { startPagerDuty } from '../../../src/sandbox/pagerduty/start.ts';

let kubernetes: SandboxKubernetes | undefined;
afterEach(async () => {
  await kubernetes?.stop();
});

async function start(): Promise<SandboxKubernetes> {
  kubernetes = await startKubernetes({ clock: 'manual' });
  kubernetes.world.node('gpu-1', { capacity: { 'nvidia.com/gpu': '2' } });
  kubernetes.world.deployment({ namespace: 'shop', name: 'api', image: 'api:1', replicas: 2, env: { BATCH: '64' } });
  await kubernetes.settle();
  return kubernetes;
}
async function patch({ url }: SandboxKubernetes, path: string, body: object, agent = 'firebreak'): Promise<number> {
  const headers = { 'content-type': 'application/merge-patch+json', 'user-agent': agent };
  const response = await fetch(`${url}/apis/apps/v1/namespaces/shop/deployments/${path}`, {
    method: 'PATCH',
    headers,
    body: JSON.stringify(body),
  });
  await response.text();
  return response.status;
}
const image = (to: string) => ({ spec: { template: { spec: { containers: [{ name: 'api', image: to }] } } } });

describe('the Kubernetes stand-in as a source', () => {
  it('shows a rollout while it happens', async () => {
    const cluster = await start();
    const source = createStandInSource(cluster);
    const states: string[] = [];
    const stop = source.onChange(() => {
      const [workload] = clusterLook(source.look()).workloads;
      const state = `${workload?.state} ${workload?.updated}/${workload?.wanted} r${workload?.revision}`;
      if (states.at(-1) !== state) states.push(state);
    });

    await patch(cluster, 'api', image('api:2'), 'kubectl/v1.34');
    await cluster.settle();
    stop();
    await patch(cluster, 'api', image('api:3'), 'kubectl/v1.34');

    expect(states[0]).toMatch(/^moving /);
    expect(states.at(-1)).toBe('steady 2/2 r2');
    const [workload] = clusterLook(source.look()).workloads;
    expect(workload?.pods.map(({ memory, ready }) => [memory, ready])).toContainEqual(['32Mi', true]);
  });

  it('tells of usage, which is stored nowhere else', async () => {
    const cluster = await start();
    const { world } = cluster;
    const source = createStandInSource(cluster);
    const [pod] = world.pods('shop', { app: 'api' });
    let changes = 0;
    const stop = source.onChange(() => {
      changes += 1;
    });

    world.setUsage('shop', pod?.metadata.name ?? '', { cpu: '1500m', memory: '20Gi' });
    stop();

    const pods = clusterLook(source.look()).workloads[0]?.pods;
    expect(pods?.find(({ name }) => name === pod?.metadata.name)).toMatchObject({ cpu: '1500m', memory: '20.0Gi' });
    expect(changes).toBe(1);
  });

  it('lists what Firebreak wrote, the newest first, dry runs and refused writes too, and nothing of others', async () => {
    const cluster = await start();
    const source = createStandInSource(cluster);
    let changes = 0;
    const stop = source.onChange(() => {
      changes += 1;
    });

    await patch(cluster, 'api?dryRun=All', { spec: { replicas: 3 } });
    const afterDryRun = changes;
    await patch(cluster, 'none', { spec: { replicas: 3 } });
    await patch(cluster, 'api', { spec: { replicas: 4 } }, 'kubectl/v1.34');
    await patch(cluster, 'api/scale?fieldManager=firebreak', { spec: { replicas: 5 } }, 'node');
    await fetch(`${cluster.url}/api/v1/pods`, { headers: { 'user-agent': 'firebreak' } }).then((read) => read.text());
    stop();

    expect(source.look().writes).toMatchObject([
      { text: 'patch deployments/scale shop/api', code: 200, isDryRun: false },
      { text: 'patch deployments shop/none', code: 404, isDryRun: false },
      { text: 'patch deployments shop/api', code: 200, isDryRun: true, auditId: cluster.audit[0]?.auditID },
    ]);
    expect(afterDryRun).toBeGreaterThan(0);
  });

  it('still lists a write after the audit log has dropped its old reads', async () => {
    const cluster = await start();
    const source = createStandInSource(cluster);
    await patch(cluster, 'api', { spec: { replicas: 3 } });
    source.look();

    for (let before = 0; before < cluster.audit.length; ) {
      before = cluster.audit.length;
      await Promise.all(Array.from({ length: 50 }, () => fetch(`${cluster.url}/version`).then((read) => read.text())));
      source.look();
    }
    await patch(cluster, 'api', { spec: { replicas: 4 } });

    expect(source.look().writes).toHaveLength(2);
  });

  it('keeps the newest fifty writes', async () => {
    const cluster = await start();
    const source = createStandInSource(cluster);

    for (let count = 1; count <= 60; count += 1) {
      await patch(cluster, `api-${count}`, {});
      if (count === 30) source.look();
    }

    const { writes } = source.look();
    expect(writes).toHaveLength(50);
    expect(writes[0]?.text).toBe('patch deployments shop/api-60');
    expect(writes.at(-1)?.text).toBe('patch deployments shop/api-11');
  });
});

describe('the PagerDuty stand-in as a source', () => {
  it('shows its incidents with the names of people, the newest first', async () => {
    const pagerDuty = await startPagerDuty({ deliver: 'hold' });
    const source = createPagerLook(pagerDuty);
    let changes = 0;
    const stop = source.onChange(() => {
      changes += 1;
    });

    const first = pagerDuty.trigger({ title: 'Service down' });
    const alice = pagerDuty.as('PALICE1');
    alice.acknowledge(first.id);
    alice.note(first.id, 'Looking.');
    pagerDuty.automation.note(first.id, 'Seen before.');
    pagerDuty.trigger({ title: 'High latency' });
    stop();
    await pagerDuty.stop();

    expect(source.look().incidents).toMatchObject([
      { number: 2, title: 'High latency', status: 'triggered', assignees: ['Alice Okafor'], notes: [] },
      {
        id: first.id,
        number: 1,
        status: 'acknowledged',
        notes: [
          { by: 'Alice Okafor', text: 'Looking.' },
          { by: 'PagerDuty', text: 'Seen before.' },
        ],
      },
    ]);
    expect(changes).toBeGreaterThanOrEqual(5);
  });
});
