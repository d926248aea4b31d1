/**
 * People take or resolve the incident in the chat, and its pages in PagerDuty follow: a page is read, and only then
 * told what it is not yet. A late acknowledge would reopen a resolved page, so none is sent to one; nothing here ever
 * reopens. Handles `sync-pager`.
 */
import { z } from 'zod';
import { OperationError, describeError, invariant } from '../../domain/errors.ts';
import type { Ledger, LedgerTransaction } from '../ledger.ts';
import type { Clock, Log, NewId, Pager } from '../ports.ts';
import { notice } from '../post-runbook.ts';
import { type Followed, setStatusOnce } from './pager-requests.ts';
import type { SenderOf } from './pager-sender.ts';
import type { Handler } from '../work.ts';

const Asked = z.object({ to: z.enum(['acknowledged', 'resolved']) });
type Wanted = z.infer<typeof Asked>['to'];

/**
 * Has the incident's pages follow the state that somebody just gave it. Call it in the transaction of that change,
 * after `updateIncident`. `by` is a Slack user id. Does nothing when the incident has no open page.
 */
export async function askPager(tx: LedgerTransaction, incidentId: string, by: string): Promise<void> {
  const state = (await tx.incident(incidentId))?.state;
  if (state !== 'acknowledged' && state !== 'resolved') return;
  if (!(await tx.pagesOf(incidentId)).some(({ status }) => status !== 'resolved')) return;
  await tx.journal({ kind: 'pager.asked', incidentId, actor: by, data: { to: state } });
  await tx.enqueue({
    kind: 'sync-pager',
    subject: incidentId,
    lane: 'status',
    serial: `pager:${incidentId}`,
    coalesce: true,
  });
}

export function createSyncPager(parts: {
  ledger: Ledger;
  /** Absent: PagerDuty is not configured. */
  pager: Pager | undefined;
  senderOf: SenderOf;
  newId: NewId;
  clock: Clock;
  log: Log;
}): Handler {
  const { ledger, pager, senderOf, newId, clock, log } = parts;

  async function load(incidentId: string) {
    return ledger.transaction(async (tx) => {
      const incident = await tx.incident(incidentId);
      invariant(incident, 'work names an incident that exists');
      const asked = await tx.newestEntry(incidentId, 'pager.asked');
      const to = asked && Asked.safeParse(asked.data).data?.to;
      // What is resolved stays so: when PagerDuty reopened it since, that is the newer word.
      const open = (await tx.pagesOf(incidentId)).filter(({ status }) => status !== 'resolved');
      return { incident, asked, to, pages: open };
    });
  }

  const isStill = async (incidentId: string, to: Wanted): Promise<boolean> =>
    (await ledger.transaction((tx) => tx.incident(incidentId)))?.state === to;

  return async (work) => {
    const { incident, asked, to, pages } = await load(work.subject);
    if (!asked || to === undefined || incident.state !== to) return async () => undefined;
    if (!pager) {
      log.warn({ incidentId: incident.id }, 'PagerDuty is not configured; a page keeps its state');
      return async () => undefined;
    }
    const from = await senderOf(incident.service, asked.actor);
    const writing = { pager, clock, ...(from === undefined ? {} : { from }) };
    const results: { page: string; result: Followed }[] = [];
    try {
      for (const { id } of pages) {
        // PagerDuty may have said something newer since.
        if (!(await isStill(incident.id, to))) break;
        results.push({ page: id, result: await setStatusOnce(writing, id, to) });
      }
    } catch (error) {
      if (!(error instanceof OperationError) || error.retryable) {
        await record(results);
        throw error;
      }
      log.warn({ incidentId: incident.id, why: error.message }, 'PagerDuty refused to follow the incident');
      return async (tx) => {
        await journalAll(tx, results);
        const data = { to, reason: describeError(error) };
        await tx.journal({ kind: 'pager.refused', incidentId: incident.id, actor: asked.actor, data });
        const text = `PagerDuty does not follow: its page could not be ${to}. ${describeError(error)} Do it in PagerDuty.`;
        if (incident.channel) await notice(tx, newId, incident.channel, text);
      };
    }
    log.info({ incidentId: incident.id, to, results }, 'pages follow the incident');
    return (tx) => journalAll(tx, results);

    /** What was done is not forgotten because what came after it failed. */
    async function record(done: typeof results): Promise<void> {
      const changed = done.filter(({ result }) => result === 'changed');
      if (changed.length > 0) await ledger.transaction((tx) => journalAll(tx, changed));
    }

    async function journalAll(tx: LedgerTransaction, done: typeof results): Promise<void> {
      for (const { page, result } of done) {
        const kind = result === 'changed' || result === 'already' ? `pager.${to}` : 'pager.left';
        await tx.journal({ kind, incidentId: incident.id, actor: asked?.actor ?? 'firebreak', data: { page, result } });
      }
    }
  };
}
