/**
 * What tells more about pods in trouble: their events, the last words of their containers, the state of their nodes.
 * Every read is optional: what is forbidden or does not answer is left out of the sentence.
 */
import { OperationError } from '../../../domain/errors.ts';
import type { Json } from '../../../domain/json.ts';
import { maskText } from '../../../domain/masking.ts';
import type { Connection } from '../connection.ts';
import { pathOf, podKind } from '../discovery.ts';
import { at, listAt, textAt } from '../live.ts';
import { readyToMask } from '../shown-text.ts';
import { grouped } from './sentence.ts';
import { shortText } from './short-text.ts';
import {
  conditionOf,
  type Evidence,
  isGoing,
  nameOf,
  noEvidence,
  serves,
  type Trouble,
  uidOf,
  wroteIn,
} from './trouble.ts';

/** More pods in the same trouble tell the same. */
const askedMax = 3;
const timeoutMs = 5_000;
const logBytesMax = 16 * 1024;
/** A secret may be written over several lines: they are masked together. */
const logLines = 20;

export async function optional<T>(read: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof OperationError) return otherwise;
    throw error;
  }
}

/** For what the verdict needs where it may be had: a cluster that does not answer is asked again. */
export async function unlessForbidden<T>(read: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof OperationError && error.code === 'cluster-denied') return otherwise;
    throw error;
  }
}

/** Events about the pods that do not serve and about `others`; which nodes of pods that should end are down. */
export async function readEvents(
  connection: Connection,
  namespace: string,
  { pods, others }: { pods: readonly Json[]; others: readonly Json[] },
): Promise<Evidence> {
  const events = new Map<string, readonly Json[]>();
  const asked = [...pods.filter((pod) => !serves(pod) || isGoing(pod)).slice(0, askedMax), ...others];
  const nodes = new Set(asked.flatMap((one) => (isGoing(one) ? (textAt(one, 'spec', 'nodeName') ?? []) : [])));
  const nodesDown = new Set<string>();
  await Promise.all([
    ...asked.map(async (object) => {
      const query = new URLSearchParams({ fieldSelector: `involvedObject.uid=${uidOf(object)}`, limit: '100' });
      const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events?${query.toString()}`;
      events.set(
        uidOf(object),
        await optional(async () => listAt(await connection.get(path, { timeoutMs }), 'items'), []),
      );
    }),
    ...[...nodes].slice(0, askedMax).map(async (name) => {
      if (await optional(() => isDown(connection, name), false)) nodesDown.add(name);
    }),
  ]);
  return { ...noEvidence, events, nodesDown };
}

async function isDown(connection: Connection, node: string): Promise<boolean> {
  const live = await connection.get(`/api/v1/nodes/${encodeURIComponent(node)}`, { timeoutMs });
  const ready = conditionOf(live, 'Ready');
  return ready !== undefined && textAt(ready, 'status') !== 'True';
}

/** With the last line of one container for each kind of trouble that will be told. */
export async function withLastLines(
  connection: Connection,
  evidence: Evidence,
  troubles: readonly Trouble[],
): Promise<Evidence> {
  const lastLines = new Map<string, string>();
  await Promise.all(
    grouped(troubles)
      .slice(0, askedMax)
      .map(async ([{ pod, container }]) => {
        if (container === undefined) return;
        const line = await lastWords(connection, pod, container);
        if (line !== undefined) lastLines.set(wroteIn(pod, container), line);
      }),
  );
  return { ...evidence, lastLines };
}

/** Undefined: it wrote nothing, or we may not read it. */
export const lastWords = (connection: Connection, pod: Json, container: string): Promise<string | undefined> =>
  optional(() => lastLineOf(connection, pod, container), undefined);

async function lastLineOf(connection: Connection, pod: Json, container: string): Promise<string | undefined> {
  const statuses = [...listAt(pod, 'status', 'initContainerStatuses'), ...listAt(pod, 'status', 'containerStatuses')];
  const status = statuses.find((one) => textAt(one, 'name') === container);
  // Of a container that ended and was not started again yet, the log is the current one.
  const isRunning = at(status, 'state', 'running') !== undefined;
  const query = new URLSearchParams({
    container,
    tailLines: String(logLines),
    limitBytes: String(logBytesMax),
    ...(isRunning ? { previous: 'true' } : {}),
  });
  const namespace = textAt(pod, 'metadata', 'namespace') ?? '';
  const path = `${pathOf(podKind, { namespace, name: nameOf(pod) })}/log?${query.toString()}`;
  const answer = await connection.request({
    method: 'GET',
    path,
    accept: 'text/plain, */*',
    timeoutMs,
    keepBytes: logBytesMax,
  });
  if (answer.status !== 200) return undefined;
  return lastLine(answer.body);
}

/** Masked with the lines before it. */
export function lastLine(text: string): string | undefined {
  const lines = maskText(readyToMask(text)).split('\n');
  return lines.map((line) => shortText(line)).findLast((line) => line !== '');
}
