/**
 * What the stand-in remembers of one PagerDuty account. Every change is announced once, which is what `waitFor`
 * listens to. Ids look like PagerDuty's own.
 */
import { createListeners } from '../listeners.ts';

/** Any JSON object of which only some fields matter here. */
export type JsonObject = { [field: string]: unknown };

export interface User {
  id: string;
  name: string;
  email: string;
}

/** `levels[0]` is paged first; each level lists user ids. */
export interface EscalationPolicy {
  id: string;
  name: string;
  levels: string[][];
}

export interface Service {
  id: string;
  name: string;
  escalationPolicy: string;
  /** The routing key of its Events API v2 integration. */
  integrationKey: string;
}

export interface Priority {
  id: string;
  name: string;
}

export type Status = 'triggered' | 'acknowledged' | 'resolved';

export interface Note {
  id: string;
  content: string;
  /** A user id; undefined: a rule wrote it. */
  user: string | undefined;
  atMs: number;
}

export interface Incident {
  id: string;
  number: number;
  key: string;
  title: string;
  service: string;
  status: Status;
  urgency: 'high' | 'low';
  /** An id. */
  priority: string | undefined;
  escalationPolicy: string;
  /** 1 is the first. */
  level: number;
  assignees: string[];
  assignedVia: 'escalation_policy' | 'direct_assignment';
  acknowledgers: string[];
  notes: Note[];
  createdAtMs: number;
  updatedAtMs: number;
  statusAtMs: number;
  statusBy: string | undefined;
  resolvedAtMs: number | undefined;
  reopenedAtMs: number | undefined;
}

export interface Account {
  subdomain: string;
  users: Map<string, User>;
  services: Map<string, Service>;
  escalationPolicies: Map<string, EscalationPolicy>;
  /** Most severe first. */
  priorities: readonly Priority[];
  /** Oldest first. */
  incidents: Map<string, Incident>;
  /** Milliseconds since 1970. */
  now(): number;
  /** A new id, such as `P0SBX01` for prefix `P` and 7 characters. */
  nextId(prefix: string, length: number): string;
  changed(): void;
  /** Calls back after each change, until the returned function is called. */
  onChange(listener: () => void): () => void;
}

export function createAccount(seed: {
  users: readonly User[];
  services: readonly Service[];
  escalationPolicies: readonly EscalationPolicy[];
  priorities: readonly Priority[];
  now: () => number;
}): Account {
  const listeners = createListeners();
  const byId = <One extends { id: string }>(all: readonly One[]) => new Map(all.map((one) => [one.id, { ...one }]));
  let lastId = 0;
  return {
    subdomain: 'sandbox',
    users: byId(seed.users),
    services: byId(seed.services),
    escalationPolicies: byId(seed.escalationPolicies),
    priorities: seed.priorities,
    incidents: new Map(),
    now: seed.now,
    nextId(prefix, length) {
      lastId += 1;
      return prefix + String(lastId).padStart(length - prefix.length, '0');
    },
    changed: listeners.tell,
    onChange: listeners.add,
  };
}
