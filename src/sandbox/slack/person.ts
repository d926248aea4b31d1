import { checkSuggestedOptions, elementsOf, isObject } from './block-kit/check.ts';
import type { Answer, Delivery, DeliveryOptions } from './delivery.ts';
import { chosen, isEmptyState, type Option, optionsIn, untouched } from './element-state.ts';
import type { Events } from './events.ts';
import { addMessage } from './methods/chat.ts';
import { refusal } from './methods/refusal.ts';
import { blockActions, blockSuggestion, slashCommand, viewClosed, viewSubmission } from './payloads.ts';
import { type ElementChoice, elementIn, mustSee, type Place, placeFor, type PlaceRef } from './places.ts';
import { PersonRefused } from './refused.ts';
import type { ResponseUrls } from './response-urls.ts';
import { applySubmission, type Submitted } from './submission.ts';
import type { Triggers } from './triggers.ts';
import {
  type Block,
  findChannel,
  type JsonObject,
  type Message,
  type MessageRef,
  type User,
  type Workspace,
} from './workspace.ts';

/**
 * One person at Slack's client. Each act sends what Slack would send and resolves with the app's answer.
 * What the client would not let them do throws `PersonRefused`. `options` make the request dishonest.
 */
export interface Person {
  /** Types a slash command, such as `command('/runbook', 'gpu-oom', 'C0GENERAL')`; the channel by id or name. */
  command(command: string, text: string, channel: string, options?: DeliveryOptions): Promise<Answer>;
  /** Presses a button, by `action_id` or visible text, that is there now. */
  click(where: PlaceRef, what: ElementChoice, options?: DeliveryOptions): Promise<Answer>;
  /** Presses a button of an older version of a message that this person's client still showed. */
  clickStale(where: MessageRef, what: ElementChoice, blocks: Block[], options?: DeliveryOptions): Promise<Answer>;
  /** Chooses in a select, overflow menu, radio group, … by the option's value or text (a list for several). */
  select(where: PlaceRef, what: ElementChoice, value: unknown, options?: DeliveryOptions): Promise<Answer>;
  /** Types into an external select; the app's options can then be chosen. */
  options(where: PlaceRef, what: ElementChoice, typed: string): Promise<Answer & { options: Option[] }>;
  /** Fills in a modal (by `action_id` or `block_id`) and submits it. What is not given stays as it is. */
  submit(view: { id: string }, values: JsonObject, options?: DeliveryOptions): Promise<Submitted>;
  /** Closes a modal; resolves with the app's answer if it asked to be told. */
  close(view: { id: string }): Promise<Answer | undefined>;
  /** Opens the app's home tab. */
  openHome(options?: DeliveryOptions): Promise<Answer>;
  /** Writes a message. The app hears of it as far as it subscribed. */
  say(channel: string, text: string, threadTs?: string): Promise<Message>;
}

