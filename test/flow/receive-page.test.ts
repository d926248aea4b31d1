import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PageEvent, PageSnapshot, PageStatus } from '../../src/domain/page.ts';
import { groupScope } from '../../src/flow/incident-key.ts';
import { changeState } from '../../src/flow/incident-state.ts';
import { newId } from '../../src/flow/new-id.ts';
import type { ReceiveAlert } from '../../src/flow/receive-alert.ts';
import { createReceivePage, type ReceivePage } from '../../src/flow/receive-page.ts';
import { openTestLedger, silent, type TestLedger } from '../ledger.ts';
import { alert, at, delivery, group, policy, receiverOn, service } from './alerts.ts';
import { snapshot } from './page-stories.ts';

const services = [service('shop', { pager: { service: 'PSHOP' } }), service('bank')];
const people = { 'alice@example.com': { slack: 'U0ALICE', pagerduty: 'PALICE' } };

let opened: TestLedger;
let receiveAlert: ReceiveAlert;
let receive: ReceivePage;
beforeAll(async () => {
  opened = await openTestLedger();
  receiveAlert = receiverOn(opened.ledger);
  receive = createReceivePage({
    ledger: opened.ledger,
    services,
    people,
    policy,
    clock: { now: () => new Date() },
    newId,
    log: silent,
    failpoint: () => undefined,
  });
});
afterAll(() => opened.close());

const hear = (event: PageEvent) => receive(event, { key: event.id });

let events = 0;
/** What PagerDuty says about a page at a minute. */
const say = (
  minute: number,
  word: string,
  page: Partial<PageSnapshot> & { readonly id: string },
  agent?: { id: string; name: string },
) =>
  hear({
    id: `01EVENT${++events}`,
    at: at(minute),
    type: `incident.${word}`,
    kind: 'page',
    page: snapshot(page),
    ...(agent && { agent }),
  });

const incidentsOf = (key: string) =>
  opened.db.selectFrom('incident').selectAll().where('key', '=', key).orderBy('number').execute();
const incidentOf = async (pageId: string) => (await incidentsOf(`shop|pagerduty:${pageId}`))[0];
const journalOf = (incidentId: string | undefined, kind: string) =>
  opened.db
    .selectFrom('journal')
    .selectAll()
    .where('kind', '=', kind)
    .where('incidentId', '=', incidentId ?? null)
    .orderBy('id')
    .execute();
const noticesIn = async (channel: string) =>
  (await opened.db.selectFrom('message').select('text').where('channel', '=', channel).execute()).map(
    ({ text }) => text,
  );
const giveChannel = async (pageId: string, channel: string) => {
  const incident = await incidentOf(pageId);
  await opened.ledger.transaction((tx) => tx.updateIncident(incident?.id ?? '', { channel }));
  return incident?.id ?? '';
};

