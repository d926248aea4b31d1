import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type SandboxSlack, startSlack } from '../../../src/sandbox/slack/start.ts';
import { addChannel } from '../../../src/sandbox/slack/workspace.ts';
import { call } from './call.ts';

const bot = 'U0BOT';
let slack: SandboxSlack;

beforeEach(async () => {
  slack = await startSlack({
    rateLimits: 'off',
    scopes: [
      'bookmarks:read',
      'bookmarks:write',
      'channels:history',
      'channels:join',
      'channels:manage',
      'channels:read',
      'chat:write',
      'files:write',
      'pins:read',
      'pins:write',
      'usergroups:read',
      'users:read',
      'users:read.email',
    ],
    users: [
      { id: 'U0ALICE' },
      { id: 'U0BOB' },
      { id: 'U0GONE', deleted: true },
      { id: 'U0ULTRA', isUltraRestricted: true },
      { id: 'U0AWAY', isStranger: true, teamId: 'T0OTHER' },
    ],
    userGroups: [
      { id: 'S0SRE', users: ['U0ALICE', 'U0GONE'] },
      { id: 'S0OLD', users: ['U0BOB'], disabled: true },
    ],
  });
  addChannel(slack.workspace, { id: 'C0OURS', name: 'ours', creator: bot, members: [bot, 'U0ALICE'] });
  addChannel(slack.workspace, { id: 'C0SECRET', name: 'secret', isPrivate: true, creator: 'U0ALICE', members: [] });
  addChannel(slack.workspace, { id: 'C0OLD', name: 'old', creator: bot, members: [bot] }).isArchived = true;
  addChannel(slack.workspace, { id: 'C0SHARED', name: 'shared', isExtShared: true, creator: bot, members: [bot] });
  addChannel(slack.workspace, { id: 'C0FOREIGN', name: 'foreign', creator: 'U0ALICE', members: ['U0ALICE'] });
});
afterEach(() => slack.stop());

const text = (length: number) => 'x'.repeat(length);
const ours = { channel: 'C0OURS' };
const bookmark = { channel_id: 'C0OURS', title: 'Runbook', type: 'link', link: 'https://example.com/' };

