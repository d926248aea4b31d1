import type { ExpressionBuilder } from 'kysely';
import type { LedgerTransaction } from '../../flow/ledger.ts';
import { withoutNulls } from './absent.ts';
import type { Schema } from './schema.ts';
import { expectOne, hasKeys, type Scope } from './transaction.ts';

const pagesOf = (incident: ExpressionBuilder<Schema, 'incident'>) =>
  incident.selectFrom('page').select('page.id').whereRef('page.incidentId', '=', 'incident.id');

export const incidents = ({ db }: Scope) => {
  const all = db.selectFrom('incident').selectAll();
  return {
    async latestIncident(key) {
      const row = await all.where('key', '=', key).orderBy('number', 'desc').limit(1).executeTakeFirst();
      return row && withoutNulls(row);
    },
    async incident(id) {
      const row = await all.where('id', '=', id).executeTakeFirst();
      return row && withoutNulls(row);
    },
    async incidentOfChannel(channel) {
      const row = await all.where('channel', '=', channel).orderBy('number', 'desc').limit(1).executeTakeFirst();
      return row && withoutNulls(row);
    },
    /** Newest first. */
    async openIncidents(limit) {
      const rows = await all.where('state', '<>', 'resolved').orderBy('number', 'desc').limit(limit).execute();
      return rows.map(withoutNulls);
    },
    async incidentsBehindPages(until, limit) {
      const rows = await all
        .where('state', '=', 'acknowledged')
        .where('stateAt', '<=', until)
        .where((incident) => incident.exists(pagesOf(incident)))
        .where((incident) => incident.not(incident.exists(pagesOf(incident).where('page.status', '<>', 'resolved'))))
        .orderBy('number', 'desc')
        .limit(limit)
        .execute();
      return rows.map(withoutNulls);
    },
    async insertIncident(incident) {
      return withoutNulls(await db.insertInto('incident').values(incident).returningAll().executeTakeFirstOrThrow());
    },
    async updateIncident(id, patch) {
      if (!hasKeys(patch)) return;
      // Whoever reopens it gathers details again, which retention has to find.
      const reopened = patch.state !== undefined && patch.state !== 'resolved';
      const row = { ...patch, ...(reopened && { prunedAt: null }) };
      const result = await db.updateTable('incident').set(row).where('id', '=', id).executeTakeFirst();
      expectOne(result, `Incident ${id}`);
    },
  } satisfies Partial<LedgerTransaction>;
};
