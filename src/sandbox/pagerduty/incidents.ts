/**
 * What can happen to an incident, and the event that says so ("Webhooks: Event Types"). A resolved incident that is set
 * to triggered or acknowledged is reopened ("REST API reference: Update an incident"): to triggered it goes to its
 * escalation policy again, to acknowledged to whoever asked.
 */
import type { Account, Incident, JsonObject, Note, Status, User } from './account.ts';
import { PagerDutyRefusal } from './refusal.ts';
import { webhookIncident, webhookNote } from './wire.ts';

export type Publish = (event: {
  type: string;
  /** Undefined: a rule, an integration or time. */
  agent: User | undefined;
  /** Whose queue it waits in. */
  resource: string;
  service: string;
  data: JsonObject;
}) => void;

export interface Trigger {
  /** A service id; the first service by default. */
  service?: string;
  title?: string;
  /** What de-duplicates it; a new one by default. */
  key?: string;
  urgency?: 'high' | 'low';
  /** A name such as `P1`. */
  priority?: string;
}

export interface Change {
  status?: Status;
  title?: string;
  urgency?: 'high' | 'low';
  /** An id; `null` takes it away. */
  priority?: string | null;
  /** 1 is the first. */
  level?: number;
  assignees?: readonly string[];
  escalationPolicy?: string;
}

export interface Incidents {
  /** Opens an incident, unless one with this key is open on the service: then that one. */
  trigger(trigger: Trigger, agent?: User): Incident;
  /** All or nothing: throws a refusal before anything is changed. */
  change(incident: Incident, change: Change, agent: User | undefined): void;
  note(incident: Incident, content: string, agent: User | undefined): Note;
  /** The incident of that key that is not resolved. */
  open(service: string, key: string): Incident | undefined;
}

const notesMax = 2_000;

