/**
 * PagerDuty's events in: a page of a service is an incident with a channel, and what happens to the page happens to
 * the incident. Events come in any order, more than once, and some not at all (reconcile.ts asks for those), so a page
 * is folded from them (domain/page-fold.ts), and the incident follows what the pages say as long as nobody has said
 * something later: `stateAt` is the event time of its last change of state.
 *
 *   state ........ of all pages together, when that is not older than `stateAt`, or `stateAt` is what they said before
 *   severity ..... the newest priority whose name we know; without one, no less than the urgency
 *   title ........ of the newest snapshot, while no alert has given one
 *
 * Locks: `page:<id>`, then `incident:<key>`.
 */
import { identityOf, type PeopleMap } from '../domain/identity.ts';
import { type Incident, reopens } from '../domain/incident.ts';
import {
  followed,
  followedSeverity,
  foldPage,
  type PageNews,
  type PagesStanding,
  severityOfUrgency,
  standingOf,
} from '../domain/page-fold.ts';
import type { Page, PageEvent, PageNote, PagerUser, PageSnapshot } from '../domain/page.ts';
import type { Service } from '../domain/policy.ts';
import { incidentKey, scopeOfPage } from './incident-key.ts';
import { changeSeverity, changeState, openIncident } from './incident-state.ts';
import type { Ledger, LedgerTransaction } from './ledger.ts';
import { messageKey } from './messages.ts';
import { isOurs, journalNote, keptNote, showNotes } from './pager/page-notes.ts';
import { askPager } from './pager/sync-pager.ts';
import type { World } from './ports.ts';
import { notice } from './post-runbook.ts';

export type ReceivedPage = {
  /** The same event was accepted before. */
  readonly duplicate: boolean;
  /** Number of the incident that it opened or belongs to. */
  readonly incident?: number;
  /** A page of a PagerDuty service that no service names: recorded, journaled, counted. */
  readonly unmatched: boolean;
};

/** `delivery.key` is the signed event's id: a repeat of it does nothing. */
export type ReceivePage = (event: PageEvent, delivery: { key: string }) => Promise<ReceivedPage>;

type Parts = World & { ledger: Ledger; people: PeopleMap };

export type ApplyPage = (tx: LedgerTransaction, news: PageNews) => Promise<Incident | undefined>;

const assigning: Readonly<Record<string, string>> = {
  'incident.escalated': 'escalated',
  'incident.reassigned': 'reassigned',
  'incident.delegated': 'delegated',
};

