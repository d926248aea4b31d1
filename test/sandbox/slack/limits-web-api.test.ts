/**
 * Slack's documented limits on what its Web API takes, by the title of the page that states each: what is at the limit
 * is done, one more is refused with the documented code.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { limitOf } from '../../../src/adapters/slack/rate-tiers.ts';
import { methods } from '../../../src/sandbox/slack/methods/table.ts';
import { type SandboxSlack, startSlack } from '../../../src/sandbox/slack/start.ts';
import { addChannel } from '../../../src/sandbox/slack/workspace.ts';
import { call } from './call.ts';

const bot = 'U0BOT';
const crowd = Array.from({ length: 101 }, (_, at) => ({ id: `U0CROWD${at}` }));
let slack: SandboxSlack;
let ts: string;
beforeEach(async () => {
  slack = await startSlack({ rateLimits: 'off', users: [{ id: 'U0ALICE' }, ...crowd] });
  addChannel(slack.workspace, { id: 'C0OURS', name: 'ours', creator: bot, members: [bot, 'U0ALICE'] });
  ({ ts } = (await call(slack, 'chat.postMessage', { channel: 'C0OURS', text: 'first' })).body as { ts: string });
});
afterEach(() => slack.stop());

type Args = NonNullable<Parameters<typeof call>[2]>;
const text = (length: number) => 'x'.repeat(length);
const ours = { channel: 'C0OURS' };
const users = (count: number) =>
  crowd
    .slice(0, count)
    .map(({ id }) => id)
    .join(',');
const blocks = (count: number) => Array.from({ length: count }, () => ({ type: 'divider' }));
/** Of that many bytes as JSON. */
const metadata = (bytes: number) => {
  const empty = { event_type: 'a', event_payload: { key: '' } };
  return { event_type: 'a', event_payload: { key: text(bytes - JSON.stringify(empty).length) } };
};
const file = (length: number) => ({ filename: 'a.txt', length });

const limits: [page: string, what: string, method: string, atTheLimit: Args, over: Args, code: string][] = [
  [
    'conversations.create',
    '80 characters of name',
    'conversations.create',
    { name: text(80) },
    { name: text(81) },
    'invalid_name_maxlength',
  ],
  [
    'conversations.create',
    'letters, numbers, - and _',
    'conversations.create',
    { name: 'inc-7_a' },
    { name: 'inc.7' },
    'invalid_name_specials',
  ],
  [
    'conversations.setTopic',
    '250 characters of topic',
    'conversations.setTopic',
    { ...ours, topic: text(250) },
    { ...ours, topic: text(251) },
    'too_long',
  ],
  [
    'conversations.setPurpose',
    '250 characters of purpose',
    'conversations.setPurpose',
    { ...ours, purpose: text(250) },
    { ...ours, purpose: text(251) },
    'too_long',
  ],
  [
    'conversations.invite',
    '100 people',
    'conversations.invite',
    { ...ours, users: users(100) },
    { ...ours, users: users(101) },
    'invalid_arguments',
  ],
  [
    'conversations.history',
    'a limit of 999',
    'conversations.history',
    { ...ours, limit: 999 },
    { ...ours, limit: 1000 },
    'invalid_limit',
  ],
  [
    'Truncating text in messages',
    '40,000 characters of text',
    'chat.postMessage',
    { ...ours, text: text(40_000) },
    { ...ours, text: text(40_001) },
    'msg_too_long',
  ],
  [
    'Blocks',
    '50 blocks in a message',
    'chat.postMessage',
    { ...ours, blocks: blocks(50) },
    { ...ours, blocks: blocks(51) },
    'invalid_blocks',
  ],
  [
    'chat.postMessage',
    '12,000 characters of markdown_text',
    'chat.postMessage',
    { ...ours, markdown_text: text(12_000) },
    { ...ours, markdown_text: text(12_001) },
    'msg_too_long',
  ],
  [
    'Message metadata',
    '16 KB',
    'chat.postMessage',
    { ...ours, text: 'x', metadata: metadata(16 * 1024) },
    { ...ours, text: 'x', metadata: metadata(16 * 1024 + 1) },
    'metadata_too_large',
  ],
  [
    'chat.postEphemeral',
    '40,000 characters of text',
    'chat.postEphemeral',
    { ...ours, user: 'U0ALICE', text: text(40_000) },
    { ...ours, user: 'U0ALICE', text: text(40_001) },
    'msg_too_long',
  ],
  [
    'files.getUploadURLExternal',
    '1 GB',
    'files.getUploadURLExternal',
    file(1024 ** 3),
    file(1024 ** 3 + 1),
    'file_upload_size_restricted',
  ],
];

