/**
 * Takes away what nobody needs any more, oldest first, in small transactions. The journal is never touched, and an
 * incident keeps its own row and its pages: a page that is reopened has to find it. It also keeps the alerts that still
 * fire: their next repeat would be news otherwise, and reopen it.
 *
 *   done work ........................ after a day, failed work with the deliveries
 *   deliveries ....................... after 30 days: PagerDuty sends again for 48 hours, Slack for an hour
 *   unmatched alerts ................. 30 days after they were resolved, and so what came for an incident without details
 *   notes of pages that are not ours . 30 days after they were written
 *   who opened the App Home .......... 30 days after the last time
 *   an incident's details ............ `days` after it was resolved: alerts, notes, postings, readings, plans, votes,
 *                                      runs, attempts, captures, messages, orders. What was decided and done stays in the journal.
 *   postings outside of incidents .... `days` after they were posted
 */
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Pruned } from '../../flow/ledger.ts';
import type { Database } from './connection.ts';
import type { Schema } from './schema.ts';

/** Rows of one statement. */
const batchSize = 1_000;
/** Incidents of one transaction, each with all of its details. */
const incidentsAtOnce = 20;
/** Transactions of one kind in one call; the next call goes on. */
const roundsMax = 50;

const workDays = 1;
const deliveryDays = 30;

const ago = (days: number): RawBuilder<Date> => sql<Date>`clock_timestamp() - make_interval(days => ${days})`;

export async function prune(db: Database, keep: { readonly days: number }): Promise<Pruned> {
  const simple = (statement: RawBuilder<unknown>): (() => Promise<number>) => {
    return async () => Number((await statement.execute(db)).numAffectedRows ?? 0n);
  };
  return {
    work: await inRounds(
      simple(sql`delete from work where id in (
        select id from work where done_at < ${ago(workDays)} or failed_at < ${ago(deliveryDays)} limit ${batchSize})`),
    ),
    deliveries: await inRounds(
      // The oldest ids are the oldest rows, near enough: nothing behind them need be read.
      simple(sql`delete from delivery where received_at < ${ago(deliveryDays)}
        and id in (select id from delivery order by id limit ${batchSize})`),
    ),
    alerts: await inRounds(
      simple(sql`delete from alert where ctid in (
        select ctid from alert
        where status = 'resolved' and coalesce(ends_at, starts_at) < ${ago(deliveryDays)}
          and (incident_id is null or incident_id in (select id from incident where pruned_at is not null))
        limit ${batchSize})`),
    ),
    notes: await inRounds(
      // A note may come before its page, so it is kept for a while.
      simple(sql`delete from page_note where id in (
        select id from page_note where at < ${ago(deliveryDays)}
          and not exists (select 1 from page where page.id = page_note.page_id)
        limit ${batchSize})`),
    ),
    viewers: await inRounds(
      simple(sql`delete from home_viewer where slack_user in (
        select slack_user from home_viewer where opened_at < ${ago(deliveryDays)} limit ${batchSize})`),
    ),
    incidents: await inRounds(() => db.transaction().execute((tx) => pruneIncidents(tx, keep.days)), incidentsAtOnce),
    postings: await inRounds(() => db.transaction().execute((tx) => pruneLoosePostings(tx, keep.days))),
    runbooks: await inRounds(
      simple(sql`delete from runbook where saved_at < ${ago(keep.days)} and digest in (
        select digest from runbook where not exists (select 1 from posting where runbook_digest = runbook.digest)
        limit ${batchSize})`),
    ),
  };
}

/** Until a round is not full any more. */
async function inRounds(round: () => Promise<number>, full = batchSize): Promise<number> {
  let total = 0;
  for (let count = 0; count < roundsMax; count++) {
    const taken = await round();
    total += taken;
    if (taken < full) break;
  }
  return total;
}

/** Those with a run that has not ended are left: there is none that old unless something is badly wrong. */
async function pruneIncidents(tx: Transaction<Schema>, days: number): Promise<number> {
  const { rows } = await sql<{ id: string }>`
    select id from incident
    where state = 'resolved' and pruned_at is null and resolved_at < ${ago(days)}
      and not exists (select 1 from plan join run on run.plan_id = plan.id
                      where plan.incident_id = incident.id and run.outcome is null)
    order by resolved_at limit ${incidentsAtOnce} for update skip locked`.execute(tx);
  if (rows.length === 0) return 0;
  const ids = rows.map(({ id }) => id);
  const postings = await sql<{ id: string }>`select id from posting where incident_id = any(${ids})`.execute(tx);
  await prunePostings(
    tx,
    postings.rows.map(({ id }) => id),
  );
  await sql`delete from alert where incident_id = any(${ids}) and status <> 'firing'`.execute(tx);
  // Else they would be shown again when the incident is reopened.
  await sql`delete from page_note where page_id in (select id from page where incident_id = any(${ids}))`.execute(tx);
  await sql`delete from pager_order where incident_id = any(${ids})`.execute(tx);
  // A channel is one incident's own, also one that it has left.
  await sql`delete from message where channel in (
    select channel from incident where id = any(${ids})
    union all select data->>'channel' from journal where incident_id = any(${ids}) and kind = 'incident.channel')`.execute(
    tx,
  );
  await sql`update incident set pruned_at = clock_timestamp() where id = any(${ids})`.execute(tx);
  return rows.length;
}

async function pruneLoosePostings(tx: Transaction<Schema>, days: number): Promise<number> {
  const { rows } = await sql<{ id: string }>`
    select posting.id from posting join message on message.key = 'posting:' || posting.id
    where posting.incident_id is null and message.created_at < ${ago(days)} limit ${batchSize}`.execute(tx);
  await prunePostings(
    tx,
    rows.map(({ id }) => id),
  );
  return rows.length;
}

async function prunePostings(tx: Transaction<Schema>, postings: readonly string[]): Promise<void> {
  if (postings.length === 0) return;
  const proposals = sql`select id from proposal where posting_id = any(${postings})`;
  const plans = sql`select id from plan where proposal_id in (${proposals})`;
  const runs = sql`select id from run where plan_id in (${plans})`;
  const keys = sql`
    select 'posting:' || p.id as key from unnest(${postings}::text[]) as p (id)
    union all select 'proposal:' || id from proposal where posting_id = any(${postings})
    union all select 'reading:' || id from reading where posting_id = any(${postings})
    union all select 'run:' || id from run where plan_id in (${plans})
    union all select 'captures:' || id from run where plan_id in (${plans})`;
  await sql`delete from message where key in (${keys})`.execute(tx);
  await sql`delete from message where kind = 'step' and split_part(subject, '/', 1) = any(${postings})`.execute(tx);
  await sql`delete from attempt where run_id in (${runs})`.execute(tx);
  await sql`delete from capture where run_id in (${runs})`.execute(tx);
  await sql`delete from run where plan_id in (${plans})`.execute(tx);
  await sql`delete from vote where plan_id in (${plans})`.execute(tx);
  await sql`delete from plan where proposal_id in (${proposals})`.execute(tx);
  await sql`delete from proposal where posting_id = any(${postings})`.execute(tx);
  await sql`delete from reading where posting_id = any(${postings})`.execute(tx);
  await sql`delete from posting where id = any(${postings})`.execute(tx);
}
