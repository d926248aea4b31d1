import type { Reach } from '../reach.ts';
import { setTimeout as pause } from 'node:timers/promises';
import type { Service } from '../../domain/policy.ts';
import type { Interactions } from '../interactions.ts';
import type { Ledger } from '../ledger.ts';
import type { Membership } from '../membership.ts';
import type { PagerUserOf } from '../pager/pager-sender.ts';
import type { Pager, Runbooks, World } from '../ports.ts';
import type { Publish } from '../publish.ts';
import { createDoor } from './door.ts';
import { createHomeGestures } from './open-home.ts';
import { createIncidentGestures } from './incident-commands.ts';
import { createPagerGestures } from './pager.ts';
import { createRunbookGestures } from './runbook-commands.ts';
import type { SightOf } from '../home/sight.ts';
import { createCaptureGestures } from './show-capture.ts';
import { createStepGestures } from './use-step.ts';
import { createWaveGestures } from './choose-waves.ts';
import { createPlanGestures } from './vote.ts';

/** Nobody sees it, and by then the vote is often counted: one redraw shows both, and takes no time from the counting. */
const refreshAfterMs = 100;

/** Everything a person can do from the chat, put together. */
export function createInteractions(
  parts: World & {
    ledger: Ledger;
    membership: Membership;
    reachOf: (service: Service) => Reach;
    runbooks: Runbooks;
    publish: Publish;
    sightOf: SightOf;
    /** Absent: PagerDuty is not configured. */
    pager?: Pager | undefined;
    pagerUserOf?: PagerUserOf;
  },
): Interactions {
  const door = createDoor(parts);
  return {
    ...createIncidentGestures({ ...parts, door }),
    ...createRunbookGestures({ ...parts, door }),
    ...createHomeGestures({ door }),
    ...createStepGestures({ ...parts, door }),
    ...createPlanGestures({ ...parts, door }),
    ...createCaptureGestures(parts),
    ...createWaveGestures({ ...parts, door }),
    ...createPagerGestures({ pagerUserOf: async () => undefined, ...parts, door }),
    async refresh(keys, timeoutMs) {
      const timeout = new Promise<void>((resolve) => {
        setTimeout(resolve, timeoutMs).unref();
      });
      const redrawn = pause(refreshAfterMs).then(() => parts.publish.refresh(keys));
      await Promise.race([redrawn, timeout]);
    },
  };
}
