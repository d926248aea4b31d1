/** `kubectl logs`: which pod, which container, how many lines. Log text is passed on byte for byte. */
import type { LogsAction } from '../../../domain/read-action.ts';
import type { Json } from '../../../domain/json.ts';
import { isLabelSelector } from '../../../domain/names.ts';
import { selectorOf, selectorText } from '../change/workload.ts';
import type { Connection } from '../connection.ts';
import { isNotFound, pathOf, podKind, type Discovery } from '../discovery.ts';
import { ApiRefusal, parseStatus } from '../errors.ts';
import { listAt, recordAt, textAt, textsAt } from '../live.ts';
import { defaultContainerOf } from './default-container.ts';
import { listAll } from './list-all.ts';
import { byLogging } from './pod-order.ts';
import { failure, failureOf, type Printed } from './printed.ts';

/** kubectl's limit for `-l` without `--tail`. */
const selectorTail = 10;
/** Pods read for one selector. */
const podsMax = 100;

type Scope = { readonly namespace: string; readonly signal: AbortSignal; readonly textLimit: number };

export async function readLogs(
  parts: { connection: Connection; discovery: Discovery },
  action: LogsAction<string>,
  scope: Scope,
): Promise<Printed> {
  if (action.allContainers === true && action.container !== undefined) {
    return failure(`error: --all-containers=true should not be specified with container name ${action.container}`);
  }
  const chosen = await choosePods(parts, action, scope);
  if ('exitCode' in chosen) return chosen;
  const notes: string[] = [...chosen.notes];
  const requests: { pod: string; container: string }[] = [];
  for (const pod of chosen.pods) {
    const containers = containersToRead(pod, action, notes);
    if ('exitCode' in containers) return { ...containers, err: notes.join('') + containers.err };
    const name = textAt(pod, 'metadata', 'name') ?? '';
    requests.push(...containers.names.map((container) => ({ pod: name, container })));
  }

  let out = '';
  // kubectl reads several in an order by chance, and says the first error: here those that can be read come before it.
  let failed: Printed | undefined;
  for (const { pod, container } of requests) {
    const left = scope.textLimit - Buffer.byteLength(out);
    if (left <= 0) return { out, err: notes.join(''), exitCode: 0, cut: true };
    const path = `${pathOf(podKind, { namespace: scope.namespace, name: pod, subresource: 'log' })}?${logQuery(action, container)}`;
    const answer = await parts.connection.request({
      method: 'GET',
      path,
      accept: 'application/json, */*',
      signal: scope.signal,
      timeoutMs: 60_000,
      keepBytes: left,
    });
    if (answer.status < 200 || answer.status > 299) {
      failed ??= failureOf([new ApiRefusal(parts.connection.name, parseStatus(answer.status, answer.body, answer))]);
      continue;
    }
    out += action.prefix === true ? prefixed(answer.body, `[pod/${pod}/${container}] `) : answer.body;
    if (answer.truncated) return { out, err: notes.join(''), exitCode: 0, cut: true };
  }
  return { out, err: notes.join('') + (failed?.err ?? ''), exitCode: failed?.exitCode ?? 0 };
}

/** Each line with where it is from, also a last one without its end. */
const prefixed = (body: string, prefix: string): string => body.replaceAll(/^(?=[^])/gm, prefix);

type Chosen = { readonly pods: readonly Json[]; readonly notes: readonly string[] };

