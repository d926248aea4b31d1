/** `kubectl describe`: which objects, and their texts one after the other. */
import type { DescribeAction } from '../../../domain/read-action.ts';
import type { Json } from '../../../domain/json.ts';
import { isLabelSelector } from '../../../domain/names.ts';
import type { Connection } from '../connection.ts';
import { apiVersionOf, isNotFound, pathOf, type Discovery, type Kind } from '../discovery.ts';
import type { ApiRefusal } from '../errors.ts';
import { isRecord, listAt, textAt } from '../live.ts';
import { type Describe, describerOf } from './describe-kinds.ts';
import type { Look } from './describe-related.ts';
import { listAll } from './list-all.ts';
import { cutNote, readPages } from './pages.ts';
import { failure, failureOf, noSuchKind, printed, type Printed } from './printed.ts';

/** More objects than anybody reads; each costs requests of its own. */
const objectsMax = 2_000;
/** Objects whose events and the like are asked for at the same time. */
const atOnce = 8;

type Described = { readonly kind: Kind; readonly describe: Describe; readonly look: Look };

type Scope = {
  readonly namespace: string;
  readonly signal: AbortSignal;
  /** Bytes of text that are wanted. */
  readonly textLimit: number;
  /** A sentence when this may not be read. */
  readonly outside: (kind: Kind) => string | undefined;
};

export async function readDescribe(
  { connection, discovery }: { connection: Connection; discovery: Discovery },
  action: DescribeAction<string>,
  scope: Scope,
): Promise<Printed> {
  const described: Described[] = [];
  for (const wanted of [action.kind, ...(action.also ?? [])]) {
    const kind = await discovery.find(wanted);
    if (kind === undefined) return noSuchKind(wanted);
    const outside = scope.outside(kind);
    if (outside !== undefined) return failure(`error: ${outside}`);
    const describe = describerOf(kind);
    if (describe === undefined) {
      return failure(`error: a ${kind.singular} is not described here. Read it with get -o yaml.`);
    }
    described.push({
      kind,
      describe,
      look: { signal: scope.signal, ...(action.withoutEvents && { withoutEvents: true }) },
    });
  }
  if (action.names.length > 0 && (action.selector !== undefined || action.allNamespaces === true)) {
    return failure('error: name cannot be provided when a selector is specified');
  }
  if (action.selector !== undefined && !isLabelSelector(action.selector)) {
    return failure('error: unable to parse requirement: the label selector');
  }
  const namespace = action.allNamespaces === true ? undefined : scope.namespace;
  const [wanted] = described;
  if (wanted === undefined) return failure('error: there is no kind to describe');
  if (action.also !== undefined) return await describeSeveral(connection, described, { action, namespace, scope });
  return action.names.length === 0
    ? await describeList(connection, { ...wanted, namespace, selector: action.selector }, scope.textLimit)
    : await describeNames(connection, wanted, { action, scope });
}

/** Of more than one kind: by name, or all of each. */
async function describeSeveral(
  connection: Connection,
  described: readonly Described[],
  { action, namespace, scope }: { action: DescribeAction<string>; namespace: string | undefined; scope: Scope },
): Promise<Printed> {
  const { names, also = [], selector } = action;
  const texts: string[] = [];
  const errors: unknown[] = [];
  let textLeft = scope.textLimit;
  let cut = '';
  for (const [index, wanted] of described.entries()) {
    const further = index === 0 ? undefined : also[index - 1]?.name;
    const own = index === 0 ? names : further === undefined ? [] : [further];
    if (own.length === 0) {
      const listed = await textsOfList(connection, { ...wanted, namespace, selector }, textLeft);
      if ('problem' in listed) return failure(`error: ${listed.problem}`);
      texts.push(...listed.texts);
      cut += listed.cut;
      textLeft -= lengthOf(listed.texts);
      continue;
    }
    const objects: Json[] = [];
    for (const name of own) {
      const path = pathOf(wanted.kind, { namespace: scope.namespace, name });
      await connection.get(path, { signal: scope.signal }).then(
        (object) => objects.push(object),
        (error: unknown) => errors.push(error),
      );
    }
    const some = await textsOf(connection, wanted, objects);
    if ('problem' in some) return failure(`error: ${some.problem}`);
    texts.push(...some.texts);
  }
  // Two errors are no longer a plain NotFound to kubectl.
  const [missing, second] = errors;
  if (isNotFound(missing) && second === undefined && names.length === 1) {
    // kubectl takes two words for a kind and the beginning of names, which `type/name` never is.
    if (action.exact !== true)
      return await describePrefix(connection, described, { prefix: names[0] ?? '', scope, notFound: missing });
    if (also.length === 1) return failureOf(errors);
  }
  const out = texts.join('\n\n');
  if (errors.length > 0) return failureOf(errors, out);
  if (cut !== '') return { out, err: cut, exitCode: 0, cut: true };
  if (out !== '') return printed(out);
  return printed(
    '',
    namespace === undefined ? 'No resources found\n' : `No resources found in ${namespace} namespace.\n`,
  );
}

