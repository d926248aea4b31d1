/** What plans say of pods and nodes in states that a real cluster is slow to bring about. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import type { ObjectChange } from '../../../src/domain/change-action.ts';
import type { PlanFacts } from '../../../src/domain/plan.ts';
import type { Cluster } from '../../../src/flow/ports.ts';
import { type SandboxKubernetes, startKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { createRecordingLog } from '../recording-log.ts';

const context = { defaultNamespace: 'shop', protectedNamespaces: [], podsPerPlan: 50, now: new Date() };
const deletePod = (name: string): ObjectChange => ({ type: 'delete-pod', target: { resource: 'pods', name } });
const cordon = (type: 'cordon' | 'uncordon', name = 'node-1'): ObjectChange => ({
  type,
  target: { resource: 'nodes', name },
});

describe('plans for pods and nodes', () => {
  let sandbox: SandboxKubernetes;
  let cluster: Cluster;
  beforeAll(async () => {
    sandbox = await startKubernetes({ clock: 'manual' });
    sandbox.world.namespace('shop');
    cluster = connectCluster({ name: 'main', kubeconfigText: sandbox.kubeconfig('shop'), log: createRecordingLog() });
  });
  afterAll(async () => {
    await cluster.close();
    await sandbox.stop();
  });

  async function factsOf(action: ObjectChange): Promise<PlanFacts> {
    const resolution = await cluster.resolve(action, context);
    if (resolution.kind !== 'resolved') throw new Error(resolution.text);
    return resolution.facts;
  }
  /** A running pod; `owner` is its controller. */
  async function createPod(name: string, owner?: { kind: string; name: string; uid: string; apiVersion?: string }) {
    sandbox.world.create('pods', {
      metadata: {
        namespace: 'shop',
        name,
        ...(owner === undefined ? {} : { ownerReferences: [{ apiVersion: 'apps/v1', controller: true, ...owner }] }),
      },
      spec: {
        containers: [{ name: 'app', image: 'workload:v1' }],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-0' } }],
      },
    });
    await sandbox.settle();
  }

  it('tell of the claims of a StatefulSet’s pod that they stay and are attached again', async () => {
    const set = sandbox.world.create('statefulsets', {
      metadata: { namespace: 'shop', name: 'db' },
      spec: {
        replicas: 2,
        serviceName: 'db',
        selector: { matchLabels: { app: 'db' } },
        template: {
          metadata: { labels: { app: 'db' } },
          spec: {
            containers: [{ name: 'db', image: 'workload:v1' }],
            volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-db-0' } }],
          },
        },
      },
    });
    await sandbox.settle();

    const facts = await factsOf(deletePod(`${set.metadata.name}-0`));

    expect(facts.class).toBe('change');
    expect(facts.warnings).toEqual([
      'Its PersistentVolumeClaims stay (data-db-0); the new pod of the StatefulSet attaches the same ones.',
    ]);
  });

  it('call the delete destructive when the controller is gone, or has finished', async () => {
    await createPod('left-over', { kind: 'ReplicaSet', name: 'no-more', uid: 'u-1' });
    const job = sandbox.world.create('jobs', {
      metadata: { namespace: 'shop', name: 'report' },
      spec: {
        template: { metadata: {}, spec: { containers: [{ name: 'c', image: 'workload:v1' }], restartPolicy: 'Never' } },
      },
    });
    await createPod('of-job', { apiVersion: 'batch/v1', kind: 'Job', name: 'report', uid: job.metadata.uid });
    sandbox.world.change('jobs', 'shop', 'report', (found) => ({
      ...found,
      status: { ...found.status, conditions: [{ type: 'Failed', status: 'True' }] },
    }));

    expect(await factsOf(deletePod('left-over'))).toMatchObject({
      class: 'destructive',
      classReason: 'its controller ReplicaSet no-more is gone: nothing makes it again',
    });
    expect(await factsOf(deletePod('of-job'))).toMatchObject({
      class: 'destructive',
      classReason: 'Job report has finished: nothing makes it again',
    });
  });

  it('do not trust a controller that they may not read, nor one of a kind that they do not know', async () => {
    await createPod('hidden', { kind: 'DaemonSet', name: 'agent', uid: 'u-2' });
    await createPod('foreign', { apiVersion: 'example.com/v1', kind: 'Widget', name: 'w', uid: 'u-3' });
    await createPod('alike', { apiVersion: 'example.com/v1', kind: 'StatefulSet', name: 's', uid: 'u-5' });
    sandbox.deny.push({ verb: 'get', resource: 'daemonsets' });

    const hidden = await factsOf(deletePod('hidden'));
    const others = [await factsOf(deletePod('foreign')), await factsOf(deletePod('alike'))];
    sandbox.deny.splice(0);

    expect(hidden).toMatchObject({
      class: 'destructive',
      classReason: 'whether DaemonSet agent makes it again is not known: our account may not read it',
      undo: { kind: 'none', why: expect.stringContaining('whether DaemonSet agent makes it again is not known') },
    });
    expect(others).toMatchObject([
      { class: 'destructive', classReason: 'whether Widget w makes it again is not known' },
      { class: 'destructive', classReason: 'whether StatefulSet s makes it again is not known' },
    ]);
  });

  it('are not carried out when the controller that would make the pod again has finished since', async () => {
    const job = sandbox.world.create('jobs', {
      metadata: { namespace: 'shop', name: 'etl' },
      spec: {
        template: { metadata: {}, spec: { containers: [{ name: 'c', image: 'workload:v1' }], restartPolicy: 'Never' } },
      },
    });
    await createPod('of-etl', { apiVersion: 'batch/v1', kind: 'Job', name: 'etl', uid: job.metadata.uid });
    const action = deletePod('of-etl');
    const facts = await factsOf(action);
    const plan = { id: 'plan-1', action, class: facts.class, target: facts.target, changes: facts.changes };
    const ready = await cluster.prepare(plan);
    if (ready.kind !== 'ready') throw new Error(ready.kind);
    sandbox.world.change('jobs', 'shop', 'etl', (found) => ({
      ...found,
      status: { ...found.status, conditions: [{ type: 'SuccessCriteriaMet', status: 'True' }] },
    }));

    const again = await cluster.prepare(plan);
    const lookedAt = await cluster.readBack(plan, ready.request);

    const text = expect.stringContaining('but Job etl has finished: nothing makes it again. Make a new plan.');
    expect(facts).toMatchObject({ class: 'change', classReason: 'Job etl makes another one' });
    expect(again).toEqual({ kind: 'refused', text });
    expect(lookedAt).toEqual({ kind: 'moved', text });
    expect(await cluster.prepare({ ...plan, class: 'destructive' })).toMatchObject({ kind: 'ready' });
  });

  it('are none for the mirror of a static pod', async () => {
    await createPod('static', { apiVersion: 'v1', kind: 'Node', name: 'node-1', uid: 'u-4' });

    expect(await cluster.resolve(deletePod('static'), context)).toMatchObject({
      kind: 'refused',
      text: expect.stringContaining('mirrors a file on its node'),
    });
  });

  it('warn of the pods of a node, and when it is the last one that takes pods', async () => {
    const alone = await factsOf(cordon('cordon'));
    sandbox.world.node('node-2');
    const beside = await factsOf(cordon('cordon'));
    sandbox.world.edit('nodes', '', 'node-2', (node) => Object.assign(node, { spec: { unschedulable: true } }));
    await sandbox.settle();
    const again = await factsOf(cordon('cordon'));

    const pods = expect.stringMatching(/^\d+ pods run on node-1 and stay there\.$/);
    const last = expect.stringMatching(/^node-1 is the last node that takes pods/);
    expect(alone.warnings).toEqual([pods, last]);
    expect(beside.warnings).toEqual([pods]);
    expect(again.warnings).toEqual([pods, last]);
  });

  it('warn of what still keeps pods away from an uncordoned node', async () => {
    sandbox.world.change('nodes', '', 'node-2', (node) => ({
      ...node,
      spec: { unschedulable: true, taints: [{ key: 'gpu', effect: 'NoSchedule', value: 'secret-pool' }] },
      status: { ...node.status, conditions: [{ type: 'Ready', status: 'False' }] },
    }));

    expect((await factsOf(cordon('uncordon', 'node-2'))).warnings).toEqual([
      'Other taints still keep pods away: gpu.',
      'Node node-2 is not ready, so it takes no pods even then.',
    ]);
  });

  it('say what is not known when the account may not list', async () => {
    sandbox.deny.push({ verb: 'list', resource: 'pods' }, { verb: 'list', resource: 'nodes' });

    const { warnings } = await factsOf(cordon('cordon'));
    sandbox.deny.splice(0);

    expect(warnings).toEqual([
      expect.stringMatching(/^How many pods run on node-1 is not known/),
      expect.stringMatching(/^Whether another node takes pods is not known/),
    ]);
  });

  it('keep the new pods of others away from a cordoned node, but those of a DaemonSet', async () => {
    for (const name of ['node-1', 'node-2']) {
      sandbox.world.change('nodes', '', name, (node) => ({
        ...node,
        spec: { unschedulable: true },
        status: { ...node.status, conditions: [{ type: 'Ready', status: 'True' }] },
      }));
    }
    sandbox.world.deployment({ namespace: 'shop', name: 'web', image: 'workload:v1' });
    const template = {
      metadata: { labels: { app: 'agent' } },
      spec: { containers: [{ name: 'c', image: 'workload:v1' }] },
    };
    sandbox.world.create('daemonsets', {
      metadata: { namespace: 'shop', name: 'agent' },
      spec: { selector: { matchLabels: { app: 'agent' } }, template },
    });
    await sandbox.settle();

    const phases = (app: string) => sandbox.world.pods('shop', { app }).map(({ status }) => status.phase);
    expect(phases('web')).toEqual(['Pending']);
    expect(phases('agent')).toEqual(['Running', 'Running']);
  });
});
