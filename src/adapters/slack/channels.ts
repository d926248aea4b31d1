/** Incident channels: made, found, furnished. */
import { z } from 'zod';
import { describeError, OperationError } from '../../domain/errors.ts';
import type { Chat, Log } from '../../flow/ports.ts';
import { Anything } from './client.ts';
import type { SlackCall } from './client.ts';
import { SlackRejection } from './errors.ts';
import { visible } from './render/mrkdwn.ts';

const topicMax = 250;
const bookmarkTitleMax = 250;
const pageSize = 999;
const listPagesMax = 50;
/** Slack's limit of people in one conversations.invite. */
const inviteMax = 100;
/** These are about the channel, not about one of the people. */
const channelCodes = new Set(['channel_not_found', 'is_archived', 'not_in_channel', 'missing_scope', 'invalid_auth']);

const Created = z.object({ channel: z.object({ id: z.string() }) });
const ChannelPage = z.object({
  channels: z.array(
    z.object({ id: z.string(), name: z.string(), creator: z.string().optional(), is_archived: z.boolean().optional() }),
  ),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});
const Bookmarks = z.object({ bookmarks: z.array(z.object({ link: z.string().nullish() })).nullish() });

type Channels = Pick<
  Chat,
  'createChannel' | 'findChannel' | 'archiveChannel' | 'setTopic' | 'addBookmarks' | 'invite' | 'pin'
>;

export function createChannels(options: {
  call: SlackCall;
  botUserId: string;
  privateChannels: boolean;
  log: Log;
}): Channels {
  const { call, botUserId, privateChannels, log } = options;
  return {
    async createChannel(name) {
      const made = await call('conversations.create', { name, is_private: privateChannels }, Created, ['name_taken']);
      return made ? { kind: 'created', channel: made.channel.id } : { kind: 'taken' };
    },

    async findChannel(name) {
      let cursor: string | undefined;
      for (let page = 0; page < listPagesMax; page++) {
        const list = await call(
          'conversations.list',
          {
            // Only the kind that we make: the other one needs scopes that the app does not ask for.
            types: privateChannels ? 'private_channel' : 'public_channel',
            exclude_archived: true,
            limit: pageSize,
            ...(cursor ? { cursor } : {}),
          },
          ChannelPage,
        );
        const found = list?.channels.find((one) => one.name === name && one.is_archived !== true);
        if (found) return { channel: found.id, ours: found.creator === botUserId };
        cursor = list?.response_metadata?.next_cursor;
        if (!cursor) return undefined;
      }
      throw new OperationError(
        'chat-unavailable',
        `The workspace has more than ${listPagesMax * pageSize} live channels; #${name} could not be looked for among them.`,
        { retryable: true },
      );
    },

    async archiveChannel(channel) {
      await call('conversations.archive', { channel }, Anything, ['already_archived']);
    },

    async setTopic(channel, topic) {
      // Plain text to Slack, and read back by others as if it were not: no angle brackets, no mentions.
      const plain = topic.replaceAll('<', '‹').replaceAll('>', '›');
      await call('conversations.setTopic', { channel, topic: visible(plain, topicMax) }, Anything);
    },

    async addBookmarks(channel, bookmarks) {
      // An app without bookmarks:read cannot look; a repeat after a crash then makes a second one, which harms nobody.
      const there = await call('bookmarks.list', { channel_id: channel }, Bookmarks, ['missing_scope']);
      const links = new Set((there?.bookmarks ?? []).map((one) => one.link));
      for (const { title, link } of bookmarks) {
        if (links.has(link)) continue;
        if (!/^https?:\/\//.test(link)) {
          log.info({ channel, title }, 'bookmark left out: its link is not http');
          continue;
        }
        await call(
          'bookmarks.add',
          { channel_id: channel, title: visible(title, bookmarkTitleMax), type: 'link', link },
          Anything,
        );
        links.add(link);
      }
    },

    async invite(channel, slackUsers) {
      const users = [...new Set(slackUsers)].filter((user) => /^[UW][A-Z0-9]+$/.test(user) && user !== botUserId);
      const invite = (these: readonly string[]) =>
        call('conversations.invite', { channel, users: these.join(',') }, Anything, [
          'already_in_channel',
          'cant_invite_self',
        ]);
      for (let start = 0; start < users.length; start += inviteMax) {
        const some = users.slice(start, start + inviteMax);
        try {
          // `already_in_channel` for a list says that one of them is, and nobody was invited.
          if (await invite(some)) continue;
        } catch (error) {
          if (!isAboutPerson(error)) throw error;
        }
        for (const user of some) await inviteOne(user);
      }

      async function inviteOne(user: string): Promise<void> {
        try {
          await invite([user]);
        } catch (error) {
          if (!isAboutPerson(error)) throw error;
          log.warn({ channel, user, why: describeError(error) }, 'person could not be invited to the incident channel');
        }
      }
    },

    async pin(channel, ts) {
      await call('pins.add', { channel, timestamp: ts }, Anything, ['already_pinned']);
    },
  };
}

function isAboutPerson(error: unknown): boolean {
  return error instanceof SlackRejection && !channelCodes.has(error.slackCode);
}
