/** The form of `/incident new`. Slack: a menu holds 100 options of 75 characters. */
import type { InputBlock, ModalView } from '@slack/web-api';
import type { IncidentField, IncidentForm } from '../../../flow/interactions.ts';
import { formActionId, incidentFormCallbackId } from './action-ids.ts';
import { visible } from './mrkdwn.ts';
import { severityWords } from './words.ts';

const optionMax = 75;
const optionsMax = 100;
const titleMax = 150;

/** An input's block id carries the field's name, and an error under it names the block. */
export const fieldBlock = (field: IncidentField): string => `incident/${field}`;

const plain = (text: string, max: number) =>
  ({ type: 'plain_text', text: visible(text, max) || '–', emoji: false }) as const;
const option = (label: string, value: string) => ({ text: plain(label, optionMax), value });

/** `channel` is where the command was typed; the answer is read there. */
export function incidentFormView(form: IncidentForm, channel: string): ModalView {
  const services = form.services.filter((name) => name.length <= optionMax).slice(0, optionsMax);
  const left = form.services.length - services.length;
  const [only] = services;
  const chosen = form.service ?? (services.length === 1 ? only : undefined);
  const severities = Object.entries(severityWords).map(([severity, words]) => option(words, severity));
  return {
    type: 'modal',
    callback_id: incidentFormCallbackId,
    private_metadata: JSON.stringify({ channel }),
    title: plain('New incident', 24),
    submit: plain('Open it', 24),
    close: plain('Cancel', 24),
    blocks: [
      input('title', 'What is wrong?', {
        type: 'plain_text_input',
        action_id: formActionId,
        max_length: titleMax,
        ...(form.title ? { initial_value: visible(form.title, titleMax) } : {}),
      }),
      input('severity', 'How bad is it?', {
        type: 'static_select',
        action_id: formActionId,
        options: severities,
        initial_option: option(severityWords[form.severity ?? 'P2'], form.severity ?? 'P2'),
      }),
      input(
        'service',
        'Which service is it about?',
        {
          type: 'static_select',
          action_id: formActionId,
          placeholder: plain('Choose', 150),
          options: services.map((name) => option(name, name)),
          ...(chosen !== undefined && services.includes(chosen) ? { initial_option: option(chosen, chosen) } : {}),
        },
        left > 0 ? `${left} more are not in the list: /incident new TITLE service=NAME takes any.` : undefined,
      ),
    ],
  };
}

function input(field: IncidentField, label: string, element: InputBlock['element'], hint?: string): InputBlock {
  return {
    type: 'input',
    block_id: fieldBlock(field),
    label: plain(label, 200),
    ...(hint === undefined ? {} : { hint: plain(hint, 500) }),
    element,
  };
}
