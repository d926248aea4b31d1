/**
 * Work rows. Three promises that have to hold while many transactions write at once:
 *
 * - One claimer: a claim is one UPDATE whose conditions are checked again under the row's lock.
 * - Serial: ids are handed out under an advisory lock of the serial that is held until the commit, so within a serial
 *   a row that can be seen has no older one that cannot. A claim then only has to look for older rows that are not
 *   done. Whoever ends a row of a serial takes the same lock, so either it sees the next one and offers it, or the
 *   next one is committed after and is free at once.
 * - Coalesced: the waiting row is locked until the commit (ON CONFLICT DO UPDATE), so nobody can claim it, see the
 *   state before this transaction, and be done before this transaction's change is there to be seen.
 */
import { randomUUID } from 'node:crypto';
import { type Kysely, sql, type Transaction } from 'kysely';
import { OperationError } from '../../domain/errors.ts';
import type { Lane, NewWork, Work } from '../../domain/work.ts';
import type { Ledger, LedgerTransaction } from '../../flow/ledger.ts';
import type { Schema } from './schema.ts';
import type { Offer, Scope } from './transaction.ts';

/** Most urgent first. */
const lanes: readonly Lane[] = ['decision', 'status', 'chatter'];

export const urgentLane = (one: Lane, other: Lane | undefined): Lane =>
  other && lanes.indexOf(other) < lanes.indexOf(one) ? other : one;

const interval = (ms: number) => sql<Date>`clock_timestamp() + ${ms}::float8 * interval '1 millisecond'`;
/** Milliseconds from now until the row is due; 0 when it is. */
const delay = sql<number>`greatest(0, ceil(extract(epoch from due_at - clock_timestamp()) * 1000))::float8`;
const laneOrder = sql<number>`array_position(${[...lanes]}::text[], lane)`;
/** The oldest of its serial that is neither done nor failed, or of no serial. */
const first = sql<boolean>`(work.serial is null or not exists (
  select from work as older
  where older.serial = work.serial and older.id < work.id and older.done_at is null and older.failed_at is null))`;
const unclaimed = sql<boolean>`(claimed_until is null or claimed_until <= clock_timestamp())`;

/** The same, asked for while this one was claimed, and waiting. */
const another = sql<boolean>`exists (
  select from work as other
  where other.kind = work.kind and other.subject = work.subject and other.id <> work.id and other.coalesces
    and other.claimed_by is null and other.done_at is null and other.failed_at is null)`;
const isMoreUrgent = sql<boolean>`array_position(${[...lanes]}::text[], excluded.lane)
  < array_position(${[...lanes]}::text[], work.lane)`;
const serialName = (serial: string): string => `serial:${serial}`;
const waitingName = ({ kind, subject }: Pick<NewWork, 'kind' | 'subject'>): string => `waiting:${kind}:${subject}`;

/** Ids come back from a queue that anybody with access to Redis can write to. */
const isId = (id: string): boolean => /^[1-9][0-9]{0,17}$/.test(id);