describe('Web API errors', () => {
  const table: [method: string, args: Parameters<typeof call>[2], error: string][] = [
    ['conversations.create', {}, 'invalid_name_required'],
    ['conversations.create', { name: text(81) }, 'invalid_name_maxlength'],
    ['conversations.create', { name: '--_' }, 'invalid_name_punctuation'],
    ['conversations.create', { name: 'With Space' }, 'invalid_name_specials'],
    ['conversations.create', { name: 'UPPER' }, 'invalid_name_specials'],
    ['conversations.create', { name: 'a.b' }, 'invalid_name_specials'],
    ['conversations.create', { name: 'ours' }, 'name_taken'],
    ['conversations.create', { name: 'old' }, 'name_taken'],
    ['conversations.create', { name: 'new', is_private: true }, 'missing_scope'],
    ['conversations.create', { name: 'new', is_privat: true }, 'invalid_arguments'],
    ['conversations.create', { name: 'new', 'is-private': true }, 'invalid_arg_name'],
    ['conversations.create', { name: 'new', is_private: 'perhaps' }, 'invalid_arguments'],
    ['conversations.list', { limit: 0 }, 'invalid_limit'],
    ['conversations.list', { limit: 1001 }, 'invalid_limit'],
    ['conversations.list', { limit: 'many' }, 'invalid_arguments'],
    ['conversations.list', { cursor: 'nonsense' }, 'invalid_cursor'],
    ['conversations.list', { types: 'public_channel,cellar' }, 'invalid_types'],
    ['conversations.info', {}, 'channel_not_found'],
    ['conversations.info', { channel: 'C0NONE' }, 'channel_not_found'],
    ['conversations.info', { channel: 'C0SECRET' }, 'channel_not_found'],
    ['conversations.invite', ours, 'no_user'],
    ['conversations.invite', { ...ours, users: 'U0NONE' }, 'user_not_found'],
    ['conversations.invite', { ...ours, users: bot }, 'cant_invite_self'],
    ['conversations.invite', { ...ours, users: 'U0ALICE' }, 'already_in_channel'],
    ['conversations.invite', { ...ours, users: 'U0GONE' }, 'cant_invite'],
    ['conversations.invite', { ...ours, users: 'U0ULTRA' }, 'ura_max_channels'],
    ['conversations.invite', { ...ours, users: 'U0AWAY' }, 'org_user_not_in_team'],
    ['conversations.invite', { ...ours, users: 'U0BOB,U0ALICE' }, 'already_in_channel'],
    ['conversations.invite', { ...ours, users: 'U0ALICE,U0NONE', force: true }, 'already_in_channel'],
    ['conversations.invite', { channel: 'C0FOREIGN', users: 'U0BOB' }, 'not_in_channel'],
    ['conversations.invite', { channel: 'C0OLD', users: 'U0BOB' }, 'is_archived'],
    ['conversations.join', { channel: 'C0OLD' }, 'is_archived'],
    ['conversations.join', { channel: 'C0SECRET' }, 'channel_not_found'],
    ['conversations.archive', { channel: 'C0OLD' }, 'already_archived'],
    ['conversations.archive', { channel: 'C0FOREIGN' }, 'not_in_channel'],
    ['conversations.rename', { ...ours, name: 'old' }, 'name_taken'],
    ['conversations.rename', { ...ours, name: 'No' }, 'invalid_name_specials'],
    ['conversations.setTopic', ours, 'invalid_arguments'],
    ['conversations.setTopic', { ...ours, topic: text(251) }, 'too_long'],
    ['conversations.setTopic', { channel: 'C0OLD', topic: 'x' }, 'is_archived'],
    ['conversations.setPurpose', { ...ours, purpose: text(251) }, 'too_long'],
    ['conversations.members', { channel: 'C0NONE' }, 'channel_not_found'],
    ['conversations.history', { channel: 'C0FOREIGN' }, 'not_in_channel'],
    ['conversations.history', { ...ours, limit: 1000 }, 'invalid_limit'],
    ['conversations.history', { ...ours, oldest: 'noon' }, 'invalid_ts_oldest'],
    ['conversations.history', { ...ours, latest: 'noon' }, 'invalid_ts_latest'],
    ['conversations.replies', { ...ours, ts: '1.000001' }, 'thread_not_found'],
    ['chat.postMessage', ours, 'no_text'],
    ['chat.postMessage', { text: 'x' }, 'channel_not_found'],
    ['chat.postMessage', { channel: 'C0FOREIGN', text: 'x' }, 'not_in_channel'],
    ['chat.postMessage', { channel: 'C0OLD', text: 'x' }, 'is_archived'],
    ['chat.postMessage', { ...ours, text: text(40_001) }, 'msg_too_long'],
    ['chat.postMessage', { ...ours, blocks: '[{' }, 'invalid_blocks_format'],
    ['chat.postMessage', { ...ours, blocks: [{ type: 'marquee' }] }, 'invalid_blocks'],
    ['chat.postMessage', { ...ours, text: 'x', parse: 'maybe' }, 'invalid_arguments'],
    ['chat.postMessage', { ...ours, text: 'x', markdown_text: 'y' }, 'markdown_text_conflict'],
    ['chat.postMessage', { ...ours, text: 'x', thread_ts: '1.000001' }, 'cannot_reply_to_message'],
    ['chat.postMessage', { ...ours, text: 'x', metadata: { event_type: 'a' } }, 'invalid_metadata_format'],
    [
      'chat.postMessage',
      { ...ours, text: 'x', metadata: { event_type: 'a', event_payload: { big: text(17_000) } } },
      'metadata_too_large',
    ],
    ['chat.update', { ...ours, text: 'x', ts: '1.000001' }, 'message_not_found'],
    ['chat.delete', { ...ours, ts: '1.000001' }, 'message_not_found'],
    ['chat.postEphemeral', { ...ours, text: 'x', user: 'U0BOB' }, 'user_not_in_channel'],
    ['chat.postEphemeral', { ...ours, user: 'U0ALICE' }, 'no_text'],
    ['chat.getPermalink', { ...ours, message_ts: '1.000001' }, 'message_not_found'],
    ['pins.add', ours, 'no_item_specified'],
    ['pins.add', { ...ours, timestamp: 'noon' }, 'bad_timestamp'],
    ['pins.add', { ...ours, timestamp: '1.000001' }, 'message_not_found'],
    ['pins.remove', { ...ours, timestamp: '1.000001' }, 'no_pin'],
    ['bookmarks.add', { ...bookmark, title: '' }, 'invalid_arguments'],
    ['bookmarks.add', { ...bookmark, type: 'file' }, 'invalid_bookmark_type'],
    ['bookmarks.add', { ...bookmark, link: 'javascript:alert(1)' }, 'invalid_link'],
    ['bookmarks.add', { ...bookmark, emoji: 'book' }, 'invalid_emoji'],
    ['bookmarks.add', { ...bookmark, channel_id: 'C0NONE' }, 'channel_not_found'],
    ['bookmarks.edit', { channel_id: 'C0OURS', bookmark_id: 'Bk1', title: 'x' }, 'not_found'],
    ['bookmarks.remove', { channel_id: 'C0OURS', bookmark_id: 'Bk1' }, 'not_found'],
    ['users.info', {}, 'user_not_found'],
    ['users.info', { user: 'U0NONE' }, 'user_not_found'],
    ['users.lookupByEmail', { email: 'nobody@example.com' }, 'users_not_found'],
    ['usergroups.users.list', { usergroup: 'S0NONE' }, 'no_such_subteam'],
    ['usergroups.users.list', { usergroup: 'S0OLD' }, 'no_such_subteam'],
    ['views.open', { view: { type: 'modal' } }, 'invalid_arguments'],
    ['views.update', { view_id: 'V1', view: { type: 'modal' } }, 'not_found'],
    ['views.publish', { user_id: 'U0NONE', view: { type: 'home', blocks: [] } }, 'user_not_found'],
    ['files.getUploadURLExternal', { filename: 'a.txt', length: 0 }, 'invalid_arguments'],
    ['files.completeUploadExternal', { files: [{ id: 'F1' }] }, 'file_not_found'],
    ['files.completeUploadExternal', { files: [] }, 'invalid_arguments'],
    ['conversations.kick', ours, 'unknown_method'],
    ['api.test', { error: 'my_error' }, 'my_error'],
  ];

  it.each(table)('%s with %j answers its documented error', async (method, args, error) => {
    const before = JSON.stringify([...slack.workspace.channels.values()].map((one) => [one, [...one.members]]));

    const { status, body } = await call(slack, method, args);

    expect({ status, ok: body.ok, error: body.error }).toEqual({ status: 200, ok: false, error });
    expect(JSON.stringify([...slack.workspace.channels.values()].map((one) => [one, [...one.members]]))).toBe(before);
  });

  it('says who may not call and why', async () => {
    const none = await call(slack, 'auth.test', {}, {});
    const wrong = await call(slack, 'auth.test', {}, { authorization: 'Bearer xoxb-other' });
    const inBody = await call(slack, 'auth.test', { token: slack.botToken }, {});
    const scope = await call(slack, 'conversations.create', { name: 'x', is_private: true });

    expect([none.body.error, wrong.body.error, inBody.body.ok]).toEqual(['not_authed', 'invalid_auth', true]);
    expect(scope.body).toMatchObject({ error: 'missing_scope', needed: 'groups:write' });
    expect(String(scope.body.provided).split(',')).toContain('channels:manage');
  });

  it('refuses bodies that it cannot read with the code for each', async () => {
    const send = async (body: string, type: string) => {
      const headers = { authorization: `Bearer ${slack.botToken}`, 'content-type': type };
      const response = await fetch(`${slack.apiUrl}auth.test`, { method: 'POST', headers, body });
      return response.text();
    };

    expect(await send('{', 'application/json')).toContain('"invalid_json"');
    expect(await send('[1]', 'application/json')).toContain('"json_not_object"');
    expect(await send('a', 'text/plain')).toContain('"invalid_post_type"');
    expect(await send('{}', 'application/json; charset=utf-8')).toContain('"ok":true');
  });

  it('refuses every method whose scope the token lacks, and names the scope', async () => {
    const poor = await startSlack({ rateLimits: 'off', scopes: ['commands'] });
    const needs = {
      'chat.postMessage': 'chat:write',
      'pins.add': 'pins:write',
      'users.info': 'users:read',
      'bookmarks.add': 'bookmarks:write',
      'usergroups.users.list': 'usergroups:read',
      'files.getUploadURLExternal': 'files:write',
      'conversations.history': 'channels:history,groups:history',
    };

    for (const [method, needed] of Object.entries(needs)) {
      expect((await call(poor, method)).body).toEqual({
        ok: false,
        error: 'missing_scope',
        needed,
        provided: 'commands',
      });
    }
    await poor.stop();
  });
});

