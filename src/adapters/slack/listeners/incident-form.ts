/** `/incident new` without enough words: a form opens, and what was wrong in it is said at its fields. */
import type { App } from '@slack/bolt';
import { z } from 'zod';
import type { IncidentField, IncidentForm } from '../../../flow/interactions.ts';
import { Anything } from '../client.ts';
import { formActionId, incidentFormCallbackId } from '../render/action-ids.ts';
import { fieldBlock, incidentFormView } from '../render/incident-form.ts';
import { textView } from '../render/modals.ts';
import { DeliveryKey, afterwards, couldNot } from './listening.ts';
import type { Listening } from './listening.ts';

const fields = ['title', 'severity', 'service'] as const satisfies readonly IncidentField[];

/** Within 3 s of the command, of which little has passed: nothing is asked before. */
export async function openIncidentForm(
  { call }: Listening,
  asked: { triggerId: string; form: IncidentForm; channel: string },
): Promise<void> {
  const view = incidentFormView(asked.form, asked.channel);
  await call('views.open', { trigger_id: asked.triggerId, view }, Anything);
}

const Value = z.object({ value: z.string().nullish(), selected_option: z.object({ value: z.string() }).nullish() });
const Submission = z.object({
  user: z.object({ id: z.string() }),
  view: z.object({
    private_metadata: z.string(),
    state: z.object({ values: z.record(z.string(), z.record(z.string(), Value)) }),
  }),
});
const Place = z.object({ channel: z.string() });

export function listenToIncidentForm(app: App, listening: Listening): void {
  app.view(incidentFormCallbackId, async ({ body, context, ack }) => {
    const { user, view } = Submission.parse(body);
    const { channel } = Place.parse(JSON.parse(view.private_metadata));
    const where = { user: user.id, channel };
    const valueOf = (field: IncidentField): string => {
      const given = view.state.values[fieldBlock(field)]?.[formActionId];
      return given?.value ?? given?.selected_option?.value ?? '';
    };
    try {
      const { deliveryKey } = DeliveryKey.parse(context);
      const answer = await listening.interactions().submitIncident({
        ...where,
        deliveryKey,
        title: valueOf('title'),
        severity: valueOf('severity'),
        service: valueOf('service'),
      });
      switch (answer.kind) {
        case 'accepted':
          // In the form's place: the bot need not be in the channel where the command was typed.
          if (answer.text) await ack({ response_action: 'update', view: textView('New incident', answer.text) });
          else await ack();
          await afterwards(listening, { kind: 'accepted', refresh: answer.refresh }, where);
          return;
        case 'refused':
          await ack({ response_action: 'update', view: textView('Not possible', answer.text) });
          return;
        case 'errors': {
          const errors = fields.flatMap((field) => {
            const text = answer.errors[field];
            return text === undefined ? [] : [[fieldBlock(field), text.slice(0, 1_000)] as const];
          });
          await ack({ response_action: 'errors', errors: Object.fromEntries(errors) });
          return;
        }
        default:
          answer satisfies never;
      }
    } catch (error) {
      listening.log.error({ err: error }, 'form of a new incident could not be handled');
      await ack({ response_action: 'push', view: textView('Not recorded', couldNot(error)) });
    }
  });
}
