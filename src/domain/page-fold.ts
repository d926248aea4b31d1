/**
 * What a page is, folded from its events in any order, each any number of times.
 *
 * Every part is a register in which the newest entry wins, by PagerDuty's time and then by the event's id. Such
 * registers end alike in every order, so nothing depends on which event happened to arrive first:
 *
 *   the newest snapshot                   → title, assignees, priority, urgency, status
 *   the newest event about the status     → since when the status stands (a new priority is no change of status)
 *   the newest acknowledge, the newest
 *   time that it waited for somebody      → who acknowledged it
 *   the newest priority with a known name → severity
 */
import type { Incident, IncidentState } from './incident.ts';
import type { Mark, Page, PageMarks, PageSnapshot, PageStatus } from './page.ts';
import { type Severity, severityOf } from './severity.ts';

export type PageNews = {
  readonly snapshot: PageSnapshot;
  readonly at: Date;
  /** The event's id. */
  readonly event: string;
  /** `incident.acknowledged`, … */
  readonly type: string;
  /** Who did it: a Slack user id or a name. */
  readonly by?: string;
};

/** Source: PagerDuty's documentation, "Webhooks Overview", event types. */
const aboutStatus: ReadonlySet<string> = new Set([
  'incident.triggered',
  'incident.acknowledged',
  'incident.unacknowledged',
  'incident.resolved',
  'incident.reopened',
]);

/** The page after this news, which may be older than what is known. */
export function foldPage(known: Page | undefined, incidentId: string, news: PageNews): Page {
  const { changedAt: _, ...snapshot } = news.snapshot;
  const marks = marksAfter(known, news);
  const isNewest = !known || newer(markOf(news, true), { atMs: known.asOf.getTime(), event: known.asOfEvent });
  return isNewest
    ? { ...snapshot, incidentId, asOf: news.at, asOfEvent: news.event, marks }
    : { ...known, incidentId, marks };
}

function marksAfter(known: Page | undefined, news: PageNews): PageMarks {
  const before = known?.marks;
  const { type, snapshot } = news;
  const severity = severityOf(snapshot.priority ?? '');
  const status = later(before?.status, aboutStatus.has(type) ? markOf(news, snapshot.status) : undefined);
  const acknowledged = later(
    before?.acknowledged,
    type === 'incident.acknowledged' ? markOf(news, news.by ?? '') : undefined,
  );
  const waiting = later(before?.waiting, snapshot.status === 'triggered' ? markOf(news, true as const) : undefined);
  const priority = later(before?.severity, severity && markOf(news, severity));
  return {
    ...(status && { status }),
    ...(acknowledged && { acknowledged }),
    ...(waiting && { waiting }),
    ...(priority && { severity: priority }),
  };
}

const markOf = <T>({ at, event }: PageNews, said: T): Mark<T> => ({ atMs: at.getTime(), event, said });

const newer = (a: Omit<Mark<unknown>, 'said'>, b: Omit<Mark<unknown>, 'said'>): boolean =>
  a.atMs !== b.atMs ? a.atMs > b.atMs : a.event > b.event;

function later<T>(a: Mark<T> | undefined, b: Mark<T> | undefined): Mark<T> | undefined {
  if (!a || !b) return a ?? b;
  return newer(b, a) ? b : a;
}

/** What its pages say about an incident. */
export type PagesStanding = {
  readonly state: IncidentState;
  /** Since when. */
  readonly at: Date;
  readonly acknowledgedBy?: string;
  readonly severity?: Severity;
};

