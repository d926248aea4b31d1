/** `/runbook` and `/incident`. The answer to a command is its ack, seen by the person alone. */
import type { App } from '@slack/bolt';
import { z } from 'zod';
import { limits, problemsOf } from '../render/limits.ts';
import { escapeBlock, prose } from '../render/mrkdwn.ts';
import { choice } from '../render/runbook-choice.ts';
import { DeliveryKey, afterwards, couldNot } from './listening.ts';
import type { Listening } from './listening.ts';

const Command = z.object({ user_id: z.string(), channel_id: z.string(), text: z.string().default('') });

export function listenToCommands(app: App, listening: Listening): void {
  app.command('/runbook', async ({ command, context, ack }) => {
    const gesture = parse(command, context);
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
    const gesture = parse(command, context);
    const answer = await listening
      .interactions()
      .incidentCommand(gesture)
      .catch((error: unknown) => failed(listening, error));
    await ack(quietly(answer.text));
    if (answer.kind === 'accepted') {
      await afterwards(listening, { kind: 'accepted', refresh: answer.refresh }, gesture);
    }
  });
}

function parse(command: unknown, context: unknown) {
  const { user_id: user, channel_id: channel, text } = Command.parse(command);
  const { deliveryKey } = DeliveryKey.parse(context);
  return { user, channel, deliveryKey, text: unescape(text).trim() };
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