export function createIncidents({ account, publish }: { account: Account; publish: Publish }): Incidents {
  const levelsOf = (policy: string) => account.escalationPolicies.get(policy)?.levels ?? [];

  function tell(incident: Incident, type: string, agent: User | undefined): void {
    incident.updatedAtMs = account.now();
    const data = webhookIncident(account, incident);
    publish({ type: `incident.${type}`, agent, resource: incident.id, service: incident.service, data });
  }

  function assignLevel(incident: Incident, level: number): void {
    incident.level = level;
    incident.assignees = [...(levelsOf(incident.escalationPolicy)[level - 1] ?? [])];
    incident.assignedVia = 'escalation_policy';
  }

  function setStatus(incident: Incident, status: Status, agent: User | undefined): void {
    incident.status = status;
    incident.statusAtMs = account.now();
    incident.statusBy = agent?.id;
    incident.acknowledgers = status === 'acknowledged' && agent ? [agent.id] : [];
    if (status === 'resolved') incident.assignees = [];
    incident.resolvedAtMs = status === 'resolved' ? account.now() : undefined;
  }

  function moveTo(incident: Incident, status: Status, agent: User | undefined): void {
    if (incident.status === 'resolved') {
      setStatus(incident, status, agent);
      incident.reopenedAtMs = account.now();
      assignLevel(incident, 1);
      if (status === 'acknowledged' && agent) {
        incident.assignees = [agent.id];
        incident.assignedVia = 'direct_assignment';
      }
      return tell(incident, 'reopened', agent);
    }
    if (incident.status === status) return;
    setStatus(incident, status, agent);
    tell(incident, status === 'triggered' ? 'unacknowledged' : status, agent);
  }

  /** Somebody new has to look: an acknowledged incident is triggered again. */
  function handOver(incident: Incident, type: string, agent: User | undefined): void {
    if (incident.status === 'acknowledged') setStatus(incident, 'triggered', agent);
    tell(incident, type, agent);
  }

  function check(incident: Incident, change: Change): void {
    const { status, level, assignees, escalationPolicy, priority } = change;
    if (status === 'resolved' && incident.status === 'resolved') throw new PagerDutyRefusal(1001);
    if (status === 'acknowledged' && incident.status === 'acknowledged') throw new PagerDutyRefusal(1002);
    const reopens = status === 'triggered' || status === 'acknowledged';
    if ((level ?? assignees ?? escalationPolicy) !== undefined && incident.status === 'resolved' && !reopens) {
      throw new PagerDutyRefusal(1001);
    }
    const policy = escalationPolicy ?? incident.escalationPolicy;
    if (!account.escalationPolicies.has(policy)) throw new PagerDutyRefusal(1014);
    if (level !== undefined && levelsOf(policy)[level - 1] === undefined) throw new PagerDutyRefusal(1006);
    if (assignees?.some((id) => !account.users.has(id))) throw new PagerDutyRefusal(1007);
    if (typeof priority === 'string' && !account.priorities.some(({ id }) => id === priority)) {
      throw new PagerDutyRefusal(1020);
    }
  }

  const open: Incidents['open'] = (service, key) =>
    [...account.incidents.values()].find(
      (one) => one.service === service && one.key === key && one.status !== 'resolved',
    );

  return {
    open,
    trigger({ title = 'The server is on fire', urgency = 'high', ...given }, agent) {
      const service = account.services.get(given.service ?? [...account.services.keys()][0] ?? '');
      if (!service) throw new Error(`There is no service ${given.service} in the stand-in for PagerDuty.`);
      const known = given.key === undefined ? undefined : open(service.id, given.key);
      if (known) return known;
      const now = account.now();
      const id = account.nextId('Q0SBX', 14);
      const incident: Incident = {
        id,
        number: account.incidents.size + 1,
        key: given.key ?? `key-of-${id}`,
        title,
        service: service.id,
        status: 'triggered',
        urgency,
        priority: account.priorities.find(({ name }) => name === given.priority)?.id,
        escalationPolicy: service.escalationPolicy,
        level: 1,
        assignees: [],
        assignedVia: 'escalation_policy',
        acknowledgers: [],
        notes: [],
        createdAtMs: now,
        updatedAtMs: now,
        statusAtMs: now,
        statusBy: agent?.id,
        resolvedAtMs: undefined,
        reopenedAtMs: undefined,
      };
      assignLevel(incident, 1);
      account.incidents.set(id, incident);
      tell(incident, 'triggered', agent);
      account.changed();
      return incident;
    },

    change(incident, change, agent) {
      check(incident, change);
      const { status, title, urgency, priority, level, assignees, escalationPolicy } = change;
      // PagerDuty has no event for these two.
      if (title !== undefined) incident.title = title;
      if (urgency !== undefined) incident.urgency = urgency;
      incident.updatedAtMs = account.now();
      if (priority !== undefined) {
        incident.priority = priority ?? undefined;
        tell(incident, 'priority_updated', agent);
      }
      if (status !== undefined) moveTo(incident, status, agent);
      if (escalationPolicy !== undefined) {
        incident.escalationPolicy = escalationPolicy;
        assignLevel(incident, 1);
        handOver(incident, 'delegated', agent);
      }
      if (level !== undefined) {
        assignLevel(incident, level);
        handOver(incident, 'escalated', agent);
      }
      if (assignees !== undefined) {
        incident.assignees = [...assignees];
        incident.assignedVia = 'direct_assignment';
        handOver(incident, 'reassigned', agent);
      }
      account.changed();
    },

    note(incident, content, agent) {
      if (content === '') throw new PagerDutyRefusal(2001, ['Content cannot be empty']);
      if (incident.notes.length >= notesMax) throw new PagerDutyRefusal(2001, ['Too many notes']);
      const note: Note = { id: account.nextId('P', 7), content, user: agent?.id, atMs: account.now() };
      incident.notes.push(note);
      incident.updatedAtMs = account.now();
      publish({
        type: 'incident.annotated',
        agent,
        resource: incident.id,
        service: incident.service,
        data: webhookNote(account, incident, note),
      });
      account.changed();
      return note;
    },
  };
}
