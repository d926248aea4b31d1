import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Captured } from '../../src/domain/capture.ts';
import { OperationError } from '../../src/domain/errors.ts';
import type { Plan } from '../../src/domain/plan.ts';
import { capturePods } from '../../src/flow/capture-pods.ts';
import type { EffectPlan } from '../../src/flow/ports.ts';
import { type Desk, openDesk } from './desk.ts';

describe('before pods end', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await openDesk();
  });
  beforeEach(async () => {
    await desk.reset();
    await desk.kubernetes.settle();
  });
  afterAll(() => desk.close());

  const approved = async (command: string, ...voters: string[]): Promise<Plan> => {
    const plan = await desk.plan(command);
    for (const user of ['U0BOB', ...voters]) await desk.vote(user, plan);
    await desk.work('decide-plan');
    return plan;
  };
  const capturesOf = (plan: Plan) =>
    desk.ledger.transaction(async (tx) => {
      const run = await tx.runOfPlan(plan.id);
      return run ? tx.capturesOf(run.id) : [];
    });
  const messageOf = (plan: Plan) =>
    desk.ledger.transaction(async (tx) => {
      const run = await tx.runOfPlan(plan.id);
      return tx.message(`captures:${run?.id ?? ''}`);
    });
  const pods = () => desk.kubernetes.world.pods('shop', { app: 'web' });

  it('their logs, events and state are stored, before the request goes out', async () => {
    const [first] = pods();
    const name = first?.metadata.name ?? '';
    desk.kubernetes.world.setLogs('shop', name, ['one', 'DB_PASSWORD=hunter2 two']);
    desk.kubernetes.world.event('pods', 'shop', name, {
      type: 'Warning',
      reason: 'Unhealthy',
      component: 'kubelet',
      message: 'Readiness probe failed: token=hunter3',
    });
    const plan = await approved('kubectl delete pods -l app=web', 'U0CAROL');
    const stored: unknown[] = [];
    desk.reconfigure({
      cluster: {
        send: async (...args) => {
          stored.push(...(await capturesOf(plan)));
          return desk.cluster.send(...args);
        },
      },
    });
    await desk.work('apply-plan');

    expect(stored).toMatchObject([{ part: 0, pods: [expect.objectContaining({ name: expect.any(String) })] }]);
    const [capture] = await capturesOf(plan);
    const [pod] = capture?.pods ?? [];
    expect(pod?.name).toBe(plan.content.parts?.[0]?.target.name);
    expect(JSON.stringify(await capturesOf(plan))).not.toMatch(/hunter/);
    expect(await messageOf(plan)).toMatchObject({ kind: 'captures', threadKey: expect.stringMatching(/^step:/) });
  });

  it('of a workload they are all kept, and the message under the step is one', async () => {
    for (const { metadata } of pods()) desk.kubernetes.world.setLogs('shop', metadata.name, [`from ${metadata.name}`]);
    const plan = await approved('rollout restart deployment/web');
    await desk.work('apply-plan');

    const [capture, ...others] = await capturesOf(plan);
    expect(others).toEqual([]);
    expect(capture?.pods.map(({ logs }) => logs[0]?.text)).toEqual(capture?.pods.map(({ name }) => `from ${name}\n`));
    expect(capture?.pods).toHaveLength(3);
    expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'succeeded' });
  });

  it.each(['deployment/web --replicas=5', 'kubectl annotate deployment/web', 'rollout pause deployment/web'])(
    'but nobody is asked when none do: %s',
    async (command) => {
      const plan = await approved(command, 'U0CAROL');
      let asked = 0;
      desk.reconfigure({
        cluster: {
          capture: async () => {
            asked++;
            return { pods: [], missing: [] };
          },
        },
      });
      await desk.work('apply-plan');

      expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'succeeded' });
      expect(asked).toBe(0);
      expect(await messageOf(plan)).toBeUndefined();
    },
  );

  it('what our account may not read is said, and stops nothing', async () => {
    desk.kubernetes.deny.push({ verb: 'get', resource: 'pods/log' }, { verb: 'list', resource: 'events' });
    const plan = await approved('rollout restart deployment/web');
    await desk.work('apply-plan');

    const [capture] = await capturesOf(plan);
    const [pod] = capture?.pods ?? [];
    expect(pod?.missing).toEqual([
      `logs of ${pod?.name} (container web): our account may not read them`,
      `events of ${pod?.name}: our account may not read them`,
    ]);
    expect(pod?.state).toMatch(/^Running; web: running/);
    expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'succeeded' });
  });

  it('nothing is kept of a plan that is refused after all, and once of one that is tried again', async () => {
    const plan = await approved('rollout restart deployment/web');
    const stored = async () => (await desk.db.selectFrom('capture').select('runId').execute()).length;
    const before = await stored();
    let tries = 0;
    desk.reconfigure({
      cluster: {
        prepare: async (effect) => {
          if (++tries === 1) throw new OperationError('cluster-unavailable', 'The process ended.', { retryable: true });
          return desk.cluster.prepare(effect);
        },
      },
    });
    await desk.work('apply-plan');
    expect(await stored()).toBe(before);
    await desk.dueNow('apply-plan');
    await desk.work('apply-plan');

    expect(await capturesOf(plan)).toHaveLength(1);
    expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'succeeded' });
  });

  it('a process that ends behind the request finds them kept, and keeps them no second time', async () => {
    const plan = await approved('rollout restart deployment/web');
    desk.reconfigure({
      cluster: {
        send: async (...args) => {
          await desk.cluster.send(...args);
          throw new Error('the process ended here');
        },
      },
    });
    await desk.work('apply-plan');
    const before = await capturesOf(plan);
    desk.reconfigure({
      cluster: {
        send: (...args) => desk.cluster.send(...args),
        capture: () => Promise.reject(new Error('asked again')),
      },
    });
    await desk.dueNow('apply-plan');
    await desk.work('apply-plan');

    expect(before).toHaveLength(1);
    expect(await capturesOf(plan)).toEqual(before);
    expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'succeeded' });
  });

  it('all of one pod is shown to whoever asks, and nothing for a place that is none', async () => {
    const plan = await approved('rollout restart deployment/web');
    await desk.work('apply-plan');
    const run = await desk.ledger.transaction((tx) => tx.runOfPlan(plan.id));
    const show = (place: string) => desk.interactions.captureDetails({ user: 'U0BOB', place });

    expect(await show(`${run?.id}/0/1`)).toMatchObject({
      lines: expect.arrayContaining([expect.stringMatching(/^Pod shop\/web-/), 'Log of web:']),
    });
    for (const place of [`${run?.id}/0/9`, `${run?.id}/7/0`, 'x', '']) {
      expect(await show(place)).toMatchObject({ kind: 'refused' });
    }
  });
});

