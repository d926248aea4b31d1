/** What was done about an incident is told on its page, once for each run. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '../../src/flow/new-id.ts';
import { type Desk, openDesk } from './desk.ts';
import { snapshot } from './fake-pager.ts';

describe('a run about an incident with a page', () => {
  let desk: Desk;
  let incidentId: string;
  beforeAll(async () => {
    desk = await openDesk();
  });
  beforeEach(async () => {
    await desk.reset();
    incidentId = newId('inc');
    await desk.ledger.transaction(async (tx) => {
      const about = { service: 'shop', title: 'HighErrorRate', severity: 'P1', state: 'open' } as const;
      await tx.insertIncident({ id: incidentId, key: newId('key'), ...about, openedAt: await tx.now() });
      await tx.putPage({ ...snapshot(newId('Q')), incidentId, asOf: new Date(), asOfEvent: 'e1' });
    });
    await desk.db.updateTable('posting').set({ incidentId }).where('id', '=', desk.postingId).execute();
  });
  afterAll(() => desk.close());

  const notes = async () =>
    (await desk.ledger.transaction((tx) => tx.ordersOf(incidentId))).map(({ order, requestedBy }) => ({
      by: requestedBy,
      text: order.kind === 'note' ? order.text : '',
    }));
  async function run(command = 'deployment/web --replicas=5'): Promise<void> {
    const plan = await desk.plan(command);
    await desk.vote('U0BOB', plan);
    await desk.work('decide-plan', 'apply-plan');
  }

  it('says there who ran what, how it ended and whether it helped, when that is known', async () => {
    await run();
    const before = await notes();
    await desk.kubernetes.settle();
    await desk.dueNow('verify-plan');

    await desk.work('verify-plan');

    expect(before).toEqual([]);
    const [note, ...more] = await notes();
    expect(more).toEqual([]);
    expect(note?.by).toBe('firebreak');
    expect(note?.text.split('\n')).toEqual([
      expect.stringMatching(/^Firebreak: Deployment shop\/web: .*3 → 5\.$/),
      'Asked for by <@U0ALICE>, approved by <@U0BOB>.',
      expect.stringMatching(/^Outcome: applied/),
      expect.stringMatching(/^Verification: passed \(.+\)\.$/),
    ]);
  });

  it('says there why it did not work, and no secret of it', async () => {
    const text = '1 of 3 new pods does not stay up (web-1): exit 1; last log line "password=hunter2 refused"';
    desk.reconfigure({ cluster: { observe: async () => ({ state: 'failed', text, ready: 2, wanted: 3 }) } });
    await run();
    await desk.dueNow('verify-plan');

    await desk.work('verify-plan');

    const [note] = await notes();
    expect(note?.text).toContain(
      'Verification: failed (1 of 3 new pods does not stay up (web-1): exit 1; last log line "password=(masked) refused")',
    );
  });

  it('shows of a rollback the lines of its plan, without templates and secrets', async () => {
    const { world } = desk.kubernetes;
    // What the removed deployments of the test before left behind.
    for (const kind of ['replicasets', 'pods'] as const) {
      for (const { metadata } of world.list(kind)) world.remove(kind, metadata.namespace ?? '', metadata.name);
    }
    await desk.kubernetes.settle();
    world.edit('deployments', 'shop', 'web', (web) => {
      // What reset() makes.
      const [container] = (web as unknown as { spec: { template: { spec: { containers: object[] } } } }).spec.template
        .spec.containers;
      Object.assign(container ?? {}, { env: [{ name: 'DB_PASSWORD', value: 'hunter2' }] });
    });
    await desk.kubernetes.settle();

    await run('kubectl rollout undo deployment/web');
    await desk.kubernetes.settle();
    await desk.dueNow('verify-plan');
    await desk.work('verify-plan');

    const [note] = await notes();
    expect(note?.text).toContain('env DB_PASSWORD (container web) ••••');
    expect(note?.text).not.toMatch(/hunter|containers/);
  });

  it('says at once that nothing came of it', async () => {
    desk.reconfigure({
      cluster: { send: async () => ({ kind: 'rejected', status: 403, text: 'the API server said no' }) },
    });

    await run();

    const [note, ...more] = await notes();
    expect(more).toEqual([]);
    expect(note?.text).toContain('nothing was changed');
    expect(note?.text).not.toContain('Verification');
  });
});
