/** A deployment's ReplicaSets, told apart as kubectl does: the one with its template is new, all others are old. */
import type { Json } from '../../../domain/json.ts';
import { selectorOf, selectorText } from '../change/workload.ts';
import type { Connection } from '../connection.ts';
import { pathOf, replicaSetKind } from '../discovery.ts';
import { at, isRecord, listAt, recordAt, sameJson, textAt } from '../live.ts';
import { listAll } from './list-all.ts';

export type ReplicaSets = { readonly old: readonly Json[]; readonly new?: Json };

const hashLabel = 'pod-template-hash';

/** Throws `ApiRefusal` when they may not be listed. */
export async function replicaSetsOf(
  connection: Connection,
  deployment: Json,
  signal: AbortSignal,
): Promise<ReplicaSets> {
  const path = pathOf(replicaSetKind, { namespace: textAt(deployment, 'metadata', 'namespace') });
  const labelSelector = selectorText(selectorOf(recordAt(deployment, 'spec', 'selector')));
  const listed = await listAll(connection, path, { query: { labelSelector }, signal });
  const owned = listed.filter((set) => isControlledBy(set, deployment)).sort(byAge);
  const template = withoutHash(at(deployment, 'spec', 'template'));
  const current = owned.find((set) => sameJson(withoutHash(at(set, 'spec', 'template')), template));
  const old = owned.filter((set) => set !== current);
  return current === undefined ? { old } : { old, new: current };
}

export const isControlledBy = (object: Json, owner: Json): boolean =>
  listAt(object, 'metadata', 'ownerReferences').some(
    (one) => at(one, 'controller') === true && textAt(one, 'uid') === textAt(owner, 'metadata', 'uid'),
  );

/** The oldest first, by name within a second. */
function byAge(a: Json, b: Json): number {
  const created = (set: Json): number => Date.parse(textAt(set, 'metadata', 'creationTimestamp') ?? '') || 0;
  const name = (set: Json): string => textAt(set, 'metadata', 'name') ?? '';
  return created(a) - created(b) || (name(a) < name(b) ? -1 : 1);
}

function withoutHash(template: Json | undefined): Json | undefined {
  const labels = at(template, 'metadata', 'labels');
  if (!isRecord(template) || !isRecord(labels)) return template;
  const { [hashLabel]: _, ...others } = labels;
  return { ...template, metadata: { ...recordAt(template, 'metadata'), labels: others } };
}
