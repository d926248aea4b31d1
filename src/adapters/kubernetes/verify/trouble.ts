/** What keeps one pod from serving, and what may be said about it. */
import type { Json } from '../../../domain/json.ts';
import { at, listAt, numberAt, textAt } from '../live.ts';

export type Trouble = {
  readonly pod: Json;
  /** Pods whose troubles have one key are told in one clause. */
  readonly key: string;
  readonly verb: keyof typeof verbs;
  /** Of several troubles of one key the one with the most weight is told. */
  readonly weight: number;
  readonly cause: string;
  /** It does not mend itself. */
  readonly isFinal: boolean;
  /** The container whose last words tell more. */
  readonly container?: string;
};

/** Of one pod, and of several. */
export const verbs = {
  start: ['does not start', 'do not start'],
  stay: ['does not stay up', 'do not stay up'],
  schedule: ['is Pending', 'are Pending'],
  ready: ['is not ready', 'are not ready'],
  end: ['does not end', 'do not end'],
} as const;

/** What was read besides the pods; what could not be read is not in it. */
export type Evidence = {
  /** By the uid of the object that they are about. */
  readonly events: ReadonlyMap<string, readonly Json[]>;
  /** The last line that a container wrote, by `wroteIn`. */
  readonly lastLines: ReadonlyMap<string, string>;
  /** Nodes that are known not to be ready. */
  readonly nodesDown: ReadonlySet<string>;
};

export const noEvidence: Evidence = { events: new Map(), lastLines: new Map(), nodesDown: new Set() };

export const uidOf = (object: Json): string => textAt(object, 'metadata', 'uid') ?? '';
export const nameOf = (object: Json): string => textAt(object, 'metadata', 'name') ?? '';
export const wroteIn = (pod: Json, container: string): string => `${uidOf(pod)}/${container}`;

/** Milliseconds since the epoch; undefined when there is no such time. */
export function timeAt(value: Json | undefined, ...path: readonly (string | number)[]): number | undefined {
  const time = Date.parse(textAt(value, ...path) ?? '');
  return Number.isNaN(time) ? undefined : time;
}

export const conditionOf = (object: Json, type: string): Json | undefined =>
  listAt(object, 'status', 'conditions').find((one) => textAt(one, 'type') === type);

export const isGoing = (pod: Json): boolean => at(pod, 'metadata', 'deletionTimestamp') !== undefined;

/** Ready, or through with its work as a pod of a Job is. */
export const serves = (pod: Json): boolean =>
  textAt(pod, 'status', 'phase') === 'Succeeded' || textAt(conditionOf(pod, 'Ready'), 'status') === 'True';

/** Events of one reason, with when they were first and last seen and their message. */
export function eventsOf(evidence: Evidence, uid: string, reasons: readonly string[]) {
  return (evidence.events.get(uid) ?? [])
    .filter((event) => reasons.includes(textAt(event, 'reason') ?? ''))
    .map((event) => {
      const made = timeAt(event, 'metadata', 'creationTimestamp') ?? 0;
      const first = timeAt(event, 'firstTimestamp') ?? timeAt(event, 'eventTime') ?? made;
      const last = timeAt(event, 'series', 'lastObservedTime') ?? timeAt(event, 'lastTimestamp') ?? first;
      return { first, last, message: textAt(event, 'message') ?? '', count: numberAt(event, 'count') ?? 1 };
    })
    .sort((a, b) => a.last - b.last);
}
