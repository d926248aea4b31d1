/** What the verification says of pods that fail in the stand-in: read over HTTP, as from a cluster. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChangeAction } from '../../../../src/domain/change-action.ts';
import { connectCluster } from '../../../../src/adapters/kubernetes/cluster.ts';
import type { Cluster, RolloutProgress } from '../../../../src/flow/ports.ts';
import { type SandboxKubernetes, startKubernetes } from '../../../../src/sandbox/kubernetes/start.ts';
import { changeOf, operatorOn } from '../../../contracts/cluster-operator.ts';
import { eventually } from '../../../eventually.ts';
import { createRecordingLog } from '../../recording-log.ts';

describe('what follows a change', () => {
  let sandbox: SandboxKubernetes;
  let cluster: Cluster;
  let slow: Cluster;
  beforeAll(async () => {
    sandbox = await startKubernetes({ rolloutMs: 20, terminateMs: 20, backOffMs: 40 });
    const kubeconfigText = sandbox.kubeconfig('shop');
    const log = createRecordingLog();
    cluster = connectCluster({ name: 'main', kubeconfigText, log, settleMs: 0 });
    slow = connectCluster({ name: 'main', kubeconfigText, log, settleMs: 60_000 });
  });
  afterEach(() => {
    sandbox.deny.length = 0;
  });
  afterAll(async () => {
    await cluster.close();
    await slow.close();
    await sandbox.stop();
  });

  /** Carried out; gives back how to look at what follows. */
  async function done(command: string | ChangeAction, by = cluster): Promise<() => Promise<RolloutProgress>> {
    const action = typeof command === 'string' ? changeOf(command) : command;
    const operator = operatorOn(cluster);
    const planned = await operator.plan(action, 'shop');
    if (planned.kind !== 'planned') throw new Error(`${planned.kind}: ${planned.text}`);
    const run = await operator.apply(planned.plan);
    if (run.outcome !== 'succeeded') throw new Error(`${run.outcome}: ${run.text}`);
    return async () => {
      const told: string[] = [];
      const state = await operatorOn(by).watch(planned.plan, 0, (text) => told.push(text));
      return { state, text: told.join(''), ready: 0, wanted: 0 };
    };
  }
  const until = (look: () => Promise<RolloutProgress>, is: (progress: RolloutProgress) => boolean) =>
    eventually('the verification says so', async () => {
      const progress = await look();
      return is(progress) ? progress : undefined;
    });

  const crashing = async (name: string) => {
    sandbox.world.deployment({ namespace: 'shop', name, image: 'bad:v1', replicas: 0, container: 'app' });
    await sandbox.settle();
    return done(`kubectl scale deployment/${name} --replicas=1`);
  };

  it('is told without what may not be read', async () => {
    sandbox.deny.push(
      { verb: '*', resource: 'events' },
      { verb: '*', resource: 'pods/log' },
      { verb: '*', resource: 'replicasets' },
    );
    const look = await crashing('unread');

    const failed = await until(look, ({ state }) => state === 'failed');

    expect(failed.text).toMatch(/^New pod unread-\S+ does not stay up: CrashLoopBackOff, exit 1 after \d+ restarts$/);
  });

  it('is told by the workload alone when its pods may not be read', async () => {
    const look = await crashing('hidden');
    await until(look, ({ text }) => text.includes('does not stay up'));
    sandbox.deny.push({ verb: '*', resource: 'pods' });

    expect(await look()).toMatchObject({ state: 'rolling', text: '0 of 1 updated replicas are available' });
  });

  it('names a quota that keeps pods from being made', async () => {
    sandbox.world.namespace('tight');
    sandbox.world.deployment({ namespace: 'tight', name: 'web', image: 'web:v1', replicas: 0 });
    await sandbox.settle();
    await fetch(`${sandbox.url}/api/v1/namespaces/tight/resourcequotas`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'small' },
        spec: { hard: { pods: '1' } },
      }),
    });
    const look = await done('kubectl scale deployment/web --replicas=3 -n tight');

    const seen = await until(look, ({ text }) => text.includes('cannot be made'));

    expect(seen.text).toMatch(
      /; 2 new pods cannot be made: ResourceQuota small does not allow it \(requested: pods=1, used: pods=1, limited: pods=1\)$/,
    );
  });

  it('does not count trouble of pods from before the change as its fault', async () => {
    const first = await crashing('twice');
    await until(first, ({ state }) => state === 'failed');
    const made = Date.now();
    // Times of Kubernetes are in whole seconds.
    await eventually('a second has passed', () => Date.now() - made > 1_100);
    sandbox.world.onPod((pod) => (pod.metadata.name.startsWith('twice-') ? { fate: 'ready' } : undefined));
    const look = await done('kubectl scale deployment/twice --replicas=2');

    const seen = await until(look, ({ text }) => /older pod .* CrashLoopBackOff/.test(text));

    expect(seen).toMatchObject({
      state: 'rolling',
      text: expect.stringMatching(/1 older pod does not stay up either: CrashLoopBackOff, exit 1 after \d+ restarts$/),
    });
  });

  it('has to run for a while without a readiness probe', async () => {
    sandbox.world.deployment({ namespace: 'shop', name: 'plain', image: 'web:v1', replicas: 0 });
    await sandbox.settle();
    const look = await done('kubectl scale deployment/plain --replicas=1', slow);

    const seen = await until(look, ({ text }) => text.includes('are ready'));

    expect(seen).toMatchObject({
      state: 'rolling',
      text: '1 of 1 replicas are ready, but without a readiness probe they have to run 60 s',
    });
  });

  it('failed when somebody put the change back, however well that runs', async () => {
    sandbox.world.deployment({ namespace: 'shop', name: 'healed', image: 'web:v1', replicas: 1 });
    await sandbox.settle();
    const look = await done('kubectl scale deployment/healed --replicas=2');
    await until(look, ({ state }) => state === 'done');
    await fetch(`${sandbox.url}/apis/apps/v1/namespaces/shop/deployments/healed`, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/merge-patch+json' },
      body: JSON.stringify({ spec: { replicas: 1 } }),
    });

    const failed = await until(look, ({ state }) => state !== 'rolling');

    expect(failed).toMatchObject({
      state: 'failed',
      text: 'replicas is again as it was before the change: somebody, or what manages Deployment shop/healed, put it back',
    });
  });

  it('is over when a pod was deleted and its replacement crashes', async () => {
    sandbox.world.deployment({ namespace: 'shop', name: 'unlucky', image: 'web:v1' });
    await sandbox.settle();
    const [pod] = sandbox.world.pods('shop', { app: 'unlucky' });
    sandbox.world.onPod((one) =>
      one.metadata.name.startsWith('unlucky-') && one.metadata.name !== pod?.metadata.name
        ? { fate: 'crash', exitCode: 7, logs: ['no database'] }
        : undefined,
    );
    const look = await done(`kubectl delete pod ${pod?.metadata.name ?? ''}`);

    const failed = await until(look, ({ state }) => state === 'failed');

    expect(failed.text).toMatch(
      /^Pod shop\/unlucky-\S+ is gone; ReplicaSet unlucky-\S+ has 0 of 1 pods ready; Pod unlucky-\S+ does not stay up: CrashLoopBackOff, exit 7 after \d+ restarts; last log line "no database"$/,
    );
  });
});
