/** Escalate and Reassign on the incident's card: a form with who is on call, and what comes of it. */
import type { App } from '@slack/bolt';
import { z } from 'zod';
import type { PagerForm } from '../../../flow/interactions.ts';
import { formActionId, pagerFormCallbackId } from '../render/action-ids.ts';
import { textView } from '../render/modals.ts';
import { pagerBlocks, type PagerFormPlace, pagerFormView } from '../render/pager-form.ts';
import { DeliveryKey, afterwards, couldNot } from './listening.ts';
import type { Clicked, Listening } from './listening.ts';
import { surface } from './modals.ts';

/** The click is answered at once: asking PagerDuty may take longer than Slack waits, and changes nothing. */
export async function showPagerForm(
  listening: Listening,
  { gesture, value, triggerId, where }: Clicked,
  { ack, verb }: { ack: () => Promise<void>; verb: PagerForm['verb'] },
): Promise<void> {
  await ack();
  const asked = listening.interactions().pagerForm({ user: gesture.user, incidentId: value, verb });
  const show = await surface(listening, triggerId, asked, {
    formLikely: true,
    asking: 'Asking PagerDuty who is on call…',
  });
  const answer = await asked.catch(async (error: unknown) => {
    await show.replace(textView('Not possible', couldNot(error)));
    throw error;
  });
  await show.open(
    answer.kind === 'form' ? pagerFormView(answer.form, where.channel) : textView('Not possible', answer.text),
  );
}

const Option = z.object({ value: z.string() });
const Value = z.object({
  selected_option: Option.nullish(),
  selected_options: z.array(Option).nullish(),
  selected_users: z.array(z.string()).nullish(),
});
const Submission = z.object({
  user: z.object({ id: z.string() }),
  view: z.object({
    private_metadata: z.string(),
    state: z.object({ values: z.record(z.string(), z.record(z.string(), Value)) }),
  }),
});
const Place = z.object({
  incidentId: z.string(),
  verb: z.enum(['escalate', 'reassign']),
  channel: z.string(),
}) satisfies z.ZodType<PagerFormPlace>;

export function listenToPagerForm(app: App, listening: Listening): void {
  app.view(pagerFormCallbackId, async ({ body, context, ack }) => {
    const { user, view } = Submission.parse(body);
    const { incidentId, verb, channel } = Place.parse(JSON.parse(view.private_metadata));
    const where = { user: user.id, channel };
    const given = (block: string) => view.state.values[block]?.[formActionId];
    try {
      const gesture = { ...where, deliveryKey: DeliveryKey.parse(context).deliveryKey, incidentId };
      const users = (given(pagerBlocks.users)?.selected_options ?? []).map(({ value }) => value);
      const slackUsers = given(pagerBlocks.others)?.selected_users ?? [];
      const level = Number(given(pagerBlocks.level)?.selected_option?.value);
      const answer =
        verb === 'escalate'
          ? await listening.interactions().escalate({ ...gesture, level })
          : await listening.interactions().reassign({ ...gesture, users, slackUsers });
      if (answer.kind === 'accepted') {
        await ack();
        await afterwards(listening, answer, where);
      } else {
        await ack({ response_action: 'update', view: textView('Not possible', answer.text) });
      }
    } catch (error) {
      listening.log.error({ err: error }, 'form about a page could not be handled');
      await ack({ response_action: 'push', view: textView('Not recorded', couldNot(error)) });
    }
  });
}
