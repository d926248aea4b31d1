import { elementsOf, isObject } from './block-kit/check.ts';
import { ElementMissing, PersonRefused } from './refused.ts';
import {
  type Block,
  findMessage,
  findView,
  isEphemeral,
  type Message,
  type MessageRef,
  type View,
} from './workspace.ts';
import type { Channel, JsonObject, User, Workspace } from './workspace.ts';

/** Where a person can use elements: a message, or a view by its id. */
export type PlaceRef = MessageRef | { id: string };

export type Place =
  | { kind: 'message'; channel: Channel; message: Message; blocks: Block[]; key: string }
  | { kind: 'view'; view: View; blocks: Block[]; key: string };

/** One element to use: its `action_id`, or its visible text, narrowed where several are alike. */
export type ElementChoice = string | { action: string; blockId?: string; value?: string };

/** Looks a place up as this person sees it. Throws `PersonRefused` when they cannot see it. */
export function placeFor(workspace: Workspace, user: User, ref: PlaceRef): Place {
  if ('ts' in ref) {
    const found = findMessage(workspace, ref);
    if (!found) throw new PersonRefused(`There is no message ${ref.ts} in ${ref.channel}.`);
    const { channel, message } = found;
    if (isEphemeral(message) && message.shownTo !== user.id) {
      throw new PersonRefused(`Message ${ref.ts} is shown to ${message.shownTo} alone, not to ${user.id}.`);
    }
    mustSee(channel, user);
    return { kind: 'message', channel, message, blocks: message.blocks ?? [], key: `${channel.id}/${message.ts}` };
  }
  const found = findView(workspace, ref.id);
  if (found?.userId !== user.id) throw new PersonRefused(`View ${ref.id} is not open in front of ${user.id}.`);
  return { kind: 'view', view: found.view, blocks: found.view.blocks, key: found.view.id };
}

/** Invited to single channels, or from another organisation. */
export function isGuest(user: User): boolean {
  return user.isRestricted || user.isUltraRestricted || user.isStranger;
}

/** Members see a channel; a public one also everybody of this workspace who is not a guest. */
export function canSee(channel: Channel, user: User): boolean {
  return channel.members.has(user.id) || (!channel.isPrivate && !isGuest(user));
}

/** Throws `PersonRefused` unless they can see it. */
export function mustSee(channel: Channel, user: User): void {
  if (canSee(channel, user)) return;
  throw new PersonRefused(`${user.id} cannot see #${channel.name}.`);
}

/** The one element meant. Throws `PersonRefused` when none or several fit. */
export function elementIn(
  blocks: readonly Block[],
  choice: ElementChoice,
  fits: (element: JsonObject) => boolean,
): { block: Block; element: JsonObject } {
  const wanted = typeof choice === 'string' ? { action: choice } : choice;
  const all = blocks
    .flatMap((block) => elementsOf(block).map((element) => ({ block, element })))
    .filter((one) => fits(one.element));
  const named = all.filter((one) => one.element.action_id === wanted.action);
  const found = (named.length > 0 ? named : all.filter((one) => textOf(one.element) === wanted.action)).filter(
    (one) =>
      (wanted.blockId === undefined || one.block.block_id === wanted.blockId) &&
      (wanted.value === undefined || one.element.value === wanted.value),
  );
  const [only] = found;
  if (only && found.length === 1) return only;
  const there = all.map((one) => `${String(one.element.action_id)} ${JSON.stringify(textOf(one.element) ?? '')}`);
  const problem = found.length > 1 ? `${found.length} elements fit` : 'No element fits';
  const Refused = found.length > 1 ? PersonRefused : ElementMissing;
  throw new Refused(`${problem} ${JSON.stringify(wanted)}. There are: ${there.join(', ') || 'none'}.`);
}

function textOf(element: JsonObject): string | undefined {
  return isObject(element.text) && typeof element.text.text === 'string' ? element.text.text : undefined;
}
