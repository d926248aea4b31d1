/** What people wrote in a channel, read back from its history. */
import { z } from 'zod';
import { invariant } from '../../domain/errors.ts';
import type { Said } from '../../flow/ports.ts';
import type { SlackCall } from './client.ts';
import type { WhoWeAre } from './identity.ts';

const pageSize = 200;
const pagesMax = 5;
/** Threads that had replies are read one by one; this bounds the calls (50 a minute, Slack's tier 3). */
const threadsMax = 20;
/** Nobody waits for it: results, cards and who may approve go first. */
const turn = { lane: 'chatter' } as const;
/** Of all that people may type, what they would expect us to act on. */
const looksLikeCommand = /^\s*\/(?:runbook|incident)\b/;

const Messages = z.object({
  messages: z
    .array(
      z.object({
        ts: z.string(),
        user: z.string().optional(),
        bot_id: z.string().optional(),
        subtype: z.string().optional(),
        text: z.string().default(''),
        thread_ts: z.string().optional(),
        reply_count: z.number().optional(),
        latest_reply: z.string().optional(),
      }),
    )
    .default([]),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});
type Message = z.infer<typeof Messages>['messages'][number];

export function createHistory({ call, whoWeAre }: { call: SlackCall; whoWeAre: WhoWeAre }) {
  /** A page of the newest messages, then older ones while they are after `since`. */
  async function newest(channel: string, since: string): Promise<Message[]> {
    const found: Message[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < pagesMax; page++) {
      const args = { channel, limit: pageSize, ...(cursor ? { cursor } : {}) };
      const answer = await call('conversations.history', args, Messages, [], turn);
      invariant(answer, 'conversations.history has no codes that are fine');
      found.push(...answer.messages);
      cursor = answer.response_metadata?.next_cursor;
      if (!cursor || (found.at(-1)?.ts ?? '') < since) break;
    }
    return found;
  }

  async function replies(channel: string, threadTs: string, since: string): Promise<Message[]> {
    const args = { channel, ts: threadTs, oldest: since, limit: pageSize };
    const answer = await call('conversations.replies', args, Messages, ['thread_not_found'], turn);
    return answer?.messages ?? [];
  }

  return async (channel: string, since: Date): Promise<readonly Said[]> => {
    const from = (since.getTime() / 1000).toFixed(6);
    const top = await newest(channel, from);
    // The newest reply is not always said.
    const threads = top.filter(({ reply_count: replies = 0, latest_reply: latest }) =>
      latest === undefined ? replies > 0 : latest > from,
    );
    const messages = new Map(top.map((message) => [message.ts, message]));
    for (const { ts } of threads.slice(0, threadsMax)) {
      for (const reply of await replies(channel, ts, from)) messages.set(reply.ts, reply);
    }
    return [...messages.values()]
      .filter(({ ts }) => ts > from)
      .toSorted((a, b) => (a.ts < b.ts ? -1 : 1))
      .flatMap((message) => toSaid(message, whoWeAre().botUserId) ?? []);
  };
}

/** Subtypes are joins, topics and other announcements, apart from these. */
const writtenByPeople = new Set([undefined, 'thread_broadcast', 'file_share', 'me_message']);

function toSaid(message: Message, botUserId: string): Said | undefined {
  const { ts, user, bot_id: bot, subtype, text, thread_ts: threadTs } = message;
  if (!user || bot || user === botUserId || !writtenByPeople.has(subtype)) return undefined;
  return {
    ts,
    at: new Date(Number(ts) * 1000),
    user,
    ...(threadTs && threadTs !== ts ? { threadTs } : {}),
    kind: text.includes(`<@${botUserId}>`) ? 'mention' : looksLikeCommand.test(text) ? 'command' : 'message',
  };
}
