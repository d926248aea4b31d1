/** `kubectl describe pod`: which pods, and their texts one after the other. */
import type { DescribeAction } from '../../../domain/action.ts';
import type { Json } from '../../../domain/json.ts';
import { isLabelSelector } from '../../../domain/names.ts';
import type { Connection } from '../connection.ts';
import { isNotFound, pathOf, type Discovery, type Kind } from '../discovery.ts';
import { ApiRefusal } from '../errors.ts';
import { listAt, textAt } from '../live.ts';
import { describePod } from './describe-pod.ts';
import { failure, failureOf, printed, type Printed } from './printed.ts';

/** More pods than anybody reads. */
const podsMax = 200;
/** Pods whose events are asked for at the same time. */
const atOnce = 8;
/** kubectl's mark of a static pod: its events carry this uid. */
const mirrorPod = 'kubernetes.io/config.mirror';

type Scope = { readonly namespace: string; readonly signal: AbortSignal };

export async function readDescribe(
  { connection, discovery }: { connection: Connection; discovery: Discovery },
  action: DescribeAction<string>,
  scope: Scope,
): Promise<Printed> {
  const kind = await discovery.find(action.kind);
  if (kind === undefined) return failure(`error: the server doesn't have a resource type "${action.kind.resource}"`);
  if (kind.kind !== 'Pod' || kind.group !== '') {
    return failure(`error: only pods are described here. Read the ${kind.singular} with get -o yaml.`);
  }
  if (action.names.length > 0 && (action.selector !== undefined || action.allNamespaces === true)) {
    return failure('error: name cannot be provided when a selector is specified');
  }
  if (action.selector !== undefined && !isLabelSelector(action.selector)) {
    return failure('error: unable to parse requirement: the label selector');
  }
  const namespace = action.allNamespaces === true ? undefined : scope.namespace;
  return action.names.length === 0
    ? await describeList(connection, { kind, namespace, selector: action.selector }, scope)
    : await describeNames(connection, kind, { names: action.names, scope });
}

async function describeList(
  connection: Connection,
  { kind, namespace, selector }: { kind: Kind; namespace: string | undefined; selector: string | undefined },
  scope: Scope,
): Promise<Printed> {
  const path = pathOf(kind, { namespace });
  const query = selector === undefined ? '' : `&labelSelector=${encodeURIComponent(selector)}`;
  const list = await connection.get(`${path}?limit=${podsMax + 1}${query}`, { signal: scope.signal });
  const pods = listAt(list, 'items');
  if (pods.length > podsMax) {
    return failure(`error: there are more than ${podsMax} pods to describe. Narrow the selector.`);
  }
  if (pods.length === 0) {
    return printed(
      '',
      namespace === undefined ? 'No resources found\n' : `No resources found in ${namespace} namespace.\n`,
    );
  }
  return await describeAll(connection, pods, { scope, errors: [] });
}

async function describeNames(
  connection: Connection,
  kind: Kind,
  { names, scope }: { names: readonly string[]; scope: Scope },
): Promise<Printed> {
  const pods: Json[] = [];
  const errors: unknown[] = [];
  for (const name of names) {
    try {
      pods.push(await connection.get(pathOf(kind, { namespace: scope.namespace, name }), { signal: scope.signal }));
    } catch (error) {
      errors.push(error);
    }
  }
  const [only] = names;
  if (names.length === 1 && only !== undefined && isNotFound(errors[0])) {
    return await describePrefix(connection, kind, { prefix: only, scope, notFound: errors[0] });
  }
  return await describeAll(connection, pods, { scope, errors });
}

/** A name that is not there describes every pod whose name begins with it. */
async function describePrefix(
  connection: Connection,
  kind: Kind,
  { prefix, scope, notFound }: { prefix: string; scope: Scope; notFound: ApiRefusal },
): Promise<Printed> {
  const list = await connection.get(pathOf(kind, { namespace: scope.namespace }), { signal: scope.signal });
  const pods = listAt(list, 'items').filter((pod) => (textAt(pod, 'metadata', 'name') ?? '').startsWith(prefix));
  if (pods.length === 0) return failureOf([notFound]);
  if (pods.length > podsMax) return failure(`error: more than ${podsMax} pods begin with ${prefix}. Name one.`);
  const texts = await textsOf(connection, pods, scope);
  return 'problem' in texts
    ? failure(`error: ${texts.problem}`)
    : printed(texts.texts.map((text) => `${text}\n`).join(''));
}

async function describeAll(
  connection: Connection,
  pods: readonly Json[],
  { scope, errors }: { scope: Scope; errors: readonly unknown[] },
): Promise<Printed> {
  const texts = await textsOf(connection, pods, scope);
  if ('problem' in texts) return failure(`error: ${texts.problem}`);
  const out = texts.texts.join('\n\n');
  return errors.length > 0 ? failureOf(errors, out) : printed(out);
}

async function textsOf(
  connection: Connection,
  pods: readonly Json[],
  { signal }: Scope,
): Promise<{ readonly texts: readonly string[] } | { readonly problem: string }> {
  const texts: string[] = [];
  for (let start = 0; start < pods.length; start += atOnce) {
    const some = pods.slice(start, start + atOnce);
    const events = await Promise.all(some.map((pod) => eventsOf(connection, pod, signal)));
    for (const [index, pod] of some.entries()) {
      const text = describePod(pod, events[index] ?? [], Date.now());
      if ('problem' in text) return text;
      texts.push(text.text);
    }
  }
  return { texts };
}

async function eventsOf(connection: Connection, pod: Json, signal: AbortSignal): Promise<readonly Json[]> {
  const name = textAt(pod, 'metadata', 'name') ?? '';
  const namespace = textAt(pod, 'metadata', 'namespace') ?? '';
  const uid = textAt(pod, 'metadata', 'annotations', mirrorPod) ?? textAt(pod, 'metadata', 'uid') ?? '';
  const selector = `involvedObject.name=${name},involvedObject.namespace=${namespace},involvedObject.uid=${uid}`;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
  try {
    const list = await connection.get(`${path}?fieldSelector=${encodeURIComponent(selector)}&limit=500`, { signal });
    return listAt(list, 'items');
  } catch (error) {
    // kubectl shows a pod without its events when it may not list them.
    if (error instanceof ApiRefusal && !error.retryable) return [];
    throw error;
  }
}
