/** The middle of the page: the stories, the App Home, or a channel with its thread. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { Shell } from './shell.ts';
import { channelView } from './slack/channel-view.ts';
import { confirmLayer } from './slack/confirm-view.ts';
import type { SlackContext } from './slack/context.ts';
import { homeView } from './slack/home-view.ts';
import { modalLayer } from './slack/modal-view.ts';
import { threadView } from './slack/thread-view.ts';
import { storiesView } from './stories.ts';
import { channelOf, channelsOf, messagesOf, single } from './table.ts';

/** Undefined until the server said who we are. */
export function slackContext(shell: Shell): SlackContext | undefined {
  const { me, table } = shell;
  if (me === undefined) return undefined;
  return {
    me,
    people: single(table, 'people') ?? {},
    groups: single(table, 'groups') ?? {},
    channels: Object.fromEntries(channelsOf(table).map(({ id, name }) => [id, name])),
    now: () => shell.now,
    act: shell.act,
    openChannel: (id) => shell.go({ middle: id, front: 'middle' }),
    openThread: (channel, ts) => shell.go({ middle: channel, thread: ts, front: 'middle' }),
    announce: shell.announce,
    changed: shell.changed,
  };
}

export function slackArea(shell: Shell, context: SlackContext | undefined): TemplateResult {
  const { table, where } = shell;
  if (context === undefined) return html`<p class="empty">Connecting to the demo…</p>`;
  if (where.middle === 'stories') return storiesView(shell);
  if (where.middle === 'home') {
    const bot = single(table, 'workspace')?.botUserId ?? '';
    return html`<div class="panes">${homeView(context, { home: single(table, 'home') ?? null, bot })}</div>`;
  }
  const channel = channelOf(table, where.middle);
  if (channel === undefined) {
    return html`<p class="empty">
      ${context.me.realName} sees no such channel. Choose one on the left, or act as somebody who is in it.
    </p>`;
  }
  const messages = messagesOf(table, channel.id);
  const root = messages.find(({ ts }) => ts === where.thread);
  const thread =
    root === undefined
      ? nothing
      : threadView(context, {
          channel,
          root,
          replies: messages.filter((message) => message.thread_ts === root.ts && message.ts !== root.ts),
          onClose: () => shell.closeThread(),
        });
  return html`<div class="panes" ?data-thread=${root !== undefined}>
    ${channelView(context, {
      channel,
      messages,
      commands: single(table, 'commands') ?? [],
      threadOpen: root?.ts,
    })}
    ${thread}
  </div>`;
}

/** What Slack puts over everything: the modal in front, and the question before a dangerous click. */
export function slackLayers(shell: Shell, context: SlackContext | undefined): (TemplateResult | typeof nothing)[] {
  if (context === undefined) return [];
  return [modalLayer(context, { modals: single(shell.table, 'modals') ?? [] }), confirmLayer(context)];
}