/** Resolved when all are; acknowledged as soon as somebody has taken one. Undefined: there are none. */
export function standingOf(pages: readonly Page[]): PagesStanding | undefined {
  if (pages.length === 0) return undefined;
  const state = stateOf(pages.map(({ status }) => status));
  const standings = pages.map(standingOfPage);
  const acknowledgedBy = newestOf(standings.map(({ acknowledged }) => acknowledged));
  const severity = newestOf(standings.map((one) => one.severity));
  return {
    state,
    // Of the pages that make it so: one that is resolved does not say again that another one waits.
    at: new Date(Math.max(...standings.flatMap(({ status, sinceMs }) => (decides(status, state) ? [sinceMs] : [])))),
    ...(acknowledgedBy?.said && { acknowledgedBy: acknowledgedBy.said }),
    ...(severity && { severity: severity.said }),
  };
}

function standingOfPage(page: Page) {
  const { status, acknowledged, waiting, severity } = page.marks ?? {};
  const taken = acknowledged && !(waiting && newer(waiting, acknowledged)) ? acknowledged : undefined;
  return { status: page.status, sinceMs: sinceMsOf(page, status), acknowledged: taken, severity };
}

/** A status that no event was about has changed without one: at the newest snapshot at the latest. */
function sinceMsOf(page: Page, status: Mark<PageStatus> | undefined): number {
  if (status?.said === page.status) return status.atMs;
  return !status && page.status === 'triggered' ? page.createdAt.getTime() : page.asOf.getTime();
}

function newestOf<T>(marks: readonly (Mark<T> | undefined)[]): Mark<T> | undefined {
  return marks.reduce((newest, mark) => later(newest, mark), undefined);
}

function stateOf(statuses: readonly PageStatus[]): IncidentState {
  if (statuses.every((status) => status === 'resolved')) return 'resolved';
  return statuses.includes('acknowledged') ? 'acknowledged' : 'open';
}

const decides = (status: PageStatus, state: IncidentState): boolean =>
  state === 'open' ? status === 'triggered' : status === state;

/** Without a priority: PagerDuty calls nearly everything high. */
export const severityOfUrgency = (urgency: PageSnapshot['urgency']): Severity => (urgency === 'high' ? 'P2' : 'P3');

/**
 * What becomes of the incident when its pages stand otherwise than before; undefined: nothing. What was said later, by
 * people in the chat or by an alert, is not undone: `stateAt` is then newer than what the pages say.
 */
export function followed(
  incident: Pick<Incident, 'state' | 'stateAt' | 'acknowledgedBy'>,
  before: PagesStanding | undefined,
  after: PagesStanding,
): Pick<PagesStanding, 'state' | 'at' | 'acknowledgedBy'> | undefined {
  const { state, at } = after;
  const beforeAt = before?.at.getTime();
  if (before?.state === state && beforeAt === at.getTime() && before.acknowledgedBy === after.acknowledgedBy)
    return undefined;
  // A late event may tell that what the pages said was so earlier than it seemed.
  const isOfPages = incident.stateAt?.getTime() === beforeAt;
  if (incident.stateAt && at < incident.stateAt && !isOfPages) return undefined;
  const acknowledgedBy = state === 'open' ? undefined : takenBy(incident, before, after);
  return { state, at, ...(acknowledgedBy !== undefined && { acknowledgedBy }) };
}

/** Who took the incident in the chat keeps it when somebody takes its page too. */
function takenBy(
  { state, acknowledgedBy }: Pick<Incident, 'state' | 'acknowledgedBy'>,
  before: PagesStanding | undefined,
  after: PagesStanding,
): string | undefined {
  const isOfChat = acknowledgedBy !== undefined && acknowledgedBy !== before?.acknowledgedBy;
  return isOfChat && state !== 'open' ? acknowledgedBy : after.acknowledgedBy;
}

/** Only a new word of PagerDuty's counts: people may have set another since the last one. Undefined: it stays. */
export function followedSeverity(
  { severity }: Pick<Incident, 'severity'>,
  before: PagesStanding | undefined,
  after: PagesStanding & { readonly urgency: PageSnapshot['urgency'] },
): Severity | undefined {
  if (after.severity !== undefined) return after.severity === before?.severity ? undefined : after.severity;
  const least = severityOfUrgency(after.urgency);
  return least < severity ? least : undefined;
}
