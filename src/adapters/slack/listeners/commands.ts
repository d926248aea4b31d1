/** `/runbook` and `/incident`. The answer to a command is its ack, seen by the person alone. */
import type { App } from '@slack/bolt';
import { z } from 'zod';
import { describeError } from '../../../domain/errors.ts';
import type { IncidentForm } from '../../../flow/interactions.ts';
import { incidentList } from '../render/incident-list.ts';
import { limits, problemsOf } from '../render/limits.ts';
import { escapeBlock, prose } from '../render/mrkdwn.ts';
import { choice } from '../render/runbook-choice.ts';
import { openIncidentForm } from './incident-form.ts';
import { DeliveryKey, afterwards, couldNot } from './listening.ts';
import type { Listening } from './listening.ts';

const Command = z.object({
  user_id: z.string(),
  channel_id: z.string(),
  text: z.string().default(''),
  trigger_id: z.string().default(''),
});

export function listenToCommands(app: App, listening: Listening): void {
  app.command('/runbook', async ({ command, context, ack }) => {
    const { gesture } = parse(command, context);
    const answer = await listening
      .interactions()
      .runbookCommand(gesture)
      .catch((error: unknown) => failed(listening, error));
    if (answer.kind === 'accepted') {
      await ack(quietly(answer.text));
      // Said already.
      await afterwards(listening, { kind: 'accepted', refresh: answer.refresh }, gesture);
    } else if (answer.kind === 'choose') {
      const { text, blocks } = choice({ text: prose(answer.text, 1_000), candidates: answer.candidates });
      const fits = problemsOf({ text, blocks }).length === 0;
      await ack({ response_type: 'ephemeral', text, ...(fits ? { blocks: [...blocks] } : {}) });
    } else {
      await ack(quietly(answer.text));
    }
  });

  app.command('/incident', async ({ command, context, ack }) => {
    const { gesture, triggerId } = parse(command, context);
    const answer = await listening
      .interactions()
      .incidentCommand(gesture)
      .catch((error: unknown) => failed(listening, error));
    switch (answer.kind) {
      case 'accepted':
        await ack(quietly(answer.text));
        await afterwards(listening, { kind: 'accepted', refresh: answer.refresh }, gesture);
        return;
      case 'refused':
        await ack(quietly(answer.text));
        return;
      case 'incidents': {
        const { text, blocks } = incidentList(answer);
        const fits = problemsOf({ text, blocks }).length === 0;
        await ack({ response_type: 'ephemeral', text, ...(fits ? { blocks: [...blocks] } : {}) });
        return;
      }
      case 'form':
        // A person reads the answer to a command everywhere; a message only where the bot is.
        await ack(await openForm(answer.form, { ...gesture, triggerId }));
        return;
      default:
        answer satisfies never;
    }
  });

  /** Undefined: it is open. Otherwise what to say instead. */
  async function openForm(form: IncidentForm, { channel, triggerId }: { channel: string; triggerId: string }) {
    try {
      await openIncidentForm(listening, { triggerId, form, channel });
      return undefined;
    } catch (error) {
      listening.log.warn({ why: describeError(error) }, 'form of a new incident could not be opened');
      return quietly('The form could not be opened. Type /incident new P2 TITLE service=NAME instead.');
    }
  }
}

function parse(command: unknown, context: unknown) {
  const { user_id: user, channel_id: channel, text, trigger_id: triggerId } = Command.parse(command);
  const { deliveryKey } = DeliveryKey.parse(context);
  return { gesture: { user, channel, deliveryKey, text: unescape(text).trim() }, triggerId };
}

/** Slack sends `&`, `<` and `>` as entities. */
function unescape(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function quietly(text: string | undefined) {
  if (!text) return undefined;
  return { response_type: 'ephemeral', text: escapeBlock(text, limits.text) } as const;
}

/** Slack shows an answer other than 200 as a riddle; a person gets the sentence instead. */
function failed({ log }: Listening, error: unknown) {
  log.error({ err: error }, 'command could not be handled');
  return { kind: 'refused', text: couldNot(error) } as const;
}
