/** What goes when an object goes: its dependents by ownerReferences, a namespace's content, a service's Endpoints. */
import type { Clock } from '../clock.ts';
import type { KubeObject, Pod } from '../objects.ts';
import { type Resource, resources } from '../resources.ts';
import type { Store } from '../store.ts';
import { deletePod } from './delete-pod.ts';

type Tools = { readonly store: Store; readonly clock: Clock };

/**
 * Takes an object away and what it owns with it; `Orphan` leaves the dependents and cuts the tie. A pod is only told to
 * end, and given back as it is then; anything else goes at once.
 */
export function removeObject(
  tools: Tools,
  resource: Resource,
  object: KubeObject,
  options: { readonly propagation: string; readonly graceSeconds?: number },
): Pod | undefined {
  const { namespace = '', name } = object.metadata;
  if (resource.name === 'pods') {
    const pod = tools.store.get('pods', namespace, name);
    return pod && deletePod(tools, pod, options.graceSeconds);
  }
  dropObject(tools, resource, object, options.propagation);
  return undefined;
}

/** The same, but a pod is gone at once as well. */
export function dropObject(tools: Tools, resource: Resource, object: KubeObject, propagation: string): void {
  const { store } = tools;
  const { namespace = '', name } = object.metadata;
  store.remove(resource.name, namespace, name);
  if (resource.name === 'namespaces') emptyNamespace(store, name);
  // Named like its service, and not owned by it.
  if (resource.name === 'services') store.remove('endpoints', namespace, name);
  collect(tools, object, propagation);
}

function emptyNamespace(store: Store, namespace: string): void {
  for (const { name, namespaced } of resources) {
    if (!namespaced) continue;
    for (const object of store.list(name, namespace)) store.remove(name, namespace, object.metadata.name);
  }
}

/** What the garbage collector does. */
function collect(tools: Tools, owner: KubeObject, propagation: string): void {
  for (const resource of resources) {
    for (const object of tools.store.list(resource.name, owner.metadata.namespace ?? '')) {
      const owners = object.metadata.ownerReferences ?? [];
      const others = owners.filter(({ uid }) => uid !== owner.metadata.uid);
      if (others.length === owners.length) continue;
      // A dependent that somebody else owns too stays, as an orphan does.
      if (propagation === 'Orphan' || others.length > 0) {
        tools.store.put(resource.name, { ...object, metadata: { ...object.metadata, ownerReferences: others } });
      } else removeObject(tools, resource, object, { propagation: 'Background' });
    }
  }
}
