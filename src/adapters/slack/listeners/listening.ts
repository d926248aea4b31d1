/** What every listener is given, and how each answers a person. */
import { z } from 'zod';
import { describeError } from '../../../domain/errors.ts';
import type { Accepted, Gesture, Interactions } from '../../../flow/interactions.ts';
import type { Chat, Log } from '../../../flow/ports.ts';
import type { SlackCall } from '../client.ts';

export type Listening = {
  /** Asked for at each gesture: the flow is built after the chat that it needs. */
  readonly interactions: () => Interactions;
  readonly chat: Pick<Chat, 'tell'>;
  readonly call: SlackCall;
  readonly log: Log;
};

/** Where a person reads the answer to what they did. */
export type Where = { readonly channel: string; readonly user: string; readonly threadTs?: string };

/** Put into Bolt's context by the receiver. */
export const DeliveryKey = z.object({ deliveryKey: z.string() });

/** All messages that an interaction changed are drawn at once within this; the queue does what is left. */
const refreshMs = 2_000;

/** After the answer went out: the clicked message changes, and the person reads what there is to say. */
export async function afterwards(
  { interactions, chat, log }: Listening,
  accepted: Accepted,
  where: Where,
): Promise<void> {
  const said = accepted.text ? chat.tell(where, accepted.text) : undefined;
  try {
    if (accepted.refresh.length > 0) await interactions().refresh(accepted.refresh, refreshMs);
  } catch (error) {
    log.warn({ why: describeError(error), keys: accepted.refresh }, 'messages were not redrawn at once');
  }
  await said;
}

/**
 * For a person, when a gesture could not be recorded. Slack does not send a click again, so the person has to; and a
 * commit whose answer was lost may stand, so nothing is promised.
 */
export function couldNot(error: unknown): string {
  return `⚠️ It is not certain that this was recorded: ${describeError(error)} If nothing changes here within a minute, do it again.`;
}

/** A press of one of our buttons, parsed. */
export type Clicked = {
  readonly gesture: Gesture;
  readonly where: Where;
  readonly value: string;
  readonly triggerId: string;
};
