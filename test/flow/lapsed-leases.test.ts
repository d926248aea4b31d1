/**
 * Workers that stand still until their lease has lapsed, and go on while another one does the work: whatever the one
 * behind finds, the plan keeps one run, one effect and the outcome of who holds the claim.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Plan } from '../../src/domain/plan.ts';
import type { Cluster } from '../../src/flow/ports.ts';
import { type Desk, openDesk } from './desk.ts';

describe('a worker that goes on after its lease has lapsed', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await openDesk();
  });
  beforeEach(() => desk.reset());
  afterAll(() => desk.close());

  const approved = async (): Promise<Plan> => {
    const plan = await desk.plan('deployment/web --replicas=5');
    await desk.vote('U0BOB', plan);
    await desk.work('decide-plan');
    return plan;
  };
  const lapse = () =>
    desk.db
      .updateTable('work')
      .set({ claimedUntil: new Date(0) })
      .where('kind', '=', 'apply-plan')
      .where('doneAt', 'is', null)
      .execute();
  /** Stands still before it first prepares, or behind its first look afterwards; there `meanwhile` happens. */
  const standsStillAt = (name: 'prepare' | 'readBack', meanwhile: () => Promise<unknown>): Partial<Cluster> => {
    let stood = false;
    const pause = async (): Promise<void> => {
      if (stood) return;
      stood = true;
      await lapse();
      await meanwhile();
    };
    return {
      prepare: async (plan) => {
        if (name === 'prepare') await pause();
        return desk.cluster.prepare(plan);
      },
      readBack: async (...args) => {
        const found = await desk.cluster.readBack(...args);
        if (name === 'readBack') await pause();
        return found;
      },
    };
  };
  const dies: Partial<Cluster> = { send: () => Promise.reject(new Error('the process ended here')) };

  it('does not cancel the plan that another one carries out', async () => {
    const plan = await approved();
    desk.reconfigure({ cluster: standsStillAt('prepare', () => desk.work('apply-plan')) });

    await desk.work('apply-plan');

    expect(await desk.stateOf(plan)).toMatchObject({ state: 'approved', outcome: 'succeeded' });
    expect(await desk.attemptsOf(plan)).toHaveLength(1);
  });

  it('takes no run behind the back of another one, so that the work does not end without an outcome', async () => {
    const plan = await approved();
    const isAsFar = Promise.withResolvers<void>();
    const hasGoneOn = Promise.withResolvers<void>();
    let other: Promise<void> | undefined;
    desk.reconfigure({
      cluster: {
        prepare: async (effect) => {
          const prepared = await desk.cluster.prepare(effect);
          if (other === undefined) {
            await lapse();
            other = desk.work('apply-plan');
            await isAsFar.promise;
          } else {
            isAsFar.resolve();
            await hasGoneOn.promise;
          }
          return prepared;
        },
      },
    });

    await desk.work('apply-plan').finally(() => hasGoneOn.resolve());
    await other;
    await desk.dueNow('apply-plan');
    await desk.work('apply-plan');

    expect(await desk.stateOf(plan)).toMatchObject({ state: 'approved', outcome: 'succeeded' });
    expect(desk.web()).toMatchObject({ replicas: 5, marker: plan.id });
  });

  it('stores no attempt of its own and sends nothing', async () => {
    const plan = await approved();
    desk.reconfigure({ cluster: dies });
    await desk.work('apply-plan');
    expect(await desk.attemptsOf(plan)).toHaveLength(1);
    desk.reconfigure({
      cluster: {
        ...standsStillAt('readBack', () => desk.work('apply-plan')),
        send: (...args) => desk.cluster.send(...args),
      },
    });
    await desk.dueNow('apply-plan');

    await desk.work('apply-plan');

    // The one that died, and the one that took over.
    expect(await desk.attemptsOf(plan)).toHaveLength(2);
    expect(await desk.stateOf(plan)).toMatchObject({ state: 'approved', outcome: 'succeeded' });
  });
});
