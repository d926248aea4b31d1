/** `kubectl describe`: which objects, and their texts one after the other. */
import type { DescribeAction } from '../../../domain/action.ts';
import type { Json } from '../../../domain/json.ts';
import { isLabelSelector } from '../../../domain/names.ts';
import type { Connection } from '../connection.ts';
import { isNotFound, pathOf, type Discovery, type Kind } from '../discovery.ts';
import type { ApiRefusal } from '../errors.ts';
import { listAt, textAt } from '../live.ts';
import { describeAutoscaler } from './describe-autoscaler.ts';
import { describeConfigMap } from './describe-config-map.ts';
import { describeDeployment } from './describe-deployment.ts';
import { describeJob } from './describe-job.ts';
import type { Description } from './describe-lines.ts';
import { describeNode } from './describe-node.ts';
import { describePod } from './describe-pod.ts';
import { describeQuota } from './describe-quota.ts';
import {
  deploymentFacts,
  nodeFacts,
  objectEvents,
  podEvents,
  serviceFacts,
  workloadFacts,
} from './describe-related.ts';
import { describeService } from './describe-service.ts';
import { describeDaemonSet, describeStatefulSet } from './describe-workload.ts';
import { failure, failureOf, printed, type Printed } from './printed.ts';

/** More objects than anybody reads. */
const objectsMax = 200;
/** Objects whose events and the like are asked for at the same time. */
const atOnce = 8;

type Describe = (connection: Connection, object: Json, signal: AbortSignal) => Promise<Description>;

/** By kind and group. The pods of a node are those of all namespaces, as it is the node that is described. */
const describers: Readonly<Record<string, Describe>> = {
  Pod: async (connection, pod, signal) => describePod(pod, await podEvents(connection, pod, signal), Date.now()),
  Node: async (connection, node, signal) => describeNode(node, await nodeFacts(connection, node, signal), Date.now()),
  Service: async (connection, service, signal) =>
    describeService(service, await serviceFacts(connection, service, signal), Date.now()),
  'Deployment.apps': async (connection, deployment, signal) =>
    describeDeployment(deployment, await deploymentFacts(connection, deployment, signal), Date.now()),
  'StatefulSet.apps': async (connection, set, signal) =>
    describeStatefulSet(set, await workloadFacts(connection, set, { kind: 'StatefulSet', signal }), Date.now()),
  'DaemonSet.apps': async (connection, set, signal) =>
    describeDaemonSet(set, await workloadFacts(connection, set, { kind: 'DaemonSet', signal }), Date.now()),
  ConfigMap: withEvents('ConfigMap', describeConfigMap),
  'Job.batch': withEvents('Job', describeJob),
  'HorizontalPodAutoscaler.autoscaling': withEvents('HorizontalPodAutoscaler', describeAutoscaler),
  ResourceQuota: async (_connection, quota) => describeQuota(quota, Date.now()),
};

function withEvents(
  kind: string,
  describe: (object: Json, events: readonly Json[], now: number) => Description,
): Describe {
  return async (connection, object, signal) =>
    describe(object, await objectEvents(connection, object, { kind, signal }), Date.now());
}

type Described = { readonly kind: Kind; readonly describe: Describe };

type Scope = {
  readonly namespace: string;
  readonly signal: AbortSignal;
  /** A sentence when this may not be read. */
  readonly outside: (kind: Kind) => string | undefined;
};

export async function readDescribe(
  { connection, discovery }: { connection: Connection; discovery: Discovery },
  action: DescribeAction<string>,
  scope: Scope,
): Promise<Printed> {
  const kind = await discovery.find(action.kind);
  if (kind === undefined) return failure(`error: the server doesn't have a resource type "${action.kind.resource}"`);
  const outside = scope.outside(kind);
  if (outside !== undefined) return failure(`error: ${outside}`);
  const key = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const describe = Object.hasOwn(describers, key) ? describers[key] : undefined;
  if (describe === undefined) {
    return failure(`error: a ${kind.singular} is not described here. Read it with get -o yaml.`);
  }
  if (action.names.length > 0 && (action.selector !== undefined || action.allNamespaces === true)) {
    return failure('error: name cannot be provided when a selector is specified');
  }
  if (action.selector !== undefined && !isLabelSelector(action.selector)) {
    return failure('error: unable to parse requirement: the label selector');
  }
  const namespace = action.allNamespaces === true ? undefined : scope.namespace;
  return action.names.length === 0
    ? await describeList(connection, { kind, describe, namespace, selector: action.selector }, scope)
    : await describeNames(connection, { kind, describe }, { action, scope });
}

