import type { Severity } from './severity.ts';

export type IncidentState = 'open' | 'acknowledged' | 'resolved';

/** One problem people work on. */
export type Incident = {
  readonly id: string;
  /** Counts from 1; part of the channel's name. */
  readonly number: number;
  /** Service and scope, see flow/incident-key.ts; at most one open incident has it. */
  readonly key: string;
  readonly service: string;
  readonly title: string;
  readonly severity: Severity;
  readonly state: IncidentState;
  /** Event time of the last change of state: an older event does not undo a newer one. Absent: since it opened. */
  readonly stateAt?: Date;
  readonly openedAt: Date;
  readonly acknowledgedBy?: string;
  readonly resolvedAt?: Date;
  /** Event time of the last resolved alert when no alert is firing any more. */
  readonly clearedAt?: Date;
  readonly channel?: string;
  /** Set before the first attempt to create the channel, so that a crash in between is seen. */
  readonly channelAskedAt?: Date;
};

/** An alert within this time of the incident's resolution reopens it; a later one opens a new incident. */
const reopenWithinMs = 30 * 60_000;

export function reopens(incident: Pick<Incident, 'state' | 'resolvedAt'>, alertStartsAt: Date): boolean {
  if (incident.state !== 'resolved' || !incident.resolvedAt) return false;
  return alertStartsAt.getTime() - incident.resolvedAt.getTime() <= reopenWithinMs;
}

/** Slack allows 80 characters of lower case, digits, `-` and `_` in a channel name. */
export function channelName(prefix: string, incident: Pick<Incident, 'number' | 'title'>): string {
  const slug = incident.title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return `${prefix}-${incident.number}-${slug}`.slice(0, 76).replace(/-+$/, '');
}
