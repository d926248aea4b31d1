/**
 * How PagerDuty writes things: an incident looks one way in the REST API ("REST API reference: Incidents") and another
 * in a webhook ("Webhooks: Event Data Types").
 */
import type { Account, Incident, JsonObject, Note, User } from './account.ts';

/** ISO 8601 in whole seconds, as in the API's examples. */
const seconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** A resource reference, or null. Kinds are plural as in addresses, such as `users`. */
export function reference(
  account: Account,
  kind: 'users' | 'services' | 'escalation_policies' | 'priorities' | 'incidents',
  of: { id: string; summary: string } | undefined,
  type: string,
): JsonObject | null {
  if (!of) return null;
  const page = kind === 'services' ? 'service-directory' : kind;
  return {
    id: of.id,
    type,
    summary: of.summary,
    self: `https://api.pagerduty.com/${kind}/${of.id}`,
    html_url: `https://${account.subdomain}.pagerduty.com/${page}/${of.id}`,
  };
}

export const userReference = (account: Account, user: User | undefined) =>
  reference(account, 'users', user && { id: user.id, summary: user.name }, 'user_reference');

const incidentUrl = (account: Account, id: string): string =>
  `https://${account.subdomain}.pagerduty.com/incidents/${id}`;

const userById = (account: Account, id: string | undefined) =>
  userReference(account, id === undefined ? undefined : account.users.get(id));

function places(account: Account, incident: Incident) {
  const service = account.services.get(incident.service);
  const policy = account.escalationPolicies.get(incident.escalationPolicy);
  const priority = account.priorities.find(({ id }) => id === incident.priority);
  const named = (one: { id: string; name: string } | undefined) => one && { id: one.id, summary: one.name };
  return {
    service: reference(account, 'services', named(service), 'service_reference'),
    escalation_policy: reference(account, 'escalation_policies', named(policy), 'escalation_policy_reference'),
    priority: reference(account, 'priorities', named(priority), 'priority_reference'),
  };
}

/** As `GET /incidents/{id}` answers. */
export function restIncident(account: Account, incident: Incident): JsonObject {
  const at = seconds(incident.statusAtMs);
  return {
    id: incident.id,
    type: 'incident',
    summary: `[#${incident.number}] ${incident.title}`,
    self: `https://api.pagerduty.com/incidents/${incident.id}`,
    html_url: incidentUrl(account, incident.id),
    incident_number: incident.number,
    title: incident.title,
    created_at: seconds(incident.createdAtMs),
    updated_at: seconds(incident.updatedAtMs),
    status: incident.status,
    incident_key: incident.key,
    ...places(account, incident),
    urgency: incident.urgency,
    assigned_via: incident.assignedVia,
    assignments: incident.assignees.map((id) => ({ at, assignee: userById(account, id) })),
    acknowledgements: incident.acknowledgers.map((id) => ({ at, acknowledger: userById(account, id) })),
    last_status_change_at: at,
    last_status_change_by: userById(account, incident.statusBy),
    resolved_at: incident.resolvedAtMs === undefined ? null : seconds(incident.resolvedAtMs),
    teams: [],
    pending_actions: [],
    incident_type: { name: 'incident_default' },
    resolve_reason: null,
  };
}

/** As `event.data` of a webhook about an incident. */
export function webhookIncident(account: Account, incident: Incident): JsonObject {
  return {
    id: incident.id,
    type: 'incident',
    self: `https://api.pagerduty.com/incidents/${incident.id}`,
    html_url: incidentUrl(account, incident.id),
    number: incident.number,
    status: incident.status,
    incident_key: incident.key,
    created_at: seconds(incident.createdAtMs),
    ...(incident.reopenedAtMs === undefined ? {} : { reopened_at: seconds(incident.reopenedAtMs) }),
    title: incident.title,
    incident_type: { name: 'incident_default' },
    ...places(account, incident),
    assignees: incident.assignees.map((id) => userById(account, id)),
    teams: [],
    urgency: incident.urgency,
    conference_bridge: null,
    resolve_reason: null,
  };
}

/** As `event.data` of `incident.annotated`. */
export function webhookNote(account: Account, incident: Incident, note: Note): JsonObject {
  return {
    incident: reference(account, 'incidents', { id: incident.id, summary: incident.title }, 'incident_reference'),
    id: note.id,
    content: note.content,
    trimmed: false,
    type: 'incident_note',
  };
}

export function restNote(account: Account, note: Note): JsonObject {
  return {
    id: note.id,
    user: userById(account, note.user),
    channel: { summary: 'The PagerDuty website or APIs' },
    content: note.content,
    created_at: seconds(note.atMs),
    updated_at: seconds(note.atMs),
  };
}

export function restUser(account: Account, user: User): JsonObject {
  return {
    ...userReference(account, user),
    type: 'user',
    name: user.name,
    email: user.email,
    time_zone: 'Etc/UTC',
    role: 'user',
    invitation_sent: false,
  };
}
