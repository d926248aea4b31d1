/** Whether an undo would undo only what its change did: whatever came since is not for it to write over. Pure. */
import type { Json } from '../../../domain/json.ts';
import type { Undone } from '../../../flow/ports.ts';
import type { Kind } from '../discovery.ts';
import { listAt, textAt } from '../live.ts';
import { differencesOf } from './differences.ts';
import { markerOf } from './patch.ts';
import { brief } from './preview/owners.ts';

const namedMax = 3;
const tail = 'An undo would write over that. Look at the object, then plan what is right now.';

/** `live` is the object as it is now. Undefined: as the change left it. */
export function whyChangedSince(
  undoes: readonly Undone[],
  { kind, namespace, name }: { readonly kind: Kind; readonly namespace: string; readonly name: string },
  live: Json,
): string | undefined {
  const own = undoes.filter(({ target }) => {
    const group = target.apiVersion.includes('/') ? target.apiVersion.split('/')[0] : '';
    const scope = kind.namespaced ? namespace : undefined;
    return (
      group === kind.group && target.resource === kind.plural && target.name === name && target.namespace === scope
    );
  });
  const object = `${kind.kind} ${name}`;
  if (own.some(({ target }) => target.uid === '')) {
    const since = whySinceMade(own, object, live);
    return since && `${since} ${tail}`;
  }
  const [first] = own;
  if (first === undefined) return undefined;
  if (first.target.uid !== textAt(live, 'metadata', 'uid')) {
    return `${object} was deleted and made anew since. ${tail}`;
  }
  // What a later part of the same plan wrote over is no difference, nor what a webhook made of it then.
  const found = own.flatMap(({ changes, differences }, part) => {
    const later = new Set(own.slice(part + 1).flatMap((one) => one.changes.map(({ path }) => path)));
    const kept = changes.filter(({ path }) => !later.has(path));
    return differencesOf({ changes: kept }, live).filter((one) => !differences.includes(one));
  });
  if (found.length === 0) return undefined;
  const more = found.length > namedMax ? ` And ${found.length - namedMax} more.` : '';
  return `Somebody changed ${object} since: ${found.slice(0, namedMax).join(' ')}${more} ${tail}`;
}

/** What a plan made has no uid in it: our mark tells which one it is, and who wrote its fields whether it still is that. */
function whySinceMade(own: readonly Undone[], object: string, live: Json): string | undefined {
  if (!own.some(({ id }) => markerOf(live) === id)) {
    return `${object} is another one than this change made, or a later change is on it.`;
  }
  const others = listAt(live, 'metadata', 'managedFields').flatMap((entry) => {
    const manager = textAt(entry, 'manager') ?? '';
    // Status and scale are written by controllers, and what they note on an object is no change of it.
    const isOurs = manager === 'firebreak' || controllers.has(manager) || textAt(entry, 'subresource') === 'status';
    return isOurs ? [] : [manager];
  });
  const names = [...new Set(others)].slice(0, namedMax).map(brief);
  return names.length === 0 ? undefined : `${object} was changed since it was made, by ${names.join(', ')}.`;
}

const controllers: ReadonlySet<string> = new Set(['kube-controller-manager', 'kube-scheduler', 'kubelet']);
