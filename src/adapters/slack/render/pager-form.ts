/** The form behind Escalate and Reassign. Slack: a menu holds 100 options of 75 characters. */
import type { InputBlock, ModalView } from '@slack/web-api';
import type { PagerForm } from '../../../flow/interactions.ts';
import { formActionId, pagerFormCallbackId } from './action-ids.ts';
import { section } from './blocks.ts';
import { md, visible } from './mrkdwn.ts';
import { textView } from './modals.ts';

const optionMax = 75;
const optionsMax = 100;
const peopleMax = 10;

export const pagerBlocks = { level: 'page/level', users: 'page/users', others: 'page/others' } as const;

/** Where the form was opened and what it is for, kept by Slack until it is sent. */
export type PagerFormPlace = {
  readonly incidentId: string;
  readonly verb: PagerForm['verb'];
  readonly channel: string;
};

const plain = (text: string, max: number) =>
  ({ type: 'plain_text', text: visible(text, max) || '–', emoji: false }) as const;

export function pagerFormView(form: PagerForm, channel: string): ModalView {
  const { incidentId, verb } = form;
  const place: PagerFormPlace = { incidentId, verb, channel };
  const options = form.choices
    .slice(0, optionsMax)
    .map(({ value, label }) => ({ text: plain(label, optionMax), value }));
  const isEscalation = verb === 'escalate';
  if (isEscalation && options.length === 0) return textView('Escalate', 'Its escalation policy has no levels.');
  return {
    type: 'modal',
    callback_id: pagerFormCallbackId,
    private_metadata: JSON.stringify(place),
    title: plain(isEscalation ? 'Escalate in PagerDuty' : 'Reassign in PagerDuty', 24),
    submit: plain(isEscalation ? 'Escalate' : 'Reassign', 24),
    close: plain('Cancel', 24),
    blocks: [section(md`Page *${form.page}*`), ...(isEscalation ? [levelInput(options)] : peopleInputs(options))],
  };
}

type Option = { readonly text: ReturnType<typeof plain>; readonly value: string };

const levelInput = (options: Option[]): InputBlock => ({
  type: 'input',
  block_id: pagerBlocks.level,
  label: plain('Who is called?', 200),
  element: { type: 'static_select', action_id: formActionId, placeholder: plain('Choose a level', 150), options },
});

function peopleInputs(options: Option[]): InputBlock[] {
  const onCall: InputBlock = {
    type: 'input',
    block_id: pagerBlocks.users,
    label: plain('Who is on call', 200),
    optional: true,
    element: {
      type: 'multi_static_select',
      action_id: formActionId,
      placeholder: plain('Choose people', 150),
      max_selected_items: peopleMax,
      options,
    },
  };
  const others: InputBlock = {
    type: 'input',
    block_id: pagerBlocks.others,
    label: plain('Somebody else', 200),
    hint: plain('They are found in PagerDuty by their e-mail address.', 500),
    optional: true,
    element: {
      type: 'multi_users_select',
      action_id: formActionId,
      placeholder: plain('Choose people', 150),
      max_selected_items: peopleMax,
    },
  };
  // A menu without options is refused by Slack.
  return options.length > 0 ? [onCall, others] : [others];
}
