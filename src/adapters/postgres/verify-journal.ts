import { sql } from 'kysely';
import type { Database } from './connection.ts';
import { toOperationError } from './errors.ts';
import type { JournalHead } from './journal.ts';
import { genesis, type SealedRow, sealedColumns, sealHash } from './journal-seal.ts';

export type JournalReport = {
  /** Every seal is in its place and fits its row. Rows that wait for their seal do not spoil it. */
  readonly ok: boolean;
  readonly sealed: number;
  /** More than a second's worth means that no sealer runs, or that somebody keeps rows from it. */
  readonly unsealed: number;
  /** The last seal. Compare it with one noted earlier: a shortened journal fits in itself. */
  readonly head?: JournalHead;
  readonly firstBreak?: { readonly seq: number; readonly journalId: string; readonly text: string };
};

const pageSize = 5_000;

type Seal = { readonly seq: string; readonly journalId: string; readonly previous: string; readonly hash: string };
/** A left join: no row, no id. */
type Page = { [K in keyof SealedRow]: SealedRow[K] | null } & Seal;

/**
 * Goes through the whole chain in one consistent snapshot, a page at a time, and stops at the first break.
 * `onProgress` hears how many seals were checked, after each page.
 */
export async function verifyJournal(
  db: Database,
  { onProgress }: { onProgress?: (checked: number) => void } = {},
): Promise<JournalReport> {
  try {
    return await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(async (tx) => {
        const { rows: counts } = await sql<{ rows: string; seals: string }>`
          select (select count(*) from journal) as rows, (select count(*) from journal_seal) as seals`.execute(tx);
        const sealed = Number(counts[0]?.seals);
        const unsealed = Number(counts[0]?.rows) - sealed;
        let head: JournalHead = { seq: 0, hash: genesis };
        const known = () => ({ sealed, unsealed, ...(head.seq > 0 && { head }) });
        for (;;) {
          const { rows } = await sql<Page>`
            select journal_seal.seq, journal_seal.journal_id, journal_seal.previous, journal_seal.hash, ${sealedColumns}
            from journal_seal left join journal on journal.id = journal_seal.journal_id
            where journal_seal.seq > ${head.seq} order by journal_seal.seq limit ${pageSize}`.execute(tx);
          for (const row of rows) {
            const text = breakIn(row, head);
            if (text) {
              return { ok: false, ...known(), firstBreak: { seq: Number(row.seq), journalId: row.journalId, text } };
            }
            head = { seq: head.seq + 1, hash: row.hash };
          }
          onProgress?.(head.seq);
          if (rows.length < pageSize) return { ok: true, ...known() };
        }
      });
  } catch (error) {
    throw toOperationError(error);
  }
}

/** What is wrong with a seal that should follow `head`, for people. */
function breakIn(page: Page, head: JournalHead): string | undefined {
  const { seq, journalId, previous, hash, ...row } = page;
  if (Number(seq) !== head.seq + 1) return `Seal ${head.seq + 1} is missing.`;
  if (previous !== head.hash) return `Seal ${seq} does not follow the seal before it.`;
  if (row.id === null) return `Journal row ${journalId}, which seal ${seq} covers, is gone.`;
  // With an id the row is there, and its columns are what the table's constraints say.
  if (sealHash(Number(seq), previous, row as SealedRow) !== hash) {
    return `Journal row ${journalId} is not what seal ${seq} was made for.`;
  }
  return undefined;
}
