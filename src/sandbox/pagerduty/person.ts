/** What a person does in PagerDuty's own web page or app. Throws PagerDuty's refusal when it would say no. */
import type { Account, Incident, Note, User } from './account.ts';
import type { Change, Incidents, Trigger } from './incidents.ts';

export interface Person {
  trigger(trigger?: Trigger): Incident;
  acknowledge(incident: string): void;
  /** Lets go of an acknowledged incident, as its time-out does. */
  unacknowledge(incident: string): void;
  resolve(incident: string): void;
  reopen(incident: string): void;
  escalate(incident: string, level: number): void;
  reassign(incident: string, ...users: string[]): void;
  /** To another escalation policy. */
  delegate(incident: string, escalationPolicy: string): void;
  /** A name such as `P1`; `null` takes it away. */
  prioritize(incident: string, priority: string | null): void;
  note(incident: string, text: string): Note;
}

/** @param user undefined: a rule or time does it, and the events name no agent */
export function createPerson(account: Account, incidents: Incidents, user: User | undefined): Person {
  const change = (id: string, what: Change) => incidents.change(named(id), what, user);
  function named(id: string): Incident {
    const incident = account.incidents.get(id);
    if (!incident) throw new Error(`There is no incident ${id} in the stand-in for PagerDuty.`);
    return incident;
  }
  return {
    trigger: (trigger = {}) => incidents.trigger(trigger, user),
    acknowledge: (id) => change(id, { status: 'acknowledged' }),
    unacknowledge: (id) => change(id, { status: 'triggered' }),
    resolve: (id) => change(id, { status: 'resolved' }),
    reopen: (id) => change(id, { status: 'triggered' }),
    escalate: (id, level) => change(id, { level }),
    reassign: (id, ...assignees) => change(id, { assignees }),
    delegate: (id, escalationPolicy) => change(id, { escalationPolicy }),
    prioritize(id, name) {
      const priority = account.priorities.find((one) => one.name === name)?.id ?? '';
      change(id, { priority: name === null ? null : priority });
    },
    note: (id, text) => incidents.note(named(id), text, user),
  };
}
