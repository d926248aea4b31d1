/**
 * What PagerDuty says about what we did there comes back as webhooks, late and in any order; it neither undoes what
 * people did in the chat nor makes us do anything again.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parsePageEvent } from '../../src/adapters/pagerduty/payload.ts';
import { createPager } from '../../src/adapters/pagerduty/pager.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { changeState } from '../../src/flow/incident-state.ts';
import { newId } from '../../src/flow/new-id.ts';
import { createReceivePage, type ReceivePage } from '../../src/flow/receive-page.ts';
import { askPager } from '../../src/flow/pager/sync-pager.ts';
import { type SandboxPagerDuty, startPagerDuty } from '../../src/sandbox/pagerduty/start.ts';
import type { WebhookBody } from '../../src/sandbox/pagerduty/webhooks.ts';
import { openTestLedger, silent, type TestLedger } from '../ledger.ts';
import { policy } from './alerts.ts';
import { snapshot } from './fake-pager.ts';
import { openPagerDesk, shop } from './pager-desk.ts';

describe('PagerDuty’s echo of what people did in the chat', () => {
  let opened: TestLedger;
  let sandbox: SandboxPagerDuty;
  let desk: ReturnType<typeof openPagerDesk>;
  let receive: ReceivePage;
  let incident: Incident;
  let heard: number;
  beforeAll(async () => {
    opened = await openTestLedger();
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    await opened.db.updateTable('work').set({ doneAt: new Date() }).where('doneAt', 'is', null).execute();
    sandbox = await startPagerDuty({ deliver: 'hold' });
    const { token, apiUrl } = sandbox;
    desk = openPagerDesk(
      opened,
      createPager({ token, apiUrl, from: 'firebreak@example.com', timeoutMs: 1_000, log: silent }),
    );
    const clock = { now: () => new Date() };
    receive = createReceivePage({
      ledger: opened.ledger,
      services: [shop],
      people: {},
      policy,
      clock,
      newId,
      log: silent,
      failpoint: () => undefined,
    });
    const pages = [1, 2].map(() => {
      const { id, createdAtMs } = sandbox.trigger();
      return snapshot(id, { createdAt: new Date(createdAtMs) });
    });
    incident = await desk.incident(pages);
    heard = sandbox.events.length;
  });
  afterEach(() => sandbox.stop());

  const change = (to: 'acknowledged' | 'resolved'): Promise<void> =>
    opened.ledger.transaction(async (tx) => {
      const now = (await tx.incident(incident.id)) ?? incident;
      await changeState(tx, newId, now, { to, at: await tx.now(), actor: 'U0BOB' });
      await askPager(tx, incident.id, 'U0BOB');
    });
  /** The stand-in gives every account the same ids, and one ledger serves all tests here. */
  const hear = (body: WebhookBody) => {
    const { event } = parsePageEvent(Buffer.from(JSON.stringify(body)), new Date());
    return receive(event, { key: `${incident.id}/${event.id}` });
  };
  /** Everything that was not heard yet. */
  async function hearAll(order: (news: WebhookBody[]) => WebhookBody[] = (news) => news): Promise<void> {
    const news = order(sandbox.events.slice(heard));
    heard = sandbox.events.length;
    for (const body of news) await hear(body);
  }
  const state = async () => (await opened.ledger.transaction((tx) => tx.incident(incident.id)))?.state;
  const statuses = () => [...sandbox.account.incidents.values()].map(({ status }) => status);
  const types = () => sandbox.events.map(({ event }) => event.event_type);

  it.each(['acknowledged', 'resolved'] as const)('leaves it %s, in either order', async (to) => {
    await change(to);
    await desk.work();

    await hearAll((news) => news.toReversed());
    await desk.again();

    expect(await state()).toBe(to);
    expect(statuses()).toEqual([to, to]);
    expect(await desk.waiting()).toEqual([]);
  });

  it.each(['acknowledged', 'resolved'] as const)(
    'of the first page does not keep the second from being %s',
    async (to) => {
      await change(to);
      sandbox.faults.add({ kind: 'status-500', method: 'PUT', path: [...sandbox.account.incidents.keys()][1] ?? '' });
      await desk.work();
      await hearAll();
      const between = { incident: await state(), pages: statuses() };

      await desk.again();
      await hearAll();

      expect(between).toEqual({ incident: to, pages: [to, 'triggered'] });
      expect(await state()).toBe(to);
      expect(statuses()).toEqual([to, to]);
      expect(types()).not.toContain('incident.reopened');
    },
  );

  it('is told from a real reopening, which stands', async () => {
    await change('resolved');
    await desk.work();
    const [first = ''] = sandbox.account.incidents.keys();
    sandbox.as('PALICE1').reopen(first);

    await hearAll();
    await desk.again();

    expect(await state()).toBe('open');
    expect(statuses()).toEqual(['triggered', 'resolved']);
  });
});
