/** Draws a channel: its head, its messages and the composer. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { keyed } from 'lit-html/directives/keyed.js';
import { repeat } from 'lit-html/directives/repeat.js';
import type { Channel, Command, Message } from '../../protocol.ts';
import { composer, refuse } from './composer.ts';
import type { SlackContext } from './context.ts';
import { closeDetails, closeOnEscape } from './element-view.ts';
import { followEnd } from './follow-end.ts';
import { membersView } from './members-view.ts';
import { inOrder, type ListItem, layOut } from './message-list.ts';
import { contextStamp, type MessagePlace, settledMessageView } from './message-view.ts';
import { plainText } from './plain-text.ts';
import { proseView } from './prose-view.ts';
import { readInline } from './mrkdwn.ts';
import { safeAddress } from './prose.ts';
import { showMessage } from './show-message.ts';

export type ChannelLook = {
  readonly channel: Channel;
  /** All of the channel, replies too; in any order. */
  readonly messages: readonly Message[];
  readonly commands: readonly Command[];
  /** The root of the thread that is open beside it. */
  readonly threadOpen?: string | undefined;
};

/** Channels in which something came while somebody read further up. */
const unseen = new Set<string>();

export function channelView(context: SlackContext, look: ChannelLook): TemplateResult {
  const { channel, messages, commands } = look;
  const items = layOut(messages, { now: context.now() });
  const stamp = contextStamp(context);
  const newest = items.at(-1);
  const isMine = newest?.kind === 'message' && newest.message.user === context.me.id;
  const onUnseen = (is: boolean) => {
    if (is) unseen.add(channel.id);
    else unseen.delete(channel.id);
    context.changed();
  };
  return html`<section class="sl-pane" aria-label=${`Channel ${channel.name}`}>
    ${headView(context, look)}
    <div class="sl-list-frame">
      ${keyed(
        `${context.me.id} ${channel.id}`,
        html`<div
          class="sl-list-scroll"
          role="log"
          aria-label=${`Messages in ${channel.name}`}
          tabindex="0"
          ${followEnd({ last: newest?.key ?? '', isMine, onUnseen })}
        >
          <div class="sl-messages">
            ${items.length === 0 ? html`<p class="sl-empty">Nothing has been said in #${channel.name} yet.</p>` : nothing}
            ${repeat(
              items,
              ({ key }) => key,
              (item) => itemView(context, look, item, stamp),
            )}
          </div>
        </div>`,
      )}
      ${unseen.has(channel.id) ? newMessagesButton() : nothing}
    </div>
    ${footView(context, channel, commands)}
  </section>`;
}

function itemView(
  context: SlackContext,
  { channel, threadOpen }: ChannelLook,
  item: ListItem,
  stamp: readonly unknown[],
): unknown {
  if (item.kind === 'day') return html`<p class="sl-day"><span>${item.title}</span></p>`;
  const { message, goesOn, replies } = item;
  const at: MessagePlace = {
    frame: 'channel',
    channel: channel.id,
    goesOn,
    replies,
    isPinned: channel.pins.includes(message.ts),
    isOpen: threadOpen === message.ts,
  };
  return settledMessageView(context, message, at, stamp);
}

function newMessagesButton(): TemplateResult {
  const toEnd = (event: Event) => {
    const frame = event.currentTarget instanceof Element ? event.currentTarget.parentElement : null;
    const list = frame?.querySelector('.sl-list-scroll');
    if (!(list instanceof HTMLElement)) return;
    list.scrollTop = list.scrollHeight;
    list.focus({ preventScroll: true });
  };
  return html`<button type="button" class="sl-new" @click=${toEnd}>↓ New messages</button>`;
}

function headView(context: SlackContext, { channel, messages }: ChannelLook): TemplateResult {
  const { name, topic, isPrivate, isArchived, isExtShared, bookmarks } = channel;
  return html`<header class="sl-channel-head">
    <div class="sl-channel-title">
      <h2>${isPrivate ? '🔒 ' : '#'}${name}</h2>
      ${isArchived ? html`<span class="sl-badge">ARCHIVED</span>` : nothing}
      ${isExtShared ? html`<span class="sl-badge">SHARED WITH ANOTHER COMPANY</span>` : nothing}
      ${membersView(context, channel, (text) => refuse(context, channel.id, text))}
      ${pinsView(context, channel, messages)}
    </div>
    ${
      topic === ''
        ? nothing
        : html`<div class="sl-topic" title=${plainText(topic, context)}>
            ${proseView(context, [{ kind: 'lines', of: readInline(topic) }])}
          </div>`
    }
    ${
      bookmarks.length === 0
        ? nothing
        : html`<ul class="sl-bookmarks" aria-label="Bookmarks">
            ${bookmarks.map((bookmark) => html`<li>${bookmarkView(bookmark)}</li>`)}
          </ul>`
    }
  </header>`;
}

function bookmarkView({ title, link }: Channel['bookmarks'][number]): TemplateResult {
  const href = safeAddress(link);
  if (href === undefined) return html`<span title=${link}>🔖 ${title}</span>`;
  return html`<a href=${href} title=${href} target="_blank" rel="noopener noreferrer">🔖 ${title}</a>`;
}

/** One pin is jumped to; several are listed. */
function pinsView(context: SlackContext, channel: Channel, messages: readonly Message[]): unknown {
  const pinned = inOrder(messages.filter(({ ts }) => channel.pins.includes(ts)));
  const [only] = pinned;
  if (!only) return nothing;
  const count = `📌 ${pinned.length} pinned`;
  const jump = (ts: string) => showMessage(context, channel.id, ts);
  if (pinned.length === 1) {
    return html`<button type="button" class="sl-quiet" @click=${() => jump(only.ts)}>${count}</button>`;
  }
  const pick = (event: Event, ts: string) => {
    closeDetails(event);
    jump(ts);
  };
  return html`<details class="sl-overflow" @keydown=${closeOnEscape}>
    <summary class="sl-quiet">${count}</summary>
    <ul class="sl-menu">
      ${pinned.map(
        ({ ts, text }) =>
          html`<li>
            <button type="button" class="sl-menu-item" @click=${(event: Event) => pick(event, ts)}>
              ${plainText(text, context).slice(0, 90)}
            </button>
          </li>`,
      )}
    </ul>
  </details>`;
}

function footView(context: SlackContext, channel: Channel, commands: readonly Command[]): unknown {
  if (channel.isArchived) return html`<p class="sl-empty">This channel is archived. Nobody can write here.</p>`;
  // A command works in a channel that one may see; only members write.
  return html`${
    channel.members.includes(context.me.id)
      ? nothing
      : html`<p class="sl-empty sl-small">You look at #${channel.name} without being in it: commands work, messages do not.</p>`
  }${composer(context, { channel: channel.id, commands, name: `#${channel.name}` })}`;
}
