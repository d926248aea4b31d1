/** The class of an action, from what it does and never from the heading it stands under. */
import type { ActionClass, CompiledAction } from '../domain/action.ts';
import { isRead } from '../domain/action.ts';
import type { TaintAction } from '../domain/change-action.ts';
import type { Template } from '../domain/object-reference.ts';
import { classOfPatch } from './kubectl/patch-class.ts';

/** `live`: final only against the live object. */
const liveTypes: ReadonlySet<string> = new Set([
  'scale',
  'set-image',
  'rollout-undo',
  'delete-pod',
  'set-field',
  'label',
  'create-job',
]);

const safeCreations: ReadonlySet<string> = new Set(['configmaps', 'namespaces']);

export function classOf(action: CompiledAction): { class: ActionClass; live?: true } {
  if (isRead(action)) return { class: 'read' };
  if (action.type === 'each') {
    // Whose names they are makes no difference to the class.
    const one = { ...action.change, target: { ...action.kind, name: '' } } as CompiledAction;
    return action.change.type === 'delete-pod' ? { class: 'destructive' } : classOf(one);
  }
  if (action.type === 'several') {
    const found = action.changes.map((change) => classOf(change));
    const isDelete = action.changes.some(({ type }) => type === 'delete-pod');
    if (isDelete || found.some((one) => one.class === 'destructive')) return { class: 'destructive' };
    return found.some(({ live }) => live) ? { class: 'change', live: true } : { class: 'change' };
  }
  if (action.type === 'delete' || action.type === 'evict' || action.type === 'drain') return { class: 'destructive' };
  // What a manifest changes is only known in the end.
  if (action.type === 'apply') return { class: 'destructive' };
  if (action.type === 'create') {
    const { resource, group } = action.target;
    const safe =
      group === undefined || group === ''
        ? safeCreations.has(resource)
        : group === 'apps' && resource === 'deployments';
    return safe ? { class: 'change', live: true } : { class: 'destructive' };
  }
  if (action.type === 'patch') {
    const { class: found } = classOfPatch(action);
    // The compiler keeps what is forbidden manual; here it could only be too little.
    return found === 'change' ? { class: 'change', live: true } : { class: 'destructive' };
  }
  // Nobody here can tell or undo what a server makes of a request; a container that stops serves nobody.
  if (action.type === 'http-send' || action.type === 'docker-change') return { class: 'destructive' };
  const evicts = (taint: TaintAction<Template>['taints'][number]): boolean =>
    !('remove' in taint) && taint.effect === 'NoExecute';
  if (action.type === 'taint' && action.taints.some(evicts)) return { class: 'destructive' };
  const live = liveTypes.has(action.type);
  if (action.type === 'scale' && action.replicas === 0) return { class: 'destructive' };
  if (action.type === 'exec') return { class: 'destructive' };
  return live ? { class: 'change', live: true } : { class: 'change' };
}
