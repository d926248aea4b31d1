import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Desk, openDesk } from './desk.ts';

const up = 'deployment/web --replicas=5';

describe('no plan is made', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await openDesk();
  });
  beforeEach(() => desk.reset());
  afterAll(() => desk.close());

  const refusalOf = async (command: string) => {
    const id = await desk.ask('U0ALICE', command);
    await desk.work('propose-plan');
    return desk.ledger.transaction(async (tx) => ({
      proposal: await tx.proposal(id),
      plan: await tx.planOfProposal(id),
    }));
  };

  it.each<[string, string, () => unknown, RegExp]>([
    ['of an object that is not there', 'deployment/gone', () => undefined, /There is no Deployment gone/],
    ['in a protected namespace', 'deployment/dns', () => undefined, /protected/],
    [
      'when nothing would change',
      up,
      () =>
        desk.kubernetes.world.edit('deployments', 'shop', 'web', (web) =>
          Object.assign(web['spec'] ?? {}, { replicas: 5 }),
        ),
      /already asks for 5/,
    ],
    [
      'when the cluster forbids to look',
      up,
      () =>
        desk.kubernetes.faults.add({ kind: 'status', code: 403, method: 'GET', path: 'deployments/web', times: 99 }),
      /does not allow/,
    ],
  ])('%s', async (_, command, happens, reason) => {
    await happens();

    const { proposal, plan } = await refusalOf(command);

    expect(plan).toBeUndefined();
    expect(proposal).toMatchObject({ state: 'refused', reason: expect.stringMatching(reason) });
  });

  it('when the cluster stays away for five looks', async () => {
    const fault = desk.kubernetes.faults.add({ kind: 'status', code: 503, path: 'deployments/web', times: 999 });
    const id = await desk.ask('U0ALICE', up);
    for (let look = 1; look <= 5; look++) {
      expect((await desk.ledger.transaction((tx) => tx.proposal(id)))?.state).toBe('planning');
      await desk.work('propose-plan');
      await desk.dueNow('propose-plan');
    }

    expect(fault.hits()).toBeGreaterThanOrEqual(5);
    expect(await desk.ledger.transaction((tx) => tx.proposal(id))).toMatchObject({ state: 'refused' });
  });
});
