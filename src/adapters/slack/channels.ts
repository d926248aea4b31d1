/** Incident channels: made, found, furnished. */
import { z } from 'zod';
import { describeError, OperationError } from '../../domain/errors.ts';
import type { Chat, Log } from '../../flow/ports.ts';
import { Anything } from './client.ts';
import type { SlackCall } from './client.ts';
import { SlackRejection } from './errors.ts';
import type { WhoWeAre } from './identity.ts';
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
const ChannelInfo = z.object({ channel: z.object({ is_archived: z.boolean().optional() }) });
const Invited = z.object({ errors: z.array(z.object({ user: z.string().optional(), error: z.string() })).nullish() });
const Bookmarks = z.object({ bookmarks: z.array(z.object({ link: z.string().nullish() })).nullish() });

type Channels = Pick<
  Chat,
  'createChannel' | 'findChannel' | 'archiveChannel' | 'isLive' | 'setTopic' | 'addBookmarks' | 'invite' | 'pin'
>;

export function createChannels(options: {
  call: SlackCall;
  whoWeAre: WhoWeAre;
  privateChannels: boolean;
  log: Log;
}): Channels {
  const { call, whoWeAre, privateChannels, log } = options;
  let mayList = true;
  return {
    async createChannel(name, { beforeSend } = {}) {
      const args = { name, is_private: privateChannels };
      const made = await call('conversations.create', args, Created, ['name_taken'], { beforeSend });
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
        if (found) return { channel: found.id, ours: found.creator === whoWeAre().botUserId };
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

    async isLive(channel) {
      const info = await call('conversations.info', { channel }, ChannelInfo, ['channel_not_found']);
      return info !== undefined && info.channel.is_archived !== true;
    },

    async setTopic(channel, topic) {
      // Plain text to Slack, and read back by others as if it were not: no angle brackets, no mentions.
      const plain = topic.replaceAll('<', '‹').replaceAll('>', '›');
      await call('conversations.setTopic', { channel, topic: visible(plain, topicMax) }, Anything);
    },

    async addBookmarks(channel, bookmarks) {
      // An app without bookmarks:read cannot look, and need not ask again whether it can; whoever calls this remembers
      // what was given. A repeat after a lost answer then makes a second one, which harms nobody.
      const there = mayList
        ? await call('bookmarks.list', { channel_id: channel }, Bookmarks, ['missing_scope'])
        : undefined;
      mayList = there !== undefined;
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
      const { botUserId } = whoWeAre();
      const users = [...new Set(slackUsers)].filter((user) => /^[UW][A-Z0-9]+$/.test(user) && user !== botUserId);
      const leftOut = (user: string, why: string): void =>
        log.warn({ channel, user, why }, 'person could not be invited to the incident channel');
      for (let start = 0; start < users.length; start += inviteMax) {
        const some = users.slice(start, start + inviteMax);
        // With `force` one bad name keeps nobody else out: one call, and no second round person by person.
        const args = { channel, users: some.join(','), force: true };
        try {
          const invited = await call('conversations.invite', args, Invited, ['already_in_channel', 'cant_invite_self']);
          for (const { user, error } of invited?.errors ?? []) {
            if (error !== 'already_in_channel') leftOut(user ?? 'unnamed', error);
          }
        } catch (error) {
          if (!isAboutPerson(error)) throw error;
          for (const user of some) leftOut(user, describeError(error));
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