describe('an event of PagerDuty', () => {
  it('opens an incident and asks for its channel', async () => {
    const received = await say(1, 'triggered', { id: 'QOPEN', priority: 'P1' });

    const incident = await incidentOf('QOPEN');
    expect(received).toEqual({ duplicate: false, unmatched: false, incident: incident?.number });
    expect(incident).toMatchObject({
      service: 'shop',
      title: 'Checkout fails',
      severity: 'P1',
      state: 'open',
      stateAt: at(1),
    });
    const work = await opened.db
      .selectFrom('work')
      .select('kind')
      .where('subject', '=', incident?.id ?? '')
      .execute();
    expect(work).toEqual([{ kind: 'open-incident' }]);
  });

  it('does nothing the second time', async () => {
    const event: PageEvent = {
      id: '01TWICE',
      at: at(0),
      type: 'incident.triggered',
      kind: 'page',
      page: snapshot({ id: 'QTWICE' }),
    };
    await hear(event);

    const again = await hear(event);

    expect(again).toEqual({ duplicate: true, unmatched: false });
    expect(await journalOf((await incidentOf('QTWICE'))?.id, 'page.triggered')).toHaveLength(1);
  });

  it('of a service that nobody configured is recorded, journaled and opens nothing', async () => {
    const received = await say(0, 'triggered', { id: 'QSTRAY', service: 'PNOBODY' });

    expect(received).toEqual({ duplicate: false, unmatched: true });
    expect(await opened.ledger.transaction((tx) => tx.page('QSTRAY'))).toBeUndefined();
    const journaled = await opened.db
      .selectFrom('journal')
      .select('data')
      .where('kind', '=', 'page.unmatched')
      .execute();
    expect(journaled).toMatchObject([{ data: { page: 'QSTRAY', service: 'PNOBODY' } }]);
  });

  it.each<[string, PageEvent]>([
    ['a test of the subscription', { id: '01PING', at: at(0), type: 'pagey.ping', kind: 'ping' }],
    ['a type from the future', { id: '01FUTURE', at: at(0), type: 'incident.foretold', kind: 'other' }],
  ])('that is %s is recorded and changes nothing', async (_, event) => {
    const before = await opened.db.selectFrom('incident').select('id').execute();

    const received = await hear(event);

    expect(received).toEqual({ duplicate: false, unmatched: false });
    expect(await opened.db.selectFrom('incident').select('id').execute()).toHaveLength(before.length);
    const kept = await opened.db.selectFrom('delivery').select('summary').where('key', '=', event.id).execute();
    expect(kept).toMatchObject([{ summary: { type: event.type } }]);
  });

  it('names who took it by their Slack account when people says so, and by name otherwise', async () => {
    const taken: (string | null | undefined)[] = [];
    for (const [minute, agent] of [
      { id: 'PALICE', name: 'Alice A.' },
      { id: 'PBOB', name: 'Bob' },
      { id: 'PEVIL', name: 'U0ADMIN' },
    ].entries()) {
      await say(minute, 'acknowledged', { id: 'QTAKEN', status: 'acknowledged' }, agent);
      taken.push((await incidentOf('QTAKEN'))?.acknowledgedBy);
    }

    expect(taken).toEqual(['U0ALICE', 'Bob', 'U0ADMIN (PagerDuty)']);
  });

  it('tells the channel who has it now, and that it is resolved or back', async () => {
    await say(0, 'triggered', { id: 'QTOLD' });
    await giveChannel('QTOLD', 'C0TOLD');

    await say(1, 'escalated', { id: 'QTOLD', assignees: [{ id: 'PBOB', name: 'Bob' }] });
    await say(2, 'resolved', { id: 'QTOLD', status: 'resolved' });
    await say(3, 'reopened', { id: 'QTOLD' });

    const { number } = (await incidentOf('QTOLD')) ?? {};
    expect(await noticesIn('C0TOLD')).toEqual([
      'PagerDuty: escalated to Bob.',
      `Incident ${number} is resolved.`,
      `Incident ${number} was reopened in PagerDuty.`,
    ]);
  });

  it('leaves the severity alone when the priority has a name that nobody knows', async () => {
    await say(0, 'triggered', { id: 'QODD', priority: 'SEV-2' });

    await say(1, 'priority_updated', { id: 'QODD', priority: 'Gold' });

    expect(await incidentOf('QODD')).toMatchObject({ severity: 'P1' });
  });
});

describe('notes in PagerDuty', () => {
  const note = (pageId: string, noteId: string, text: string): PageEvent => ({
    id: `01NOTE${noteId}`,
    at: at(3),
    type: 'incident.annotated',
    kind: 'note',
    pageId,
    noteId,
    text,
    agent: { id: 'PBOB', name: 'Bob' },
  });

  it('are journaled and shown in the channel once, without what looks like a secret', async () => {
    await say(0, 'triggered', { id: 'QNOTE' });
    const id = await giveChannel('QNOTE', 'C0NOTE');

    await hear(note('QNOTE', 'N1', 'restarting, password=hunter2'));
    await hear({ ...note('QNOTE', 'N1', 'restarting, password=hunter2'), id: '01OTHER' });

    expect(await noticesIn('C0NOTE')).toEqual(['Bob noted in PagerDuty: restarting, password=(masked)']);
    expect(await journalOf(id, 'page.note')).toMatchObject([{ data: { note: 'N1', by: 'Bob' } }]);
  });

  it('of our own are not echoed', async () => {
    await say(0, 'triggered', { id: 'QOURS' });
    const id = await giveChannel('QOURS', 'C0OURS');

    await opened.ledger.transaction((tx) =>
      tx.insertOrder({
        id: 'order-1',
        incidentId: id,
        order: { kind: 'note', text: 'Plan approved' },
        requestedBy: 'firebreak',
        state: 'waiting',
      }),
    );

    await hear(note('QOURS', 'N2', 'Plan approved\n[firebreak:order-1]'));

    expect(await noticesIn('C0OURS')).toEqual([]);
    expect(await journalOf(id, 'page.note')).toEqual([]);
  });

  it.each([
    ['QQUOTE', 'N4', 'Where does [firebreak:order-1] come from?'],
    ['QFORGED', 'N5', 'rm -rf was me\n[firebreak:order-none]'],
  ])('that only look like our own are kept and shown (%s)', async (page, noteId, text) => {
    await say(0, 'triggered', { id: page });
    const id = await giveChannel(page, `C0${page}`);

    await hear(note(page, noteId, text));

    expect(await noticesIn(`C0${page}`)).toEqual([`Bob noted in PagerDuty: ${text}`]);
    expect(await journalOf(id, 'page.note')).toHaveLength(1);
  });

  it('wait for the page that they are about', async () => {
    await hear(note('QLATE', 'N3', 'before the page'));

    await say(0, 'triggered', { id: 'QLATE' });

    expect(await journalOf((await incidentOf('QLATE'))?.id, 'page.note')).toMatchObject([{ data: { note: 'N3' } }]);
  });
});

