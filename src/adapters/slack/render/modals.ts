/** The form for a step's parameters, and the small views around it. Slack: a modal has a title of 24 characters. */
import type { InputBlock, KnownBlock, ModalView } from '@slack/web-api';
import type { Form, FormField } from '../../../flow/interactions.ts';
import { formActionId, formCallbackId } from './action-ids.ts';
import { context, section } from './blocks.ts';
import { limits } from './limits.ts';
import { codeBlock, md, prose, visible } from './mrkdwn.ts';

const titleMax = 24;
/** Of an option in a menu: text and value. */
const optionMax = 75;
const optionsMax = 100;
const fieldsMax = 40;
const inputMax = 3_000;

/** A field's blocks: a menu of live names, a text box, or both. The id carries the parameter's name. */
export const blockIds = {
  pick: (name: string) => `pick/${name}`,
  type: (name: string) => `type/${name}`,
} as const;

/** Where the form was opened, kept by Slack until it is sent. */
export type FormPlace = {
  readonly postingId: string;
  readonly ordinal: number;
  readonly channel: string;
  readonly threadTs?: string;
};

const plain = (text: string, max: number) =>
  ({ type: 'plain_text', text: visible(text, max) || '–', emoji: false }) as const;

export function formView(form: Form, where: Pick<FormPlace, 'channel' | 'threadTs'>): ModalView {
  const { channel, threadTs } = where;
  const place: FormPlace = { ...form.place, channel, ...(threadTs ? { threadTs } : {}) };
  const fits =
    form.fields.length <= fieldsMax && form.fields.every((field) => blockIds.type(field.name).length <= limits.id);
  if (!fits)
    return textView(form.title, 'This step has more parameters, or longer names, than a form can hold. Do it by hand.');
  return {
    type: 'modal',
    callback_id: formCallbackId,
    private_metadata: JSON.stringify(place),
    title: plain(form.title || 'Parameters', titleMax),
    submit: plain('Continue', titleMax),
    close: plain('Cancel', titleMax),
    blocks: [section(codeBlock(form.source, 1_500)), ...form.fields.flatMap(fieldBlocks)],
  };
}

function fieldBlocks(field: FormField): InputBlock[] {
  // A name that is too long for a menu is typed.
  const choices = field.choices
    .filter((choice) => choice.trim() !== '' && choice.length <= optionMax)
    .slice(0, optionsMax);
  const hint = [
    field.initial !== undefined && field.initialFrom ? `Filled in ${field.initialFrom}.` : '',
    field.note ?? '',
    choices.length < field.choices.length
      ? `${field.choices.length - choices.length} more are not in the list; type them.`
      : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
  const label = `${field.name} (${field.type})`;
  if (choices.length === 0) return [textInput(field, { label, hint, initial: field.initial, optional: false })];

  const listed = field.initial !== undefined && choices.includes(field.initial) ? field.initial : undefined;
  const menu: InputBlock = {
    type: 'input',
    block_id: blockIds.pick(field.name),
    label: plain(label, 200),
    optional: true,
    ...(hint ? { hint: plain(hint, 500) } : {}),
    element: {
      type: 'static_select',
      action_id: formActionId,
      placeholder: plain('Choose', 150),
      options: choices.map(option),
      ...(listed === undefined ? {} : { initial_option: option(listed) }),
    },
  };
  const other = listed === undefined ? field.initial : undefined;
  return [menu, textInput(field, { label: `…or type ${field.name}`, hint: '', initial: other, optional: true })];
}

const option = (name: string) => ({ text: plain(name, optionMax), value: name });

function textInput(
  field: FormField,
  shown: { label: string; hint: string; initial: string | undefined; optional: boolean },
): InputBlock {
  return {
    type: 'input',
    block_id: blockIds.type(field.name),
    label: plain(shown.label, 200),
    optional: shown.optional,
    ...(shown.hint ? { hint: plain(shown.hint, 500) } : {}),
    element: {
      type: 'plain_text_input',
      action_id: formActionId,
      max_length: inputMax,
      ...(shown.initial ? { initial_value: shown.initial.slice(0, inputMax) } : {}),
    },
  };
}

/** Opened at once when the answer is not there yet: a trigger lives for 3 s. */
export function loadingView(asking = 'Asking the cluster for live names…'): ModalView {
  return textView('One moment', asking);
}

/** Some words and a Close button. */
export function textView(title: string, text: string): ModalView {
  return {
    type: 'modal',
    title: plain(title || 'Firebreak', titleMax),
    close: plain('Close', titleMax),
    blocks: [section(prose(text || '–', 2_900))],
  };
}

/** Everything behind a plan: exact lines in code blocks, as many as a modal holds. */
export function detailsView(title: string, lines: readonly string[]): ModalView {
  const blocks: KnownBlock[] = [];
  let left = lines;
  while (left.length > 0 && blocks.length < limits.modalBlocks - 1) {
    let count = 0;
    let length = 0;
    // An escaped character is at most five; a single line that is longer is cut by the code block.
    while (count < left.length && (count === 0 || length + 5 * (left[count]?.length ?? 0) + 1 <= 2_900)) {
      length += 5 * (left[count]?.length ?? 0) + 1;
      count++;
    }
    blocks.push(section(codeBlock(left.slice(0, count).join('\n'), 2_990)));
    left = left.slice(count);
  }
  if (left.length > 0)
    blocks.push(context(md`${left.length} more lines did not fit; the plan’s row in the ledger has them.`));
  if (blocks.length === 0) blocks.push(section(md`There is nothing more to show.`));
  return { type: 'modal', title: plain(title || 'Plan', titleMax), close: plain('Close', titleMax), blocks };
}
