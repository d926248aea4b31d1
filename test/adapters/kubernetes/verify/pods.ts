/** Pods as a kubelet reports them, in as few words as the tests need. */
import type { Json } from '../../../../src/domain/json.ts';
import { type Evidence, noEvidence } from '../../../../src/adapters/kubernetes/verify/trouble.ts';

export const start = Date.parse('2026-03-01T12:00:00Z');
/** A time stamp so many seconds after the change. */
export const after = (seconds: number): string => new Date(start + seconds * 1000).toISOString().replace('.000Z', 'Z');

type Fields = { readonly [field: string]: Json };
type PodWanted = {
  readonly name?: string;
  readonly statuses?: readonly Fields[];
  readonly inits?: readonly Fields[];
  readonly conditions?: readonly Fields[];
  readonly spec?: Fields;
  readonly metadata?: Fields;
  readonly status?: Fields;
};

export const pod = ({ name = 'web-1', statuses = [], inits, conditions, spec, metadata, status }: PodWanted): Json => ({
  metadata: { name, namespace: 'shop', uid: `uid-${name}`, creationTimestamp: after(0), ...metadata },
  spec: { restartPolicy: 'Always', containers: [{ name: 'app', image: 'web:2' }], ...spec },
  status: {
    phase: 'Pending',
    conditions: conditions ?? [{ type: 'PodScheduled', status: 'True', lastTransitionTime: after(0) }],
    containerStatuses: statuses,
    ...(inits === undefined ? {} : { initContainerStatuses: inits }),
    ...status,
  },
});

export const waiting = (reason: string, message = '', more: Fields = {}): Fields => ({
  name: 'app',
  image: 'web:2',
  restartCount: 0,
  state: { waiting: { reason, message } },
  lastState: {},
  ...more,
});

export const terminated = (exitCode: number, reason = 'Error', message?: string): Fields => ({
  terminated: { exitCode, reason, finishedAt: after(5), ...(message === undefined ? {} : { message }) },
});

export const looping = (restartCount: number, ended = terminated(1), more: Fields = {}): Fields =>
  waiting('CrashLoopBackOff', '', { restartCount, lastState: ended, ...more });

export const running = (more: Fields = {}): Fields => ({
  name: 'app',
  image: 'web:2',
  restartCount: 0,
  ready: false,
  state: { running: { startedAt: after(0) } },
  lastState: {},
  ...more,
});

export const eventFor = (name: string, reason: string, message: string, seconds = 0): Evidence => ({
  ...noEvidence,
  events: new Map([
    [`uid-${name}`, [{ reason, message, firstTimestamp: after(seconds), lastTimestamp: after(seconds) }]],
  ]),
});
