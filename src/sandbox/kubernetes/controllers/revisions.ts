/** The history of StatefulSets and DaemonSets: a ControllerRevision for each template, the newest with the highest number. */
import { clone, equal } from '../json.ts';
import type { ControllerRevision, DaemonSet, StatefulSet } from '../objects.ts';
import type { Store } from '../store.ts';
import { isOwnedBy, ownerReference } from './pods.ts';
import { templateHash } from './pod-template.ts';

/** Revisions that are kept beside the newest, unless the object says otherwise. */
const kept = 10;

export function reconcileRevisions({ store }: { store: Store }, set: StatefulSet | DaemonSet): void {
  const { namespace = 'default', name } = set.metadata;
  const known = store.list('controllerrevisions', namespace).filter((revision) => isOwnedBy(revision, set));
  const newest = Math.max(0, ...known.map(({ revision }) => revision));
  const data = { spec: { template: { ...clone(set.spec.template), $patch: 'replace' } } };
  const same = known.find((revision) => equal(revision.data, data));
  if (same) {
    // Back to an old template: it becomes the newest revision.
    if (same.revision < newest) store.put('controllerrevisions', { ...same, revision: newest + 1 });
  } else {
    const hash = templateHash(set.spec.template);
    const hashLabel = set.kind === 'DaemonSet' ? 'controller-revision-hash' : 'controller.kubernetes.io/hash';
    const { annotations } = set.metadata;
    store.create('controllerrevisions', {
      metadata: {
        name: `${name}-${hash}`,
        namespace,
        labels: { ...set.spec.template.metadata.labels, [hashLabel]: hash },
        ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
        ownerReferences: [ownerReference(set)],
      },
      data,
      revision: newest + 1,
    });
  }
  for (const old of surplus(store, set)) store.remove('controllerrevisions', namespace, old.metadata.name);
}

function surplus(store: Store, set: StatefulSet | DaemonSet): ControllerRevision[] {
  return store
    .list('controllerrevisions', set.metadata.namespace)
    .filter((revision) => isOwnedBy(revision, set))
    .sort((a, b) => b.revision - a.revision)
    .slice(1 + (set.spec.revisionHistoryLimit ?? kept));
}
