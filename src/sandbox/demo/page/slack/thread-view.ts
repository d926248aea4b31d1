/** Draws a thread beside its channel: the root, the replies, and a composer of its own. */
import { html, type TemplateResult } from 'lit-html';
import { keyed } from 'lit-html/directives/keyed.js';
import { repeat } from 'lit-html/directives/repeat.js';
import type { Channel, Message } from '../../protocol.ts';
import { composer } from './composer.ts';
import type { SlackContext } from './context.ts';
import { followEnd } from './follow-end.ts';
import { inOrder, isRun } from './message-list.ts';
import { contextStamp, settledMessageView } from './message-view.ts';

export type ThreadLook = {
  readonly channel: Channel;
  readonly root: Message;
  /** In any order. */
  readonly replies: readonly Message[];
  readonly onClose: () => void;
};

export function threadView(context: SlackContext, look: ThreadLook): TemplateResult {
  const { channel, root, onClose } = look;
  const replies = inOrder(look.replies).filter(({ ts }) => ts !== root.ts);
  const count = replies.length === 1 ? '1 reply' : `${replies.length} replies`;
  const place = { frame: 'thread', channel: channel.id } as const;
  const stamp = contextStamp(context);
  const newest = replies.at(-1) ?? root;
  const close = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.preventDefault();
    onClose();
  };
  return html`<section class="sl-pane sl-thread" aria-label="Thread" @keydown=${close}>
    <header class="sl-channel-head">
      <div class="sl-channel-title">
        <h2>Thread</h2>
        <span class="sl-small">#${channel.name}</span>
        <button type="button" class="sl-quiet sl-close" aria-label="Close the thread" @click=${onClose}>✕</button>
      </div>
    </header>
    <div class="sl-list-frame">
      ${keyed(
        `${context.me.id} ${channel.id} ${root.ts}`,
        html`<div
          class="sl-list-scroll"
          role="log"
          aria-label="Messages of the thread"
          tabindex="0"
          ${followEnd({ last: newest.ts, isMine: newest.user === context.me.id, onUnseen: () => undefined })}
        >
          <div class="sl-messages">
            ${settledMessageView(context, root, place, stamp)}
            <p class="sl-day"><span>${count}</span></p>
            ${repeat(
              replies,
              ({ ts }) => ts,
              (message, at) => {
                const before = replies[at - 1];
                const goesOn = before !== undefined && isRun(before, message);
                return settledMessageView(context, message, { ...place, goesOn }, stamp);
              },
            )}
          </div>
        </div>`,
      )}
    </div>
    ${composer(context, { channel: channel.id, thread: root.ts, commands: [], name: 'the thread' })}
  </section>`;
}
