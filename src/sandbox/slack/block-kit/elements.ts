import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import {
  actionId,
  confirm,
  focusOnLoad,
  image,
  optionGroup,
  placeholder,
  plainOption,
  plainText,
  richOption,
} from './text.ts';

/** Interactive elements and where each may stand, by Slack's "Block elements" reference. */

const common = { action_id: actionId, confirm, focus_on_load: focusOnLoad };
const several = { max_selected_items: z.int().min(1).optional() };
const whenToSend = z
  .strictObject({ trigger_actions_on: z.array(z.enum(['on_enter_pressed', 'on_character_entered'])).min(1) })
  .optional();
const typed = { action_id: actionId, focus_on_load: focusOnLoad, placeholder, dispatch_action_config: whenToSend };

const button = z.strictObject({
  type: z.literal('button'),
  action_id: actionId,
  text: plainText(75),
  value: z.string().max(2000).optional(),
  url: z.string().max(3000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
  confirm,
  accessibility_label: z.string().max(75).optional(),
});

const choices = {
  placeholder,
  options: z.array(plainOption).min(1).max(100).optional(),
  option_groups: z.array(optionGroup).min(1).max(100).optional(),
};

function onlyOneOf(element: { options?: unknown; option_groups?: unknown }): boolean {
  return (element.options === undefined) !== (element.option_groups === undefined);
}
const eitherOptionsOrGroups = 'either options or option_groups must be given, and not both';

type Offer = {
  options?: readonly unknown[] | undefined;
  option_groups?: readonly { options: readonly unknown[] }[] | undefined;
  initial_option?: unknown;
  initial_options?: readonly unknown[] | undefined;
};
/** "A single option that exactly matches one of the options", and the same of several. */
function startsWithOffered(element: Offer): boolean {
  const offered = [...(element.options ?? []), ...(element.option_groups ?? []).flatMap(({ options }) => options)];
  const first = element.initial_option === undefined ? [] : [element.initial_option];
  const initial = [...first, ...(element.initial_options ?? [])];
  return initial.every((one) => offered.some((option) => isDeepStrictEqual(option, one)));
}
const initialIsNoOption = 'what is chosen at first must exactly match one of the options';

const staticSelect = z
  .strictObject({ type: z.literal('static_select'), ...common, ...choices, initial_option: plainOption.optional() })
  .refine(onlyOneOf, eitherOptionsOrGroups)
  .refine(startsWithOffered, initialIsNoOption);
const multiStaticSelect = z
  .strictObject({
    type: z.literal('multi_static_select'),
    ...common,
    ...choices,
    ...several,
    initial_options: z.array(plainOption).min(1).max(100).optional(),
  })
  .refine(onlyOneOf, eitherOptionsOrGroups)
  .refine(startsWithOffered, initialIsNoOption);

const asks = { placeholder, min_query_length: z.int().min(0).optional() };
const externalSelect = z.strictObject({
  type: z.literal('external_select'),
  ...common,
  ...asks,
  initial_option: plainOption.optional(),
});
const multiExternalSelect = z.strictObject({
  type: z.literal('multi_external_select'),
  ...common,
  ...asks,
  ...several,
  initial_options: z.array(plainOption).min(1).max(100).optional(),
});

const forResponse = { response_url_enabled: z.boolean().optional() };
const usersSelect = z.strictObject({
  type: z.literal('users_select'),
  ...common,
  placeholder,
  initial_user: z.string().optional(),
});
const multiUsersSelect = z.strictObject({
  type: z.literal('multi_users_select'),
  ...common,
  ...several,
  placeholder,
  initial_users: z.array(z.string()).optional(),
});
const channelsSelect = z.strictObject({
  type: z.literal('channels_select'),
  ...common,
  ...forResponse,
  placeholder,
  initial_channel: z.string().optional(),
});
const conversationsSelect = z.strictObject({
  type: z.literal('conversations_select'),
  ...common,
  ...forResponse,
  placeholder,
  initial_conversation: z.string().optional(),
  default_to_current_conversation: z.boolean().optional(),
  filter: z.looseObject({}).optional(),
});

const overflow = z.strictObject({
  type: z.literal('overflow'),
  action_id: actionId,
  confirm,
  options: z.array(plainOption).min(1).max(5),
});
const radioButtons = z
  .strictObject({
    type: z.literal('radio_buttons'),
    ...common,
    options: z.array(richOption).min(1).max(10),
    initial_option: richOption.optional(),
  })
  .refine(startsWithOffered, initialIsNoOption);
const checkboxes = z
  .strictObject({
    type: z.literal('checkboxes'),
    ...common,
    options: z.array(richOption).min(1).max(10),
    initial_options: z.array(richOption).min(1).max(10).optional(),
  })
  .refine(startsWithOffered, initialIsNoOption);

const datepicker = z.strictObject({
  type: z.literal('datepicker'),
  ...common,
  placeholder,
  initial_date: z.iso.date('must be a date such as 1990-04-28').optional(),
});
const timepicker = z.strictObject({
  type: z.literal('timepicker'),
  ...common,
  placeholder,
  initial_time: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 23:59')
    .optional(),
  timezone: z.string().optional(),
});
const datetimepicker = z.strictObject({
  type: z.literal('datetimepicker'),
  ...common,
  // Ten digits of seconds.
  initial_date_time: z.int().min(1_000_000_000).max(9_999_999_999).optional(),
});

const plainTextInput = z
  .strictObject({
    type: z.literal('plain_text_input'),
    ...typed,
    initial_value: z.string().max(3000).optional(),
    multiline: z.boolean().optional(),
    min_length: z.int().min(0).max(3000).optional(),
    max_length: z.int().min(1).max(3000).optional(),
  })
  .refine(({ min_length: min = 0, max_length: max = 3000 }) => min <= max, 'min_length must not be above max_length');
const numberInput = z
  .strictObject({
    type: z.literal('number_input'),
    ...typed,
    is_decimal_allowed: z.boolean(),
    initial_value: z.string().optional(),
    min_value: z.string().optional(),
    max_value: z.string().optional(),
  })
  .refine(
    ({ min_value: min, max_value: max }) => min === undefined || max === undefined || Number(min) <= Number(max),
    'min_value must not be above max_value',
  );
const emailInput = z.strictObject({
  type: z.literal('email_text_input'),
  ...typed,
  initial_value: z.string().optional(),
});
const urlInput = z.strictObject({ type: z.literal('url_text_input'), ...typed, initial_value: z.string().optional() });
const richTextInput = z.strictObject({
  type: z.literal('rich_text_input'),
  ...typed,
  initial_value: z.looseObject({ type: z.literal('rich_text') }).optional(),
});

const oneChoice = [staticSelect, externalSelect, usersSelect, channelsSelect, conversationsSelect] as const;
const manyChoices = [multiStaticSelect, multiExternalSelect, multiUsersSelect] as const;
const marks = [radioButtons, checkboxes, datepicker, timepicker] as const;

export const actionsElement = z.discriminatedUnion('type', [button, overflow, ...oneChoice, ...marks, datetimepicker]);
export const accessory = z.discriminatedUnion('type', [
  image,
  button,
  overflow,
  ...oneChoice,
  ...manyChoices,
  ...marks,
]);
export const inputElement = z.discriminatedUnion('type', [
  plainTextInput,
  numberInput,
  emailInput,
  urlInput,
  richTextInput,
  ...oneChoice,
  ...manyChoices,
  ...marks,
  datetimepicker,
]);

/** What an app answers when Slack asks it for the options of an external select: a list or groups, at most 100. */
export const suggestedOptions = z
  .strictObject({
    options: z.array(plainOption).max(100).optional(),
    option_groups: z.array(optionGroup).max(100).optional(),
  })
  .refine(onlyOneOf, eitherOptionsOrGroups);
