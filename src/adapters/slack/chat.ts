/** The `Chat` port on Slack. Channels are in channels.ts; here are messages. */
import { z } from 'zod';
import { OperationError, describeError } from '../../domain/errors.ts';
import type { View } from '../../domain/view.ts';
import type { Chat, Log } from '../../flow/ports.ts';
import { createChannels } from './channels.ts';
import { Anything } from './client.ts';
import type { SlackCall, Turn } from './client.ts';
import { createHistory } from './history.ts';
import type { WhoWeAre } from './identity.ts';
import { renderHome } from './render/home.ts';
import { escapeBlock } from './render/mrkdwn.ts';
import { renderView } from './render/render.ts';

/** The metadata's event type; any member can read it, so it holds the key and nothing else. */
const eventType = 'firebreak_message';
const pageSize = 200;
/** A message that was asked for a moment ago is among the newest; threads are read from their start. */
const historyPagesMax = 3;
const threadPagesMax = 10;

/** Slack's defaults differ between methods, so that both are told: no mentions made of text, no previews of links. */
const literalText = { parse: 'none', link_names: false, unfurl_links: false, unfurl_media: false } as const;

const Page = z.object({
  messages: z
    .array(
      z.object({
        ts: z.string(),
        user: z.string().optional(),
        metadata: z
          .object({ event_type: z.string(), event_payload: z.object({ key: z.unknown() }).partial() })
          .optional(),
      }),
    )
    .default([]),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

export function createChat(options: { call: SlackCall; whoWeAre: WhoWeAre; privateChannels: boolean; log: Log }): Chat {
  const { call, whoWeAre, log } = options;
  const render = (view: View, key: string) =>
    renderView(view, (problems) =>
      log.warn({ view: view.kind, key, problems }, 'message was too long and was degraded'),
    );
  return {
    ...createChannels(options),

    async post({ channel, threadTs, key, view, lane, beforeSend }) {
      const { text, blocks } = render(view, key);
      const send = (turn: Turn) =>
        call(
          'chat.postMessage',
          {
            channel,
            ...(threadTs ? { thread_ts: threadTs } : {}),
            text,
            blocks,
            metadata: { event_type: eventType, event_payload: { key } },
            ...literalText,
          },
          z.object({ ts: z.string() }),
          ['not_in_channel'],
          turn,
        );
      let posted = await send({ lane, key, beforeSend });
      if (!posted) {
        // `/runbook` works in any public channel; certainly nothing was posted by the refusal.
        await call('conversations.join', { channel }, Anything);
        posted = await send({ lane, key });
      }
      if (!posted) {
        throw new OperationError('chat-rejected', `Slack lets nothing be posted to ${channel}. Invite the bot to it.`, {
          retryable: false,
        });
      }
      return { ts: posted.ts };
    },

    async update({ channel, ts, view, lane }) {
      const { text, blocks } = render(view, ts);
      // Metadata that is not sent is kept (Slack documentation, chat.update).
      await call('chat.update', { channel, ts, text, blocks, ...literalText }, Anything, [], { lane });
    },

    async findMessage({ channel, threadTs, key, lane }) {
      const method = threadTs ? 'conversations.replies' : 'conversations.history';
      let cursor: string | undefined;
      for (let page = 0; page < (threadTs ? threadPagesMax : historyPagesMax); page++) {
        const found = await call(
          method,
          {
            channel,
            ...(threadTs ? { ts: threadTs } : {}),
            limit: pageSize,
            include_all_metadata: true,
            ...(cursor ? { cursor } : {}),
          },
          Page,
          [],
          { lane, key },
        );
        // Another app may write the same metadata; only our own message is ours.
        const message = found?.messages.find(
          (one) =>
            one.user === whoWeAre().botUserId &&
            one.metadata?.event_type === eventType &&
            one.metadata.event_payload.key === key,
        );
        if (message) return { ts: message.ts };
        cursor = found?.response_metadata?.next_cursor;
        if (!cursor) return undefined;
      }
      return undefined;
    },

    saidSince: createHistory({ call, whoWeAre }),

    async publishHome(user, home) {
      await call('views.publish', { user_id: user, view: renderHome(home, whoWeAre().workspaceUrl) }, Anything);
    },

    async tell({ channel, user, threadTs }, text) {
      try {
        await call(
          'chat.postEphemeral',
          {
            channel,
            user,
            ...(threadTs ? { thread_ts: threadTs } : {}),
            text: escapeBlock(text, 3_000),
            ...literalText,
          },
          Anything,
        );
      } catch (error) {
        log.info({ channel, user, why: describeError(error) }, 'ephemeral message was not delivered');
      }
    },
  };
}
