import { describe } from '@jest/globals';
import { botScopes } from '../../../src/adapters/slack/scopes.ts';
import { startSlack } from '../../../src/sandbox/slack/start.ts';
import { holdsChatContract } from '../../contracts/chat.ts';
import { openApiRelay, users } from '../../contracts/chat-subject.ts';
import type { ChatUnderTest } from '../../contracts/chat-subject.ts';
import { connectChat } from './chat-connection.ts';
import { openEmulator } from './emulator.ts';

describe('the chat on our stand-in for Slack', () => {
  holdsChatContract(async (): Promise<ChatUnderTest> => {
    const sandbox = await startSlack({ rateLimits: 'off', scopes: botScopes('public'), users });
    const relay = await openApiRelay(sandbox.apiUrl);
    const { slack, close } = await connectChat({ token: sandbox.botToken, apiUrl: relay.apiUrl });
    const channelOf = (id: string) => {
      const channel = sandbox.workspace.channels.get(id);
      if (!channel) throw new Error(`there is no channel ${id}`);
      return channel;
    };
    return {
      ...slack,
      alice: users[0],
      general: 'C0GENERAL',
      loseReply: relay.loseReply,

      async say(id, text, threadTs) {
        channelOf(id).members.add(users[0].id);
        return await sandbox.as(users[0].id).say(id, text, threadTs);
      },

      async look(id) {
        const { topic, members, pins, bookmarks, messages } = channelOf(id);
        return {
          topic,
          members: [...members],
          pins: pins.map(({ ts }) => ts),
          bookmarks: bookmarks.map(({ title, link }) => ({ title, link })),
          messages: messages.map(({ ts, text, thread_ts: threadTs, blocks, metadata }) => ({
            ts,
            text,
            blocks: JSON.stringify(blocks ?? []),
            ...(threadTs && threadTs !== ts ? { threadTs } : {}),
            ...(metadata ? { metadata } : {}),
          })),
        };
      },

      homeOf: async (user) => JSON.stringify(sandbox.workspace.homes.get(user)),

      async close() {
        await close();
        await relay.close();
        await sandbox.stop();
      },
    };
  });
});

describe('the chat on the emulator of others', () => {
  holdsChatContract(openEmulator);
});
