/** Events as components record them: a repeated one counts up instead of being written again. They are kept for an hour. */
import { type Clock, timestamp } from '../clock.ts';
import type { InvolvedObject, KubeEvent, KubeObject } from '../objects.ts';
import type { Store } from '../store.ts';

export type EventText = {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly component: string;
  readonly host?: string;
  /** `spec.containers{app}`. */
  readonly fieldPath?: string;
};

/** As kube-apiserver's --event-ttl. */
const keptMs = 3_600_000;
/** How often old ones are looked for. */
const sweepMs = 60_000;

export function createRecorder({ store, clock }: { store: Store; clock: Clock }) {
  let ordinal = 0;
  let sweptAt = clock.now();
  const known = new Map<string, { readonly namespace: string; readonly name: string }>();

  return {
    /** Drops the events that nothing has been added to for an hour. */
    sweep(): void {
      const now = clock.now();
      if (now - sweptAt < sweepMs) return;
      sweptAt = now;
      const isOld = ({ lastTimestamp, metadata }: KubeEvent) =>
        Date.parse(lastTimestamp ?? metadata.creationTimestamp) + keptMs <= now;
      for (const { metadata } of store.list('events').filter(isOld)) {
        store.remove('events', metadata.namespace ?? '', metadata.name);
      }
      for (const [key, { namespace, name }] of known) if (!store.get('events', namespace, name)) known.delete(key);
    },
    record(about: KubeObject, text: EventText): KubeEvent {
      const now = timestamp(clock.now());
      // Events about cluster-scoped objects live in `default`.
      const namespace = about.metadata.namespace ?? 'default';
      const key = [about.metadata.uid, text.reason, text.message, text.fieldPath ?? ''].join('\n');
      const earlier = store.get('events', namespace, known.get(key)?.name ?? '');
      if (earlier) return store.put('events', { ...earlier, count: (earlier.count ?? 1) + 1, lastTimestamp: now });
      const involved: InvolvedObject = {
        kind: about.kind,
        ...(about.metadata.namespace === undefined ? {} : { namespace }),
        name: about.metadata.name,
        uid: about.metadata.uid,
        apiVersion: about.apiVersion,
        resourceVersion: about.metadata.resourceVersion,
        ...(text.fieldPath === undefined ? {} : { fieldPath: text.fieldPath }),
      };
      const name = `${about.metadata.name}.${(BigInt(clock.now()) * 1_000_000n + BigInt(ordinal++)).toString(16)}`;
      known.set(key, { namespace, name });
      return store.create('events', {
        metadata: { name, namespace },
        involvedObject: involved,
        reason: text.reason,
        message: text.message,
        source: { component: text.component, ...(text.host === undefined ? {} : { host: text.host }) },
        firstTimestamp: now,
        lastTimestamp: now,
        count: 1,
        type: text.type,
        eventTime: null,
        reportingComponent: text.component,
        reportingInstance: text.host ?? '',
      });
    },
  };
}

export type Recorder = ReturnType<typeof createRecorder>;
