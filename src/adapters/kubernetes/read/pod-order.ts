/** The order in which kubectl prefers pods: assigned, running, ready, ready for longer; then by restarts, then older. */
import type { Json } from '../../../domain/json.ts';
import { listAt, numberAt, textAt } from '../live.ts';

const phases: Readonly<Record<string, number>> = { Running: 0, Unknown: 1, Pending: 2 };

/** For their logs: more restarts first. */
export const byLogging = (a: Json, b: Json): number =>
  byReadiness(a, b) || restarts(b) - restarts(a) || sidecarRestarts(b) - sidecarRestarts(a) || byAge(a, b);

/** For a command: fewer restarts first. Source: kubectl 1.34, `podutils.ActivePods`, by its behaviour. */
export const byAttaching = (a: Json, b: Json): number =>
  byReadiness(a, b) || restarts(a) - restarts(b) || sidecarRestarts(a) - sidecarRestarts(b) || byAge(a, b);

function byReadiness(a: Json, b: Json): number {
  const assigned = (pod: Json): number => ((textAt(pod, 'spec', 'nodeName') ?? '') === '' ? 1 : 0);
  // A phase that kubectl's table lacks (Succeeded, Failed) counts as Running there.
  const phase = (pod: Json): number => phases[textAt(pod, 'status', 'phase') ?? ''] ?? 0;
  const ready = (pod: Json): number => (readySince(pod) === undefined ? 1 : 0);
  return (
    assigned(a) - assigned(b) || phase(a) - phase(b) || ready(a) - ready(b) || time(readySince(a)) - time(readySince(b))
  );
}

const byAge = (a: Json, b: Json): number =>
  time(textAt(a, 'metadata', 'creationTimestamp')) - time(textAt(b, 'metadata', 'creationTimestamp'));

function readySince(pod: Json): string | undefined {
  const ready = listAt(pod, 'status', 'conditions').find((one) => textAt(one, 'type') === 'Ready');
  return textAt(ready, 'status') === 'True' ? (textAt(ready, 'lastTransitionTime') ?? '') : undefined;
}

/** A time that is not there is after all others. */
const time = (text: string | undefined): number => {
  const parsed = Date.parse(text ?? '');
  return Number.isNaN(parsed) ? Number.MAX_SAFE_INTEGER : parsed;
};

const restarts = (pod: Json): number =>
  Math.max(0, ...listAt(pod, 'status', 'containerStatuses').map((one) => numberAt(one, 'restartCount') ?? 0));

function sidecarRestarts(pod: Json): number {
  const sidecars = listAt(pod, 'spec', 'initContainers')
    .filter((one) => textAt(one, 'restartPolicy') === 'Always')
    .map((one) => textAt(one, 'name'));
  const counts = listAt(pod, 'status', 'initContainerStatuses')
    .filter((one) => sidecars.includes(textAt(one, 'name')))
    .map((one) => numberAt(one, 'restartCount') ?? 0);
  return Math.max(0, ...counts);
}
