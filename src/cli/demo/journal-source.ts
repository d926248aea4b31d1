/**
 * The journal as the page shows it: the newest rows, and whether the chain holds. `look` answers from what was read
 * last; the ledger is asked once a second whether there is something new. Before the ledger is there, it is empty.
 */
import type { Database } from '../../adapters/postgres/connection.ts';
import { verifyJournal } from '../../adapters/postgres/verify-journal.ts';
import { describeError } from '../../domain/errors.ts';
import type { PlanContent } from '../../domain/plan.ts';
import { repeat } from '../../flow/repeat.ts';
import type { JournalSource } from '../../sandbox/demo/host.ts';
import type { JournalLook, JournalRow } from '../../sandbox/demo/protocol.ts';
import { StoryRefused } from '../../sandbox/story/story.ts';
import { detailsOf, nameOf, sentenceOf } from './journal-words.ts';
import { createListeners } from '../../sandbox/listeners.ts';

const rowsMax = 200;
const askEveryMs = 1_000;
/** The chain is checked again when nothing was sealed for this long: a busy journal would be read over and over. */
const quietMs = 1_500;

export type DemoJournal = JournalSource & {
  /** From now on it is read from here. */
  open(db: Database): void;
  stop(): Promise<void>;
};

export function createDemoJournal(personName: (id: string) => string | undefined): DemoJournal {
  const listeners = createListeners();
  let look: JournalLook = { verified: { ok: null, sealed: 0, unsealed: 0 }, rows: [], total: 0 };
  /** Why the ledger cannot be read at the moment; it says nothing of the chain. */
  let trouble: string | undefined;
  let database: Database | undefined;
  let stopAsking: (() => Promise<void>) | undefined;
  let seen = '';
  let sealedAt: number | undefined;
  /** The newest check, which never rejects. */
  let checked: Promise<unknown> = Promise.resolve();

  function put(news: Partial<JournalLook>): void {
    look = { ...look, ...news };
    listeners.tell();
  }

  async function ask(db: Database): Promise<void> {
    try {
      const { newest, sealed } = await ends(db);
      putTrouble(undefined);
      const now = `${newest}/${sealed}`;
      if (now !== seen) {
        const { rows, total } = await read(db, personName);
        const { verified } = look;
        // How many rows wait is known at once; whether the chain holds only after it was read.
        put({ rows, total, verified: { ...verified, unsealed: Math.max(0, total - Number(sealed)) } });
        if (seen === '' || seen.split('/')[1] !== sealed) sealedAt = performance.now();
        seen = now;
      }
      if (sealedAt !== undefined && (look.verified.ok === null || performance.now() - sealedAt >= quietMs)) {
        sealedAt = undefined;
        await check(db);
      }
    } catch (error) {
      putTrouble(describeError(error));
    }
  }

  function putTrouble(now: string | undefined): void {
    if (trouble === now) return;
    trouble = now;
    put({});
  }

  /** After the one under way, which may have begun before the newest rows were written. */
  function check(db: Database): Promise<void> {
    const checking = checked.then(async () => {
      const { ok, sealed, unsealed, head, firstBreak } = await verifyJournal(db);
      const broken = firstBreak?.text;
      put({ verified: { ok, sealed, unsealed, ...(head && { head: head.hash }), ...(broken && { trouble: broken }) } });
    });
    checked = checking.catch(() => undefined);
    return checking;
  }

  async function verify(): Promise<void> {
    if (database === undefined) throw new StoryRefused('The ledger is not open yet. Try again in a few seconds.');
    try {
      await check(database);
    } catch (error) {
      throw new StoryRefused(`The journal cannot be checked now: ${describeError(error)}`, { cause: error });
    }
  }

  return {
    look: () => (trouble === undefined ? look : { ...look, verified: { ...look.verified, trouble } }),
    onChange: listeners.add,
    verify,
    open(db) {
      database = db;
      stopAsking = repeat(() => ask(db), askEveryMs);
    },
    async stop() {
      listeners.clear();
      await stopAsking?.();
      await checked;
    },
  };
}

/** Two looks at the ends of two indexes. */
async function ends(db: Database): Promise<{ newest: string; sealed: string }> {
  const newest = await db.selectFrom('journal').select('id').orderBy('id', 'desc').limit(1).executeTakeFirst();
  const last = await db.selectFrom('journalSeal').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst();
  return { newest: newest?.id ?? '0', sealed: last?.seq ?? '0' };
}

async function read(
  db: Database,
  personName: (id: string) => string | undefined,
): Promise<Pick<JournalLook, 'rows' | 'total'>> {
  const counted = await db
    .selectFrom('journal')
    .select(({ fn }) => fn.countAll<string>().as('rows'))
    .executeTakeFirst();
  const found = await db
    .selectFrom('journal')
    .leftJoin('journalSeal', 'journalSeal.journalId', 'journal.id')
    .leftJoin('incident', 'incident.id', 'journal.incidentId')
    .leftJoin('plan', 'plan.id', 'journal.planId')
    .select(['journal.id', 'journal.at', 'journal.kind', 'journal.actor', 'journal.data'])
    .select(['journalSeal.seq', 'journalSeal.hash', 'incident.number', 'plan.digest', 'plan.canonical'])
    .orderBy('journal.id', 'desc')
    .limit(rowsMax)
    .execute();
  const rows = found.map((row): JournalRow => {
    const { id, at, kind, actor, data, seq, hash, number, digest, canonical } = row;
    return {
      id,
      seq: seq === null ? null : Number(seq),
      at: at.toISOString(),
      who: nameOf(actor, personName),
      what: sentenceOf(kind, data),
      ...(number === null ? {} : { incident: number }),
      ...(digest === null ? {} : { digest }),
      ...(hash === null ? {} : { hash }),
      details: detailsOf({
        kind,
        data,
        // Written by Firebreak from a `PlanContent`; its digest is over these very bytes.
        ...(canonical === null ? {} : { plan: JSON.parse(canonical) as PlanContent }),
      }),
    };
  });
  return { rows, total: Number(counted?.rows ?? 0) };
}