describe('what people did in the chat', () => {
  const byHand = async (pageId: string, to: 'acknowledged' | 'resolved', minute: number) =>
    opened.ledger.transaction(async (tx) => {
      const incident = await tx.incident((await tx.page(pageId))?.incidentId ?? '');
      if (!incident) throw new Error('no incident');
      await changeState(tx, newId, incident, { to, at: at(minute), actor: 'U0CAROL', acknowledgedBy: 'U0CAROL' });
    });

  it('is not undone by an older event', async () => {
    await say(0, 'triggered', { id: 'QHAND1' });
    await byHand('QHAND1', 'resolved', 5);

    await say(4, 'acknowledged', { id: 'QHAND1', status: 'acknowledged' }, { id: 'PBOB', name: 'Bob' });

    expect(await incidentOf('QHAND1')).toMatchObject({ state: 'resolved', resolvedAt: at(5), stateAt: at(5) });
  });

  it('is not undone by a newer event that is not about the state', async () => {
    await say(0, 'triggered', { id: 'QHAND2' });
    await byHand('QHAND2', 'resolved', 5);

    await say(6, 'priority_updated', { id: 'QHAND2', priority: 'P0' });

    expect(await incidentOf('QHAND2')).toMatchObject({ state: 'resolved', severity: 'P0' });
  });

  it('stays theirs when PagerDuty says the same later', async () => {
    await say(0, 'triggered', { id: 'QHAND3' });
    await byHand('QHAND3', 'acknowledged', 5);

    await say(6, 'acknowledged', { id: 'QHAND3', status: 'acknowledged' }, { id: 'PBOT', name: 'Firebreak' });

    expect(await incidentOf('QHAND3')).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'U0CAROL' });
  });

  it.each([
    ['resolved', 'U0CAROL', 1],
    ['acknowledged', 'U0CAROL', 1],
    ['resolved', 'alertmanager', 0],
  ] as const)(
    '%s by %s asks PagerDuty %i times about a page that was older and is told late',
    async (to, actor, asked) => {
      const groupKey = `{}:{late="${to}-${actor}"}`;
      await receiveAlert(group(groupKey, [alert({ fingerprint: 'late' })]), delivery());
      const [incident] = await incidentsOf(`shop|${groupScope(groupKey)}`);
      await opened.ledger.transaction(async (tx) => {
        await tx.updateIncident(incident?.id ?? '', { channel: `C-${to}-${actor}` });
        const now = await tx.incident(incident?.id ?? '');
        if (!now) throw new Error('no incident');
        await changeState(tx, newId, now, { to, at: at(5), actor });
      });

      await say(4, 'triggered', { id: `QOLD${to}${actor}`, incidentKey: groupScope(groupKey), createdAt: at(4) });

      const work = await opened.db
        .selectFrom('work')
        .select('kind')
        .where('kind', '=', 'sync-pager')
        .where('subject', '=', incident?.id ?? '')
        .execute();
      expect(work).toHaveLength(asked);
      expect(await journalOf(incident?.id, 'pager.asked')).toHaveLength(asked);
      const told = (await noticesIn(`C-${to}-${actor}`)).filter((text) => text?.includes('heard of only now'));
      expect(told).toHaveLength(asked);
      expect((await incidentsOf(`shop|${groupScope(groupKey)}`))[0]).toMatchObject({ state: to });
    },
  );

  it('is undone by a reopen, however long after', async () => {
    await say(0, 'triggered', { id: 'QHAND4' });
    await byHand('QHAND4', 'resolved', 5);

    await say(5_000, 'reopened', { id: 'QHAND4' });

    expect(await incidentsOf('shop|pagerduty:QHAND4')).toMatchObject([
      { state: 'open', resolvedAt: null, acknowledgedBy: null, stateAt: at(5_000) },
    ]);
  });
});