export const workClaims = (db: Kysely<Schema>) =>
  ({
    async claimWork(id, leaseMs) {
      if (!isId(id)) return undefined;
      const claim = randomUUID();
      const row = await db
        .updateTable('work')
        .set((of) => ({ claimedBy: claim, claimedUntil: interval(leaseMs), attempts: of('attempts', '+', 1) }))
        .where('id', '=', id)
        .where('doneAt', 'is', null)
        .where('failedAt', 'is', null)
        .where('dueAt', '<=', sql<Date>`clock_timestamp()`)
        .where(unclaimed)
        .where(first)
        .returning(['id', 'kind', 'subject', 'lane', 'attempts'])
        .executeTakeFirst();
      return row && { ...row, claim };
    },

    async renewWork(work, leaseMs) {
      const result = await db
        .updateTable('work')
        .set({ claimedUntil: interval(leaseMs) })
        .where('id', '=', work.id)
        .where('claimedBy', '=', work.claim)
        .where('doneAt', 'is', null)
        .where('failedAt', 'is', null)
        .executeTakeFirst();
      return result.numUpdatedRows === 1n;
    },

    /** Rows that wait for an older one of their serial are left out: they cannot be claimed yet. */
    dueWork: (limit) =>
      db
        .selectFrom('work')
        .select(['id', 'lane'])
        .where('doneAt', 'is', null)
        .where('failedAt', 'is', null)
        .where('dueAt', '<=', sql<Date>`clock_timestamp()`)
        .where(unclaimed)
        .where(first)
        .orderBy(laneOrder)
        .orderBy('dueAt')
        .orderBy('id')
        .limit(limit)
        .execute(),

    /** One entry for each lane, also when nothing is due in it. */
    async backlog() {
      const { rows } = await sql<{ lane: Lane; due: number; oldestMs: number }>`
        select lane, count(*)::int as due,
               floor(extract(epoch from clock_timestamp() - min(due_at)) * 1000)::float8 as oldest_ms
        from work
        where done_at is null and failed_at is null and due_at <= clock_timestamp() and ${unclaimed}
        group by lane`.execute(db);
      return lanes.map((lane) => rows.find((row) => row.lane === lane) ?? { lane, due: 0, oldestMs: 0 });
    },

    /** Of each lane; what waits for its turn is not due, and counts here all the same. */
    async outbox() {
      const { rows } = await sql<{ lane: Lane; waiting: number; oldestMs: number }>`
        select lane, count(*)::int as waiting,
               floor(extract(epoch from clock_timestamp() - min(created_at)) * 1000)::float8 as oldest_ms
        from work
        where kind = 'publish' and done_at is null and failed_at is null
        group by lane`.execute(db);
      return lanes.map((lane) => rows.find((row) => row.lane === lane) ?? { lane, waiting: 0, oldestMs: 0 });
    },
  }) satisfies Partial<Ledger>;

const leaseLost = ({ id, kind }: Work): OperationError =>
  new OperationError('lease-lost', `The lease on work ${id} (${kind}) was lost.`, { retryable: true });

export const work = ({ db, pending }: Scope) => {
  const held = (claimed: Work) =>
    db
      .updateTable('work')
      .where('id', '=', claimed.id)
      .where('claimedBy', '=', claimed.claim)
      .where('doneAt', 'is', null)
      .where('failedAt', 'is', null)
      .returning('serial');
  const given = (claimed: Work, row: { serial: string | null } | undefined) => {
    if (!row) throw leaseLost(claimed);
    if (row.serial !== null) pending.serials.add(row.serial);
  };
  const clock = sql<Date>`clock_timestamp()`;
  const end = { claimedBy: null, claimedUntil: null };

  return {
    /** Written when the transaction ends, see `Pending`. */
    async enqueue(news) {
      pending.enqueued.push(news);
    },
    async holdWork(claimed) {
      const row = await db
        .selectFrom('work')
        .select('id')
        .where('id', '=', claimed.id)
        .where('claimedBy', '=', claimed.claim)
        .where('doneAt', 'is', null)
        .where('failedAt', 'is', null)
        .forUpdate()
        .executeTakeFirst();
      if (!row) throw leaseLost(claimed);
    },
    async completeWork(claimed) {
      given(
        claimed,
        await held(claimed)
          .set({ ...end, doneAt: clock, error: null })
          .executeTakeFirst(),
      );
    },
    /** Without an error it is polling, which may go on for ever: the attempts are counted anew. */
    async postponeWork(claimed, delayMs, error) {
      const row = await held(claimed)
        .set({
          ...end,
          dueAt: interval(delayMs),
          error: error ?? null,
          ...(error === undefined && { attempts: 0 }),
          // While it ran, the same may have been asked for again; then that one is the one that waits.
          coalesces: sql<boolean>`coalesces and not ${another}`,
        })
        .executeTakeFirst();
      given(claimed, row);
      if (row?.serial === null) pending.offers.push({ id: claimed.id, lane: claimed.lane, delayMs });
    },
    /** When the same was asked for again while it ran, that one does it all, in its own lane: this one is done. */
    async deferWork(claimed, delayMs, reason) {
      const { serial } =
        (await db.selectFrom('work').select('serial').where('id', '=', claimed.id).executeTakeFirst()) ?? {};
      // Held before looking for another one, so that none comes into being unseen.
      await lockNames(db, [...(serial ? [serialName(serial)] : []), waitingName(claimed)]);
      const row = await held(claimed)
        .set({
          ...end,
          dueAt: interval(delayMs),
          error: reason,
          attempts: sql<number>`greatest(attempts - 1, 0)`,
          doneAt: sql<Date | null>`case when coalesces and ${another} then clock_timestamp() end`,
        })
        .returning('doneAt')
        .executeTakeFirst();
      given(claimed, row);
      if (row?.serial === null && row.doneAt === null) {
        pending.offers.push({ id: claimed.id, lane: claimed.lane, delayMs });
      }
    },
    async failWork(claimed, error) {
      given(
        claimed,
        await held(claimed)
          .set({ ...end, failedAt: clock, error })
          .executeTakeFirst(),
      );
    },
  } satisfies Partial<LedgerTransaction>;
};

