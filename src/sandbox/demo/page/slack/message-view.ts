/** Draws one message with who said it, when, and what was refused at it. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { guard } from 'lit-html/directives/guard.js';
import type { Message, Person } from '../../protocol.ts';
import { avatarView } from '../avatar.ts';
import { blocksView } from './block-view.ts';
import { readBlocks } from './blocks.ts';
import type { SlackContext } from './context.ts';
import { dismissRefusals, heldVersion, refusalsAt, type Spot } from './held.ts';
import { type Replies, sentAt, wasEdited } from './message-list.ts';
import { readMrkdwn } from './mrkdwn.ts';
import { proseView } from './prose-view.ts';
import { plainText } from './plain-text.ts';
import { type Frame, messageDomId } from './show-message.ts';
import { ago, clockTime, fullMoment } from './slack-date.ts';

export type MessagePlace = {
  readonly frame: Frame;
  readonly channel: string;
  readonly goesOn?: boolean;
  readonly replies?: Replies | undefined;
  readonly isPinned?: boolean;
  /** Its thread is open beside it. */
  readonly isOpen?: boolean;
};

const spokenMax = 140;
/** “3 minutes ago” needs no more. */
const clockMs = 10_000;

/** All that messages show besides themselves, for `guard`: most drawings of the page change no message. */
export function contextStamp(context: SlackContext): readonly unknown[] {
  const { me, people, groups, channels } = context;
  const names = Object.entries(channels).join();
  return [me.id, people, groups, names, Math.floor(context.now().getTime() / clockMs), heldVersion()];
}

/** Draws a message again only when something that it shows has changed. */
export function settledMessageView(
  context: SlackContext,
  message: Message,
  at: MessagePlace,
  stamp: readonly unknown[],
): unknown {
  const { frame, channel, goesOn, replies, isPinned, isOpen } = at;
  const place = [frame, channel, goesOn, replies?.count, replies?.lastAt.getTime(), isPinned, isOpen];
  return guard([message, ...place, ...stamp], () => messageView(context, message, at));
}

function messageView(context: SlackContext, message: Message, at: MessagePlace): TemplateResult {
  const person = context.people[message.user];
  const name = person?.realName ?? message.user;
  const sent = sentAt(message);
  const { frame, channel } = at;
  const place = { channel, ts: message.ts };
  const spot = { me: context.me.id, place };
  const said = plainText(message.text, context).slice(0, spokenMax);
  const classes = ['sl-message', at.goesOn ? 'sl-goes-on' : '', message.ephemeral ? 'sl-ephemeral' : ''];
  if (at.isPinned) classes.push('sl-pinned');
  if (at.isOpen) classes.push('sl-open');
  const id = messageDomId(frame, channel, message.ts);
  const mayReply = frame === 'channel' && !message.ephemeral;
  return html`<article
    class=${classes.filter(Boolean).join(' ')}
    id=${id}
    tabindex="-1"
    data-spot=${frame === 'channel' ? `message-${message.ts}` : nothing}
    aria-label=${`${name}, ${clockTime(sent)}: ${said}`}
  >
    ${avatarView(context.people, message.user)}
    <div class="sl-body">
      ${at.isPinned ? html`<p class="sl-note">📌 Pinned</p>` : nothing}
      ${message.ephemeral ? html`<p class="sl-note">👁 Only visible to you</p>` : nothing}
      ${at.goesOn ? nothing : headView(context, message, { name, person, sent })}
      ${contentView(context, message, spot, frame)} ${refusalsView(context, spot)}
      ${at.replies ? repliesView(context, place, at.replies) : nothing}
    </div>
    ${
      mayReply
        ? html`<button
            type="button"
            class="sl-reply"
            aria-label=${`Reply in thread to ${name}, ${clockTime(sent)}`}
            @click=${() => context.openThread(channel, message.ts)}
          >
            💬 Reply
          </button>`
        : nothing
    }
  </article>`;
}

function headView(
  _context: SlackContext,
  message: Message,
  { name, person, sent }: { name: string; person: Person | undefined; sent: Date },
): TemplateResult {
  const badge = person?.isBot ? html`<span class="sl-badge">APP</span>` : nothing;
  const guest = person?.isGuest ? html`<span class="sl-badge">GUEST</span>` : nothing;
  const edited = wasEdited(message) && !person?.isBot ? html`<span class="sl-small">(edited)</span>` : nothing;
  return html`<p class="sl-head">
    <strong class="sl-name">${name}</strong>${badge}${guest}
    <time class="sl-time" datetime=${sent.toISOString()} title=${fullMoment(sent)}>${clockTime(sent)}</time>${edited}
  </p>`;
}

function contentView(context: SlackContext, message: Message, spot: Omit<Spot, 'block'>, frame: Frame): unknown {
  if ((message.blocks?.length ?? 0) > 0) return blocksView({ context, spot, frame }, readBlocks(message));
  return html`<div class="sl-blocks">${proseView(context, readMrkdwn(message.text))}</div>`;
}

/** As Slack shows what it could not do: beside it, to who did it alone. */
export function refusalsView(context: SlackContext, spot: Omit<Spot, 'block'>): unknown {
  const refusals = refusalsAt(spot);
  if (refusals.length === 0) return nothing;
  const dismiss = () => {
    dismissRefusals(spot);
    context.changed();
  };
  return html`<div class="sl-refusal">
    <div>
      <p class="sl-note">👁 Only visible to you</p>
      ${refusals.map((text) => html`<p class="sl-lines">${text}</p>`)}
    </div>
    <button type="button" class="sl-quiet" @click=${dismiss}>Dismiss</button>
  </div>`;
}

function repliesView(
  context: SlackContext,
  { channel, ts }: { readonly channel: string; readonly ts: string },
  { count, lastAt, people }: Replies,
): TemplateResult {
  return html`<button type="button" class="sl-replies" @click=${() => context.openThread(channel, ts)}>
    ${people.map((id) => avatarView(context.people, id))}
    <span class="sl-replies-count">${count} ${count === 1 ? 'reply' : 'replies'}</span>
    <span class="sl-small">Last reply ${ago(lastAt, context.now())}</span>
  </button>`;
}
