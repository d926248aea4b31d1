/** Who makes a pod again: its controlling owner, live. */
import type { Json } from '../../../domain/json.ts';
import type { Connection } from '../connection.ts';
import { isNotFound, pathOf, type Discovery } from '../discovery.ts';
import { ApiRefusal } from '../errors.ts';
import { at, isList, listAt, textAt } from '../live.ts';

export type Controller = {
  /** Empty: the core group. */
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  /** Absent: its kind is not served, or our account may not read it. */
  readonly live?: Json;
  /** It was deleted, or another one has its name now. */
  readonly gone?: true;
};

/** The reference with `controller: true` of an object's `ownerReferences`. */
export const controllerIn = (references: Json | undefined): Json | undefined =>
  isList(references) ? references.find((one) => at(one, 'controller') === true) : undefined;

export async function readController(
  { connection, discovery }: { connection: Connection; discovery: Discovery },
  namespace: string,
  reference: Json,
): Promise<Controller> {
  const kind = textAt(reference, 'kind') ?? '';
  const name = textAt(reference, 'name') ?? '';
  const uid = textAt(reference, 'uid') ?? '';
  const version = textAt(reference, 'apiVersion') ?? '';
  const group = version.includes('/') ? (version.split('/')[0] ?? '') : '';
  const controller = { group, kind, name, uid };
  const found = await discovery.find({ resource: kind.toLowerCase(), group });
  if (found === undefined) return controller;
  try {
    const live = await connection.get(pathOf(found, { namespace, name }));
    const same = textAt(live, 'metadata', 'uid') === uid && at(live, 'metadata', 'deletionTimestamp') === undefined;
    return same ? { ...controller, live } : { ...controller, gone: true };
  } catch (error) {
    if (isNotFound(error)) return { ...controller, gone: true };
    if (!(error instanceof ApiRefusal) || error.retryable) throw error;
    return controller;
  }
}

/** A Job that is through, or about to end by its policies, makes no more pods. */
export const hasFinished = ({ kind, live }: Controller): boolean =>
  kind === 'Job' &&
  listAt(live, 'status', 'conditions').some(
    (one) => jobEnds.includes(textAt(one, 'type') ?? '') && textAt(one, 'status') === 'True',
  );

const jobEnds: readonly string[] = ['Complete', 'Failed', 'SuccessCriteriaMet', 'FailureTarget'];

/** Kinds of Kubernetes itself that make a pod again when one is missing; of others nobody knows. */
const makers: readonly (readonly [group: string, kind: string])[] = [
  ['apps', 'ReplicaSet'],
  ['apps', 'StatefulSet'],
  ['apps', 'DaemonSet'],
  ['', 'ReplicationController'],
  ['batch', 'Job'],
];

export const makesPodsAgain = ({ group, kind }: Controller): boolean =>
  makers.some(([ofGroup, ofKind]) => ofGroup === group && ofKind === kind);
