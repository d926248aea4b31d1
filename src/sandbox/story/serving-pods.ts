/** The pods of an app that answer requests: ready, and not on their way out. */
import { isActive, isReady } from '../kubernetes/controllers/pods.ts';
import type { Pod } from '../kubernetes/objects.ts';
import type { World } from '../kubernetes/world.ts';

export const servingPods = (world: World, namespace: string, app: string): readonly Pod[] =>
  world.pods(namespace, { app }).filter((pod) => isActive(pod) && isReady(pod));