async function describeList(
  connection: Connection,
  { namespace, selector, ...wanted }: Described & { namespace: string | undefined; selector: string | undefined },
  scope: Scope,
): Promise<Printed> {
  const path = pathOf(wanted.kind, { namespace });
  const query = selector === undefined ? '' : `&labelSelector=${encodeURIComponent(selector)}`;
  const list = await connection.get(`${path}?limit=${objectsMax + 1}${query}`, { signal: scope.signal });
  const objects = listAt(list, 'items');
  if (objects.length > objectsMax) {
    return failure(`error: there are more than ${objectsMax} ${wanted.kind.plural} to describe. Narrow the selector.`);
  }
  if (objects.length === 0) {
    return printed(
      '',
      namespace === undefined ? 'No resources found\n' : `No resources found in ${namespace} namespace.\n`,
    );
  }
  return await describeAll(connection, wanted, { objects, scope, errors: [] });
}

async function describeNames(
  connection: Connection,
  wanted: Described,
  { action, scope }: { action: DescribeAction<string>; scope: Scope },
): Promise<Printed> {
  const objects: Json[] = [];
  const errors: unknown[] = [];
  for (const name of action.names) {
    const path = pathOf(wanted.kind, { namespace: scope.namespace, name });
    try {
      objects.push(await connection.get(path, { signal: scope.signal }));
    } catch (error) {
      errors.push(error);
    }
  }
  const [only] = action.names;
  if (action.names.length === 1 && action.exact !== true && only !== undefined && isNotFound(errors[0])) {
    return await describePrefix(connection, wanted, { prefix: only, scope, notFound: errors[0] });
  }
  return await describeAll(connection, wanted, { objects, scope, errors });
}

/** A name that is not there describes every object whose name begins with it. */
async function describePrefix(
  connection: Connection,
  wanted: Described,
  { prefix, scope, notFound }: { prefix: string; scope: Scope; notFound: ApiRefusal },
): Promise<Printed> {
  const list = await connection.get(pathOf(wanted.kind, { namespace: scope.namespace }), { signal: scope.signal });
  const objects = listAt(list, 'items').filter((one) => (textAt(one, 'metadata', 'name') ?? '').startsWith(prefix));
  if (objects.length === 0) return failureOf([notFound]);
  if (objects.length > objectsMax) {
    return failure(`error: more than ${objectsMax} ${wanted.kind.plural} begin with ${prefix}. Name one.`);
  }
  const texts = await textsOf(connection, wanted, { objects, scope });
  return 'problem' in texts
    ? failure(`error: ${texts.problem}`)
    : printed(texts.texts.map((text) => `${text}\n`).join(''));
}

async function describeAll(
  connection: Connection,
  wanted: Described,
  { objects, scope, errors }: { objects: readonly Json[]; scope: Scope; errors: readonly unknown[] },
): Promise<Printed> {
  const texts = await textsOf(connection, wanted, { objects, scope });
  if ('problem' in texts) return failure(`error: ${texts.problem}`);
  const out = texts.texts.join('\n\n');
  return errors.length > 0 ? failureOf(errors, out) : printed(out);
}

async function textsOf(
  connection: Connection,
  { describe }: Described,
  { objects, scope }: { objects: readonly Json[]; scope: Scope },
): Promise<{ readonly texts: readonly string[] } | { readonly problem: string }> {
  const texts: string[] = [];
  for (let start = 0; start < objects.length; start += atOnce) {
    const some = objects.slice(start, start + atOnce);
    const described = await Promise.all(some.map((object) => describe(connection, object, scope.signal)));
    for (const text of described) {
      if ('problem' in text) return text;
      texts.push(text.text);
    }
  }
  return { texts };
}
