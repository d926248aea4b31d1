import type { Severity } from './severity.ts';

/**
 * A page is PagerDuty's incident, as the ledger knows it. Events come in any order and more than once, so what counts
 * is PagerDuty's own time: the newest snapshot is the page, whatever arrived last.
 */
export type PageStatus = 'triggered' | 'acknowledged' | 'resolved';

/** Somebody as PagerDuty knows them. */
export type PagerUser = { readonly id: string; readonly name: string; readonly email?: string };

/** What an event or an answer says about a page at one moment. */
export type PageSnapshot = {
  /** PagerDuty's incident id, such as `Q1ABCDEF23456`. */
  readonly id: string;
  /** PagerDuty's service id. */
  readonly service: string;
  /** PagerDuty's own count. */
  readonly number: number;
  readonly title: string;
  readonly url: string;
  readonly status: PageStatus;
  readonly urgency: 'high' | 'low';
  /** Its name, such as `P1`. */
  readonly priority?: string;
  /** What de-duplicates it: Alertmanager writes the SHA-256 of its groupKey in hex. */
  readonly incidentKey?: string;
  readonly escalationPolicy?: string;
  readonly assignees: readonly PagerUser[];
  readonly createdAt: Date;
  /** When its status last changed, as far as PagerDuty says; its REST answers do, its webhooks do not. */
  readonly changedAt?: Date;
};

export type Page = Omit<PageSnapshot, 'changedAt'> & {
  /** Ours. */
  readonly incidentId: string;
  /** PagerDuty's time of the newest snapshot. */
  readonly asOf: Date;
  /** The newest snapshot's event id: of two at the same time the greater wins, so that every order ends alike. */
  readonly asOfEvent: string;
  /** See page-fold.ts. Absent: nothing is known but the snapshot. */
  readonly marks?: PageMarks;
};

/** Something that an event said, and when, in milliseconds of PagerDuty's time. */
export type Mark<T> = { readonly atMs: number; readonly event: string; readonly said: T };

/** What the newest event of each sort said. */
export type PageMarks = {
  /** Of the events that are about the status. */
  readonly status?: Mark<PageStatus>;
  /** Who acknowledged last, by name or as a Slack user id. */
  readonly acknowledged?: Mark<string>;
  /** When it last waited for somebody. */
  readonly waiting?: Mark<true>;
  /** The last priority whose name we know. */
  readonly severity?: Mark<Severity>;
};

/** What a person wrote in PagerDuty; kept until the page that it is about is known, and after that. */
export type PageNote = {
  readonly id: string;
  readonly pageId: string;
  readonly at: Date;
  /** A name; absent when an integration wrote it. */
  readonly by?: string;
  /** At most 4,000 characters. */
  readonly text: string;
};

/** What a webhook carries. */
export type PageEvent = {
  /** `event.id`: signed, and the same in every delivery of it. */
  readonly id: string;
  /** PagerDuty's time. */
  readonly at: Date;
  /** `incident.acknowledged`, `pagey.ping`, … */
  readonly type: string;
  /** Who did it; absent when a rule or an integration did. */
  readonly agent?: PagerUser;
} & (
  | { readonly kind: 'page'; readonly page: PageSnapshot }
  | { readonly kind: 'note'; readonly pageId: string; readonly noteId: string; readonly text: string }
  /** A test of the subscription. */
  | { readonly kind: 'ping' }
  /** A type that means nothing here, or one from the future: recorded and let pass. */
  | { readonly kind: 'other' }
);

/** Somebody on call. Level 1 is paged first. */
export type OnCall = { readonly user: PagerUser; readonly level: number };

/** Something people asked of PagerDuty; the flow sees to it that it is done once. */
export type PagerOrder = {
  readonly id: string;
  readonly incidentId: string;
  readonly order:
    | { readonly kind: 'note'; readonly text: string }
    | { readonly kind: 'escalate'; readonly level: number }
    | { readonly kind: 'reassign'; readonly users: readonly string[] };
  /** A Slack user id, or `firebreak`. */
  readonly requestedBy: string;
  readonly requestedAt: Date;
  readonly state: 'waiting' | 'done' | 'refused';
  /** Why it was refused, for people. */
  readonly reason?: string;
};
