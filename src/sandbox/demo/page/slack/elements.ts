/**
 * Block Kit's interactive elements, read into what can be drawn. One that is not known is kept as such with the
 * reason, so that it is seen and not missed.
 */
import type { JsonObject } from '../../protocol.ts';
import { isObject, numberIn, objectIn, objectsIn, textIn, textsIn } from './json.ts';

/** A text object. Plain text is never parsed. */
export type Text = {
  readonly kind: 'plain' | 'mrkdwn';
  readonly text: string;
  /** Bare addresses stay text. */
  readonly verbatim: boolean;
};

export type Option = {
  readonly text: Text;
  readonly value: string;
  readonly description: Text | undefined;
  readonly url: string | undefined;
};

export type OptionGroup = { readonly label: string | undefined; readonly options: readonly Option[] };

export type Confirm = {
  readonly title: string;
  readonly text: Text;
  readonly yes: string;
  readonly no: string;
  readonly isDangerous: boolean;
};

type Acting = { readonly action: string; readonly confirm: Confirm | undefined };
type Focused = { readonly focusOnLoad: boolean };

export type ButtonElement = Acting & {
  readonly kind: 'button';
  readonly label: string;
  readonly style: 'primary' | 'danger' | undefined;
  readonly url: string | undefined;
  readonly spokenLabel: string | undefined;
  /** Tells apart two buttons with one action. */
  readonly value: string;
};

export type OverflowElement = Acting & { readonly kind: 'overflow'; readonly options: readonly Option[] };

/** A select: of what is listed, of what the app lists as one types, of people, or of channels. */
export type SelectElement = Acting &
  Focused & {
    readonly kind: 'select';
    readonly from: 'list' | 'app' | 'people' | 'channels';
    readonly isMulti: boolean;
    readonly placeholder: string;
    readonly groups: readonly OptionGroup[];
    readonly initial: readonly Option[];
    /** Ids of people or channels. */
    readonly initialIds: readonly string[];
    readonly most: number | undefined;
    /** How much has to be typed before the app is asked. */
    readonly leastTyped: number;
  };

/** Radio buttons and checkboxes. */
export type MarksElement = Acting &
  Focused & {
    readonly kind: 'marks';
    readonly isMulti: boolean;
    readonly options: readonly Option[];
    readonly initial: readonly string[];
  };

export type TypedElement = Focused & {
  readonly kind: 'typed';
  readonly action: string;
  readonly holds: 'text' | 'number' | 'email' | 'url' | 'rich-text';
  readonly isMultiline: boolean;
  readonly placeholder: string;
  readonly initial: string;
  readonly least: number | undefined;
  readonly most: number | undefined;
  readonly isDecimal: boolean;
};

export type WhenElement = Acting &
  Focused & { readonly kind: 'when'; readonly holds: 'date' | 'time' | 'moment'; readonly initial: string | number };

export type ImageElement = { readonly kind: 'image'; readonly alt: string };
export type UnknownElement = { readonly kind: 'unknown'; readonly type: string; readonly reason: string };

export type InputElement = SelectElement | MarksElement | TypedElement | WhenElement;
export type BlockElement = ButtonElement | OverflowElement | InputElement | ImageElement | UnknownElement;

export function readText(value: unknown): Text | undefined {
  if (!isObject(value)) return undefined;
  const text = textIn(value, 'text');
  if (text === undefined || (value['type'] !== 'plain_text' && value['type'] !== 'mrkdwn')) return undefined;
  return { kind: value['type'] === 'mrkdwn' ? 'mrkdwn' : 'plain', text, verbatim: value['verbatim'] === true };
}

export function readOption(value: unknown): Option | undefined {
  if (!isObject(value)) return undefined;
  const text = readText(value['text']);
  const chosen = textIn(value, 'value');
  if (!text || chosen === undefined) return undefined;
  return { text, value: chosen, description: readText(value['description']), url: textIn(value, 'url') };
}

const optionsOf = (holder: JsonObject, field: string): Option[] =>
  objectsIn(holder, field).flatMap((one) => readOption(one) ?? []);

function groupsOf(json: JsonObject): OptionGroup[] {
  const plain = optionsOf(json, 'options');
  const groups = objectsIn(json, 'option_groups').map((group) => ({
    label: readText(group['label'])?.text,
    options: optionsOf(group, 'options'),
  }));
  return plain.length > 0 ? [{ label: undefined, options: plain }, ...groups] : groups;
}

function readConfirm(json: JsonObject): Confirm | undefined {
  const confirm = objectIn(json, 'confirm');
  const text = confirm && readText(confirm['text']);
  if (!confirm || !text) return undefined;
  const words = (field: string, fallback: string) => readText(confirm[field])?.text ?? fallback;
  return {
    title: words('title', 'Are you sure?'),
    text,
    yes: words('confirm', 'Yes'),
    no: words('deny', 'Cancel'),
    isDangerous: confirm['style'] === 'danger',
  };
}

