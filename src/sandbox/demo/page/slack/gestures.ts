/** From what a person does with an element to the gesture that is sent, and what comes of it. */
import type { Outcome } from '../../protocol.ts';
import { type Block, readBlocks } from './blocks.ts';
import type { GestureWithoutAs, SlackContext } from './context.ts';
import { complaintAbout, inputsOf, sentValue, type Value } from './element-value.ts';
import type { ButtonElement, Confirm, InputElement, OverflowElement } from './elements.ts';
import {
  addRefusal,
  ask,
  blockNow,
  clearError,
  dismissRefusals,
  holdValue,
  isPending,
  setErrors,
  setPending,
  type Spot,
  spotKey,
  valueAt,
} from './held.ts';
import type { JsonObject } from '../../protocol.ts';

/** Said when the page's server did not answer at all. */
const unreachable = 'The demo’s server did not answer. Is it still running? Try again.';

/** Never rejects: a server that is away is an outcome like others. */
export async function tryAct(context: SlackContext, gesture: GestureWithoutAs): Promise<Outcome> {
  try {
    return await context.act(gesture);
  } catch {
    return { ok: false, text: unreachable };
  }
}

/** Marks what was pressed as pending until the outcome is there, and shows a refusal at the place. */
async function send(context: SlackContext, spot: Spot, key: string, gesture: GestureWithoutAs): Promise<Outcome> {
  setPending(key, true);
  dismissRefusals(spot);
  context.changed();
  const outcome = await tryAct(context, gesture);
  setPending(key, false);
  if (!outcome.ok) {
    addRefusal(spot, outcome.text);
    context.announce(outcome.text);
  }
  context.changed();
  return outcome;
}

function confirmed(context: SlackContext, confirm: Confirm | undefined, proceed: (yes: boolean) => void): void {
  if (!confirm) return proceed(true);
  ask(confirm, (yes) => {
    context.changed();
    proceed(yes);
  });
  context.changed();
}

/** Two buttons of one block may have the same action; their values tell them apart. */
export const buttonKey = (spot: Spot, { action, value }: ButtonElement): string => `${spotKey(spot, action)} ${value}`;

export function pressButton(context: SlackContext, spot: Spot, button: ButtonElement): void {
  const key = buttonKey(spot, button);
  if (isPending(key)) return;
  confirmed(context, button.confirm, (yes) => {
    if (!yes) return;
    const block = blockNow(spot, button.action, button.value);
    const { action, value } = button;
    const { place } = spot;
    void send(context, spot, key, { do: 'click', place, action, block, ...(value === '' ? {} : { value }) });
  });
}

export function pickOverflow(context: SlackContext, spot: Spot, menu: OverflowElement, value: string): void {
  const key = spotKey(spot, menu.action);
  if (isPending(key)) return;
  const { place, block } = spot;
  confirmed(context, menu.confirm, (yes) => {
    if (yes) void send(context, spot, key, { do: 'select', place, block, action: menu.action, value });
  });
}

/** Keeps what was chosen or typed; sends it too where Slack would not wait for a form. */
export function changeValue(
  context: SlackContext,
  spot: Spot,
  element: InputElement,
  { value, sendsAtOnce }: { readonly value: Value; readonly sendsAtOnce: boolean },
): void {
  const before = valueAt(spot, element);
  holdValue(spot, element.action, value);
  clearError(spot);
  context.changed();
  if (!sendsAtOnce) return;
  const confirm = 'confirm' in element ? element.confirm : undefined;
  const { place, block } = spot;
  confirmed(context, confirm, (yes) => {
    if (!yes) {
      holdValue(spot, element.action, before);
      return context.changed();
    }
    const sent = sentValue(element, value);
    void send(context, spot, spotKey(spot, element.action), {
      do: 'select',
      place,
      block,
      action: element.action,
      value: sent,
    });
  });
}

export const submitKey = (me: string, view: string): string => `${me} ${view} submit`;

/** Sends a form, or shows what has to be mended first. Resolves with the errors by block id. */
export async function submitForm(
  context: SlackContext,
  view: { readonly id: string; readonly json: JsonObject },
): Promise<Readonly<Record<string, string>>> {
  const spot: Spot = { me: context.me.id, place: { view: view.id }, block: '' };
  const key = submitKey(context.me.id, view.id);
  if (isPending(key)) return {};
  const blocks = readBlocks(view.json);
  const early = complaints(blocks, spot);
  if (Object.keys(early).length > 0) return showErrors(context, spot, early);
  setErrors(spot, {});
  const outcome = await send(context, spot, key, { do: 'submit', view: view.id, values: valuesOf(blocks, spot) });
  const late = outcome.ok ? (outcome.errors ?? {}) : {};
  return Object.keys(late).length > 0 ? showErrors(context, spot, late) : {};
}

function showErrors(context: SlackContext, spot: Spot, found: Readonly<Record<string, string>>) {
  setErrors(spot, found);
  context.announce(Object.values(found).join(' '));
  context.changed();
  return found;
}

function complaints(blocks: readonly Block[], spot: Spot): Record<string, string> {
  const found = inputsOf(blocks).flatMap((input): [string, string][] => {
    const complaint = complaintAbout(input, valueAt({ ...spot, block: input.id }, input.element));
    return complaint === undefined ? [] : [[input.id, complaint]];
  });
  return Object.fromEntries(found);
}

function valuesOf(blocks: readonly Block[], spot: Spot): JsonObject {
  return Object.fromEntries(
    inputsOf(blocks).map(({ id, element }) => [id, sentValue(element, valueAt({ ...spot, block: id }, element))]),
  );
}

export function closeView(context: SlackContext, view: string): void {
  const spot: Spot = { me: context.me.id, place: { view }, block: '' };
  void send(context, spot, `${context.me.id} ${view} close`, { do: 'close', view });
}
