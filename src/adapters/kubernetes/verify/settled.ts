/** Whether pods that are ready stay so: a rollout whose pods crash right after the start was none that worked. Pure. */
import type { Json } from '../../../domain/json.ts';
import { at, listAt, numberAt, textAt } from '../live.ts';
import { afterRestartMs } from './bounds.ts';
import { nameOf, serves, timeAt } from './trouble.ts';

/** Undefined: they have run long enough. */
export function whyUnsettled(pods: readonly Json[], now: number, settleMs: number): string | undefined {
  let waits = false;
  for (const pod of pods) {
    // Turned away or pushed off by its node: it stays there as Failed, and its controller has made another one.
    if (textAt(pod, 'status', 'phase') === 'Failed') continue;
    // The workload was read first: what it says of its pods may be over by now.
    if (!serves(pod)) return `pod ${nameOf(pod)} is not ready any more`;
    for (const status of listAt(pod, 'status', 'containerStatuses')) {
      const startedAt = timeAt(status, 'state', 'running', 'startedAt');
      if (startedAt === undefined) continue;
      const restarts = numberAt(status, 'restartCount') ?? 0;
      if (restarts > 0 && now - startedAt < afterRestartMs) {
        const times = restarts === 1 ? 'once' : `${restarts} times`;
        return `pod ${nameOf(pod)} restarted ${times} since the change; it has to run ${afterRestartMs / 1000} s`;
      }
      if (!hasReadiness(pod, textAt(status, 'name') ?? '') && now - startedAt < settleMs) waits = true;
    }
  }
  return waits ? `without a readiness probe they have to run ${settleMs / 1000} s` : undefined;
}

const hasReadiness = (pod: Json, container: string): boolean =>
  listAt(pod, 'spec', 'containers').some(
    (one) => textAt(one, 'name') === container && at(one, 'readinessProbe') !== undefined,
  );
