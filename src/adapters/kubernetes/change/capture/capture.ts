/**
 * What is left of pods when they are gone: their last log lines, events and state, read before the request that ends
 * them. What cannot be had is said and stops nothing.
 */
import { type Captured, type CapturedPod, captureLimits } from '../../../../domain/capture.ts';
import type { Json } from '../../../../domain/json.ts';
import { objectName } from '../../../../domain/plan.ts';
import type { CaptureOptions, EffectPlan } from '../../../../flow/ports.ts';
import type { Connection } from '../../connection.ts';
import { listAt, textAt } from '../../live.ts';
import { endingPods } from './ending-pods.ts';
import { fitPod } from './fit.ts';
import { readPodLogs } from './pod-logs.ts';
import { eventLines, podState } from './pod-state.ts';
import { whyNot } from './why-not.ts';

/** Looked at side by side. */
const atOnce = 5;
const eventsReadMax = 100;

export async function captureEnding(
  { connection }: { readonly connection: Connection },
  plan: EffectPlan,
  { signal, podsMax, bytesMax }: CaptureOptions,
): Promise<Captured> {
  const { target } = plan;
  let ending: readonly Json[];
  try {
    ending = await endingPods(connection, plan, signal);
  } catch (error) {
    return { pods: [], missing: [`pods of ${target.kind} ${objectName(target)}: ${whyNot(error)}`] };
  }
  const first = ending.slice(0, podsMax);
  const podBytes = Math.min(captureLimits.podBytes, Math.floor(bytesMax / Math.max(1, first.length)));
  const pods: CapturedPod[] = [];
  for (let from = 0; from < first.length; from += atOnce) {
    const some = first.slice(from, from + atOnce).map((pod) => capturePod(connection, pod, signal));
    pods.push(...(await Promise.all(some)).map((pod) => fitPod(pod, podBytes)));
  }
  const others = ending.length - first.length;
  const untold = `${others} more ${others === 1 ? 'pod ends' : 'pods end'}; of ${others === 1 ? 'it' : 'them'} nothing is kept`;
  return { pods, missing: others > 0 ? [untold] : [] };
}

async function capturePod(connection: Connection, pod: Json, signal: AbortSignal): Promise<CapturedPod> {
  const namespace = textAt(pod, 'metadata', 'namespace') ?? '';
  const name = textAt(pod, 'metadata', 'name') ?? '';
  const [logs, events] = await Promise.all([
    readPodLogs(connection, pod, signal),
    readEvents(connection, { namespace, name, uid: textAt(pod, 'metadata', 'uid') ?? '' }, signal),
  ]);
  return {
    namespace,
    name,
    state: podState(pod),
    events: events.lines,
    logs: logs.flatMap((log) => ('text' in log ? [log] : [])),
    missing: [...logs.flatMap((log) => ('missing' in log ? [log.missing] : [])), ...events.missing],
  };
}

async function readEvents(
  connection: Connection,
  { namespace, name, uid }: { namespace: string; name: string; uid: string },
  signal: AbortSignal,
): Promise<{ readonly lines: readonly string[]; readonly missing: readonly string[] }> {
  const query = new URLSearchParams({
    fieldSelector: `involvedObject.name=${name},involvedObject.uid=${uid}`,
    limit: String(eventsReadMax),
  });
  try {
    const list = await connection.get(
      `/api/v1/namespaces/${encodeURIComponent(namespace)}/events?${query.toString()}`,
      { signal },
    );
    return { lines: eventLines(listAt(list, 'items')), missing: [] };
  } catch (error) {
    return { lines: [], missing: [`events of ${name}: ${whyNot(error)}`] };
  }
}