describe('keeping what pods leave behind', () => {
  afterEach(() => void jest.useRealTimers());
  const target = {
    cluster: 'main',
    clusterUid: 'c',
    apiVersion: 'v1',
    kind: 'Pod',
    resource: 'pods',
    namespace: 'shop',
    name: 'web-1',
    uid: 'u',
  };
  const effect: EffectPlan = {
    id: 'plan-1',
    action: { type: 'delete-pod', target: { resource: 'pods', name: 'web-1' } },
    class: 'destructive',
    target,
    changes: [],
  };
  const pod = { namespace: 'shop', name: 'x', state: 'Running', events: [], logs: [], missing: [] };
  const none = async (): Promise<readonly Captured[]> => [];

  it('never delays an effect by more than 5 seconds', async () => {
    jest.useFakeTimers();
    const silent = capturePods(() => ({ capture: () => new Promise(() => undefined) }), effect, { kept: none });
    await jest.advanceTimersByTimeAsync(5_000);

    expect(await silent).toEqual({
      pods: [],
      missing: ['pods of Pod shop/web-1: the cluster did not answer in time'],
    });
  });

  it('tells the actor in time to give what it has', async () => {
    jest.useFakeTimers();
    const found = capturePods(
      () => ({
        capture: (_, { signal }) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => resolve({ pods: [pod], missing: ['some'] }));
          }),
      }),
      effect,
      { kept: none },
    );
    await jest.advanceTimersByTimeAsync(4_600);

    expect(await found).toEqual({ pods: [pod], missing: ['some'] });
  });

  it.each<[string, () => { capture: () => Promise<Captured> }, string]>([
    [
      'an actor that fails',
      () => ({ capture: () => Promise.reject(new TypeError('x of undefined')) }),
      'could not be read',
    ],
    [
      'a cluster that is no longer configured',
      () => {
        throw new OperationError('config-invalid', 'no cluster main', { retryable: false });
      },
      'no cluster main',
    ],
  ])('is no trouble with %s', async (_, actor, text) => {
    expect(await capturePods(actor, effect, { kept: none })).toEqual({
      pods: [],
      missing: [expect.stringContaining(text)],
    });
  });

  it('reads nothing of a pod of another service’s namespace, which is said once', async () => {
    let asked = 0;
    const actor = () => ({
      capture: async () => {
        asked++;
        return { pods: [pod], missing: [] };
      },
    });
    const of = (namespaces: readonly string[], kept: readonly Captured[] = []) =>
      capturePods(actor, effect, { kept: async () => kept, namespaces });
    const first = await of(['other']);

    expect(first).toEqual({ pods: [], missing: [expect.stringContaining('not the service’s')] });
    expect(await of(['other'], first ? [first] : [])).toBeUndefined();
    expect(asked).toBe(0);
    expect(await of(['other', 'shop'])).toEqual({ pods: [pod], missing: [] });
  });

  it('ends at ten pods of a plan, which is said once', async () => {
    const asked: number[] = [];
    const actor = () => ({
      capture: async (_: EffectPlan, { podsMax }: { podsMax: number }) => {
        asked.push(podsMax);
        return { pods: [pod], missing: [] };
      },
    });
    const kept: Captured[] = [];
    const rounds: (Captured | undefined)[] = [];
    for (let part = 0; part < 13; part++) {
      const captured = await capturePods(actor, effect, { kept: async () => kept });
      rounds.push(captured);
      if (captured) kept.push(captured);
    }

    expect(asked).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(rounds.slice(10)).toEqual([
      { pods: [], missing: [expect.stringContaining('more than 10 pods')] },
      undefined,
      undefined,
    ]);
  });
});
