/**
 * The objects, their versions and who watches them. Stored objects are never changed in place: a write puts a new
 * value, so that a reader may keep what it got.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';
import { timestamp } from './clock.ts';
import { clone, equal } from './json.ts';
import type { KubeObject, Kinds, ResourceName } from './objects.ts';
import { apiVersionOf, resourceOf, resources } from './resources.ts';
import { alreadyExists } from './status.ts';

export type WatchEvent = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: ResourceName;
  readonly object: KubeObject;
  /** What it was before: a change may move an object into or out of a selector. */
  readonly before?: KubeObject;
  readonly version: number;
};

/** Metadata the server fills in, so that a caller gives only what it means. */
export type NewObject<T extends KubeObject> = Omit<T, 'metadata' | 'kind' | 'apiVersion'> & {
  metadata: Partial<T['metadata']> & { name: string };
};

/** How many past events a watch may start from; an older version gets 410 Gone. */
const historyMax = 5000;

export function createStore(clock: Clock) {
  const tables = new Map<ResourceName, Map<string, KubeObject>>(resources.map(({ name }) => [name, new Map()]));
  const history: WatchEvent[] = [];
  const listeners = new Set<(event: WatchEvent) => void>();
  let version = 100;
  let compactedTo = 0;

  const keyOf = (namespace: string, name: string) => `${namespace}/${name}`;
  // One table per name exists from the start, and holds only that kind: `put` is the only way in.
  const table = <R extends ResourceName>(resource: R) => tables.get(resource) as Map<string, Kinds[R]>;

  function announce(event: WatchEvent): void {
    history.push(event);
    if (history.length > historyMax) history.shift();
    for (const listener of listeners) listener(event);
  }

  return {
    version: () => version,
    oldestVersion: () => (history.length < historyMax ? compactedTo : (history[0]?.version ?? 0)),
    /** What happened until now is forgotten, as a server does every five minutes. */
    compact(): void {
      history.length = 0;
      compactedTo = version;
    },
    get<R extends ResourceName>(resource: R, namespace: string, name: string): Kinds[R] | undefined {
      return table(resource).get(keyOf(namespace, name));
    },
    /** In the order of etcd's keys: by namespace, then by name. */
    list<R extends ResourceName>(resource: R, namespace = ''): Kinds[R][] {
      return ordered(table(resource), namespace);
    },
    /** What `list` would have returned at a version that the history reaches back to. */
    listAt<R extends ResourceName>(at: number, resource: R, namespace = ''): Kinds[R][] {
      if (at >= version) return this.list(resource, namespace);
      const then = new Map(table(resource));
      for (const event of history.toReversed()) {
        if (event.version <= at) break;
        if (event.resource !== resource) continue;
        const { namespace: inside = '', name } = event.object.metadata;
        // An event of a resource holds an object of its kind.
        if (event.before) then.set(keyOf(inside, name), event.before as Kinds[R]);
        else then.delete(keyOf(inside, name));
      }
      return ordered(then, namespace);
    },
    /** Fills in what the server owns. Throws 409 when the name is taken. */
    create<R extends ResourceName>(resource: R, object: NewObject<Kinds[R]>): Kinds[R] {
      const { namespaced } = resourceOf(resource);
      const namespace = namespaced ? (object.metadata.namespace ?? 'default') : '';
      if (table(resource).has(keyOf(namespace, object.metadata.name))) {
        throw alreadyExists(resourceOf(resource), object.metadata.name);
      }
      const complete = {
        kind: resourceOf(resource).kind,
        apiVersion: apiVersionOf(resourceOf(resource)),
        ...object,
        metadata: {
          uid: randomUUID(),
          creationTimestamp: timestamp(clock.now()),
          ...object.metadata,
          ...(namespace === '' ? {} : { namespace }),
          resourceVersion: String(++version),
        },
        // The caller's object plus the metadata above is the kind's whole shape.
      } as unknown as Kinds[R];
      const stored = clone(complete);
      table(resource).set(keyOf(namespace, object.metadata.name), stored);
      announce({ type: 'ADDED', resource, object: stored, version });
      return stored;
    },
    /** Replaces; a write that changes nothing keeps the version, as etcd's guarded update does. */
    put<R extends ResourceName>(resource: R, object: Kinds[R]): Kinds[R] {
      const at = keyOf(object.metadata.namespace ?? '', object.metadata.name);
      const before = table(resource).get(at);
      if (!before) throw new Error(`put of ${resource} ${at}, which is not stored`);
      const same = { ...object, metadata: { ...object.metadata, resourceVersion: before.metadata.resourceVersion } };
      if (equal(same, before)) return before;
      const stored: Kinds[R] = clone(object);
      stored.metadata.resourceVersion = String(++version);
      table(resource).set(at, stored);
      announce({ type: 'MODIFIED', resource, object: stored, before, version });
      return stored;
    },
    remove(resource: ResourceName, namespace: string, name: string): void {
      const before = table(resource).get(keyOf(namespace, name));
      if (!before) return;
      table(resource).delete(keyOf(namespace, name));
      const gone = clone(before);
      gone.metadata.resourceVersion = String(++version);
      announce({ type: 'DELETED', resource, object: gone, before, version });
    },
    /**
     * Returns a way to put every object back as it is now. Nobody is told of it: only for a clock that stands still
     * meanwhile.
     */
    keep(): () => void {
      const kept = new Map([...tables].map(([resource, objects]) => [resource, new Map(objects)]));
      return () => {
        for (const [resource, objects] of kept) tables.set(resource, new Map(objects));
      };
    },
    since: (from: number): readonly WatchEvent[] => history.filter((event) => event.version > from),
    /** Returns a way to stop listening. */
    onChange(listener: (event: WatchEvent) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export type Store = ReturnType<typeof createStore>;

const ordered = <T extends KubeObject>(objects: ReadonlyMap<string, T>, namespace: string): T[] =>
  [...objects.values()]
    .filter((object) => namespace === '' || object.metadata.namespace === namespace)
    .sort((a, b) => (key(a) < key(b) ? -1 : 1));

const key = (object: KubeObject): string => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
