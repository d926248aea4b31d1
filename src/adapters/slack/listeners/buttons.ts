/** Clicks. A button carries an id or a nonce; everything else is looked up in the ledger by whoever is called. */
import type { App } from '@slack/bolt';
import { z } from 'zod';
import type { Accepted, Gesture, Refused } from '../../../flow/interactions.ts';
import { actionIds } from '../render/action-ids.ts';
import { parseWaveChoice } from '../render/wave-choice.ts';
import { DeliveryKey, afterwards, couldNot } from './listening.ts';
import type { Clicked, Listening } from './listening.ts';
import { showPagerForm } from './pager-form.ts';
import { showCapture, showDetails, useStep } from './modals.ts';

const Click = z.object({
  user: z.object({ id: z.string() }),
  channel: z.object({ id: z.string() }),
  message: z.object({ thread_ts: z.string().optional() }).optional(),
  trigger_id: z.string(),
  // One without a value is not ours; it is answered like one that belongs to nothing.
  actions: z.tuple([
    z.object({ value: z.string().default(''), selected_option: z.object({ value: z.string() }).nullish() }),
  ]),
});

const Pick = z.object({
  runbookDigest: z.string(),
  procedureId: z.string(),
  incidentId: z.string().exactOptional(),
  parameters: z.record(z.string(), z.string()).exactOptional(),
});

const unknownChoice: Refused = {
  kind: 'refused',
  text: 'This menu is from a message that this version does not understand.',
};

type Ack = () => Promise<void>;
type Answer = Promise<Accepted | Refused>;

export function listenToButtons(app: App, listening: Listening): void {
  const { interactions, chat, log } = listening;

  /** Parses, hands over, and tells the person when that failed: a click is not sent again by Slack. */
  const on = (actionId: string, handle: (clicked: Clicked, ack: Ack) => Promise<void>) => {
    app.action(actionId, async ({ body, context, ack }) => {
      const clicked = parse(body, context);
      try {
        await handle(clicked, ack);
      } catch (error) {
        log.error({ err: error, actionId }, 'click could not be handled');
        await ack();
        await chat.tell(clicked.where, couldNot(error));
      }
    });
  };

  /** The click is acknowledged after it was committed, and the message redrawn after that. */
  const decide = (actionId: string, act: (gesture: Gesture, value: string) => Answer) => {
    on(actionId, async ({ gesture, where, value }, ack) => {
      const answer = await act(gesture, value);
      await ack();
      if (answer.kind === 'accepted') await afterwards(listening, answer, where);
      else await chat.tell(where, answer.text);
    });
  };

  // One listener for both: the nonce alone says what was meant.
  decide(actionIds.approve, (gesture, nonce) => interactions().vote({ ...gesture, nonce }));
  decide(actionIds.deny, (gesture, nonce) => interactions().vote({ ...gesture, nonce }));
  decide(actionIds.undo, (gesture, runId) => interactions().undo({ ...gesture, runId }));
  decide(actionIds.waves, async (gesture, value) => {
    const choice = parseWaveChoice(value);
    return choice ? interactions().chooseWaves({ ...gesture, ...choice }) : unknownChoice;
  });
  decide(actionIds.acknowledge, (gesture, incidentId) => interactions().acknowledge({ ...gesture, incidentId }));
  decide(actionIds.resolve, (gesture, incidentId) => interactions().resolve({ ...gesture, incidentId }));
  decide(actionIds.chooseProcedure, (gesture, value) =>
    interactions().chooseProcedure({ ...gesture, ...Pick.parse(JSON.parse(value)) }),
  );
  on(actionIds.useStep, (clicked, ack) => useStep(listening, clicked, { ack, formLikely: false }));
  on(actionIds.askStep, (clicked, ack) => useStep(listening, clicked, { ack, formLikely: true }));
  on(actionIds.details, (clicked, ack) => showDetails(listening, clicked, ack));
  on(actionIds.capture, (clicked, ack) => showCapture(listening, clicked, ack));
  on(actionIds.escalatePage, (clicked, ack) => showPagerForm(listening, clicked, { ack, verb: 'escalate' }));
  on(actionIds.reassignPage, (clicked, ack) => showPagerForm(listening, clicked, { ack, verb: 'reassign' }));
}

function parse(body: unknown, context: unknown): Clicked {
  const click = Click.parse(body);
  const { deliveryKey } = DeliveryKey.parse(context);
  const [user, channel, threadTs] = [click.user.id, click.channel.id, click.message?.thread_ts];
  return {
    gesture: { user, channel, deliveryKey },
    // The answer to a click in a thread is read there.
    where: { user, channel, ...(threadTs ? { threadTs } : {}) },
    // Of a menu: what was chosen.
    value: click.actions[0].selected_option?.value ?? click.actions[0].value,
    triggerId: click.trigger_id,
  };
}