/** Brings one event's snapshot into the ledger. Undefined: the page belongs to no service. */
export function createApplyPage({ services, newId }: Pick<World, 'services' | 'newId'>): ApplyPage {
  return async (tx, news) => {
    await tx.lock(`page:${news.snapshot.id}`);
    const known = await tx.page(news.snapshot.id);
    const place = known ? await placeOfKnown(tx, known, news) : await placeOfNew(tx, news);
    if (!place) {
      await journalUnmatched(tx, news);
      return undefined;
    }
    const { incident } = place;
    const others = (await tx.pagesOf(incident.id)).filter(({ id }) => id !== news.snapshot.id);
    const page = foldPage(known, incident.id, news);
    await tx.putPage(page);
    await journalPage(tx, incident, news);

    const before = standingOf(known ? [...others, known] : others);
    const after = standingOf([...others, page]);
    if (!place.isNew) await follow(tx, incident, { before, after, news });
    if (!known && !place.isNew) await bringAlong(tx, incident.id, page);
    const isNewest = page.asOfEvent === news.event;
    if (isNewest && page.title !== known?.title) await retitle(tx, incident, page.title);
    if (isNewest) await tell(tx, incident, news);
    if (!known) {
      const notes = await tx.notesOf(page.id);
      for (const note of notes) await journalNote(tx, incident, note);
      await showNotes(tx, incident, notes);
    }
    await tx.touchMessage(messageKey.incident(incident.id), 'status');
    return incident;
  };

  type Place = { readonly incident: Incident; readonly isNew: boolean };

  async function placeOfKnown(tx: LedgerTransaction, known: Page, news: PageNews): Promise<Place | undefined> {
    const seen = await tx.incident(known.incidentId);
    if (!seen) return undefined;
    await tx.lock(`incident:${seen.key}`);
    const incident = (await tx.incident(seen.id)) ?? seen;
    if (incident.state !== 'resolved' || foldPage(known, incident.id, news).status === 'resolved')
      return { incident, isNew: false };
    // Reopened. One key has one open incident, so when there is another by now, the page goes on there.
    const latest = await tx.latestIncident(incident.key);
    if (!latest || latest.id === incident.id || latest.state === 'resolved') return { incident, isNew: false };
    if (incident.channel) {
      const text = `PagerDuty reopened its incident ${news.snapshot.number}. It goes on in incident ${latest.number}, which is about the same and open.`;
      await notice(tx, newId, incident.channel, text);
    }
    return { incident: latest, isNew: false };
  }

  async function placeOfNew(tx: LedgerTransaction, news: PageNews): Promise<Place | undefined> {
    const { snapshot } = news;
    const scope = await scopeOfPage(tx, snapshot);
    const service = await serviceOfPage(tx, snapshot, scope);
    if (!service) return undefined;
    const key = incidentKey(service.name, scope);
    await tx.lock(`incident:${key}`);
    const latest = await tx.latestIncident(key);
    if (latest && (latest.state !== 'resolved' || reopens(latest, snapshot.createdAt)))
      return { incident: latest, isNew: false };

    const id = newId('inc');
    const standing = standingOf([foldPage(undefined, id, news)]);
    const { state, at } = standing ?? { state: 'open', at: news.at };
    const incident = await openIncident(
      tx,
      {
        id,
        key,
        service: service.name,
        title: titleOf(snapshot.title),
        severity: standing?.severity ?? severityOfUrgency(snapshot.urgency),
        state,
        stateAt: at,
        openedAt: await tx.now(),
        ...(standing?.acknowledgedBy !== undefined && { acknowledgedBy: standing.acknowledgedBy }),
        ...(state === 'resolved' && { resolvedAt: at }),
      },
      { actor: 'pagerduty', data: { page: snapshot.id } },
    );
    return { incident, isNew: true };
  }

  /** Of several that name this PagerDuty service, the one whose alerts it is about, else the first. */
  async function serviceOfPage(
    tx: LedgerTransaction,
    { service: pagerService }: PageSnapshot,
    scope: string,
  ): Promise<Service | undefined> {
    const matching = services.filter(({ pager }) => pager?.service === pagerService);
    if (matching.length < 2) return matching[0];
    for (const service of matching) {
      if (await tx.latestIncident(incidentKey(service.name, scope))) return service;
    }
    return matching[0];
  }

  async function follow(
    tx: LedgerTransaction,
    incident: Incident,
    { before, after, news }: { before: PagesStanding | undefined; after: PagesStanding | undefined; news: PageNews },
  ): Promise<void> {
    if (!after) return;
    await followSeverity(tx, incident, { before, after, news });
    const change = followed(incident, before, after);
    if (!change) return;
    const { state, at, acknowledgedBy } = change;
    if (incident.state === state) {
      await tx.updateIncident(incident.id, {
        stateAt: at,
        acknowledgedBy: acknowledgedBy ?? null,
        ...(state === 'resolved' && { resolvedAt: at }),
      });
      return;
    }
    await changeState(tx, newId, incident, {
      to: state,
      at,
      actor: 'pagerduty',
      acknowledgedBy: acknowledgedBy ?? null,
      data: { page: news.snapshot.id, by: news.by ?? null },
    });
    if (incident.state === 'resolved' && incident.channel)
      await notice(tx, newId, incident.channel, `Incident ${incident.number} was reopened in PagerDuty.`);
  }

  /**
   * A page that came later than what people did, and is older than that: it would have been told of it, had it been
   * known, and until then PagerDuty goes on calling people.
   */
  async function bringAlong(tx: LedgerTransaction, incidentId: string, page: Page): Promise<void> {
    const incident = await tx.incident(incidentId);
    const isBehind =
      (incident?.state === 'resolved' && page.status !== 'resolved') ||
      (incident?.state === 'acknowledged' && page.status === 'triggered');
    if (!incident || !isBehind) return;
    const by = (await tx.newestEntry(incident.id, `incident.${incident.state}`))?.actor ?? '';
    // What another page said of the incident is not said of this one.
    if (!/^[UW][A-Z0-9]{2,30}$/.test(by)) return;
    await askPager(tx, incident.id, by);
    if (incident.channel) {
      const text = `PagerDuty’s incident ${page.number} began before this one was ${incident.state} and was heard of only now, so it is to be ${incident.state} there too.`;
      await notice(tx, newId, incident.channel, text);
    }
  }

  async function followSeverity(
    tx: LedgerTransaction,
    incident: Incident,
    { before, after, news }: { before: PagesStanding | undefined; after: PagesStanding; news: PageNews },
  ): Promise<void> {
    const to = followedSeverity(incident, before, { ...after, urgency: news.snapshot.urgency });
    if (to) await changeSeverity(tx, incident, { to, actor: 'pagerduty' });
  }

  async function retitle(tx: LedgerTransaction, incident: Incident, title: string): Promise<void> {
    if (incident.title === titleOf(title) || (await tx.alertsOf(incident.id, 0)).total > 0) return;
    await tx.updateIncident(incident.id, { title: titleOf(title) });
    if (incident.channel)
      await tx.enqueue({ kind: 'furnish-channel', subject: `${incident.id}/topic`, lane: 'chatter', coalesce: true });
  }

  async function tell(tx: LedgerTransaction, incident: Incident, { type, snapshot }: PageNews): Promise<void> {
    const word = assigning[type];
    if (!word || !incident.channel) return;
    const to = snapshot.assignees.map(({ name }) => name).join(', ') || 'nobody';
    await notice(tx, newId, incident.channel, `PagerDuty: ${word} to ${to}.`);
  }
}

