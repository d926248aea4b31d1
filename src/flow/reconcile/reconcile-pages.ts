/**
 * What PagerDuty's webhooks did not say. The list tells which pages differ from the ledger; each of those is asked for
 * once more by itself, and what it says counts only if no webhook has moved the page in the meantime. So a late answer
 * never undoes newer news, whatever the clocks say.
 *
 * A page that came and went unheard gets no channel: there is nothing left to do. The journal has it.
 */
import type { PeopleMap } from '../../domain/identity.ts';
import type { Page, PageSnapshot } from '../../domain/page.ts';
import type { Ledger, LedgerTransaction } from '../ledger.ts';
import type { Pager, World } from '../ports.ts';
import { createApplyPage, nameOf } from '../receive-page.ts';

/** PagerDuty's lists lag, and clocks differ. */
const overlapMs = 10 * 60_000;
/** Single pages asked for in one check; PagerDuty allows 960 requests a minute for everything. */
const looksMax = 100;

export type PageCheck = { readonly found: number; readonly isBehind: boolean };

export function createReconcilePages(
  world: World & { ledger: Ledger; pager: Pager; people: PeopleMap },
): (since: Date) => Promise<PageCheck> {
  const { ledger, pager, services, people } = world;
  const apply = createApplyPage(world);
  const own = [...new Set(services.flatMap((service) => service.pager?.service ?? []))];

  /** Those whose page in the ledger is another, or is there and not listed. */
  async function doubtful(listed: readonly PageSnapshot[]): Promise<readonly string[]> {
    return ledger.transaction(async (tx) => {
      const ids = new Set<string>();
      for (const snapshot of listed) {
        const known = await tx.page(snapshot.id);
        if (known ? differs(known, snapshot) : snapshot.status !== 'resolved') ids.add(snapshot.id);
        else if (!known) await journalUnheard(tx, snapshot);
      }
      const isListed = new Set(listed.map(({ id }) => id));
      for (const { id } of await tx.unresolvedPages(own)) if (!isListed.has(id)) ids.add(id);
      return [...ids];
    });
  }

  async function look(id: string): Promise<boolean> {
    const before = await ledger.transaction((tx) => tx.page(id));
    const snapshot = await pager.page(id);
    if (!snapshot || (before && !differs(before, snapshot))) return false;
    return ledger.transaction(async (tx) => {
      await tx.lock(`page:${id}`);
      const known = await tx.page(id);
      if (known?.asOfEvent !== before?.asOfEvent) return false;
      if (!known && snapshot.status === 'resolved') return false;
      const at = timeOf(snapshot, known);
      const event = `look:${id}:${snapshot.status}:${at.toISOString()}`;
      const summary = { event, page: id, status: snapshot.status };
      if (!(await tx.acceptDelivery({ source: 'pagerduty', key: event, summary }))) return false;
      const [taker] = snapshot.status === 'acknowledged' ? snapshot.assignees : [];
      await apply(tx, {
        snapshot,
        at,
        event,
        type: typeOf(snapshot, known),
        ...(taker && { by: nameOf(taker, people) }),
      });
      return true;
    });
  }

  async function journalUnheard(tx: LedgerTransaction, { id, status, title, changedAt, createdAt }: PageSnapshot) {
    const key = `look:${id}:${status}:${(changedAt ?? createdAt).toISOString()}`;
    if (!(await tx.acceptDelivery({ source: 'pagerduty', key, summary: { page: id, status } }))) return;
    await tx.journal({ kind: 'page.unheard', actor: 'pagerduty', data: { page: id, title: title.slice(0, 150) } });
  }

  return async (since) => {
    if (own.length === 0) return { found: 0, isBehind: false };
    const listed = await pager.pagesSince(own, new Date(since.getTime() - overlapMs));
    const ids = await doubtful(listed);
    let found = 0;
    for (const id of ids.slice(0, looksMax)) found += (await look(id)) ? 1 : 0;
    return { found, isBehind: ids.length > looksMax };
  };
}

/** The names of people and their addresses differ between webhooks and answers; their ids do not. */
function differs(known: Page, snapshot: PageSnapshot): boolean {
  const essence = (of: PageSnapshot | Page): string =>
    JSON.stringify([
      of.status,
      of.title,
      of.urgency,
      of.priority ?? null,
      of.service,
      of.assignees.map(({ id }) => id).toSorted(),
    ]);
  return essence(known) !== essence(snapshot);
}

/**
 * PagerDuty's answers have whole seconds, its webhooks milliseconds: such a time is a little early, so that no webhook of
 * that second is taken for an old one. What is known is older than the answer, for nothing came in between.
 */
function timeOf({ changedAt, createdAt, status }: PageSnapshot, known: Page | undefined): Date {
  const said = changedAt ?? createdAt;
  if (!known) return said;
  const next = known.asOf.getTime() + 1;
  return new Date(known.status === status ? next : Math.max(said.getTime(), next));
}

function typeOf({ status }: PageSnapshot, known: Page | undefined): string {
  if (known?.status === status) return 'incident.found';
  if (status !== 'triggered') return `incident.${status}`;
  if (!known) return 'incident.triggered';
  return known.status === 'resolved' ? 'incident.reopened' : 'incident.unacknowledged';
}
