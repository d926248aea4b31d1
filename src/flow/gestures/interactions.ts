import { setTimeout as pause } from 'node:timers/promises';
import type { Interactions } from '../interactions.ts';
import type { Ledger } from '../ledger.ts';
import type { Membership } from '../membership.ts';
import type { Cluster, Runbooks, World } from '../ports.ts';
import type { Publish } from '../publish.ts';
import { createCommandGestures } from './commands.ts';
import { createDoor } from './door.ts';
import { createStepGestures } from './use-step.ts';
import { createPlanGestures } from './vote.ts';

/** Nobody sees it, and by then the vote is often counted: one redraw shows both, and takes no time from the counting. */
const refreshAfterMs = 100;

/** Everything a person can do from the chat, put together. */
export function createInteractions(
  parts: World & {
    ledger: Ledger;
    membership: Membership;
    clusterOf: (name: string) => Cluster;
    runbooks: Runbooks;
    publish: Publish;
  },
): Interactions {
  const door = createDoor(parts);
  return {
    ...createCommandGestures({ ...parts, door }),
    ...createStepGestures({ ...parts, door }),
    ...createPlanGestures({ ...parts, door }),
    async refresh(keys, timeoutMs) {
      const timeout = new Promise<void>((resolve) => {
        setTimeout(resolve, timeoutMs).unref();
      });
      const redrawn = pause(refreshAfterMs).then(() => parts.publish.refresh(keys));
      await Promise.race([redrawn, timeout]);
    },
  };
}
