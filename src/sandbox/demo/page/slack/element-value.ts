/**
 * What an input holds as the person filled it in, what is wrong with that before it is sent, and what is sent. The
 * sentences are those of Slack's client.
 */
import type { Block, InputBlock } from './blocks.ts';
import type { InputElement, MarksElement, SelectElement, TypedElement } from './elements.ts';

/** What a person typed, or the values or ids that they chose. */
export type Value = string | readonly string[];

/** What the element holds before anybody touches it. */
export function firstValue(element: InputElement): Value {
  switch (element.kind) {
    case 'select':
    case 'marks': {
      const chosen = initialOf(element);
      return element.isMulti ? chosen : (chosen[0] ?? '');
    }
    case 'typed':
      return element.initial;
    case 'when':
      return typeof element.initial === 'number' ? localMoment(element.initial) : element.initial;
    default:
      return element satisfies never;
  }
}

function initialOf(element: SelectElement | MarksElement): readonly string[] {
  if (element.kind === 'marks') return element.initial;
  if (element.from === 'people' || element.from === 'channels') return element.initialIds;
  return element.initial.map(({ value }) => value);
}

/** As a `select` or `submit` gesture carries it; null for nothing. */
export function sentValue(element: InputElement, value: Value): unknown {
  if (typeof value !== 'string') return value;
  if (value === '') return null;
  if (element.kind === 'when' && element.holds === 'moment') return Math.floor(new Date(value).getTime() / 1000);
  if (element.kind === 'typed' && element.holds === 'rich-text') return richText(value);
  return value;
}

function richText(text: string): unknown {
  const section = { type: 'rich_text_section', elements: [{ type: 'text', text }] };
  return { type: 'rich_text', elements: [section] };
}

/** What a `datetime-local` input shows for seconds since 1970, in the reader's time zone. */
function localMoment(seconds: number): string {
  const at = new Date(seconds * 1000);
  const two = (part: number) => String(part).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** Undefined when the form may be sent with it. */
export function complaintAbout({ element, isOptional }: Pick<InputBlock, 'element' | 'isOptional'>, value: Value) {
  if (value.length === 0) return isOptional ? undefined : 'Please complete this required field.';
  if (element.kind === 'typed' && typeof value === 'string') return typedComplaint(element, value);
  if (
    element.kind === 'select' &&
    element.most !== undefined &&
    typeof value !== 'string' &&
    value.length > element.most
  )
    return `Please choose at most ${element.most}.`;
  return undefined;
}

function typedComplaint(element: TypedElement, value: string): string | undefined {
  const { least, most } = element;
  switch (element.holds) {
    case 'number': {
      const number = Number(value);
      if (value.trim() === '' || !Number.isFinite(number)) return 'Please enter a number.';
      if (!element.isDecimal && !Number.isInteger(number)) return 'Please enter a whole number.';
      if (least !== undefined && number < least) return `Please enter a number that is at least ${least}.`;
      if (most !== undefined && number > most) return `Please enter a number that is at most ${most}.`;
      return undefined;
    }
    case 'email':
      return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value) ? undefined : 'Please enter a valid email address.';
    case 'url':
      return URL.canParse(value) ? undefined : 'Please enter a valid URL.';
    case 'text':
    case 'rich-text':
      if (least !== undefined && value.length < least) return `Please enter at least ${least} characters.`;
      if (most !== undefined && value.length > most) return `Please enter at most ${most} characters.`;
      return undefined;
    default:
      return element.holds satisfies never;
  }
}

/** The input blocks among the blocks of a view, with the elements that hold a value. */
export function inputsOf(blocks: readonly Block[]): (InputBlock & { readonly element: InputElement })[] {
  return blocks.flatMap((block) => {
    if (block.kind !== 'input') return [];
    const { element } = block;
    return isInput(element) ? [{ ...block, element }] : [];
  });
}

export function isInput(element: InputBlock['element']): element is InputElement {
  return ['select', 'marks', 'typed', 'when'].includes(element.kind);
}