it.each(limits)('%s: %s, and not more', async (_page, _what, method, atTheLimit, over, code) => {
  const refused = await call(slack, method, over);
  const done = await call(slack, method, atTheLimit);

  expect([refused.status, refused.body.ok, refused.body.error]).toEqual([200, false, code]);
  expect([done.status, done.body.error]).toEqual([200, undefined]);
});

it('chat.update: 4,000 characters of text, and not more', async () => {
  const refused = await call(slack, 'chat.update', { ...ours, ts, text: text(4001) });
  const done = await call(slack, 'chat.update', { ...ours, ts, text: text(4000) });

  expect([refused.body.error, done.body.error]).toEqual(['msg_too_long', undefined]);
  expect(slack.workspace.channels.get('C0OURS')?.messages[0]?.text).toHaveLength(4000);
});

describe('a channel', () => {
  it('pins.add: takes 100 pins', async () => {
    const answers: unknown[] = [];
    for (let count = 0; count <= 100; count++) {
      const posted = await call(slack, 'chat.postMessage', { ...ours, text: 'x' });
      const pinned = await call(slack, 'pins.add', { ...ours, timestamp: String(posted.body.ts) });
      answers.push(pinned.body.error);
    }

    expect(answers).toEqual([...Array.from({ length: 100 }, () => undefined), 'too_many_pins']);
  });

  it('bookmarks.add: takes 100 bookmarks', async () => {
    const answers: unknown[] = [];
    for (let count = 0; count <= 100; count++) {
      const link = `https://example.com/${count}`;
      const added = await call(slack, 'bookmarks.add', { channel_id: 'C0OURS', title: 'x', type: 'link', link });
      answers.push(added.body.error);
    }

    expect(answers).toEqual([...Array.from({ length: 100 }, () => undefined), 'too_many_bookmarks']);
  });
});

describe('rate limits', () => {
  /** By "Rate limits" and each method's page; `chat.postMessage` and `auth.test` are of the special tier. */
  const tiers: Readonly<Record<string, 2 | 3 | 4>> = {
    'bookmarks.add': 2,
    'bookmarks.list': 2,
    'chat.postEphemeral': 4,
    'chat.update': 3,
    'conversations.archive': 2,
    'conversations.create': 2,
    'conversations.history': 3,
    'conversations.info': 3,
    'conversations.invite': 3,
    'conversations.join': 3,
    'conversations.list': 2,
    'conversations.replies': 3,
    'conversations.setTopic': 2,
    'pins.add': 2,
    'usergroups.users.list': 2,
    'users.info': 4,
    'users.lookupByEmail': 3,
    'views.open': 4,
    'views.publish': 4,
    'views.push': 4,
    'views.update': 4,
  };
  const perMinute = { 2: 20, 3: 50, 4: 100 } as const;

  it.each(Object.entries(tiers))('%s is of tier %i, and the product paces itself by that', (method, tier) => {
    expect(methods.get(method)?.perMinute).toBe(perMinute[tier]);
    expect(limitOf(method).perMinute).toBe(perMinute[tier]);
  });

  it('the product never asks faster than the stand-in takes it', () => {
    const faster = [...methods].filter(([name, { perMinute: taken }]) => limitOf(name).perMinute > taken);

    expect(faster.map(([name]) => name)).toEqual([]);
  });
});
