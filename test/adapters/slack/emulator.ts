/** The third-party emulator `emulate` behind the chat contract: our adapter with our scopes, and a look at its state. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { botScopes } from '../../../src/adapters/slack/scopes.ts';
import { openApiRelay, users } from '../../contracts/chat-subject.ts';
import type { ChatUnderTest } from '../../contracts/chat-subject.ts';
import { connectChat } from './chat-connection.ts';

const tokens = { bot: 'xoxb-firebreak', alice: 'xoxp-alice', observer: 'xoxp-observer' } as const;
const everything =
  'channels:read channels:history channels:join channels:manage groups:read groups:history chat:write pins:read bookmarks:read users:read'.split(
    ' ',
  );
const bot = { bot_id: 'B0BOT', bot_user_id: 'U0BOT', app_id: 'A0FIREBREAK' };
const seed = {
  team: { name: 'Sandbox', domain: 'sandbox' },
  users: users.map(({ name, realName, email }) => ({ name, real_name: realName, email })),
  oauth_apps: [
    {
      ...bot,
      client_id: '1.2',
      client_secret: 'x',
      name: 'Firebreak',
      redirect_uris: [],
      bot_name: 'firebreak',
      scopes: botScopes('public'),
    },
  ],
  tokens: [
    { ...bot, token: tokens.bot, user_id: bot.bot_user_id, scopes: botScopes('public') },
    { token: tokens.alice, user: 'alice', scopes: everything },
    { token: tokens.observer, user: 'bob', scopes: everything },
  ],
  strict_scopes: true,
};

// An answer is read for whatever fields the method documents.
type Answer = Record<string, unknown> & { ok: boolean };
// Slack's wire shapes, as far as they are looked at here.
type WireMessage = {
  ts: string;
  text: string;
  thread_ts?: string;
  subtype?: string;
  reply_count?: number;
  blocks?: unknown;
  metadata?: unknown;
};

export async function openEmulator(): Promise<ChatUnderTest> {
  const child = fork(join(import.meta.dirname, 'emulator-process.ts'), [JSON.stringify(seed)], { stdio: 'pipe' });
  const [address] = (await once(child, 'message')) as [string];
  const { port } = new URL(address);
  const origin = `http://127.0.0.1:${port}`;
  const relay = await openApiRelay(`${origin}/api/`);
  const { slack, close } = await connectChat({ token: tokens.bot, apiUrl: relay.apiUrl });

  async function call(method: string, args: object, token: string = tokens.observer): Promise<Answer> {
    const answer = await fetch(`${origin}/api/${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(args),
    });
    const body = (await answer.json()) as Answer;
    if (!body.ok) throw new Error(`the emulator refused ${method}: ${String(body['error'])}`);
    return body;
  }
  const { user } = (await call('users.lookupByEmail', { email: users[0].email }, tokens.bot)) as unknown as {
    user: { id: string };
  };
  const { channels } = (await call('conversations.list', {})) as unknown as {
    channels: { id: string; name: string }[];
  };
  const general = channels.find(({ name }) => name === 'general');
  if (!general) throw new Error('the emulator has a channel general');

  return {
    ...slack,
    alice: { id: user.id, email: users[0].email },
    general: general.id,
    loseReply: relay.loseReply,

    async say(channel, text, threadTs) {
      await call('conversations.join', { channel }, tokens.alice);
      const args = { channel, text, ...(threadTs ? { thread_ts: threadTs } : {}) };
      return { ts: String((await call('chat.postMessage', args, tokens.alice))['ts']) };
    },

    async look(channel) {
      const asked = [
        call('conversations.info', { channel }),
        call('conversations.members', { channel }),
        call('pins.list', { channel }),
        call('bookmarks.list', { channel_id: channel }),
        call('conversations.history', { channel, limit: 999, include_all_metadata: true }),
      ];
      const [info, members, pins, bookmarks, history] = (await Promise.all(asked)) as unknown as [
        { channel: { topic: { value: string } } },
        { members: string[] },
        { items: { message: { ts: string } }[] },
        { bookmarks: { title: string; link: string }[] },
        { messages: WireMessage[] },
      ];
      const messages: WireMessage[] = [];
      for (const message of history.messages.toReversed()) {
        if (message.subtype !== undefined) continue;
        messages.push(message);
        if (!message.reply_count) continue;
        const thread = await call('conversations.replies', { channel, ts: message.ts, limit: 999 });
        messages.push(...(thread['messages'] as WireMessage[]).filter(({ ts }) => ts !== message.ts));
      }
      return {
        topic: info.channel.topic.value,
        members: members.members,
        pins: pins.items.map(({ message }) => message.ts),
        bookmarks: bookmarks.bookmarks.map(({ title, link }) => ({ title, link })),
        messages: messages.map(({ ts, text, thread_ts: threadTs, blocks, metadata }) => ({
          ts,
          text,
          blocks: JSON.stringify(blocks ?? []),
          ...(threadTs && threadTs !== ts ? { threadTs } : {}),
          ...(metadata ? { metadata } : {}),
        })),
      };
    },

    async homeOf() {
      return await (await fetch(`${origin}/?tab=views`)).text();
    },

    async close() {
      await close();
      await relay.close();
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}
