import { isObject } from './block-kit/check.ts';
import { PersonRefused } from './refused.ts';
import type { JsonObject } from './workspace.ts';

/**
 * What an element holds: its first value, and the value after a person chose. The result has the fields that
 * `state.values` and `actions[]` carry, such as `selected_option` or `value`.
 */

/** The field in which each kind of element holds its value, and where its first value comes from. */
const fields: Readonly<Record<string, { holds: string; first: string; empty: unknown }>> = {
  plain_text_input: { holds: 'value', first: 'initial_value', empty: null },
  number_input: { holds: 'value', first: 'initial_value', empty: null },
  email_text_input: { holds: 'value', first: 'initial_value', empty: null },
  url_text_input: { holds: 'value', first: 'initial_value', empty: null },
  rich_text_input: { holds: 'rich_text_value', first: 'initial_value', empty: null },
  static_select: { holds: 'selected_option', first: 'initial_option', empty: null },
  external_select: { holds: 'selected_option', first: 'initial_option', empty: null },
  radio_buttons: { holds: 'selected_option', first: 'initial_option', empty: null },
  overflow: { holds: 'selected_option', first: 'initial_option', empty: null },
  checkboxes: { holds: 'selected_options', first: 'initial_options', empty: [] },
  multi_static_select: { holds: 'selected_options', first: 'initial_options', empty: [] },
  multi_external_select: { holds: 'selected_options', first: 'initial_options', empty: [] },
  users_select: { holds: 'selected_user', first: 'initial_user', empty: null },
  multi_users_select: { holds: 'selected_users', first: 'initial_users', empty: [] },
  channels_select: { holds: 'selected_channel', first: 'initial_channel', empty: null },
  conversations_select: { holds: 'selected_conversation', first: 'initial_conversation', empty: null },
  datepicker: { holds: 'selected_date', first: 'initial_date', empty: null },
  timepicker: { holds: 'selected_time', first: 'initial_time', empty: null },
  datetimepicker: { holds: 'selected_date_time', first: 'initial_date_time', empty: null },
};

/** An option with its text and value, as Slack sends it. */
export interface Option extends JsonObject {
  text: JsonObject & { text: string };
  value: string;
}

/** The state of an element that nobody touched; undefined for one that holds nothing (a button, an overflow menu). */
export function untouched(element: JsonObject): JsonObject | undefined {
  const type = String(element.type);
  const field = fields[type];
  if (!field || type === 'overflow') return undefined;
  return { type, [field.holds]: element[field.first] ?? field.empty };
}

/** Whether a required input holding this would be refused by the form. */
export function isEmptyState(state: JsonObject): boolean {
  const { type: _type, ...held } = state;
  return Object.values(held).every(
    (value) => value === null || value === '' || (Array.isArray(value) && value.length === 0),
  );
}

/**
 * The state after a person chose or typed. Options are named by their value or their visible text.
 *
 * @param offered what an external select listed to this person last
 */
export function chosen(element: JsonObject, given: unknown, offered: readonly Option[]): JsonObject {
  const type = String(element.type);
  const field = fields[type];
  if (!field) throw new PersonRefused(`A ${type} holds no value, so nothing can be chosen in it.`);
  if (field.holds === 'selected_option') return { type, [field.holds]: pick(element, given, offered) };
  if (field.holds === 'selected_options') {
    if (!Array.isArray(given)) throw new PersonRefused(`A ${type} takes a list of options.`);
    const most = typeof element.max_selected_items === 'number' ? element.max_selected_items : Infinity;
    if (given.length > most) throw new PersonRefused(`This ${type} takes at most ${most} options.`);
    return { type, [field.holds]: given.map((one) => pick(element, one, offered)) };
  }
  if (field.holds === 'value') return { type, value: typed(element, given) };
  return { type, [field.holds]: given };
}

function pick(element: JsonObject, given: unknown, offered: readonly Option[]): Option | null {
  if (given === null) return null;
  const options = [...optionsIn(element), ...offered];
  const found = options.find((one) => one.value === given) ?? options.find((one) => one.text.text === given);
  if (found) return found;
  const listed = options.map((one) => JSON.stringify(one.text.text)).join(', ') || 'none';
  throw new PersonRefused(
    `There is no option ${JSON.stringify(given)} in ${String(element.action_id)}; options: ${listed}.`,
  );
}

/** The options of a list, whether plain or in groups. */
export function optionsIn(holder: JsonObject): Option[] {
  const plain = Array.isArray(holder.options) ? holder.options : [];
  const groups = Array.isArray(holder.option_groups) ? holder.option_groups : [];
  return [...plain, ...groups.flatMap((group) => (isObject(group) ? optionsIn(group) : []))].filter(isOption);
}

function isOption(value: unknown): value is Option {
  return (
    isObject(value) && typeof value.value === 'string' && isObject(value.text) && typeof value.text.text === 'string'
  );
}

/** What Slack's form checks before it sends: lengths, and numbers within their bounds. */
function typed(element: JsonObject, given: unknown): string | null {
  if (given === null || given === '') return null;
  const name = String(element.action_id);
  if (typeof given !== 'string' && typeof given !== 'number') throw new PersonRefused(`${name} takes typed text.`);
  const text = String(given);
  const { min_length: min, max_length: max } = element;
  if (typeof min === 'number' && text.length < min)
    throw new PersonRefused(`${name} takes at least ${min} characters.`);
  if (typeof max === 'number' && text.length > max) throw new PersonRefused(`${name} takes at most ${max} characters.`);
  if (element.type === 'number_input') mustBeNumber(element, name, text);
  return text;
}

function mustBeNumber(element: JsonObject, name: string, text: string): void {
  const number = Number(text);
  const whole = element.is_decimal_allowed === true || Number.isInteger(number);
  if (!Number.isFinite(number) || !whole)
    throw new PersonRefused(`${name} takes a number, not ${JSON.stringify(text)}.`);
  const { min_value: least, max_value: most } = element;
  if (typeof least === 'string' && number < Number(least))
    throw new PersonRefused(`${name} must be at least ${least}.`);
  if (typeof most === 'string' && number > Number(most)) throw new PersonRefused(`${name} must be at most ${most}.`);
}
