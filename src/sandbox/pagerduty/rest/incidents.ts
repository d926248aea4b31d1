import type { Incident } from '../account.ts';
import type { Change } from '../incidents.ts';
import { PagerDutyRefusal } from '../refusal.ts';
import { restIncident, restNote } from '../wire.ts';
import { bodyOf, type Call, incidentOf, isObject, type Operation } from './operation.ts';
import { page } from './pages.ts';

const dayMs = 86_400_000;

export const incidentOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: /^\/incidents$/,
    run: (call) => page(call.query, 'incidents', listed(call), (one) => restIncident(call.account, one)),
  },
  {
    method: 'GET',
    path: /^\/incidents\/([^/]+)$/,
    run: (call) => ({ status: 200, body: { incident: restIncident(call.account, incidentOf(call)) } }),
  },
  {
    method: 'PUT',
    path: /^\/incidents\/([^/]+)$/,
    run(call) {
      const incident = incidentOf(call);
      const agent = call.from();
      call.incidents.change(incident, changeIn(call), agent);
      return { status: 200, body: { incident: restIncident(call.account, incident) } };
    },
  },
  {
    method: 'GET',
    path: /^\/incidents\/([^/]+)\/notes$/,
    // The newest first, as in the reference's example.
    run: (call) => ({
      status: 200,
      body: {
        notes: incidentOf(call)
          .notes.toReversed()
          .map((note) => restNote(call.account, note)),
      },
    }),
  },
  {
    method: 'POST',
    path: /^\/incidents\/([^/]+)\/notes$/,
    run(call) {
      const incident = incidentOf(call);
      const agent = call.from();
      const { content } = bodyOf(call, 'note');
      const note = call.incidents.note(incident, typeof content === 'string' ? content : '', agent);
      return { status: 200, body: { note: restNote(call.account, note) } };
    },
  },
];

/** "REST API reference: List incidents": since and until are about when an incident was created. */
function listed({ account, query }: Call): Incident[] {
  const statuses = query.getAll('statuses[]');
  const services = query.getAll('service_ids[]');
  const key = query.get('incident_key');
  const { since, until } = range(query, account.now());
  const found = [...account.incidents.values()].filter(
    (one) =>
      (statuses.length === 0 || statuses.includes(one.status)) &&
      (services.length === 0 || services.includes(one.service)) &&
      (key === null || one.key === key) &&
      one.createdAtMs >= since &&
      one.createdAtMs <= until,
  );
  return sorted(found, query.get('sort_by') ?? 'created_at:asc');
}

/** A month by default, half a year at most, unless `date_range` is `all`. */
function range(query: URLSearchParams, now: number): { since: number; until: number } {
  if (query.get('date_range') === 'all') return { since: -Infinity, until: Infinity };
  const at = (name: string, otherwise: number) => {
    const text = query.get(name);
    const time = text === null ? otherwise : Date.parse(text);
    if (Number.isNaN(time)) throw new PagerDutyRefusal(2004);
    return time;
  };
  const until = at('until', now);
  const since = at('since', until - 30 * dayMs);
  if (until < since || until - since > 184 * dayMs) throw new PagerDutyRefusal(2005);
  return { since, until };
}

const fields: Record<string, (incident: Incident) => number> = {
  incident_number: (one) => one.number,
  created_at: (one) => one.createdAtMs,
  resolved_at: (one) => one.resolvedAtMs ?? Infinity,
  urgency: (one) => (one.urgency === 'high' ? 1 : 0),
};

function sorted(found: Incident[], by: string): Incident[] {
  const orders = by.split(',').map((part) => {
    const [field = '', direction = 'asc'] = part.split(':');
    const value = fields[field];
    if (!value || !['asc', 'desc'].includes(direction)) throw new PagerDutyRefusal(2001, ['Invalid sort_by']);
    return { value, sign: direction === 'asc' ? 1 : -1 };
  });
  return found.toSorted((a, b) => {
    for (const { value, sign } of orders) {
      const [one, other] = [value(a), value(b)];
      if (one !== other) return one < other ? -sign : sign;
    }
    return a.number - b.number;
  });
}

function changeIn(call: Call): Change {
  const sent = bodyOf(call, 'incident');
  if (sent.type !== 'incident' && sent.type !== 'incident_reference') {
    throw new PagerDutyRefusal(2001, ['Type must be incident or incident_reference']);
  }
  const { status, title, urgency, escalation_level: level, assignments, priority, escalation_policy: policy } = sent;
  if (urgency !== undefined && urgency !== 'high' && urgency !== 'low') {
    throw new PagerDutyRefusal(2001, ['Urgency must be high or low']);
  }
  if (level !== undefined && !Number.isInteger(level)) throw new PagerDutyRefusal(1006);
  if (status !== undefined && status !== 'triggered' && status !== 'acknowledged' && status !== 'resolved') {
    throw new PagerDutyRefusal(1003);
  }
  return {
    ...(status === undefined ? {} : { status }),
    ...(typeof title === 'string' ? { title } : {}),
    ...(urgency === undefined ? {} : { urgency }),
    ...(level === undefined ? {} : { level: Number(level) }),
    ...(Array.isArray(assignments) ? { assignees: assignments.map((one) => idIn(assigneeOf(one))) } : {}),
    ...(priority === undefined ? {} : { priority: priorityId(call, priority) }),
    ...(policy === undefined ? {} : { escalationPolicy: idIn(policy) }),
  };
}

const assigneeOf = (assignment: unknown): unknown => (isObject(assignment) ? assignment.assignee : undefined);
const idIn = (reference: unknown): string => (isObject(reference) ? String(reference.id) : '');

/** A reference, or a name: then the most severe of that name. */
function priorityId({ account }: Call, sent: unknown): string | null {
  if (sent === null) return null;
  if (typeof sent !== 'string') return idIn(sent);
  return account.priorities.find(({ name }) => name === sent)?.id ?? '';
}
