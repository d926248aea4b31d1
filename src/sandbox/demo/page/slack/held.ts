/**
 * What a person did and has not sent, or has sent and waits for: typed text, choices, pressed buttons, refusals. The
 * server knows nothing of it, and a live patch does not touch it. Everything is kept by whose eyes it is, by place,
 * and by block and action.
 */
import type { Place } from '../../protocol.ts';
import type { Confirm, InputElement, Option } from './elements.ts';
import { firstValue, type Value } from './element-value.ts';

export type Spot = { readonly me: string; readonly place: Place; readonly block: string };

export type Draft = {
  readonly text: string;
  /** The marked suggestion; undefined: the one that is marked by itself. */
  readonly marked?: number | undefined;
  /** Escape was pressed; typing on shows them again. */
  readonly hidesSuggestions?: boolean;
  readonly isSending?: boolean;
  readonly refusal?: string;
};

/** What the app listed in a select as one typed. */
export type Asked = {
  readonly typed: string;
  readonly isOpen: boolean;
  readonly isWaiting: boolean;
  readonly options: readonly Option[];
  readonly marked: number;
  readonly trouble?: string;
};

const values = new Map<string, Value>();
const asked = new Map<string, Asked>();
/** Options that were chosen out of what an app listed, by their value: the list may be another one by now. */
const labels = new Map<string, string>();
/** Slack names the blocks anew with each update, also while a question about a button of it is open. */
const blocksDrawn = new Map<string, string>();
const pending = new Set<string>();
const refusals = new Map<string, readonly string[]>();
const errors = new Map<string, Readonly<Record<string, string>>>();
const drafts = new Map<string, Draft>();
/** Grows with each change of what a message or a form shows; drafts are drawn by themselves. */
let changes = 0;
let question: { readonly confirm: Confirm; readonly answer: (yes: boolean) => void } | undefined;

export function heldVersion(): number {
  return changes;
}

export function placeKey({ me, place }: Pick<Spot, 'me' | 'place'>): string {
  return 'view' in place ? `${me} ${place.view}` : `${me} ${place.channel} ${place.ts}`;
}

export function spotKey(spot: Spot, action: string): string {
  return `${placeKey(spot)} ${spot.block} ${action}`;
}

export function valueAt(spot: Spot, element: InputElement): Value {
  return values.get(spotKey(spot, element.action)) ?? firstValue(element);
}

export function holdValue(spot: Spot, action: string, value: Value): void {
  changes += 1;
  values.set(spotKey(spot, action), value);
}

export function askedAt(spot: Spot, action: string): Asked {
  const nothingYet: Asked = { typed: '', isOpen: false, isWaiting: false, options: [], marked: -1 };
  return asked.get(spotKey(spot, action)) ?? nothingYet;
}

export function holdAsked(spot: Spot, action: string, change: Partial<Asked>): void {
  changes += 1;
  asked.set(spotKey(spot, action), { ...askedAt(spot, action), ...change });
}

export function labelAt(spot: Spot, action: string, value: string): string | undefined {
  return labels.get(`${spotKey(spot, action)} ${value}`);
}

export function holdLabel(spot: Spot, action: string, option: Option): void {
  changes += 1;
  labels.set(`${spotKey(spot, action)} ${option.value}`, option.text.text);
}

/** Where a button was drawn last. */
export function noteBlock(spot: Spot, action: string, value: string): void {
  blocksDrawn.set(`${placeKey(spot)} ${action} ${value}`, spot.block);
}

/** The block that holds the button by now. */
export function blockNow(spot: Spot, action: string, value: string): string {
  return blocksDrawn.get(`${placeKey(spot)} ${action} ${value}`) ?? spot.block;
}

export function isPending(key: string): boolean {
  return pending.has(key);
}

export function setPending(key: string, is: boolean): void {
  changes += 1;
  if (is) pending.add(key);
  else pending.delete(key);
}

/** What was refused here, newest last. */
export function refusalsAt(spot: Pick<Spot, 'me' | 'place'>): readonly string[] {
  return refusals.get(placeKey(spot)) ?? [];
}

export function addRefusal(spot: Pick<Spot, 'me' | 'place'>, text: string): void {
  changes += 1;
  // The same said twice is said once, and nobody reads a long list.
  const others = refusalsAt(spot).filter((one) => one !== text);
  refusals.set(placeKey(spot), [...others, text].slice(-3));
}

export function dismissRefusals(spot: Pick<Spot, 'me' | 'place'>): void {
  changes += 1;
  refusals.delete(placeKey(spot));
}

/** Errors of a form by block id. */
export function errorsOf(spot: Pick<Spot, 'me' | 'place'>): Readonly<Record<string, string>> {
  return errors.get(placeKey(spot)) ?? {};
}

export function setErrors(spot: Pick<Spot, 'me' | 'place'>, found: Readonly<Record<string, string>>): void {
  changes += 1;
  errors.set(placeKey(spot), found);
}

/** Somebody is mending it. */
export function clearError(spot: Spot): void {
  const { [spot.block]: _mended, ...others } = errorsOf(spot);
  setErrors(spot, others);
}

export function draftOf(key: string): Draft {
  return drafts.get(key) ?? { text: '' };
}

export function setDraft(key: string, draft: Draft): void {
  drafts.set(key, draft);
}

/** The question that waits for yes or no; one at a time, as in Slack. */
export function openQuestion() {
  return question;
}

export function ask(confirm: Confirm, answer: (yes: boolean) => void): void {
  question = {
    confirm,
    answer(yes) {
      question = undefined;
      answer(yes);
    },
  };
}
