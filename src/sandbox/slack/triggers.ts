import { SlackRefusal } from './methods/refusal.ts';
import { dropOldest } from './oldest.ts';

/** A trigger_id lives 3 s and opens one view (Slack's "Handling user interaction"). */
const triggerMs = 3000;
/** Far more than are used within their life; the older ones are unknown instead of expired. */
const issuedMax = 5000;

/** The right to open a view in front of one person, for a moment. */
export interface Triggers {
  /** @param viewId the modal that the person was using, on which another may be pushed */
  issue(userId: string, viewId?: string): string;
  /** Uses the trigger up. Throws `SlackRefusal`. */
  exchange(triggerId: string): { userId: string; viewId: string | undefined };
}

export function createTriggers(now: () => number): Triggers {
  const issued = new Map<string, { userId: string; viewId: string | undefined; atMs: number; used: boolean }>();
  let last = 0;
  return {
    issue(userId, viewId) {
      last += 1;
      const id = `${last}.${Math.floor(now())}.${crypto.randomUUID().replaceAll('-', '')}`;
      issued.set(id, { userId, viewId, atMs: now(), used: false });
      dropOldest(issued, issuedMax);
      return id;
    },
    exchange(triggerId) {
      const trigger = issued.get(triggerId);
      if (!trigger) throw new SlackRefusal('invalid_trigger_id');
      if (trigger.used) throw new SlackRefusal('exchanged_trigger_id');
      if (now() - trigger.atMs > triggerMs) throw new SlackRefusal('expired_trigger_id');
      trigger.used = true;
      return trigger;
    },
  };
}
