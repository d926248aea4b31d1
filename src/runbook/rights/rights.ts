/** Which rights a step needs at the API server, as far as its kinds are built in; those of others have no group. */
import { type ActionType, type CompiledAction, kindOfParameter, type Parameter } from '../../domain/action.ts';
import type { ActionStep } from '../../domain/runbook.ts';
import { type ActionOfType, named, type NeededRight, optional, rights } from './rights-kinds.ts';
import { betweenPods, needsOfChanges } from './rights-of-changes.ts';
import { needsOfReads } from './rights-of-reads.ts';

type Needs = {
  readonly [K in ActionType]: (action: ActionOfType<K>) => readonly NeededRight[];
};

const needs: Needs = {
  ...needsOfReads,
  ...needsOfChanges,
  chain: ({ links }) => links.flatMap(({ read }) => rightsOf(read)),
  each: ({ kind, change }) => [
    ...rights(kind, 'list'),
    // Whose name it is makes no difference to the rights.
    ...rightsOf({ ...change, target: { ...kind, name: '' } }),
    ...(change.type === 'delete-pod' ? betweenPods : []),
  ],
  several: ({ changes }) => [
    ...changes.flatMap((change) => rightsOf(change)),
    ...(changes.filter(({ type }) => type === 'delete-pod').length > 1 ? betweenPods : []),
  ],
};

/** Those of one action; of several in one, each in its own namespace. */
function rightsOf(action: CompiledAction): readonly NeededRight[] {
  // The table has an entry for each type, made for just that type.
  const wanted = (needs[action.type] as (of: CompiledAction) => readonly NeededRight[])(action);
  const namespace = namespaceOf(action);
  return namespace === undefined
    ? wanted
    : wanted.map((right) => (right.namespace === undefined ? { ...right, namespace } : right));
}

function namespaceOf(action: CompiledAction): string | undefined {
  if ('allNamespaces' in action && action.allNamespaces) return '*';
  const { namespace } = action;
  return namespace === undefined || typeof namespace === 'string' ? namespace : '?';
}

/** A name that the document made up is used only when it is there; of the others the form lists what there is. */
function rightsOfParameter({ type, from, lookUp }: Parameter): readonly NeededRight[] {
  const kind = kindOfParameter[type];
  const listed = kind === undefined ? [] : named(kind, 'list');
  return [
    ...(from === 'literal' ? listed : optional('the names in the form of a step', listed)),
    ...(lookUp === undefined ? [] : rightsOf(lookUp)),
  ];
}

/** What is asked for together: when one of a change's rights is out of reach, the whole change is refused. */
export type Asking = { readonly changes: boolean; readonly rights: readonly NeededRight[] };

/** Of a whole step: its action, what fills its parameters, and the names that are offered for them. */
export function askingsOf({ action, parameters }: Pick<ActionStep, 'action' | 'parameters'>): readonly Asking[] {
  const namespace = namespaceOf(action);
  const asked = parameters
    .flatMap(rightsOfParameter)
    .map((right) => (right.namespace === undefined && namespace !== undefined ? { ...right, namespace } : right));
  return [
    { changes: !isReadType(action.type), rights: rightsOf(action) },
    { changes: false, rights: asked },
  ];
}

const isReadType = (type: ActionType): boolean => type === 'chain' || Object.hasOwn(needsOfReads, type);

export const rightsOfStep = (step: Pick<ActionStep, 'action' | 'parameters'>): readonly NeededRight[] =>
  askingsOf(step).flatMap((asking) => asking.rights);