export function createPerson(
  parts: {
    workspace: Workspace;
    delivery: Delivery;
    events: Events;
    triggers: Triggers;
    responseUrls: ResponseUrls;
    verificationToken: string;
  },
  user: User,
): Person {
  const { workspace, delivery, events, triggers, responseUrls, verificationToken } = parts;
  /** What this person chose so far, and what was listed to them, by place, block and action. */
  const held = new Map<string, JsonObject>();
  const offered = new Map<string, Option[]>();
  const facts = { workspace, user, verificationToken };
  const keyOf = (place: Place, block: Block, element: JsonObject) =>
    `${place.key}/${block.block_id}/${String(element.action_id)}`;

  function stateOf(place: Place): Record<string, JsonObject> {
    const values: Record<string, JsonObject> = {};
    for (const block of place.blocks) {
      for (const element of elementsOf(block)) {
        const state = held.get(keyOf(place, block, element)) ?? untouched(element);
        if (state) values[block.block_id] = { ...values[block.block_id], [String(element.action_id)]: state };
      }
    }
    return values;
  }

  async function act(place: Place, block: Block, element: JsonObject, more: JsonObject, options?: DeliveryOptions) {
    const at = place.kind === 'message' ? { channel: place.channel.id, ts: place.message.ts } : undefined;
    const full = {
      ...facts,
      triggerId: triggers.issue(user.id, place.kind === 'view' ? place.view.id : undefined),
      ...(at ? { responseUrl: responseUrls.issue({ userId: user.id, channelId: at.channel, message: at }) } : {}),
    };
    const action = { action_id: element.action_id, block_id: block.block_id, type: element.type, ...more };
    return delivery.send('interaction', blockActions(full, place, action, stateOf(place)), options);
  }

  function press(place: Place, what: ElementChoice, options?: DeliveryOptions) {
    const { block, element } = elementIn(place.blocks, what, (one) => one.type === 'button');
    const { text, value, style } = element;
    const more = { text, ...(value === undefined ? {} : { value }), ...(style === undefined ? {} : { style }) };
    return act(place, block, element, more, options);
  }

  return {
    async command(command, text, channelName, options) {
      const channel = findChannel(workspace, channelName);
      if (!channel) throw new PersonRefused(`There is no channel ${channelName}.`);
      mustSee(channel, user);
      const source = { userId: user.id, channelId: channel.id, message: undefined };
      const full = { ...facts, triggerId: triggers.issue(user.id), responseUrl: responseUrls.issue(source) };
      const answer = await delivery.send('command', slashCommand(full, channel, command, text), options);
      if (answer.status === 200 && answer.body !== '') {
        responseUrls.say(source, commandReply(answer.body));
        workspace.changed();
      }
      return answer;
    },

    click: async (where, what, options) => press(placeFor(workspace, user, where), what, options),

    async clickStale(where, what, blocks, options) {
      const place = placeFor(workspace, user, where);
      return press({ ...place, blocks }, what, options);
    },

    async select(where, what, value, options) {
      const place = placeFor(workspace, user, where);
      const { block, element } = elementIn(place.blocks, what, (one) => one.type !== 'button');
      const key = keyOf(place, block, element);
      const state = chosen(element, value, offered.get(key) ?? []);
      if (element.type !== 'overflow') held.set(key, state);
      const { type: _type, ...fields } = state;
      return act(place, block, element, fields, options);
    },

    async options(where, what, typed) {
      const place = placeFor(workspace, user, where);
      const external = ['external_select', 'multi_external_select'];
      const { block, element } = elementIn(place.blocks, what, (one) => external.includes(String(one.type)));
      const least = typeof element.min_query_length === 'number' ? element.min_query_length : 3;
      if (typed.length < least)
        throw new PersonRefused(`Slack asks for options after ${least} characters, not ${typed.length}.`);
      const asked = { actionId: String(element.action_id), blockId: block.block_id, typed };
      const answer = await delivery.send('interaction', blockSuggestion(facts, place, asked));
      const options = listed(answer);
      offered.set(keyOf(place, block, element), options);
      return { ...answer, options };
    },

    async submit(ref, values, options) {
      const place = placeFor(workspace, user, ref);
      if (place.kind !== 'view' || place.view.submit === null)
        throw new PersonRefused(`View ${ref.id} has no submit button.`);
      if (workspace.modals.get(user.id)?.at(-1)?.id !== ref.id)
        throw new PersonRefused(`View ${ref.id} is not in front.`);
      for (const [name, value] of Object.entries(values)) {
        const { block, element } = inputNamed(place.blocks, name);
        const key = keyOf(place, block, element);
        held.set(key, chosen(element, value, offered.get(key) ?? []));
      }
      const state = stateOf(place);
      for (const block of place.blocks) mustBeFilled(block, state[block.block_id] ?? {});
      const full = { ...facts, triggerId: triggers.issue(user.id, place.view.id) };
      const answer = await delivery.send('interaction', viewSubmission(full, place.view, state), options);
      return applySubmission(workspace, user.id, place.view, answer);
    },

    async close(ref) {
      const place = placeFor(workspace, user, ref);
      if (place.kind !== 'view') throw new PersonRefused('A message cannot be closed.');
      const { view } = place;
      const cleared = view.clear_on_close === true;
      const left = cleared ? [] : (workspace.modals.get(user.id) ?? []).filter((one) => one.id !== view.id);
      workspace.modals.set(user.id, left);
      workspace.changed();
      return view.notify_on_close === true ? delivery.send('interaction', viewClosed(facts, view, cleared)) : undefined;
    },

    async openHome(options) {
      const view = workspace.homes.get(user.id);
      const event = { type: 'app_home_opened', user: user.id, channel: `D${user.id.slice(1)}`, tab: 'home' };
      return events.send(view ? { ...event, view } : event, options);
    },

    async say(channelName, text, threadTs) {
      const channel = findChannel(workspace, channelName);
      if (!channel?.members.has(user.id)) throw new PersonRefused(`${user.id} is not in ${channelName}.`);
      const message: Message = {
        type: 'message',
        user: user.id,
        team: user.teamId,
        ts: workspace.nextTs(),
        text,
        ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
        parsing: { parse: 'default', linkNames: false, unfurlLinks: true, unfurlMedia: true },
      };
      addMessage(channel, message);
      workspace.changed();
      const { parsing: _parsing, ...event } = message;
      const kind = channel.isPrivate ? 'message.groups' : 'message.channels';
      const about = { ...event, channel: channel.id, channel_type: channel.isPrivate ? 'group' : 'channel' };
      if (!channel.members.has(workspace.app.botUserId)) return message;
      if (events.subscribed(kind)) await events.send(about);
      if (events.subscribed('app_mention') && text.includes(`<@${workspace.app.botUserId}>`)) {
        await events.send({ ...about, type: 'app_mention' });
      }
      return message;
    },
  };
}

/** A command's answer is plain text or the JSON of a message. */
function commandReply(body: string): Map<string, unknown> {
  try {
    const said: unknown = JSON.parse(body);
    if (isObject(said)) return new Map(Object.entries(said));
  } catch {
    // Not JSON: Slack shows the text as it is.
  }
  return new Map([['text', body]]);
}

function listed(answer: Answer): Option[] {
  if (answer.status !== 200) return [];
  const checked = checkSuggestedOptions(JSON.parse(answer.body || '{}'));
  if (!checked.ok) throw refusal(checked.code, checked.faults);
  return optionsIn(checked.value);
}

function inputNamed(blocks: readonly Block[], name: string): { block: Block; element: JsonObject } {
  const [element] = blocks.filter((block) => block.block_id === name).flatMap(elementsOf);
  if (element) return elementIn(blocks, { action: String(element.action_id), blockId: name }, () => true);
  return elementIn(blocks, name, () => true);
}

function mustBeFilled(block: Block, state: JsonObject): void {
  if (block.type !== 'input' || block.optional === true) return;
  for (const [name, value] of Object.entries(state)) {
    if (isObject(value) && isEmptyState(value))
      throw new PersonRefused(`${name} must be filled in before the form is sent.`);
  }
}
