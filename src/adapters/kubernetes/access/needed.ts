/** Which right each request of a change needs, as the API server names it. */
import type { SingleChange } from '../../../domain/change-action.ts';

/** The attributes of one access review. */
export type Needed = {
  readonly verb: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Absent for what belongs to the whole cluster. */
  readonly namespace?: string;
  /** Absent: all of them, and what is made anew. */
  readonly name?: string;
};

export type ChangedObject = Pick<Needed, 'group' | 'resource' | 'namespace'> & { readonly name: string };

/** What the request is authorized as. A POST that makes an object is authorized without its name. */
export function neededFor(
  { type }: Pick<SingleChange, 'type'>,
  object: ChangedObject,
  options: { readonly creates: boolean; readonly execIsCreate: boolean },
): readonly Needed[] {
  const { name: _, ...kind } = object;
  if (options.creates) return [{ verb: 'create', ...kind }];
  if (type === 'delete' || type === 'delete-pod') return [{ verb: 'delete', ...object }];
  if (type === 'evict') return [{ verb: 'create', ...object, subresource: 'eviction' }];
  if (type !== 'exec') return [{ verb: 'patch', ...object }];
  // Over a WebSocket it is a GET.
  const verbs = options.execIsCreate ? ['get', 'create'] : ['get'];
  return verbs.map((verb) => ({ verb, ...object, subresource: 'exec' }));
}

/** `patch deployments in shop`; a group that is no word is part of the name, as kubectl writes it. */
export function inWords({ verb, group, resource, subresource, namespace }: Needed): string {
  const kind = group.includes('.') ? `${resource}.${group}` : resource;
  const whole = subresource === undefined ? kind : `${kind}/${subresource}`;
  return `${verb} ${whole}${namespace === undefined ? '' : ` in ${namespace}`}`;
}