type Listed = Described & { readonly namespace: string | undefined; readonly selector: string | undefined };

/** A piece of the list is described before the next one is asked for, until there is more than is wanted. */
async function textsOfList(
  connection: Connection,
  wanted: Listed,
  textLeft: number,
): Promise<{ readonly texts: readonly string[]; readonly cut: string } | { readonly problem: string }> {
  const { kind, namespace, selector, look } = wanted;
  let texts: string[] = [];
  let listed = 0;
  let problem: string | undefined;
  const end = await readPages(connection, pathOf(kind, { namespace }), {
    query: selector === undefined ? {} : { labelSelector: selector },
    signal: look.signal,
    async take(page) {
      const objects = listAt(page, 'items').map((item) => withKind(kind, item));
      const some = await textsOf(connection, wanted, objects, textLeft - lengthOf(texts));
      if ('problem' in some) ({ problem } = some);
      else texts.push(...some.texts);
      listed += objects.length;
      return problem === undefined && texts.length === listed && texts.length < objectsMax;
    },
    restart() {
      [texts, listed] = [[], 0];
    },
  });
  if (problem !== undefined) return { problem };
  const left = listed - texts.length;
  if (end.whole && left === 0) return { texts, cut: '' };
  const behind = end.whole ? 0 : end.remaining;
  return { texts, cut: cutNote(texts.length, behind === undefined ? {} : { remaining: left + behind }, kind.plural) };
}

const lengthOf = (texts: readonly string[]): number => texts.reduce((sum, text) => sum + text.length, 0);

/** List items carry no kind of their own on the wire, and the generic form shows it. */
const withKind = (kind: Kind, item: Json): Json =>
  isRecord(item) ? { apiVersion: apiVersionOf(kind), kind: kind.kind, ...item } : item;

async function describeList(connection: Connection, wanted: Listed, textLimit: number): Promise<Printed> {
  const { namespace } = wanted;
  const listed = await textsOfList(connection, wanted, textLimit);
  if ('problem' in listed) return failure(`error: ${listed.problem}`);
  if (listed.texts.length === 0) {
    return printed(
      '',
      namespace === undefined ? 'No resources found\n' : `No resources found in ${namespace} namespace.\n`,
    );
  }
  const out = listed.texts.join('\n\n');
  return listed.cut === '' ? printed(out) : { out, err: listed.cut, exitCode: 0, cut: true };
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
    return await describePrefix(connection, [wanted], { prefix: only, scope, notFound: errors[0] });
  }
  const pair = action.exact === true && action.names.length === 2;
  if (pair && errors.some(isNotFound)) return failureOf(errors);
  return await describeAll(connection, wanted, { objects, errors });
}

/** A name that is not there describes every object whose name begins with it. */
async function describePrefix(
  connection: Connection,
  described: readonly Described[],
  { prefix, scope, notFound }: { prefix: string; scope: Scope; notFound: ApiRefusal },
): Promise<Printed> {
  const all: string[] = [];
  for (const wanted of described) {
    const path = pathOf(wanted.kind, { namespace: scope.namespace });
    const named = (one: Json): boolean => (textAt(one, 'metadata', 'name') ?? '').startsWith(prefix);
    const found = await listAll(connection, path, { signal: scope.signal, keep: named });
    const objects = found.map((one) => withKind(wanted.kind, one));
    if (objects.length > objectsMax) {
      return failure(`error: more than ${objectsMax} ${wanted.kind.plural} begin with ${prefix}. Name one.`);
    }
    const texts = await textsOf(connection, wanted, objects);
    if ('problem' in texts) return failure(`error: ${texts.problem}`);
    all.push(...texts.texts);
  }
  return all.length === 0 ? failureOf([notFound]) : printed(all.map((text) => `${text}\n`).join(''));
}

async function describeAll(
  connection: Connection,
  wanted: Described,
  { objects, errors }: { objects: readonly Json[]; errors: readonly unknown[] },
): Promise<Printed> {
  const texts = await textsOf(connection, wanted, objects);
  if ('problem' in texts) return failure(`error: ${texts.problem}`);
  const out = texts.texts.join('\n\n');
  return errors.length > 0 ? failureOf(errors, out) : printed(out);
}

/** Of as many as it takes to fill what is left. */
async function textsOf(
  connection: Connection,
  { describe, look }: Described,
  objects: readonly Json[],
  textLeft = Number.POSITIVE_INFINITY,
): Promise<{ readonly texts: readonly string[] } | { readonly problem: string }> {
  const texts: string[] = [];
  for (let start = 0; start < objects.length && lengthOf(texts) <= textLeft; start += atOnce) {
    const some = objects.slice(start, start + atOnce);
    const described = await Promise.all(some.map((object) => describe(connection, object, look)));
    for (const text of described) {
      if ('problem' in text) return text;
      texts.push(text.text);
    }
  }
  return { texts };
}