describe('one problem by page and by Alertmanager', () => {
  const page = (id: string, groupKey: string, status: PageStatus = 'triggered') => ({
    id,
    status,
    incidentKey: groupScope(groupKey),
  });

  it.each(['the page', 'the webhook'])('is one incident when %s comes first', async (first) => {
    const groupKey = `{}:{alertname="${first}"}`;
    const paged = () => say(0, 'triggered', page(`Q-${first}`, groupKey));
    const alerted = () => receiveAlert(group(groupKey, [alert({ fingerprint: 'a' })]), delivery());
    for (const act of first === 'the page' ? [paged, alerted] : [alerted, paged]) await act();

    const [incident, ...more] = await incidentsOf(`shop|${groupScope(groupKey)}`);

    expect(more).toEqual([]);
    const { alerts, pages } = await opened.ledger.transaction(async (tx) => ({
      alerts: await tx.alertsOf(incident?.id ?? '', 5),
      pages: await tx.pagesOf(incident?.id ?? ''),
    }));
    expect(alerts).toMatchObject({ firing: 1 });
    expect(pages.map(({ id }) => id)).toEqual([`Q-${first}`]);
  });

  it('looks for a runbook again when the page came first and the alerts come after its channel', async () => {
    const groupKey = '{}:{alertname="runbook"}';
    await say(0, 'triggered', page('QBOOK', groupKey));
    const [incident] = await incidentsOf(`shop|${groupScope(groupKey)}`);
    await opened.ledger.transaction((tx) => tx.updateIncident(incident?.id ?? '', { channel: 'C0BOOK' }));

    await receiveAlert(group(groupKey, [alert({ fingerprint: 'a' })]), delivery());

    const work = await opened.db
      .selectFrom('work')
      .select('kind')
      .where('subject', '=', incident?.id ?? '')
      .execute();
    expect(work.map(({ kind }) => kind)).toContain('post-runbook');
  });

  it('stays open until both of its pages are resolved', async () => {
    const groupKey = '{}:{alertname="two pages"}';
    await say(0, 'triggered', page('QTWO1', groupKey));
    await say(1, 'triggered', page('QTWO2', groupKey));
    const states: (string | undefined)[] = [];

    for (const [minute, id] of ['QTWO1', 'QTWO2'].entries()) {
      await say(5 + minute, 'resolved', page(id, groupKey, 'resolved'));
      states.push((await incidentsOf(`shop|${groupScope(groupKey)}`))[0]?.state);
    }

    expect(states).toEqual(['open', 'resolved']);
  });

  it('goes on in the newer incident when an old page is reopened beside it', async () => {
    const groupKey = '{}:{alertname="beside"}';
    await say(0, 'triggered', page('QOLD', groupKey));
    await say(1, 'resolved', page('QOLD', groupKey, 'resolved'));
    await receiveAlert(group(groupKey, [alert({ fingerprint: 'b', startsAt: at(90) })]), delivery());

    await say(95, 'reopened', page('QOLD', groupKey));

    const incidents = await incidentsOf(`shop|${groupScope(groupKey)}`);
    expect(incidents.map(({ state }) => state)).toEqual(['resolved', 'open']);
    const moved = await opened.ledger.transaction((tx) => tx.page('QOLD'));
    expect(moved?.incidentId).toBe(incidents[1]?.id);
  });

  it('lets a priority in PagerDuty stand against the label of an alert', async () => {
    const groupKey = '{}:{alertname="priority"}';
    await say(0, 'triggered', { ...page('QPRIO', groupKey), priority: 'P3' });

    await receiveAlert(group(groupKey, [alert({ fingerprint: 'a' })]), delivery());

    expect(await incidentsOf(`shop|${groupScope(groupKey)}`)).toMatchObject([{ severity: 'P3' }]);
  });
});
