/**
 * The journal: rows that transactions append, and the seals that chain them.
 *
 * A transaction only inserts its row, so that no commit waits for another. One sealer at a time (an advisory lock)
 * takes what `journal_pending` lists, numbers it and adds a hash over the row and the seal before it. The order of
 * seals is therefore the order in which the sealer saw the rows; within a batch it is the order of their ids.
 */
import { sql, type Transaction } from 'kysely';
import { invariant } from '../../domain/errors.ts';
import type { LedgerTransaction } from '../../flow/ledger.ts';
import type { Log } from '../../flow/ports.ts';
import { repeat } from '../../flow/repeat.ts';
import { withoutNulls } from './absent.ts';
import type { Database } from './connection.ts';
import { toOperationError } from './errors.ts';
import { genesis, type SealedRow, sealedColumns, sealHash } from './journal-seal.ts';
import type { Schema } from './schema.ts';
import type { Scope } from './transaction.ts';

export const journal = ({ db, pending }: Scope) =>
  ({
    async journal({ data, ...entry }) {
      await db
        .insertInto('journal')
        .values({ ...entry, data: JSON.stringify(data) })
        .execute();
      pending.committed.journaled.push(entry.kind);
    },
    async timeline(incidentId, limit) {
      const rows = await entriesOf(db, incidentId).orderBy('id').limit(limit).execute();
      return rows.map(toEntry);
    },
    async newestEntry(incidentId, kind) {
      const newest = entriesOf(db, incidentId).where('kind', '=', kind).orderBy('id', 'desc').limit(1);
      const row = await newest.executeTakeFirst();
      return row && toEntry(row);
    },
    async newestEntries(incidentId, kind, limit) {
      const newest = entriesOf(db, incidentId).where('kind', '=', kind).orderBy('id', 'desc').limit(limit);
      return (await newest.execute()).map(toEntry);
    },
  }) satisfies Partial<LedgerTransaction>;

const entriesOf = (db: Scope['db'], incidentId: string) =>
  db
    .selectFrom('journal')
    // As text, because a JSON null would otherwise look like SQL's.
    .select(['at', 'kind', 'incidentId', 'planId', 'actor', sql<string>`data::text`.as('text')])
    .where('incidentId', '=', incidentId);

function toEntry<T extends { text: string; incidentId: string | null; planId: string | null }>({ text, ...row }: T) {
  return { ...withoutNulls(row), data: JSON.parse(text) };
}

/** Rows in one transaction. */
const batchSize = 1_000;

export type JournalHead = { readonly seq: number; readonly hash: string };

/**
 * Seals everything that is committed now; 0 when there is nothing, or when another process is at it.
 * `head` is the last seal that was written here.
 */
export async function sealJournal(db: Database): Promise<{ readonly sealed: number; readonly head?: JournalHead }> {
  let sealed = 0;
  let head: JournalHead | undefined;
  try {
    // Twice a second and mostly in vain: one question without a transaction.
    const waits = await sql<{ waits: boolean }>`select exists (select from journal_pending) as waits`.execute(db);
    if (!waits.rows[0]?.waits) return { sealed: 0 };
    for (let after = '0'; ; ) {
      const batch = await db.transaction().execute((tx) => sealBatch(tx, after));
      sealed += batch.sealed;
      head = batch.head ?? head;
      after = batch.last ?? after;
      if (batch.sealed < batchSize) return { sealed, ...(head && { head }) };
    }
  } catch (error) {
    throw toOperationError(error);
  }
}

/**
 * Seals the next rows with ids above `after`. A call of `sealJournal` goes on where its last batch ended, because the
 * entries that it has just deleted still lie in the index until the next vacuum; what comes late below is for its next call.
 */
async function sealBatch(
  tx: Transaction<Schema>,
  after: string,
): Promise<{ sealed: number; head?: JournalHead; last?: string }> {
  const lock = await sql<{ ours: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended('journal:sealer', 0)) as ours`.execute(tx);
  if (!lock.rows[0]?.ours) return { sealed: 0 };
  const waiting = await sql<{ id: string }>`
    select journal_id::text as id from journal_pending where journal_id > ${after}::bigint
    order by journal_id limit ${batchSize}`.execute(tx);
  if (waiting.rows.length === 0) return { sealed: 0 };
  // Apart from the list, so that no plan made on old statistics reads the whole journal for a handful of rows.
  const ids = waiting.rows.map(({ id }) => id);
  const { rows } = await sql<SealedRow>`
    select ${sealedColumns} from journal where journal.id = any(${ids}::bigint[]) order by journal.id`.execute(tx);
  invariant(rows.length === ids.length, 'Journal rows that wait for their seal are gone.');

  const last = await tx.selectFrom('journalSeal').select(['seq', 'hash']).orderBy('seq', 'desc').limit(1).execute();
  let seq = Number(last[0]?.seq ?? 0);
  let previous = last[0]?.hash ?? genesis;
  const seals = rows.map((row) => {
    const seal = { seq: ++seq, journalId: row.id, previous, hash: sealHash(seq, previous, row) };
    previous = seal.hash;
    return seal;
  });
  await sql`
    insert into journal_seal (seq, journal_id, previous, hash)
    select * from unnest(
      ${seals.map((seal) => seal.seq)}::bigint[], ${seals.map((seal) => seal.journalId)}::bigint[],
      ${seals.map((seal) => seal.previous)}::text[], ${seals.map((seal) => seal.hash)}::text[])`.execute(tx);
  await sql`delete from journal_pending where journal_id = any(${ids}::bigint[])`.execute(tx);
  return { sealed: rows.length, head: { seq, hash: previous }, last: rows.at(-1)?.id ?? after };
}

/** The head's hash is logged at most this often: kept elsewhere, it proves later that nothing before it was changed. */
const headEveryMs = 3_600_000;

/** Seals every `intervalMs` in every process; one of them at a time does it. `stop` seals what is left. */
export function startSealer({
  db,
  log,
  intervalMs,
}: {
  db: Database;
  log: Log;
  intervalMs: number;
}): () => Promise<void> {
  let failing = false;
  let headLoggedAt = -Infinity;

  const seal = async (): Promise<void> => {
    try {
      const { head } = await sealJournal(db);
      if (failing) log.info({}, 'the journal is sealed again');
      failing = false;
      if (head && performance.now() - headLoggedAt >= headEveryMs) {
        headLoggedAt = performance.now();
        log.info({ seq: head.seq, hash: head.hash }, 'the journal is sealed up to here');
      }
    } catch (err) {
      if (!failing) log.warn({ err }, 'the journal cannot be sealed; it is tried again');
      failing = true;
    }
  };
  const stop = repeat(seal, intervalMs);

  return async () => {
    await stop();
    await seal();
  };
}
