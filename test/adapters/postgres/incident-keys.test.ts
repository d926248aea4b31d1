/** Incidents that were opened under the old keys are joined under the new ones. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Migrator } from 'kysely';
import type { Database, LedgerConnection } from '../../../src/adapters/postgres/connection.ts';
import { openEmbeddedPostgres } from '../../../src/adapters/postgres/embedded.ts';
import { createLedger } from '../../../src/adapters/postgres/ledger.ts';
import { up as first } from '../../../src/adapters/postgres/migrations/0001-first.ts';
import { migrateLedger } from '../../../src/adapters/postgres/migrations/migrate.ts';
import { groupScope } from '../../../src/flow/incident-key.ts';
import { newId } from '../../../src/flow/new-id.ts';
import { createReceivePage } from '../../../src/flow/receive-page.ts';
import { alert, at, delivery, group, policy, receiverOn, service } from '../../flow/alerts.ts';
import { snapshot } from '../../flow/page-stories.ts';
import { silent } from '../../ledger.ts';

const short = '{}:{alertname="HighErrorRate", path="a|b"}';
const long = `{}:{path="${'é'.repeat(600)}"}`;
/** As the first version wrote it. */
const oldKey = (groupKey: string): string =>
  groupKey.length <= 500
    ? groupKey
    : `${groupKey.slice(0, 100)}#${createHash('sha256').update(groupKey).digest('hex')}`;

describe('an incident that was opened before the keys were hashes', () => {
  let connection: LedgerConnection;
  let db: Database;
  beforeAll(async () => {
    connection = await openEmbeddedPostgres();
    db = connection.db;
    const provider = { getMigrations: async () => ({ '0001-first': { up: first } }) };
    const { error } = await new Migrator({ db, provider }).migrateToLatest();
    if (error) throw error;
    for (const [index, groupKey] of [short, long].entries()) {
      await db
        .insertInto('incident')
        .values({
          id: `inc-${index}`,
          key: `shop|${oldKey(groupKey)}`,
          service: 'shop',
          title: 'HighErrorRate',
          severity: 'P1',
          state: 'open',
          openedAt: at(0),
        })
        .execute();
      for (const scope of [`shop|${oldKey(groupKey)}`, `unmatched|${oldKey(groupKey)}`]) {
        await db
          .insertInto('alert')
          .values({
            scope,
            incidentId: scope.startsWith('shop') ? `inc-${index}` : null,
            fingerprint: 'a',
            name: 'HighErrorRate',
            status: 'firing',
            labels: '{}',
            annotations: '{}',
            startsAt: at(0),
          })
          .execute();
      }
    }
    await migrateLedger(db);
  });
  afterAll(() => connection.close());

  const ledger = () => createLedger({ db, log: silent, onEnqueued: () => undefined });
  const incidents = () => db.selectFrom('incident').select(['id', 'key', 'clearedAt']).orderBy('number').execute();

  it('has the hash of its group, and its alerts too', async () => {
    const scopes = await db.selectFrom('alert').select('scope').orderBy('scope').execute();

    expect((await incidents()).map(({ key }) => key)).toEqual([short, long].map((key) => `shop|${groupScope(key)}`));
    expect(scopes.map(({ scope }) => scope)).toEqual(
      [short, long].flatMap((key) => [`shop|${groupScope(key)}`, `unmatched|${groupScope(key)}`]).toSorted(),
    );
  });

  it.each([
    ['a short key', short],
    ['a long one', long],
  ])('is joined by the alerts of its group with %s and not opened again', async (_, groupKey) => {
    const before = (await incidents()).length;
    const over = alert({ fingerprint: 'a', status: 'resolved', endsAt: at(9) });

    const { incidents: joined } = await receiverOn(ledger())(group(groupKey, [over]), delivery());

    const now = await incidents();
    expect(joined).toHaveLength(1);
    expect(now).toHaveLength(before);
    expect(now.find(({ key }) => key.endsWith(groupScope(groupKey)))).toMatchObject({ clearedAt: at(9) });
  });

  it('is joined by the page that Alertmanager sent beside the webhook', async () => {
    const receive = createReceivePage({
      ledger: ledger(),
      services: [service('shop', { pager: { service: 'PSHOP' } })],
      people: {},
      policy,
      clock: { now: () => new Date() },
      newId,
      log: silent,
      failpoint: () => undefined,
    });
    const page = snapshot({ incidentKey: groupScope(short) });

    await receive({ id: 'E1', at: at(1), type: 'incident.triggered', kind: 'page', page }, { key: 'E1' });

    const stored = await ledger().transaction((tx) => tx.page(page.id));
    expect(stored?.incidentId).toBe('inc-0');
  });
});