describe('Web API effects', () => {
  it('makes a channel, sets it up and lists it page by page', async () => {
    const created = await call(slack, 'conversations.create', { name: 'inc-1-gpu-oom' });
    const { id: channel } = created.body.channel as { id: string };
    await call(slack, 'conversations.setTopic', { channel, topic: 'GPU out of memory' });
    const invited = await call(slack, 'conversations.invite', { channel, users: 'U0ALICE,U0NONE', force: true });
    const members = await call(slack, 'conversations.members', { channel });
    const names: string[] = [];
    let cursor = '';
    do {
      const page = await call(slack, 'conversations.list', { limit: 2, exclude_archived: true, cursor });
      names.push(...(page.body.channels as { name: string }[]).map((one) => one.name));
      cursor = (page.body.response_metadata as { next_cursor: string }).next_cursor;
    } while (cursor !== '');

    expect(invited.body).toMatchObject({ ok: true, errors: [{ user: 'U0NONE', error: 'user_not_found' }] });
    expect(members.body.members).toEqual([bot, 'U0ALICE']);
    expect(names).toEqual(['general', 'ours', 'shared', 'foreign', 'inc-1-gpu-oom']);
    expect((await call(slack, 'conversations.info', { channel })).body.channel).toMatchObject({
      is_member: true,
      is_ext_shared: false,
      topic: { value: 'GPU out of memory' },
    });
    expect((await call(slack, 'conversations.info', { channel: 'C0SHARED' })).body.channel).toMatchObject({
      is_ext_shared: true,
    });
  });

  it('keeps messages, threads and metadata, and gives them back in order', async () => {
    const metadata = { event_type: 'key', event_payload: { id: 'm1' } };
    const parent = await call(slack, 'chat.postMessage', { ...ours, text: 'parent', metadata });
    const { ts } = parent.body as { ts: string };
    const reply = await call(slack, 'chat.postMessage', { ...ours, text: 'reply', thread_ts: ts });
    const replyTs = String(reply.body.ts);
    await call(slack, 'chat.postMessage', { ...ours, text: 'reply to reply', thread_ts: replyTs });
    await call(slack, 'chat.postMessage', { ...ours, text: 'next' });

    const history = await call(slack, 'conversations.history', { ...ours, include_all_metadata: true });
    const bare = await call(slack, 'conversations.history', ours);
    const thread = await call(slack, 'conversations.replies', { ...ours, ts });
    const later = await call(slack, 'conversations.history', { ...ours, oldest: ts });

    const texts = (answer: typeof history) => (answer.body.messages as { text: string }[]).map((one) => one.text);
    expect(texts(history)).toEqual(['next', 'parent']);
    expect(texts(thread)).toEqual(['parent', 'reply', 'reply to reply']);
    expect(texts(later)).toEqual(['next']);
    expect(history.body.messages).toMatchObject([{}, { metadata, reply_count: 2, thread_ts: ts }]);
    expect((bare.body.messages as object[]).some((one) => 'metadata' in one)).toBe(false);
  });

  it('updates only what is sent, and only its own messages', async () => {
    const blocks = [{ type: 'section', block_id: 'one', text: { type: 'mrkdwn', text: 'first' } }];
    const metadata = { event_type: 'key', event_payload: {} };
    const { ts } = (await call(slack, 'chat.postMessage', { ...ours, text: 'a', blocks, metadata })).body as {
      ts: string;
    };
    const theirs = await slack.as('U0ALICE').say('ours', 'mine');

    const textOnly = await call(slack, 'chat.update', { ...ours, ts, text: 'b' });
    const tooLong = await call(slack, 'chat.update', { ...ours, ts, text: text(4001) });
    const emptied = await call(slack, 'chat.update', { ...ours, ts, text: 'c', blocks: [], metadata: {} });
    const foreign = await call(slack, 'chat.update', { ...ours, ts: theirs.ts, text: 'x' });
    const foreignDelete = await call(slack, 'chat.delete', { ...ours, ts: theirs.ts });

    expect(textOnly.body.message).toMatchObject({ text: 'b', blocks, metadata, edited: { user: bot } });
    expect(tooLong.body.error).toBe('msg_too_long');
    expect(emptied.body.message).not.toHaveProperty('blocks');
    expect(emptied.body.message).not.toHaveProperty('metadata');
    expect([foreign.body.error, foreignDelete.body.error]).toEqual(['cant_update_message', 'cant_delete_message']);
  });

  it('pins once, keeps bookmarks, and forgets both on request', async () => {
    const { ts } = (await call(slack, 'chat.postMessage', { ...ours, text: 'card' })).body as { ts: string };
    const pinned = await call(slack, 'pins.add', { ...ours, timestamp: ts });
    const again = await call(slack, 'pins.add', { ...ours, timestamp: ts });
    const added = await call(slack, 'bookmarks.add', { ...bookmark, emoji: ':book:' });
    const { id } = added.body.bookmark as { id: string };
    await call(slack, 'bookmarks.edit', { channel_id: 'C0OURS', bookmark_id: id, title: 'Dashboard' });

    expect([pinned.body.ok, again.body.error]).toEqual([true, 'already_pinned']);
    expect((await call(slack, 'pins.list', ours)).body.items).toMatchObject([{ message: { ts } }]);
    expect((await call(slack, 'bookmarks.list', { channel_id: 'C0OURS' })).body.bookmarks).toMatchObject([
      { title: 'Dashboard', link: 'https://example.com/', emoji: ':book:' },
    ]);
    await call(slack, 'bookmarks.remove', { channel_id: 'C0OURS', bookmark_id: id });
    await call(slack, 'chat.delete', { ...ours, ts });
    expect((await call(slack, 'pins.list', ours)).body.items).toEqual([]);
    expect((await call(slack, 'bookmarks.list', { channel_id: 'C0OURS' })).body.bookmarks).toEqual([]);
  });

  it('tells who people are', async () => {
    const ultra = await call(slack, 'users.info', { user: 'U0ULTRA' });
    const away = await call(slack, 'users.info', { user: 'U0AWAY' });
    const byEmail = await call(slack, 'users.lookupByEmail', { email: 'ALICE@example.com' });
    const group = await call(slack, 'usergroups.users.list', { usergroup: 'S0SRE' });

    expect(ultra.body.user).toMatchObject({ is_restricted: true, is_ultra_restricted: true, is_bot: false });
    expect(away.body.user).toMatchObject({ is_stranger: true, team_id: 'T0OTHER' });
    expect(byEmail.body.user).toMatchObject({ id: 'U0ALICE', deleted: false });
    expect((await call(slack, 'users.info', { user: 'U0GONE' })).body.user).toMatchObject({ deleted: true });
    expect(group.body.users).toEqual(['U0ALICE']);
    expect((await call(slack, 'usergroups.list', { include_users: true })).body.usergroups).toMatchObject([
      { id: 'S0SRE', users: ['U0ALICE', 'U0GONE'] },
    ]);
  });

  it('shows an ephemeral message to one person and in no history', async () => {
    await call(slack, 'chat.postEphemeral', { ...ours, user: 'U0ALICE', text: 'only you' });

    const history = await call(slack, 'conversations.history', ours);

    expect(history.body.messages).toEqual([]);
    expect(slack.workspace.channels.get('C0OURS')?.ephemerals).toMatchObject([
      { shownTo: 'U0ALICE', text: 'only you' },
    ]);
  });
});
