/** A pod in short: phase, reasons and exit codes; and its events. Messages may hold values, so they are masked. */
import type { Json } from '../../../../domain/json.ts';
import { maskText } from '../../../../domain/masking.ts';
import { listAt, numberAt, textAt } from '../../live.ts';

const stateMax = 600;
const eventsMax = 20;
const messageMax = 300;

/** `Running; app: waiting (CrashLoopBackOff), before that exit 1 (Error), 5 restarts`. */
export function podState(pod: Json): string {
  const reason = textAt(pod, 'status', 'reason');
  const phase = `${textAt(pod, 'status', 'phase') ?? 'Unknown'}${reason === undefined ? '' : ` (${reason})`}`;
  const statuses = [...listAt(pod, 'status', 'initContainerStatuses'), ...listAt(pod, 'status', 'containerStatuses')];
  return [phase, ...statuses.map(containerState)].join('; ').slice(0, stateMax);
}

function containerState(status: Json): string {
  const before = ended(status, 'lastState');
  const restarts = numberAt(status, 'restartCount') ?? 0;
  const now =
    ended(status, 'state') ??
    (textAt(status, 'state', 'running', 'startedAt') === undefined
      ? `waiting (${textAt(status, 'state', 'waiting', 'reason') ?? 'for no given reason'})`
      : 'running');
  return [
    `${textAt(status, 'name') ?? ''}: ${now}`,
    ...(before === undefined ? [] : [`before that ${before}`]),
    ...(restarts === 0 ? [] : [`${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`]),
  ].join(', ');
}

function ended(status: Json, which: 'state' | 'lastState'): string | undefined {
  const exitCode = numberAt(status, which, 'terminated', 'exitCode');
  if (exitCode === undefined) return undefined;
  const reason = textAt(status, which, 'terminated', 'reason');
  return `exit ${exitCode}${reason === undefined ? '' : ` (${reason})`}`;
}

/** The newest, oldest first: `2026-03-01T12:00:00Z Warning BackOff ×12: Back-off restarting failed container`. */
export const eventLines = (events: readonly Json[]): readonly string[] =>
  events
    .toSorted((a, b) => seenAt(a).localeCompare(seenAt(b)))
    .slice(-eventsMax)
    .map((event) => {
      const count = numberAt(event, 'series', 'count') ?? numberAt(event, 'count') ?? 1;
      const head = [seenAt(event), textAt(event, 'type') ?? '', textAt(event, 'reason') ?? ''].join(' ').trim();
      const message = maskText((textAt(event, 'message') ?? '').trim()).replaceAll(/\s+/g, ' ');
      return `${head}${count > 1 ? ` ×${count}` : ''}: ${message.slice(0, messageMax)}`;
    });

const seenAt = (event: Json): string =>
  (
    textAt(event, 'series', 'lastObservedTime') ??
    textAt(event, 'lastTimestamp') ??
    textAt(event, 'eventTime') ??
    textAt(event, 'metadata', 'creationTimestamp') ??
    ''
  ).slice(0, 40);
