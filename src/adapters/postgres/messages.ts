import { sql, type Transaction } from 'kysely';
import type { Lane, NewWork } from '../../domain/work.ts';
import type { LedgerTransaction } from '../../flow/ledger.ts';
import { withoutNulls } from './absent.ts';
import type { Schema } from './schema.ts';
import { expectOne, hasKeys, type Scope } from './transaction.ts';
import { urgentLane } from './work.ts';

/**
 * How long drawing waits for more of the same: what changes several times in a moment is drawn once, and drawing takes
 * no time from deciding and acting. The message that somebody clicked is redrawn at once by whoever took the click.
 */
const gatherMs = { decision: 100, status: 200, chatter: 400 } satisfies Record<Lane, number>;

/** One message is published by one worker at a time, and waiting requests for it become one. */
const publish = (key: string, lane: Lane): NewWork => ({
  kind: 'publish',
  subject: key,
  lane,
  serial: `message:${key}`,
  coalesce: true,
  delayMs: gatherMs[lane],
});

export const messages = ({ db, pending }: Scope) =>
  ({
    async putMessage(message, lane) {
      const result = await db
        .insertInto('message')
        .values(message)
        .onConflict((conflict) => conflict.column('key').doNothing())
        .executeTakeFirst();
      if (result.numInsertedOrUpdatedRows === 1n) pending.enqueued.push(publish(message.key, lane));
    },
    async message(key) {
      const row = await db.selectFrom('message').selectAll().where('key', '=', key).executeTakeFirst();
      return row && withoutNulls(row);
    },
    /** Written when the transaction ends, see `Pending`: several touches in one transaction are one revision. */
    async touchMessage(key, lane) {
      pending.touched.set(key, urgentLane(lane, pending.touched.get(key)));
    },
    async updateMessage(key, patch) {
      if (!hasKeys(patch)) return;
      expectOne(await db.updateTable('message').set(patch).where('key', '=', key).executeTakeFirst(), `Message ${key}`);
    },
    async moveMessages({ from, to, also }) {
      const moved = await db
        .updateTable('message')
        .set({ channel: to, threadKey: null, ts: null, askedAt: null, goneAt: null })
        .where('channel', '=', from)
        .where((of) => of.or([of('ts', 'is', null), of('key', '=', also)]))
        .returning('key')
        .execute();
      for (const { key } of moved) pending.touched.set(key, urgentLane('status', pending.touched.get(key)));
      return moved.length;
    },
  }) satisfies Partial<LedgerTransaction>;

/** Counts up the revisions and gives the publishing that they ask for; keys that are no message are skipped. */
export async function writeTouches(
  db: Transaction<Schema>,
  touched: ReadonlyMap<string, Lane>,
): Promise<readonly NewWork[]> {
  if (touched.size === 0) return [];
  const { rows } = await sql<{ key: string }>`
    with locked as (select key from message where key = any(${[...touched.keys()]}::text[]) order by key for update)
    update message set revision = revision + 1 from locked where message.key = locked.key
    returning message.key`.execute(db);
  return rows.map(({ key }) => publish(key, touched.get(key) ?? 'chatter'));
}
