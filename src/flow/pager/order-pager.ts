/**
 * What people asked of PagerDuty, done once: a note (recognized by our key in its text), an escalation to a level, an
 * assignment to people. Each is read before it is sent, so that a lost answer or a killed process repeats nothing.
 * Handles `order-pager`.
 */
import { invariant } from '../../domain/errors.ts';
import type { Page, PagerOrder } from '../../domain/page.ts';
import type { Ledger, LedgerTransaction } from '../ledger.ts';
import { messageKey } from '../messages.ts';
import { noteKey } from './page-notes.ts';
import type { SenderOf } from './pager-sender.ts';
import { type Done, fulfil, type Writing } from './pager-requests.ts';
import type { Clock, Directory, Log, NewId, Pager } from '../ports.ts';
import { notice } from '../post-runbook.ts';
import type { Handler } from '../work.ts';

/** PagerDuty's own limit is larger; nobody reads more on a phone at night. */
const noteMax = 2_000;
/** The newest; an incident with more open pages than this is looked after in PagerDuty. */
const pagesMax = 5;
/** After this nobody expects to be called because of it any more. */
const callLifetimeMs = 10 * 60_000;
const noteLifetimeMs = 24 * 60 * 60_000;

type Request = { readonly incidentId: string /** A Slack user id, or `firebreak`. */; readonly by: string };

/** Records what is asked of PagerDuty, in the transaction of the gesture. False: the incident has no page. */
export async function orderPager(
  tx: LedgerTransaction,
  newId: NewId,
  { incidentId, by, order }: Request & { order: PagerOrder['order'] },
): Promise<boolean> {
  if ((await tx.pagesOf(incidentId)).length === 0) return false;
  const id = newId('order');
  await tx.insertOrder({ id, incidentId, order, requestedBy: by, state: 'waiting' });
  // A note that waits does not hold up an escalation.
  const serial = `pager-${order.kind === 'note' ? 'note' : 'call'}:${incidentId}`;
  await tx.enqueue({ kind: 'order-pager', subject: id, lane: order.kind === 'note' ? 'chatter' : 'status', serial });
  return true;
}

/** Puts plain text on the incident's pages; `<@U…>` in it becomes a name. False: the incident has no page. */
export async function noteToPager(
  tx: LedgerTransaction,
  newId: NewId,
  { text, ...request }: Request & { text: string },
): Promise<boolean> {
  return orderPager(tx, newId, { ...request, order: { kind: 'note', text: text.trim().slice(0, noteMax) } });
}

export function createOrderPager(parts: {
  ledger: Ledger;
  /** Absent: PagerDuty is not configured. */
  pager: Pager | undefined;
  directory: Pick<Directory, 'member'>;
  senderOf: SenderOf;
  newId: NewId;
  clock: Clock;
  log: Log;
}): Handler {
  const { ledger, pager, directory, senderOf, newId, clock, log } = parts;

  /** In PagerDuty a Slack id says nothing; one that cannot be looked up stays. */
  async function named(text: string): Promise<string> {
    const ids = new Set([...text.matchAll(/<@([UW][A-Z0-9]{2,30})>/g)].map((match) => match[1] ?? ''));
    let shown = text;
    for (const id of ids) {
      const member = await directory.member(id).catch(() => undefined);
      shown = shown.replaceAll(`<@${id}>`, () => member?.name ?? id);
    }
    return shown;
  }

  async function settle(order: PagerOrder, pages: readonly Page[], ageMs: number, service: string): Promise<Done> {
    if (!pager) return { kind: 'refused', text: 'PagerDuty is not configured, so nothing was done there.' };
    if (ageMs > (order.order.kind === 'note' ? noteLifetimeMs : callLifetimeMs)) {
      const text = 'PagerDuty could not be reached in time, so nothing more is tried. Ask again if it is still wanted.';
      return { kind: 'refused', text };
    }
    const targets = targetsOf(order, pages);
    if (targets.length === 0) {
      return { kind: 'refused', text: 'Nothing of this incident is open in PagerDuty any more, so nobody was called.' };
    }
    const from = await senderOf(service, order.requestedBy);
    const writing: Writing = { pager, clock, ...(from === undefined ? {} : { from }) };
    const wanted =
      order.order.kind === 'note'
        ? { ...order.order, text: await named(order.order.text), key: noteKey(order.id) }
        : order.order;
    return fulfil(
      writing,
      wanted,
      targets.map(({ id }) => id),
    );
  }

  return async (work) => {
    const { order, incident, pages, ageMs } = await ledger.transaction(async (tx) => {
      const order = await tx.order(work.subject);
      invariant(order, 'work names an order that exists');
      const incident = await tx.incident(order.incidentId);
      invariant(incident, 'an order is of an incident that exists');
      const ageMs = (await tx.now()).getTime() - order.requestedAt.getTime();
      return { order, incident, pages: await tx.pagesOf(incident.id), ageMs };
    });
    if (order.state !== 'waiting') return async () => undefined;
    const done = await settle(order, pages, ageMs, incident.service);
    log.info({ orderId: order.id, kind: order.order.kind, result: done.kind }, 'order to PagerDuty ended');

    return async (tx) => {
      const about = { incidentId: incident.id, actor: order.requestedBy };
      if (done.kind === 'refused') {
        await tx.updateOrder(order.id, { state: 'refused', reason: done.text });
        const data = { order: order.id, kind: order.order.kind, reason: done.text };
        await tx.journal({ ...about, kind: 'pager.refused', data });
      } else {
        await tx.updateOrder(order.id, { state: 'done' });
        await tx.journal({ ...about, kind: journalKinds[order.order.kind], data: { order: order.id, ...done.facts } });
      }
      const told = done.kind === 'refused' ? `PagerDuty: ${done.text}` : saidOf(order, done.refused);
      if (told && incident.channel && order.requestedBy !== 'firebreak')
        await notice(tx, newId, incident.channel, told);
      await tx.touchMessage(messageKey.incident(incident.id), 'chatter');
    };
  };
}

const journalKinds = {
  note: 'pager.noted',
  escalate: 'pager.escalated',
  reassign: 'pager.reassigned',
} satisfies Record<PagerOrder['order']['kind'], string>;

/** The newest open pages; a note may also stand on a page that is over, so it goes to the newest when none is open. */
function targetsOf({ order }: PagerOrder, pages: readonly Page[]): readonly Page[] {
  const newestFirst = pages.toReversed();
  const open = newestFirst.filter(({ status }) => status !== 'resolved').slice(0, pagesMax);
  return open.length === 0 && order.kind === 'note' ? newestFirst.slice(0, 1) : open;
}

/** For the channel; a note was asked for in words that everybody saw. `refused`: what some of its pages did not take. */
function saidOf({ order }: PagerOrder, refused: string | undefined): string | undefined {
  const but = refused === undefined ? '' : ` Not all of its pages: ${refused}`;
  switch (order.kind) {
    case 'escalate':
      return `PagerDuty: escalated to level ${order.level}.${but}`;
    case 'reassign':
      return `PagerDuty: reassigned; the incident’s card shows to whom.${but}`;
    case 'note':
      return refused === undefined ? undefined : `PagerDuty: the note was added.${but}`;
    default:
      return order satisfies never;
  }
}
