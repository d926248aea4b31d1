/** Objects whose own settings decide what a change really does: the preview says that, and not what it usually does. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../../../src/adapters/kubernetes/cluster.ts';
import type { ObjectChange } from '../../../../src/domain/change-action.ts';
import type { PlanFacts } from '../../../../src/domain/plan.ts';
import type { Cluster } from '../../../../src/flow/ports.ts';
import { type SandboxKubernetes, startKubernetes } from '../../../../src/sandbox/kubernetes/start.ts';
import { changeOf } from '../../../contracts/cluster-operator.ts';
import { createRecordingLog } from '../../recording-log.ts';

const namespace = 'shop';
const template = (name: string) => ({
  metadata: { labels: { app: name } },
  spec: { containers: [{ name: 'app', image: 'workload:v1' }] },
});

let sandbox: SandboxKubernetes;
let cluster: Cluster;
beforeAll(async () => {
  sandbox = await startKubernetes({ clock: 'manual' });
  const { world } = sandbox;
  world.namespace(namespace);
  for (const name of ['web', 'held', 'zero']) {
    world.deployment({ namespace, name, image: 'workload:v1', replicas: name === 'zero' ? 0 : 3, container: 'app' });
  }
  const stateful = (name: string, updateStrategy: { type: string; rollingUpdate?: { partition: number } }): void => {
    const spec = {
      replicas: 3,
      serviceName: name,
      updateStrategy,
      selector: { matchLabels: { app: name } },
      template: template(name),
    };
    world.create('statefulsets', { metadata: { namespace, name }, spec });
  };
  const partition = (from: number) => ({ type: 'RollingUpdate', rollingUpdate: { partition: from } });
  world.onPod((pod) => (pod.metadata.name.startsWith('broken-') ? { fate: 'crash', exitCode: 1 } : undefined));
  stateful('broken', { type: 'RollingUpdate' });
  stateful('by-hand', { type: 'OnDelete' });
  stateful('canary', partition(1));
  stateful('waits', partition(3));
  const scaler = (name: string, target: string): void => {
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: target };
    world.create('horizontalpodautoscalers', {
      metadata: { namespace, name },
      spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 9 },
    });
  };
  scaler('web', 'web');
  scaler('zero', 'zero');
  world.create('configmaps', { metadata: { namespace, name: 'kept', finalizers: ['example.com/hold'] } });
  world.create('pods', {
    metadata: { namespace, name: 'kept', finalizers: ['example.com/hold', 'batch.kubernetes.io/job-tracking'] },
    spec: { containers: [{ name: 'app', image: 'workload:v1' }] },
  });
  await sandbox.settle();
  world.edit('deployments', namespace, 'held', (held) => Object.assign(held['spec'] ?? {}, { paused: true }));
  await sandbox.settle();
  cluster = connectCluster({ name: 'main', kubeconfigText: sandbox.kubeconfig(namespace), log: createRecordingLog() });
});
afterAll(async () => {
  await cluster.close();
  await sandbox.stop();
});

async function factsOf(command: string | ObjectChange): Promise<PlanFacts> {
  const action = typeof command === 'string' ? changeOf(command) : command;
  const context = { defaultNamespace: namespace, protectedNamespaces: [], podsPerPlan: 50, now: new Date() };
  const resolution = await cluster.resolve(action as ObjectChange, context);
  if (resolution.kind !== 'resolved') throw new Error(resolution.text);
  return resolution.facts;
}

describe('a new template', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['sts/by-hand', [], /OnDelete: its pods change only when each is deleted by hand/],
    ['sts/canary', ['canary-1', 'canary-2'], /^The partition 1 keeps 1 pod on the old template\.$/],
    ['sts/waits', [], /^The partition 3 keeps every pod on the old template: nothing changes until it is lowered\.$/],
    ['deploy/held', [], /is paused: its pods get the new image only after kubectl rollout resume/],
  ])('of %s touches the pods that change: %j', async (name, pods, said) => {
    const { affected, warnings } = await factsOf(`kubectl set image ${name} app=workload:v2`);

    expect(affected).toEqual({ pods: pods.length, podNames: pods, budgets: [] });
    expect(warnings).toContainEqual(expect.stringMatching(said));
  });

  it('of a StatefulSet that waits for a broken pod says which pod has to go first', async () => {
    expect((await factsOf('kubectl set image sts/broken app=workload:v2')).warnings).toContain(
      'As things are, the StatefulSet replaces no pod until broken-0 is ready: delete that pod if it cannot be.',
    );
  });

  it('of a paused deployment with fewer replicas touches those that go', async () => {
    const patch = { spec: { replicas: 2, template: { metadata: { annotations: { a: 'b' } } } } };
    const command = `kubectl patch deploy held -p '${JSON.stringify(patch)}'`;

    expect((await factsOf(command)).affected.pods).toBe(1);
  });
});

describe('bounds of an autoscaler', () => {
  const bounds = (name: string, max: number): string =>
    `kubectl patch hpa ${name} -p '${JSON.stringify({ spec: { maxReplicas: max } })}'`;

  it.each<[string, string, PlanFacts['class']]>([
    ['that end pods are a scale-down', bounds('web', 1), 'destructive'],
    ['that hold what runs are a change', bounds('web', 3), 'change'],
    ['of what stands at 0 are a change', bounds('zero', 1), 'change'],
    ['that a new one has are a scale-down, too', 'kubectl autoscale deploy web --max=1 --name=new', 'destructive'],
    ['that leave a new one room are a change', 'kubectl autoscale deploy web --max=5 --name=new', 'change'],
    ['of a new one for what stands at 0 are a change', 'kubectl autoscale deploy zero --max=1 --name=new', 'change'],
  ])('%s', async (_, command, expected) => {
    const { class: found, classReason } = await factsOf(command);

    expect(found).toBe(expected);
    expect(classReason).toBe(
      expected === 'change' ? undefined : 'these bounds make Deployment web 3 → 1 replicas, which ends running pods',
    );
  });
});

describe('the end of what finalizers hold', () => {
  it.each<[string | ObjectChange]>([
    ['kubectl delete cm kept'],
    ['kubectl delete pod kept'],
    [{ type: 'evict', target: { resource: 'pods', name: 'kept' } }],
  ])('says so: %j', async (command) => {
    expect((await factsOf(command)).warnings).toContain(
      'It goes only when its finalizers are through: example.com/hold.',
    );
  });
});

describe('metadata of a pod that a controller made', () => {
  it.each<[string, readonly unknown[]]>([
    [
      'label',
      [expect.stringMatching(/^ReplicaSet web-\S+ lets go of this pod if its selector no longer finds it, and makes/)],
    ],
    ['annotate', []],
  ])('is put back by nobody: %s', async (verb, said) => {
    const [pod] = sandbox.world.pods(namespace, { app: 'web' });

    expect((await factsOf(`kubectl ${verb} pod ${pod?.metadata.name ?? ''} app=out --overwrite`)).warnings).toEqual(
      said,
    );
  });
});

describe('an annotation', () => {
  it.each<[string, PlanFacts['class']]>([
    ['note', 'change'],
    ['example.com/note', 'change'],
    ['kubernetes.io/change-cause', 'change'],
    ['kubectl.kubernetes.io/default-container', 'change'],
    ['deployment.kubernetes.io/revision', 'destructive'],
    ['nginx.ingress.kubernetes.io/server-snippet', 'destructive'],
    ['kubernetes.io/ingress.class', 'destructive'],
  ])('that controllers act on is more than a note: %s', async (key, expected) => {
    const patch = { metadata: { annotations: { [key]: 'x' } } };

    for (const command of [
      `kubectl annotate deploy web ${key}=x --overwrite`,
      `kubectl patch deploy web -p '${JSON.stringify(patch)}'`,
    ]) {
      const { class: found, classReason } = await factsOf(command);
      expect(found).toBe(expected);
      expect(classReason ?? '').toBe(
        expected === 'change' ? '' : `the annotation ${key} is one that a controller of the cluster acts on`,
      );
    }
  });
});
