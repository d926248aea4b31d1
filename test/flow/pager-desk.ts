/** An incident with pages, and the work that PagerDuty's side of it asks for, on the embedded ledger. */
import type { Incident } from '../../src/domain/incident.ts';
import type { PeopleMap } from '../../src/domain/identity.ts';
import type { Member } from '../../src/domain/person.ts';
import type { PageSnapshot } from '../../src/domain/page.ts';
import type { Work, WorkKind } from '../../src/domain/work.ts';
import { newId } from '../../src/flow/new-id.ts';
import { createOnCall } from '../../src/flow/pager/on-call.ts';
import { createOrderPager } from '../../src/flow/pager/order-pager.ts';
import { createSenderOf } from '../../src/flow/pager/pager-sender.ts';
import type { Pager } from '../../src/flow/ports.ts';
import { createSyncPager } from '../../src/flow/pager/sync-pager.ts';
import { createWorker, type Handler } from '../../src/flow/work.ts';
import { silent, type TestLedger } from '../ledger.ts';
import { service } from './alerts.ts';

export const shop = service('shop', { pager: { service: 'PSHOP', escalationPolicy: 'PLADDER' } });

/** Alice, Bob and Carol have the e-mail addresses of their names; whoever else acts is not known by one. */
const directory = {
  async member(slack: string): Promise<Member> {
    const name = slack.slice(2).toLowerCase();
    const mapped = ['alice', 'bob', 'carol'].includes(name);
    const identity = mapped ? `${name}@example.com` : `slack:${slack}`;
    return { slack, identity, mapped, name: slack.slice(2), standing: 'member' };
  },
};

export function openPagerDesk(
  { ledger, db }: TestLedger,
  pager: Pager | undefined,
  { people = {}, now = () => new Date() }: { people?: PeopleMap; now?: () => Date } = {},
) {
  const clock = { now };
  const onCall = createOnCall({ pager, people, clock });
  const senderOf = createSenderOf({ pager, directory, onCall, services: [shop], people, log: silent });
  const parts = { ledger, pager, senderOf, directory, newId, clock, log: silent };
  const handlers = {
    'sync-pager': createSyncPager(parts),
    'order-pager': createOrderPager(parts),
  } satisfies Partial<Record<WorkKind, Handler>>;
  const worker = createWorker({ ledger, handlers, log: silent });

  const waiting = () =>
    db
      .selectFrom('work')
      .selectAll()
      .where('doneAt', 'is', null)
      .where('failedAt', 'is', null)
      .where('kind', 'in', ['sync-pager', 'order-pager'])
      .orderBy('id')
      .execute();

  return {
    handlers,
    waiting,

    async incident(pages: readonly PageSnapshot[] = [], over: Partial<Incident> = {}): Promise<Incident> {
      return ledger.transaction(async (tx) => {
        const incident = await tx.insertIncident({
          id: newId('inc'),
          key: newId('key'),
          service: 'shop',
          title: 'HighErrorRate',
          severity: 'P1',
          state: 'open',
          openedAt: await tx.now(),
          channel: newId('C'),
          ...over,
        });
        for (const page of pages) {
          await tx.putPage({ ...page, incidentId: incident.id, asOf: page.createdAt, asOfEvent: 'e1' });
        }
        return incident;
      });
    },

    /** Does what is due, once each: what is postponed stays so. */
    async work(): Promise<void> {
      for (const { id } of await waiting()) await worker.perform(id);
    },
    /** What waits for its next try is due at once. */
    async again(): Promise<void> {
      await db
        .updateTable('work')
        .set({ dueAt: new Date(0) })
        .where('doneAt', 'is', null)
        .execute();
      for (const { id } of await waiting()) await worker.perform(id);
    },
    /** Runs the handler of the waiting work, and the process ends before it can record anything. */
    async workAndDie(): Promise<void> {
      for (const row of await waiting()) {
        const work: Work = {
          id: row.id,
          kind: row.kind,
          subject: row.subject,
          lane: row.lane,
          attempts: 1,
          claim: 'x',
        };
        if (work.kind !== 'sync-pager' && work.kind !== 'order-pager') continue;
        await handlers[work.kind](work, new AbortController().signal).catch(() => undefined);
      }
    },
    journal: async (incident: Incident) =>
      (await ledger.transaction((tx) => tx.timeline(incident.id, 1_000))).map(({ kind, actor, data }) => ({
        kind,
        actor,
        data,
      })),
    notices: async (incident: Incident) =>
      (
        await db
          .selectFrom('message')
          .select('text')
          .where('kind', '=', 'notice')
          .where('channel', '=', incident.channel ?? '')
          .execute()
      ).map(({ text }) => text),
    orders: (incident: Incident) => ledger.transaction((tx) => tx.ordersOf(incident.id)),
  };
}
