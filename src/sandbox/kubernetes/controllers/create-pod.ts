/** How a controller makes a pod: refused by a quota it says so, and tries again later, or as soon as there is room. */
import { quotaRefusal } from '../admit/quota.ts';
import type { Clock } from '../clock.ts';
import type { KubeObject, Pod } from '../objects.ts';
import type { NewObject, Store } from '../store.ts';
import type { Recorder } from './recorder.ts';

type Refused = { readonly why: string; tries: number; nextAt: number };
export type PodMakerTools = { readonly store: Store; readonly clock: Clock; readonly recorder: Recorder };

/** The first wait after a refusal; it doubles up to 64 times this. */
const firstWaitMs = 1000;

export function createPodMaker({ store, clock, recorder }: PodMakerTools) {
  /** By the owner's uid. */
  const refusals = new Map<string, Refused>();

  return {
    /** The pod, or undefined when a quota refused it: then there is no use in trying the next one now. */
    make(owner: KubeObject, pod: NewObject<Pod>, component: string): Pod | undefined {
      const { uid, name } = owner.metadata;
      const refusal = quotaRefusal(store, pod);
      if (!refusal) {
        refusals.delete(uid);
        return store.create('pods', pod);
      }
      const known = refusals.get(uid) ?? { why: refusal.message, tries: 0, nextAt: 0 };
      refusals.set(uid, known);
      if (known.nextAt > clock.now()) return undefined;
      known.nextAt = clock.now() + firstWaitMs * 2 ** Math.min(6, known.tries++);
      const failed =
        owner.kind === 'StatefulSet'
          ? `create Pod ${pod.metadata.name} in StatefulSet ${name} failed error:`
          : 'Error creating:';
      const message = `${failed} ${refusal.message}`;
      recorder.record(owner, { type: 'Warning', reason: 'FailedCreate', message, component });
      return undefined;
    },
    /** Why the owner's newest pod was refused; undefined when it has all that it asked for. */
    refusal: (owner: KubeObject): string | undefined => refusals.get(owner.metadata.uid)?.why,
    /** It asks for no more. */
    settle: (owner: KubeObject): void => void refusals.delete(owner.metadata.uid),
    /** When the next one is tried again. What is past was not wanted any more. */
    nextDue(): number {
      const ahead = [...refusals.values()].map(({ nextAt }) => nextAt).filter((at) => at > clock.now());
      return Math.min(Number.POSITIVE_INFINITY, ...ahead);
    },
    /** The owner is gone. */
    forget: (uid: string): void => void refusals.delete(uid),
  };
}

export type PodMaker = ReturnType<typeof createPodMaker>;
