/** Histories of one page, six events each at most, as PagerDuty tells them. */
import type { PageEvent, PageNote, PageSnapshot, PageStatus } from '../../src/domain/page.ts';
import type { PageNews, PagesStanding } from '../../src/domain/page-fold.ts';
import { at } from './alerts.ts';

export const snapshot = (over: Partial<PageSnapshot> = {}): PageSnapshot => ({
  id: 'Q1',
  service: 'PSHOP',
  number: 12,
  title: 'Checkout fails',
  url: 'https://example.pagerduty.com/incidents/Q1',
  status: 'triggered',
  urgency: 'high',
  assignees: [{ id: 'PALICE', name: 'Alice' }],
  createdAt: at(0),
  ...over,
});

type Told = PageNews | PageNote;
export type History = { readonly name: string; readonly news: readonly Told[]; readonly ends: Partial<PagesStanding> };

const bob = [{ id: 'PBOB', name: 'Bob' }];

type Change = readonly [type: string, status: PageStatus, over?: Partial<PageSnapshot>, by?: string];

/** One event a minute. What an event changes stays in the snapshots after it. */
function story(name: string, ends: Partial<PagesStanding>, changes: readonly (Change | 'note')[]): History {
  let now = snapshot();
  const news = changes.map((change, index): Told => {
    const minute = index * 2;
    if (change === 'note') return { id: `N${minute}`, pageId: now.id, at: at(minute), by: 'Alice', text: 'on it' };
    const [word, status, over = {}, by] = change;
    now = { ...now, ...over, status };
    return { snapshot: now, at: at(minute), event: `E${minute}`, type: `incident.${word}`, ...(by && { by }) };
  });
  return { name, news, ends };
}

export const histories: readonly History[] = [
  story('one that is taken, passed on and over', { state: 'resolved', acknowledgedBy: 'Alice', severity: 'P1' }, [
    ['triggered', 'triggered'],
    ['acknowledged', 'acknowledged', {}, 'Alice'],
    ['reassigned', 'acknowledged', { assignees: bob }, 'Alice'],
    ['priority_updated', 'acknowledged', { priority: 'P1' }],
    'note',
    ['resolved', 'resolved', {}, 'Bob'],
  ]),
  story('one that comes back', { state: 'open', severity: 'P0' }, [
    ['triggered', 'triggered', { priority: 'P3' }],
    ['acknowledged', 'acknowledged', {}, 'Alice'],
    ['priority_updated', 'acknowledged', { priority: 'SEV-1', title: 'Checkout fails everywhere' }],
    ['resolved', 'resolved', {}, 'Alice'],
    ['reopened', 'triggered', { title: 'Checkout fails again' }, 'Bob'],
    ['escalated', 'triggered', { assignees: bob }],
  ]),
  story('one that nobody keeps', { state: 'acknowledged', acknowledgedBy: 'Bob', severity: 'P2' }, [
    ['triggered', 'triggered', { urgency: 'low' }],
    ['acknowledged', 'acknowledged', {}, 'Alice'],
    ['unacknowledged', 'triggered'],
    ['priority_updated', 'triggered', { priority: 'P2', urgency: 'high' }],
    ['acknowledged', 'acknowledged', {}, 'Bob'],
    ['priority_updated', 'acknowledged', { priority: 'whatever' }],
  ]),
  story('one that is resolved twice', { state: 'resolved', acknowledgedBy: 'Bob' }, [
    ['triggered', 'triggered'],
    ['resolved', 'resolved'],
    ['reopened', 'triggered'],
    ['acknowledged', 'acknowledged', {}, 'Bob'],
    'note',
    ['resolved', 'resolved', {}, 'Bob'],
  ]),
];

/** As the webhook's adapter gives it to the flow. */
export function eventOf(told: Told): PageEvent {
  if (!('snapshot' in told)) {
    const { id, pageId, at: when, by, text } = told;
    const agent = by === undefined ? {} : { agent: { id: `P${by.toUpperCase()}`, name: by } };
    return { id: `E${id}`, at: when, type: 'incident.annotated', kind: 'note', pageId, noteId: id, text, ...agent };
  }
  const { snapshot: page, at: when, event, type, by } = told;
  const agent = by === undefined ? {} : { agent: { id: `P${by.toUpperCase()}`, name: by } };
  return { id: event, at: when, type, kind: 'page', page, ...agent };
}

/** The same history of another page. */
export function historyOf(
  { name, news, ends }: History,
  page: Partial<PageSnapshot> & { readonly id: string },
): History {
  const moved = news.map((told): Told => {
    if (!('snapshot' in told)) return { ...told, id: `${told.id}-${page.id}`, pageId: page.id };
    return { ...told, event: `${told.event}-${page.id}`, snapshot: { ...told.snapshot, ...page } };
  });
  return { name, news: moved, ends };
}