/** Reads one element; never throws. */
export function readElement(json: JsonObject): BlockElement {
  const type = textIn(json, 'type') ?? '(none)';
  const reader = Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (!reader) return { kind: 'unknown', type, reason: 'This page does not know this element.' };
  const action = textIn(json, 'action_id') ?? '';
  return reader(json, { action, confirm: readConfirm(json) }, type);
}

type Reader = (json: JsonObject, acting: Acting, type: string) => BlockElement;

const focused = (json: JsonObject): Focused => ({ focusOnLoad: json['focus_on_load'] === true });
const hintOf = (json: JsonObject, fallback: string): string => readText(json['placeholder'])?.text ?? fallback;

function button(json: JsonObject, acting: Acting): BlockElement {
  const style = json['style'] === 'primary' || json['style'] === 'danger' ? json['style'] : undefined;
  return {
    kind: 'button',
    ...acting,
    label: readText(json['text'])?.text ?? '(no label)',
    style,
    url: textIn(json, 'url'),
    spokenLabel: textIn(json, 'accessibility_label'),
    value: textIn(json, 'value') ?? '',
  };
}

function select(from: SelectElement['from'], isMulti: boolean): Reader {
  const one = { list: 'an option', app: 'an option', people: 'a person', channels: 'a channel' }[from];
  const several = { list: 'options', app: 'options', people: 'people', channels: 'channels' }[from];
  return (json, acting) => {
    const initial = objectIn(json, 'initial_option');
    const id = textIn(json, 'initial_user') ?? textIn(json, 'initial_channel') ?? textIn(json, 'initial_conversation');
    return {
      kind: 'select',
      ...acting,
      ...focused(json),
      from,
      isMulti,
      placeholder: hintOf(json, `Choose ${isMulti ? several : one}`),
      groups: groupsOf(json),
      initial: isMulti ? optionsOf(json, 'initial_options') : [readOption(initial) ?? []].flat(),
      initialIds: isMulti ? textsIn(json, 'initial_users') : id === undefined ? [] : [id],
      most: numberIn(json, 'max_selected_items'),
      leastTyped: numberIn(json, 'min_query_length') ?? 3,
    };
  };
}

function marks(isMulti: boolean): Reader {
  return (json, acting) => ({
    kind: 'marks',
    ...acting,
    ...focused(json),
    isMulti,
    options: optionsOf(json, 'options'),
    initial: isMulti
      ? optionsOf(json, 'initial_options').map(({ value }) => value)
      : [readOption(json['initial_option'])?.value ?? []].flat(),
  });
}

function typed(holds: TypedElement['holds']): Reader {
  return (json, { action }) => {
    const isNumber = holds === 'number';
    const bound = (value: string | undefined) => (value === undefined ? undefined : Number(value));
    return {
      kind: 'typed',
      action,
      ...focused(json),
      holds,
      isMultiline: json['multiline'] === true || holds === 'rich-text',
      placeholder: hintOf(json, ''),
      initial: textIn(json, 'initial_value') ?? '',
      least: isNumber ? bound(textIn(json, 'min_value')) : numberIn(json, 'min_length'),
      most: isNumber ? bound(textIn(json, 'max_value')) : numberIn(json, 'max_length'),
      isDecimal: json['is_decimal_allowed'] === true,
    };
  };
}

function when(holds: WhenElement['holds'], field: string): Reader {
  return (json, acting) => {
    const initial = textIn(json, field) ?? numberIn(json, field) ?? '';
    return { kind: 'when', ...acting, ...focused(json), holds, initial };
  };
}

const readers: Readonly<Record<string, Reader>> = {
  button,
  overflow: (json, acting) => ({ kind: 'overflow', ...acting, options: optionsOf(json, 'options') }),
  static_select: select('list', false),
  multi_static_select: select('list', true),
  external_select: select('app', false),
  multi_external_select: select('app', true),
  users_select: select('people', false),
  multi_users_select: select('people', true),
  channels_select: select('channels', false),
  conversations_select: select('channels', false),
  radio_buttons: marks(false),
  checkboxes: marks(true),
  plain_text_input: typed('text'),
  number_input: typed('number'),
  email_text_input: typed('email'),
  url_text_input: typed('url'),
  rich_text_input: typed('rich-text'),
  datepicker: when('date', 'initial_date'),
  timepicker: when('time', 'initial_time'),
  datetimepicker: when('moment', 'initial_date_time'),
  image: (json) => ({ kind: 'image', alt: textIn(json, 'alt_text') ?? 'image' }),
};
