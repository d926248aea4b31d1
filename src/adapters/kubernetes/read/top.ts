/** `kubectl top`: which requests it makes of the metrics API, and what it says when there is nothing. */
import type { TopAction } from '../../../domain/read-action.ts';
import type { Json } from '../../../domain/json.ts';
import { isLabelSelector } from '../../../domain/names.ts';
import type { Connection } from '../connection.ts';
import { pathOf, podKind, type Kind } from '../discovery.ts';
import { ApiRefusal } from '../errors.ts';
import { listAt, textAt } from '../live.ts';
import { listAll } from './list-all.ts';
import { failure, printed, type Printed } from './printed.ts';
import { printNodeUsage, printPodUsage } from './usage.ts';

const metricsGroup = 'metrics.k8s.io';
const metricsVersion = 'v1beta1';
const metricsPath = `/apis/${metricsGroup}/${metricsVersion}`;
const discoveryAccept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
/** A pod's metrics may take this long, says kubectl. */
const metricsDelayMs = 2 * 60_000;

type Scope = {
  readonly namespace: string;
  readonly signal: AbortSignal;
  /** A sentence when this may not be read. */
  readonly outside: (kind: Kind) => string | undefined;
};

export async function readTop(connection: Connection, action: TopAction<string>, scope: Scope): Promise<Printed> {
  const outside = action.what === 'pods' ? scope.outside(podKind) : undefined;
  if (outside !== undefined) return failure(`error: ${outside}`);
  if (action.name !== undefined && action.selector !== undefined) {
    return failure(`error: only one of NAME or ${action.what === 'pods' ? '' : '--'}selector can be provided`);
  }
  if (action.selector !== undefined && !isLabelSelector(action.selector)) {
    return failure('error: unable to parse requirement: the label selector');
  }
  if (!(await hasMetrics(connection, scope.signal))) return failure('error: Metrics API not available');
  return action.what === 'pods' ? await topPods(connection, action, scope) : await topNodes(connection, action, scope);
}

/** The group may be listed although nobody answers for it: that is another error, and kubectl's too. */
async function hasMetrics(connection: Connection, signal: AbortSignal): Promise<boolean> {
  const answer = await connection.get('/apis', { accept: discoveryAccept, signal });
  const groups = [
    ...listAt(answer, 'items').map((group) => [textAt(group, 'metadata', 'name'), group] as const),
    ...listAt(answer, 'groups').map((group) => [textAt(group, 'name'), group] as const),
  ];
  return groups.some(
    ([name, group]) =>
      name === metricsGroup && listAt(group, 'versions').some((one) => textAt(one, 'version') === metricsVersion),
  );
}

async function topPods(connection: Connection, action: TopAction<string>, scope: Scope): Promise<Printed> {
  const { signal } = scope;
  const everywhere = action.allNamespaces === true;
  const namespaces = everywhere ? '' : `/namespaces/${encodeURIComponent(scope.namespace)}`;
  const metrics = await metricsOf(connection, `${metricsPath}${namespaces}/pods`, action, signal);
  const out = printPodUsage(metrics, {
    namespaces: everywhere,
    containers: action.containers === true,
    headers: action.noHeaders !== true,
    total: action.sum === true,
    ...(action.sortBy && { sortBy: action.sortBy }),
  });
  if (metrics.length > 0) return printed(out);
  const missing = await withoutMetrics(connection, action, scope);
  if (missing !== undefined) return failure(`error: ${missing}`);
  return printed('', everywhere ? 'No resources found\n' : `No resources found in ${scope.namespace} namespace.\n`);
}

/** Why there are no metrics: undefined when there are no pods either. kubectl looks in one namespace even with -A. */
async function withoutMetrics(
  connection: Connection,
  action: TopAction<string>,
  { namespace, signal }: Scope,
): Promise<string | undefined> {
  const query = {
    ...(action.selector === undefined ? {} : { labelSelector: action.selector }),
    ...(action.fieldSelector === undefined ? {} : { fieldSelector: action.fieldSelector }),
  };
  const pods = await listAll(connection, pathOf(podKind, { namespace }), { query, signal });
  if (pods.length === 0) return undefined;
  for (const pod of pods) {
    const age = Date.now() - Date.parse(textAt(pod, 'metadata', 'creationTimestamp') ?? '');
    if (age > metricsDelayMs) {
      return `Metrics not available for pod ${namespace}/${textAt(pod, 'metadata', 'name') ?? ''}, age: ${goDuration(age)}`;
    }
  }
  return 'metrics not available yet';
}

async function topNodes(connection: Connection, action: TopAction<string>, { signal }: Scope): Promise<Printed> {
  const metrics = await metricsOf(connection, `${metricsPath}/nodes`, action, signal);
  if (metrics.length === 0) return failure('error: metrics not available yet');
  const query = action.selector === undefined ? {} : { labelSelector: action.selector };
  const nodes =
    action.name === undefined
      ? await listAll(connection, '/api/v1/nodes', { query, signal })
      : [await connection.get(`/api/v1/nodes/${encodeURIComponent(action.name)}`, { signal })];
  return printed(
    printNodeUsage(metrics, nodes, {
      headers: action.noHeaders !== true,
      of: action.of ?? 'allocatable',
      ...(action.sortBy && { sortBy: action.sortBy }),
    }),
  );
}

async function metricsOf(
  connection: Connection,
  path: string,
  { what, name, selector, fieldSelector }: TopAction<string>,
  signal: AbortSignal,
): Promise<readonly Json[]> {
  try {
    if (name !== undefined) return [await connection.get(`${path}/${encodeURIComponent(name)}`, { signal })];
    const query = new URLSearchParams({
      ...(selector === undefined ? {} : { labelSelector: selector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    }).toString();
    return listAt(await connection.get(query === '' ? path : `${path}?${query}`, { signal }), 'items');
  } catch (error) {
    // The aggregator's answer for a metrics server that is down is no Status; these are kubectl's words for it.
    if (error instanceof ApiRefusal && error.status.code === 503 && error.status.reason === '') {
      throw new ApiRefusal(connection.name, {
        ...error.status,
        reason: 'ServiceUnavailable',
        message: `the server is currently unable to handle the request (get ${what}.${metricsGroup}${name === undefined ? '' : ` ${name}`})`,
      });
    }
    throw error;
  }
}

/** `2h3m4.5s`, as Go prints a duration. */
function goDuration(ms: number): string {
  const seconds = (ms % 60_000) / 1000;
  const minutes = Math.trunc(ms / 60_000);
  const hours = Math.trunc(minutes / 60);
  return `${hours > 0 ? `${hours}h` : ''}${minutes % 60}m${seconds}s`;
}
