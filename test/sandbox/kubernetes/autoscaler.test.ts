import { describe, expect, it } from '@jest/globals';
import { replicasFor } from '../../../src/sandbox/kubernetes/controllers/replica-count.ts';
import type { KubernetesOptions, SandboxKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { startSandbox } from './sandbox.ts';

const replicas = ({ world }: SandboxKubernetes) => world.get('deployments', 'shop', 'web')?.spec.replicas;
const scaler = ({ world }: SandboxKubernetes) => world.get('horizontalpodautoscalers', 'shop', 'web');
const conditionOf = (sandbox: SandboxKubernetes, type: string) =>
  scaler(sandbox)?.status.conditions?.find((condition) => condition.type === type);
const messages = ({ world }: SandboxKubernetes) =>
  world
    .list('events', 'shop')
    .filter(({ involvedObject }) => involvedObject.kind === 'HorizontalPodAutoscaler')
    .map(({ reason, message }) => `${reason}: ${message}`);

async function scaled(options: KubernetesOptions & { requests?: { cpu: string } } = {}): Promise<SandboxKubernetes> {
  const { requests = { cpu: '200m' }, ...others } = options;
  const sandbox = await startSandbox(others);
  sandbox.world.deployment({ namespace: 'shop', name: 'web', image: 'shop/web:v1', replicas: 2, requests });
  sandbox.world.autoscaler('shop', 'web', { deployment: 'web', min: 2, max: 8, cpuPercent: 50 });
  await sandbox.settle();
  return sandbox;
}
/** Every pod that runs uses this much. */
function load(sandbox: SandboxKubernetes, cpu: string): void {
  for (const pod of sandbox.world.pods('shop', { app: 'web' })) {
    if (sandbox.world.usageOf(pod).size > 0) {
      sandbox.world.setUsage('shop', pod.metadata.name, { cpu, memory: '64Mi' });
    }
  }
  sandbox.advance(0);
}

describe('an autoscaler', () => {
  it('scales up at once by what the pods use of their requests', async () => {
    const sandbox = await scaled();

    load(sandbox, '150m');

    expect(replicas(sandbox)).toBe(3);
    expect(messages(sandbox)).toEqual([
      'SuccessfulRescale: New size: 3; reason: cpu resource utilization (percentage of request) above target',
    ]);
    expect(scaler(sandbox)?.status).toMatchObject({
      desiredReplicas: 3,
      currentMetrics: [{ resource: { name: 'cpu', current: { averageUtilization: 75, averageValue: '150m' } } }],
    });
    expect(conditionOf(sandbox, 'ScalingActive')).toMatchObject({ status: 'True', reason: 'ValidMetricFound' });
  });

  it('does nothing within a tenth of the target, nor when no story says what is used', async () => {
    const sandbox = await scaled();
    sandbox.advance(600_000);
    expect([replicas(sandbox), messages(sandbox)]).toEqual([2, []]);

    load(sandbox, '109m');
    sandbox.advance(600_000);

    expect([replicas(sandbox), messages(sandbox)]).toEqual([2, []]);
  });

  it('goes down only after the window, and not below its minimum', async () => {
    const sandbox = await scaled({ scaleDownMs: 300_000 });
    load(sandbox, '200m');
    await sandbox.settle();
    expect(replicas(sandbox)).toBe(4);

    load(sandbox, '10m');
    sandbox.advance(299_000);
    expect(replicas(sandbox)).toBe(4);
    expect(conditionOf(sandbox, 'AbleToScale')?.reason).toBe('ScaleDownStabilized');
    sandbox.advance(2000);

    expect(replicas(sandbox)).toBe(2);
    expect(messages(sandbox)).toContain('SuccessfulRescale: New size: 2; reason: All metrics below target');
    expect(conditionOf(sandbox, 'ScalingLimited')).toMatchObject({ status: 'True', reason: 'TooFewReplicas' });
  });

  it('pushes back when somebody scales against it', async () => {
    const sandbox = await scaled({ scaleDownMs: 1000 });
    load(sandbox, '150m');
    await sandbox.settle();
    load(sandbox, '100m');
    sandbox.advance(5000);
    const before = replicas(sandbox);

    sandbox.world.edit('deployments', 'shop', 'web', (web) => {
      Object.assign(web['spec'] ?? {}, { replicas: 7 });
    });
    await sandbox.settle();
    const between = replicas(sandbox);
    load(sandbox, '43m');
    sandbox.advance(1000);

    expect([before, between, replicas(sandbox)]).toEqual([3, 7, 3]);
  });

  it('goes up to no more than four pods or twice as many in 15 s', async () => {
    const sandbox = await scaled();
    load(sandbox, '2');
    expect(replicas(sandbox)).toBe(4);
    expect(conditionOf(sandbox, 'ScalingLimited')?.reason).toBe('ScaleUpLimit');
    await sandbox.settle();
    load(sandbox, '2');
    expect(replicas(sandbox)).toBe(4);

    sandbox.advance(15_000);

    expect(replicas(sandbox)).toBe(8);
    load(sandbox, '2');
    sandbox.advance(15_000);
    expect([replicas(sandbox), conditionOf(sandbox, 'ScalingLimited')?.reason]).toEqual([8, 'TooManyReplicas']);
  });

  it('counts the memory of pods that are not ready, unlike their CPU', async () => {
    const sandbox = await startSandbox();
    const { world } = sandbox;
    const requests = { cpu: '100m', memory: '100Mi' };
    world.deployment({ namespace: 'shop', name: 'web', image: 'shop/web:v1', replicas: 2, requests });
    await sandbox.settle();
    const [one, other] = world.pods('shop', { app: 'web' }).map(({ metadata }) => metadata.name);
    world.change('pods', 'shop', other ?? '', (pod) => ({
      ...pod,
      status: { ...pod.status, conditions: (pod.status.conditions ?? []).filter(({ type }) => type !== 'Ready') },
    }));
    world.setUsage('shop', one ?? '', { cpu: '10m', memory: '50Mi' });
    world.setUsage('shop', other ?? '', { cpu: '500m', memory: '150Mi' });

    world.autoscaler('shop', 'web', { deployment: 'web', min: 2, max: 8, cpuPercent: 50 });
    sandbox.advance(0);
    const byCpu = replicas(sandbox);
    world.edit('horizontalpodautoscalers', 'shop', 'web', (object) => {
      const target = { type: 'Utilization', averageUtilization: 50 };
      object['spec'] = {
        ...Object(object['spec']),
        metrics: [{ type: 'Resource', resource: { name: 'memory', target } }],
      };
    });
    sandbox.advance(0);

    expect([byCpu, replicas(sandbox)]).toEqual([2, 4]);
  });

  it('leaves a deployment at 0 alone', async () => {
    const sandbox = await scaled();
    sandbox.world.edit('deployments', 'shop', 'web', (web) => {
      Object.assign(web['spec'] ?? {}, { replicas: 0 });
    });
    await sandbox.settle();

    expect(replicas(sandbox)).toBe(0);
    expect(conditionOf(sandbox, 'ScalingActive')).toMatchObject({ status: 'False', reason: 'ScalingDisabled' });
  });

  it.each([
    [{ metrics: false }, /unable to fetch metrics from resource metrics API/],
    [{ requests: {} as { cpu: string } }, /missing request for cpu in container web of Pod web-/],
  ])('that cannot measure (%j) says so and scales nothing', async (options, why) => {
    const sandbox = await scaled(options);
    load(sandbox, '2');
    sandbox.advance(600_000);

    expect(replicas(sandbox)).toBe(2);
    expect(conditionOf(sandbox, 'ScalingActive')).toMatchObject({
      status: 'False',
      reason: 'FailedGetResourceMetric',
      message: expect.stringMatching(why),
    });
    expect(messages(sandbox).map((text) => text.split(':')[0])).toEqual(
      expect.arrayContaining(['FailedGetResourceMetric', 'FailedComputeMetricsReplicas']),
    );
  });
});

describe('the number of replicas', () => {
  const pods = (count: number, used: number) => Array.from({ length: count }, () => ({ used, requested: 1 }));
  it.each([
    ['rounds up', { known: pods(3, 0.6), unready: [], missing: [] }, 3, 4],
    ['stays at the upper edge of the tolerance', { known: pods(10, 0.55), unready: [], missing: [] }, 10, 10],
    ['moves just above it', { known: pods(10, 0.56), unready: [], missing: [] }, 10, 12],
    ['takes a pod that is not ready for idle on the way up', { known: pods(2, 1), unready: [1, 1], missing: [] }, 4, 4],
    ['takes a pod without a sample for busy on the way down', { known: pods(2, 0.1), unready: [], missing: [1] }, 3, 3],
    [
      'goes down past one without a sample when the rest is idle',
      { known: pods(7, 0), unready: [], missing: [1] },
      8,
      2,
    ],
  ])('%s', (_, groups, before, after) => {
    expect(replicasFor(groups, before, 50)).toBe(after);
  });
});