async function choosePods(
  { connection, discovery }: { connection: Connection; discovery: Discovery },
  action: LogsAction<string>,
  scope: Scope,
): Promise<Chosen | Printed> {
  const { of } = action;
  const options = { signal: scope.signal };
  const pods = pathOf(podKind, { namespace: scope.namespace });
  try {
    if ('selector' in of) {
      if (!isLabelSelector(of.selector)) return failure('error: unable to parse requirement: the label selector');
      const found = await listAll(connection, pods, { ...options, query: { labelSelector: of.selector } });
      if (found.length === 0)
        return { out: '', err: `No resources found in ${scope.namespace} namespace.\n`, exitCode: 0 };
      if (found.length > podsMax) {
        return failure(
          `error: the selector finds ${found.length} pods; at most ${podsMax} are read. Narrow the selector.`,
        );
      }
      return { pods: found, notes: [] };
    }
    const kind = await discovery.find(of);
    if (kind === undefined) return failure(`error: the server doesn't have a resource type "${of.resource}"`);
    const object = await connection.get(pathOf(kind, { namespace: scope.namespace, name: of.name }), options);
    if (kind.kind === 'Pod') return { pods: [object], notes: [] };
    const selector = selectorForLogs(kind.kind, object);
    if (selector === undefined || selector === '') {
      return failure(`error: cannot get the logs from ${kind.kind} ${of.name}: it selects no pods`);
    }
    const listed = await listAll(connection, pods, { ...options, query: { labelSelector: selector } });
    const sorted = [...listed].sort(byLogging);
    const first = sorted[0];
    if (first === undefined) {
      // kubectl waits 20 s for a first pod.
      return failure('error: timed out waiting for the condition');
    }
    const name = textAt(first, 'metadata', 'name') ?? '';
    if (action.allPods === true) return podsToRead(sorted);
    return { pods: [first], notes: sorted.length > 1 ? [`Found ${sorted.length} pods, using pod/${name}\n`] : [] };
  } catch (error) {
    // kubectl wraps this one answer in words of its own.
    if (isNotFound(error) && 'name' in of) {
      return failure(`error: error from server (NotFound): ${error.status.message} in namespace "${scope.namespace}"`);
    }
    return failureOf([error]);
  }
}

const podsToRead = (pods: readonly Json[]): Chosen | Printed =>
  pods.length > podsMax
    ? failure(`error: there are ${pods.length} pods; at most ${podsMax} are read. Name one.`)
    : { pods, notes: [] };

/** Kinds whose pods kubectl finds by a selector. */
function selectorForLogs(kind: string, object: Json): string | undefined {
  if (kind === 'Service' || kind === 'ReplicationController') {
    return selectorText({ labels: textsAt(object, 'spec', 'selector'), expressions: [] });
  }
  return ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job'].includes(kind)
    ? selectorText(selectorOf(recordAt(object, 'spec', 'selector')))
    : undefined;
}

function containersToRead(
  pod: Json,
  action: LogsAction<string>,
  notes: string[],
): { readonly names: readonly string[] } | Printed {
  const names = (group: string): string[] => listAt(pod, 'spec', group).map((one) => textAt(one, 'name') ?? '');
  const init = names('initContainers');
  const main = names('containers');
  const ephemeral = names('ephemeralContainers');
  if (action.allContainers === true) return { names: [...init, ...main, ...ephemeral] };

  if (action.container === undefined) return { names: [defaultContainerOf(pod, action.allPods === true ? [] : notes)] };
  return [...main, ...init, ...ephemeral].includes(action.container)
    ? { names: [action.container] }
    : failure(`error: container ${action.container} is not valid for pod ${textAt(pod, 'metadata', 'name') ?? ''}`);
}

function logQuery(action: LogsAction<string>, container: string): string {
  const query = new URLSearchParams({ container });
  if (action.previous === true) query.set('previous', 'true');
  if (action.sinceSeconds !== undefined) query.set('sinceSeconds', String(action.sinceSeconds));
  if (action.sinceTime !== undefined) query.set('sinceTime', action.sinceTime);
  if (action.limitBytes !== undefined) query.set('limitBytes', String(action.limitBytes));
  const tail = action.tail ?? ('selector' in action.of ? selectorTail : -1);
  if (tail >= 0) query.set('tailLines', String(tail));
  if (action.timestamps === true) query.set('timestamps', 'true');
  return query.toString();
}
