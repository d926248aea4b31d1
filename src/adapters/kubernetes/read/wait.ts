/** `kubectl wait`: looks until the objects are as wanted or the time is over, in the words of kubectl 1.34. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WaitAction } from '../../../domain/read-action.ts';
import { OperationError } from '../../../domain/errors.ts';
import type { Json } from '../../../domain/json.ts';
import { isLabelSelector } from '../../../domain/names.ts';
import type { Connection } from '../connection.ts';
import { isNotFound, pathOf, type Discovery, type Kind } from '../discovery.ts';
import { isList, isRecord, listAt, numberAt, textAt } from '../live.ts';
import { findValues } from './jsonpath.ts';
import { listAll } from './list-all.ts';
import { failure, failureLines, noSuchKind, printed, type Printed } from './printed.ts';

/** kubectl's own when the command names none. */
const timeoutSecondsDefault = 30;
const lookEveryMs = 500;

type Parts = { readonly connection: Connection; readonly discovery: Discovery };
type Scope = {
  readonly namespace: string;
  readonly signal: AbortSignal;
  /** A sentence when this may not be read. */
  readonly outside: (kind: Kind) => string | undefined;
};
type Wanted = { readonly kind: Kind; readonly name: string; readonly namespace: string };
type Look = { readonly met: boolean } | { readonly problem: string };

export async function readWait(parts: Parts, action: WaitAction<string>, scope: Scope): Promise<Printed> {
  const kinds: Kind[] = [];
  for (const wanted of [...action.objects, ...(action.found === undefined ? [] : [action.found])]) {
    const kind = await parts.discovery.find(wanted);
    if (kind === undefined) return noSuchKind(wanted);
    const outside = scope.outside(kind);
    if (outside !== undefined) return failure(`error: ${outside}`);
    kinds.push(kind);
  }
  const seconds = action.timeoutSeconds ?? timeoutSecondsDefault;
  const clock = { once: seconds === 0, deadline: performance.now() + seconds * 1000, signal: scope.signal };
  const find = (): Promise<Found> => findObjects(parts.connection, action, { kinds, scope });
  const { kind: until } = action.until;
  let found = await find();
  const waitsForFirst = (): boolean =>
    until === 'created' && (found.objects.length === 0 || found.errors.some(isNotFound));
  while (waitsForFirst()) {
    if (!(await another(clock))) return failure('error: timed out waiting for the condition');
    found = await find();
  }
  const errors: unknown[] = found.errors.filter((error) => until !== 'deleted' || !isNotFound(error));
  if (found.objects.length === 0 && errors.length === 0) {
    return until === 'deleted' ? printed('') : failure('error: no matching resources found');
  }
  let out = '';
  for (const one of found.objects) {
    const ended = await waitFor(parts.connection, one, { action, clock });
    if (ended === undefined) out += `${nameOf(one)} condition met\n`;
    else errors.push(ended);
  }
  return errors.length === 0 ? printed(out) : failureLines(errors, out);
}

const nameOf = ({ kind, name }: Wanted): string =>
  `${kind.group === '' ? kind.singular : `${kind.singular}.${kind.group}`}/${name}`;

type Found = { readonly objects: readonly Wanted[]; readonly errors: readonly unknown[] };

async function findObjects(
  connection: Connection,
  { objects, found, allNamespaces }: WaitAction<string>,
  { kinds, scope }: { kinds: readonly Kind[]; scope: Scope },
): Promise<Found> {
  const { signal, namespace } = scope;
  const [only] = kinds;
  if (found !== undefined && only !== undefined) {
    const { selector, fieldSelector } = found;
    if (selector !== undefined && !isLabelSelector(selector)) throw badSelector();
    const query = {
      ...(selector !== undefined && { labelSelector: selector }),
      ...(fieldSelector !== undefined && { fieldSelector }),
    };
    const path = pathOf(only, { namespace: allNamespaces === true ? undefined : namespace });
    const items = await listAll(connection, path, { query, signal });
    return { errors: [], objects: items.map((item) => wantedOf(only, item, namespace)) };
  }
  const there: Wanted[] = [];
  const errors: unknown[] = [];
  for (const [index, { name }] of objects.entries()) {
    const kind = kinds[index];
    if (kind === undefined) continue;
    try {
      there.push(wantedOf(kind, await connection.get(pathOf(kind, { namespace, name }), { signal }), namespace));
    } catch (error) {
      errors.push(error);
    }
  }
  return { objects: there, errors };
}

const wantedOf = (kind: Kind, object: Json, namespace: string): Wanted => ({
  kind,
  name: textAt(object, 'metadata', 'name') ?? '',
  namespace: textAt(object, 'metadata', 'namespace') ?? namespace,
});

const badSelector = (): OperationError =>
  new OperationError('cluster-rejected', 'unable to parse requirement: the label selector', { retryable: false });

type Clock = { readonly once: boolean; readonly deadline: number; readonly signal: AbortSignal };

/** False when the time is over. */
async function another({ once, deadline, signal }: Clock): Promise<boolean> {
  const left = deadline - performance.now();
  if (once || left <= 0 || signal.aborted) return false;
  // An abort ends the pause; the next look then says so.
  await sleep(Math.min(lookEveryMs, left), undefined, { signal }).catch(() => {});
  return !signal.aborted;
}

/** Undefined: it came. */
async function waitFor(
  connection: Connection,
  wanted: Wanted,
  { action, clock }: { action: WaitAction<string>; clock: Clock },
): Promise<unknown> {
  const { kind, name, namespace } = wanted;
  const { until } = action;
  const subject = `${kind.plural}/${name}`;
  for (;;) {
    let object: Json;
    try {
      object = await connection.get(pathOf(kind, { namespace, name }), { signal: clock.signal });
    } catch (error) {
      return until.kind === 'deleted' && isNotFound(error) ? undefined : error;
    }
    const look = lookAt(object, until);
    if ('problem' in look) return look.problem;
    if (look.met) return undefined;
    if (clock.once) return `condition not met for ${subject}`;
    if (!(await another(clock))) return `timed out waiting for the condition on ${subject}`;
  }
}

function lookAt(object: Json, until: WaitAction<string>['until']): Look {
  if ('name' in until) return { met: hasCondition(object, until) };
  return 'expression' in until ? hasField(object, until) : { met: until.kind === 'created' };
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** The first condition of that name decides; one about an older generation is none. */
function hasCondition(object: Json, { name, value }: { name: string; value: string }): boolean {
  const condition = listAt(object, 'status', 'conditions').find(
    (one) => same(textAt(one, 'type') ?? '', name) && textAt(one, 'status') !== undefined,
  );
  if (condition === undefined) return false;
  const generation = numberAt(object, 'metadata', 'generation');
  const observed = numberAt(condition, 'observedGeneration') ?? numberAt(object, 'status', 'observedGeneration');
  if (generation !== undefined && observed !== undefined && observed < generation) return false;
  return same(textAt(condition, 'status') ?? '', value);
}

function hasField(object: Json, { expression, value }: { expression: string; value?: string }): Look {
  const values = findValues(expression, object);
  if ('problem' in values) return values;
  const [first, ...more] = values;
  if (first === undefined) return { met: false };
  if (more.length > 0) return { problem: 'given jsonpath expression matches more than one value' };
  if (value === undefined) return { met: true };
  if (isList(first) || isRecord(first)) {
    return { problem: 'jsonpath leads to a nested object or list which is not supported' };
  }
  return { met: (first === null ? '<nil>' : String(first)).trim() === value.trim() };
}