/** Writes what was enqueued and gives everything that the queue should be told after the commit. */
export async function writeWork(
  db: Transaction<Schema>,
  enqueued: readonly NewWork[],
  ended: ReadonlySet<string>,
): Promise<readonly Offer[]> {
  const news = coalesced(enqueued);
  await lockNames(db, [
    ...[...ended, ...news.flatMap(({ serial }) => serial ?? [])].map(serialName),
    ...news.filter(({ coalesce }) => coalesce).map(waitingName),
  ]);
  return [...(await insertWork(db, news)), ...(await nextOf(db, ended))];
}

/** One statement may touch a row once: of the same coalescing work the earliest and most urgent is kept. */
function coalesced(enqueued: readonly NewWork[]): readonly NewWork[] {
  const kept = new Map<string, NewWork>();
  for (const [index, news] of enqueued.entries()) {
    const name = news.coalesce ? `${news.kind}:${news.subject}` : `#${index}`;
    const known = kept.get(name);
    kept.set(
      name,
      known
        ? {
            ...known,
            lane: urgentLane(known.lane, news.lane),
            delayMs: Math.min(known.delayMs ?? 0, news.delayMs ?? 0),
          }
        : news,
    );
  }
  return [...kept.values()];
}

/** Held until the transaction ends; always taken in the same order. */
export async function lockNames(db: Transaction<Schema>, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await sql`
    select pg_advisory_xact_lock(key)
    from (select distinct hashtextextended(name, 0) as key from unnest(${[...names]}::text[]) as name order by 1) as keys
  `.execute(db);
}

/** As lockNames, but beside others that share it. */
export async function shareName(db: Transaction<Schema>, name: string): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(hashtextextended(${name}, 0))`.execute(db);
}

/** What deferWork left (a reason, and no attempt) keeps its turn. */
async function insertWork(db: Transaction<Schema>, news: readonly NewWork[]): Promise<readonly Offer[]> {
  if (news.length === 0) return [];
  const column = <T>(of: (work: NewWork) => T): T[] => news.map(of);
  const { rows } = await sql<{ id: string; lane: Lane; delayMs: number }>`
    insert into work (kind, subject, lane, serial, coalesces, due_at)
    select kind, subject, lane, serial, coalesces, clock_timestamp() + delay_ms * interval '1 millisecond'
    from unnest(
      ${column(({ kind }) => kind)}::text[],
      ${column(({ subject }) => subject)}::text[],
      ${column(({ lane }) => lane)}::text[],
      ${column(({ serial }) => serial ?? null)}::text[],
      ${column(({ coalesce }) => coalesce ?? false)}::boolean[],
      ${column(({ delayMs }) => delayMs ?? 0)}::float8[]
    ) with ordinality as news (kind, subject, lane, serial, coalesces, delay_ms, place)
    order by place
    on conflict (kind, subject)
      where coalesces and claimed_by is null and done_at is null and failed_at is null
    do update set
      due_at = case when work.attempts = 0 and work.error is not null and not ${isMoreUrgent}
                    then work.due_at else least(work.due_at, excluded.due_at) end,
      lane = case when ${isMoreUrgent} then excluded.lane else work.lane end
    returning id, lane, ${delay} as delay_ms`.execute(db);
  return rows.map(toOffer);
}

async function nextOf(db: Transaction<Schema>, serials: ReadonlySet<string>): Promise<readonly Offer[]> {
  if (serials.size === 0) return [];
  const { rows } = await sql<{ id: string; lane: Lane; delayMs: number }>`
    select distinct on (serial) id, lane, ${delay} as delay_ms
    from work
    where serial = any(${[...serials]}::text[]) and done_at is null and failed_at is null
    order by serial, id`.execute(db);
  return rows.map(toOffer);
}

const toOffer = ({ id, lane, delayMs }: { id: string; lane: Lane; delayMs: number }): Offer =>
  delayMs > 0 ? { id, lane, delayMs } : { id, lane };
