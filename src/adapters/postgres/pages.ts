import type { LedgerTransaction } from '../../flow/ledger.ts';
import { withoutNulls } from './absent.ts';
import { expectOne, hasKeys, type Scope } from './transaction.ts';

/** PagerDuty's incidents, and what people asked of PagerDuty. */
export const pages = ({ db }: Scope) => {
  const all = db.selectFrom('page').selectAll();
  const orders = db
    .selectFrom('pagerOrder')
    .select(['id', 'incidentId', 'order', 'requestedBy', 'requestedAt', 'state', 'reason']);
  return {
    async page(id) {
      const row = await all.where('id', '=', id).executeTakeFirst();
      return row && withoutNulls(row);
    },
    async pagesOf(incidentId) {
      const rows = await all.where('incidentId', '=', incidentId).orderBy('createdAt').orderBy('id').execute();
      return rows.map(withoutNulls);
    },
    async unresolvedPages(services) {
      if (services.length === 0) return [];
      const rows = await all
        .where('service', 'in', [...services])
        .where('status', '<>', 'resolved')
        .orderBy('createdAt')
        .execute();
      return rows.map(withoutNulls);
    },
    async putPage({ assignees, marks, ...page }) {
      const row = {
        ...page,
        priority: page.priority ?? null,
        incidentKey: page.incidentKey ?? null,
        escalationPolicy: page.escalationPolicy ?? null,
        assignees: JSON.stringify(assignees),
        marks: marks ? JSON.stringify(marks) : null,
      };
      await db
        .insertInto('page')
        .values(row)
        .onConflict((at) => at.column('id').doUpdateSet(row))
        .execute();
    },
    async putNote({ by, ...note }) {
      const result = await db
        .insertInto('pageNote')
        .values({ ...note, by: by ?? null })
        .onConflict((at) => at.column('id').doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },
    async notesOf(pageId) {
      const rows = await db
        .selectFrom('pageNote')
        .selectAll()
        .where('pageId', '=', pageId)
        .orderBy('at')
        .orderBy('id')
        .execute();
      return rows.map(withoutNulls);
    },
    async insertOrder({ order, ...rest }) {
      await db
        .insertInto('pagerOrder')
        .values({ ...rest, order: JSON.stringify(order) })
        .execute();
    },
    async order(id) {
      const row = await orders.where('id', '=', id).executeTakeFirst();
      return row && withoutNulls(row);
    },
    async updateOrder(id, patch) {
      if (!hasKeys(patch)) return;
      expectOne(await db.updateTable('pagerOrder').set(patch).where('id', '=', id).executeTakeFirst(), `Order ${id}`);
    },
    async ordersOf(incidentId) {
      const rows = await orders.where('incidentId', '=', incidentId).orderBy('seq').execute();
      return rows.map(withoutNulls);
    },
  } satisfies Partial<LedgerTransaction>;
};