export function createReceivePage(parts: Parts): ReceivePage {
  const { ledger, people, failpoint, log } = parts;
  const apply = createApplyPage(parts);

  async function keepNote(tx: LedgerTransaction, note: PageNote): Promise<Incident | undefined> {
    await tx.lock(`page:${note.pageId}`);
    const page = await tx.page(note.pageId);
    const incident = page && (await tx.incident(page.incidentId));
    if (await isOurs(tx, note.text)) return incident;
    const kept = keptNote(note);
    if (!(await tx.putNote(kept)) || !incident) return incident;
    await journalNote(tx, incident, kept);
    await showNotes(tx, incident, [kept]);
    return incident;
  }

  return async (event, delivery) => {
    const received = await ledger.transaction(async (tx): Promise<ReceivedPage> => {
      const summary = { event: event.id, type: event.type, at: event.at.toISOString(), page: pageIdOf(event) };
      if (!(await tx.acceptDelivery({ source: 'pagerduty', key: delivery.key, summary })))
        return { duplicate: true, unmatched: false };
      const by = event.agent && nameOf(event.agent, people);
      let incident: Incident | undefined;
      if (event.kind === 'page') {
        const news: PageNews = { snapshot: event.page, at: event.at, event: event.id, type: event.type };
        incident = await apply(tx, by === undefined ? news : { ...news, by });
      } else if (event.kind === 'note') {
        const { noteId: id, pageId, text } = event;
        incident = await keepNote(tx, { id, pageId, at: event.at, text, ...(event.agent && { by: event.agent.name }) });
      }
      failpoint('receive:before-commit');
      return {
        duplicate: false,
        unmatched: event.kind === 'page' && incident === undefined,
        ...(incident && { incident: incident.number }),
      };
    });
    failpoint('receive:after-commit');
    log.info({ ...received, event: event.id, type: event.type }, 'page event received');
    return received;
  };
}

const pageIdOf = (event: PageEvent): string | null => {
  if (event.kind === 'page') return event.page.id;
  return event.kind === 'note' ? event.pageId : null;
};

/** A Slack user id when `people` knows one. A name that looks like an id must not become one. */
export function nameOf(user: PagerUser, people: PeopleMap): string {
  const identity = identityOf(people, user);
  const slack = identity === undefined ? undefined : people[identity]?.slack;
  return slack ?? (/^[UWS][A-Z0-9]{2,}$/.test(user.name) ? `${user.name} (PagerDuty)` : user.name);
}

async function journalPage(
  tx: LedgerTransaction,
  incident: Incident,
  { snapshot, at, type, by }: PageNews,
): Promise<void> {
  await tx.journal({
    kind: kindOf(type),
    incidentId: incident.id,
    actor: 'pagerduty',
    data: {
      page: snapshot.id,
      number: snapshot.number,
      at: at.toISOString(),
      by: by ?? null,
      status: snapshot.status,
      priority: snapshot.priority ?? null,
      assignees: snapshot.assignees.map(({ name }) => name),
    },
  });
}

async function journalUnmatched(tx: LedgerTransaction, { snapshot, type }: PageNews): Promise<void> {
  const { id, service, title } = snapshot;
  await tx.journal({
    kind: 'page.unmatched',
    actor: 'pagerduty',
    data: { page: id, service, title: titleOf(title), type },
  });
}

/** `incident.acknowledged` → `page.acknowledged`. */
function kindOf(type: string): string {
  const [, word] = /^incident\.([a-z_.]{1,40})$/.exec(type) ?? [];
  return `page.${word ?? 'changed'}`;
}

const titleOf = (title: string): string => title.slice(0, 150) || 'A page without a title';
