import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createSlack } from '../../../src/adapters/slack/slack.ts';
import { activeMentions } from '../../../src/sandbox/slack/mentions.ts';
import { createRecordingLog } from '../recording-log.ts';
import { setUp } from './setup.ts';
import type { SetUp } from './setup.ts';
import { viewsWith } from './views.ts';

let slack: SetUp;
beforeEach(async () => {
  slack = await setUp();
});
afterEach(() => slack.stop());

const notice = (text: string) => ({ kind: 'notice', text }) as const;

async function aChannel(name = 'inc-1-down'): Promise<string> {
  const made = await slack.chat.createChannel(name);
  if (made.kind !== 'created') throw new Error(`${name} is taken`);
  return made.channel;
}

const channelOf = (id: string) => {
  const channel = slack.sandbox.workspace.channels.get(id);
  if (!channel) throw new Error(`no channel ${id}`);
  return channel;
};

const callsOf = (method: string) => slack.sandbox.requests.filter((request) => request.method === method);

describe('channels', () => {
  it('are made once; the name is taken after that', async () => {
    await aChannel('inc-1-down');

    expect(await slack.chat.createChannel('inc-1-down')).toEqual({ kind: 'taken' });
  });

  it('are found by exact name with who made them, and not when archived', async () => {
    const channel = await aChannel('inc-1-down');
    await aChannel('inc-1-down-2');

    expect(await slack.chat.findChannel('inc-1-down')).toEqual({ channel, ours: true });
    expect(await slack.chat.findChannel('general')).toEqual({ channel: 'C0GENERAL', ours: false });
    expect(await slack.chat.findChannel('inc-1')).toBeUndefined();
    await slack.chat.archiveChannel(channel);
    await slack.chat.archiveChannel(channel);
    expect(await slack.chat.findChannel('inc-1-down')).toBeUndefined();
  });

  it('are furnished, and again without harm', async () => {
    const channel = await aChannel();
    const { ts } = await slack.chat.post({ channel, key: 'card', view: notice('card') });

    for (let time = 0; time < 2; time++) {
      await slack.chat.setTopic(channel, `x\n${'long '.repeat(100)}`);
      await slack.chat.invite(channel, ['U0ALICE', 'U0BOB', 'U0NOBODY', 'S0SRE', slack.botUserId]);
      await slack.chat.pin(channel, ts);
    }

    const { topic, members, pins } = channelOf(channel);
    expect(topic).toMatch(/^x long .*…$/);
    expect([...members].sort()).toEqual(['U0ALICE', 'U0BOB', 'U0BOT']);
    expect(pins.map((pin) => pin.ts)).toEqual([ts]);
    expect(slack.log.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'person could not be invited to the incident channel' }),
    );
  });

  it('get the bookmarks that are missing', async () => {
    await slack.stop();
    slack = await setUp({}, { scopes: ['channels:manage', 'bookmarks:read', 'bookmarks:write'] });
    const channel = await aChannel();
    const bookmarks = [
      { title: 'Runbook', link: 'https://git.example/r.md' },
      { title: 'Not a link', link: 'javascript:alert(1)' },
    ];

    await slack.chat.addBookmarks(channel, bookmarks.slice(0, 1));
    await slack.chat.addBookmarks(channel, [...bookmarks, { title: 'Dashboard', link: 'https://grafana.example' }]);

    expect(channelOf(channel).bookmarks.map(({ title }) => title)).toEqual(['Runbook', 'Dashboard']);
  });

  it('get bookmarks also from an app that may not list them', async () => {
    const channel = await aChannel();

    await slack.chat.addBookmarks(channel, [{ title: 'Runbook', link: 'https://git.example/r.md' }]);

    expect(channelOf(channel).bookmarks).toHaveLength(1);
  });
});

describe('messages', () => {
  it('are posted in channel and thread, found by key, and updated with their key kept', async () => {
    const channel = await aChannel();
    const card = await slack.chat.post({ channel, key: 'card:1', view: notice('card') });
    const step = await slack.chat.post({ channel, threadTs: card.ts, key: 'step:1', view: notice('step') });

    await slack.chat.update({ channel, ts: card.ts, view: notice('newer') });

    expect(await slack.chat.findMessage({ channel, key: 'card:1' })).toEqual(card);
    expect(await slack.chat.findMessage({ channel, threadTs: card.ts, key: 'step:1' })).toEqual(step);
    expect(await slack.chat.findMessage({ channel, key: 'step:2' })).toBeUndefined();
    expect(channelOf(channel).messages.map(({ text }) => text)).toContain('newer');
  });

  it('are looked for among many', async () => {
    const channel = await aChannel();
    const card = await slack.chat.post({ channel, key: 'card:1', view: notice('card') });
    for (let n = 0; n < 230; n++)
      await slack.chat.post({ channel, threadTs: card.ts, key: `n${n}`, view: notice('x') });
    const last = await slack.chat.post({ channel, threadTs: card.ts, key: 'last', view: notice('x') });

    expect(await slack.chat.findMessage({ channel, threadTs: card.ts, key: 'last' })).toEqual(last);
  });

  it('whose answer was lost may have happened, and are found by their key', async () => {
    const channel = await aChannel();
    slack.sandbox.faults.add({ kind: 'lost-reply', method: 'chat.postMessage' });

    await expect(slack.chat.post({ channel, key: 'k', view: notice('once') })).rejects.toMatchObject({
      code: 'chat-ambiguous',
      retryable: true,
    });

    expect(callsOf('chat.postMessage')).toHaveLength(1);
    expect(await slack.chat.findMessage({ channel, key: 'k' })).toBeDefined();
  });

  it.each([
    ['rate-limited', { code: 'chat-rate-limited', retryable: true, retryAfterMs: 7_000 }],
    ['status-500', { code: 'chat-ambiguous', retryable: true }],
    ['error:internal_error', { code: 'chat-ambiguous', retryable: true }],
    ['error:fatal_error', { code: 'chat-ambiguous', retryable: true }],
    ['error:ratelimited', { code: 'chat-rate-limited', retryable: true }],
    [
      'error:is_archived',
      { code: 'chat-channel-gone', retryable: false, message: expect.stringContaining('unarchive') },
    ],
    ['error:msg_too_long', { code: 'chat-rejected', retryable: false }],
    [
      'error:invalid_auth',
      { code: 'chat-rejected', retryable: false, message: expect.stringContaining('SLACK_BOT_TOKEN') },
    ],
  ] as const)('tell %s apart', async (kind, expected) => {
    slack.sandbox.faults.add({ kind, method: 'chat.update', retryAfterSeconds: 7 });

    await expect(slack.chat.update({ channel: 'C0GENERAL', ts: '1.2', view: notice('x') })).rejects.toMatchObject(
      expected,
    );

    expect(callsOf('chat.update')).toHaveLength(1);
  });

  it('of every kind are taken by Slack, and nothing hostile in them is live', async () => {
    const channel = await aChannel();

    for (const [n, view] of viewsWith('<!channel> & <@U0EVIL> https://evil.example `*_').entries()) {
      const { ts } = await slack.chat.post({ channel, key: `k${n}`, view });
      await slack.chat.update({ channel, ts, view });
    }

    const live = channelOf(channel).messages.flatMap(activeMentions);
    const targets = new Set(live.map(({ kind, target }) => `${kind} ${target}`));
    expect([...targets].sort()).toEqual(['user U0ALICE', 'usergroup S0SRE']);
    expect(slack.log.lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('to a public channel that we are not in make us join it first', async () => {
    const { ts } = await slack.chat.post({ channel: 'C0GENERAL', key: 'k', view: notice('here') });

    expect(channelOf('C0GENERAL').members).toContain(slack.botUserId);
    expect(channelOf('C0GENERAL').messages.map((message) => message.ts)).toContain(ts);
  });

  it('to one person are seen by that person, and lost without harm when they cannot be', async () => {
    const channel = await aChannel();
    await slack.chat.invite(channel, ['U0ALICE']);

    await slack.chat.tell({ channel, user: 'U0ALICE' }, 'only <you>');
    await slack.chat.tell({ channel: 'C0NOWHERE', user: 'U0ALICE' }, 'lost');

    const { ephemerals } = channelOf(channel);
    expect(ephemerals.map(({ shownTo, text }) => [shownTo, text])).toEqual([['U0ALICE', 'only &lt;you&gt;']]);
  });
});

describe('the directory', () => {
  const users = [
    { id: 'U0ALICE', name: 'alice', email: 'Alice@Example.com' },
    { id: 'U0BOB', name: 'bob', email: 'Bob@Example.com' },
    { id: 'U0NOMAIL', email: undefined },
    { id: 'U0GUEST', isRestricted: true },
    { id: 'U0SINGLE', isUltraRestricted: true },
    { id: 'U0STRANGER', isStranger: true },
    { id: 'U0OTHER', teamId: 'T0OTHER' },
    { id: 'U0GONE', deleted: true },
    { id: 'U0HAL', isBot: true },
  ];
  beforeEach(async () => {
    await slack.stop();
    slack = await setUp(
      {},
      {
        users,
        channels: [
          { id: 'C0SHARED', name: 'shared', isExtShared: true },
          { id: 'C0OWN', name: 'own' },
        ],
      },
    );
  });

  it.each([
    ['U0ALICE', 'member', 'alice@work.example', true],
    ['U0BOB', 'member', 'bob@example.com', true],
    ['U0NOMAIL', 'member', 'slack:U0NOMAIL', false],
    ['U0GUEST', 'guest', 'guest@example.com', true],
    ['U0SINGLE', 'guest', 'single@example.com', true],
    ['U0STRANGER', 'stranger', 'stranger@example.com', true],
    ['U0OTHER', 'stranger', 'other@example.com', true],
    ['U0GONE', 'deactivated', 'gone@example.com', true],
    ['U0HAL', 'bot', expect.anything(), expect.anything()],
  ])('knows %s as a %s', async (user, standing, identity, mapped) => {
    expect(await slack.directory.member(user)).toMatchObject({ slack: user, standing, identity, mapped });
  });

  it('asks once a minute, and once for many who ask at the same time', async () => {
    await Promise.all([slack.directory.member('U0BOB'), slack.directory.member('U0BOB')]);
    await slack.directory.member('U0BOB');
    expect(callsOf('users.info')).toHaveLength(1);

    slack.clock.ms += 60_000;
    await slack.directory.member('U0BOB');
    expect(callsOf('users.info')).toHaveLength(2);
  });

  it('throws what it cannot know, and asks again the next time', async () => {
    slack.sandbox.faults.add({ kind: 'status-500', method: 'usergroups.users.list' });

    await expect(slack.directory.groupMembers('S0SRE')).rejects.toMatchObject({ retryable: true });
    await expect(slack.directory.member('U0UNKNOWN')).rejects.toMatchObject({ code: 'chat-rejected' });

    expect(await slack.directory.groupMembers('S0SRE')).toEqual(['U0CAROL']);
  });

  it('knows channels that another organisation sees', async () => {
    expect(await slack.directory.isShared('C0SHARED')).toBe(true);
    expect(await slack.directory.isShared('C0OWN')).toBe(false);
  });
});

describe('starting', () => {
  it('with a token that Slack refuses says which setting is wrong', async () => {
    const start = createSlack({
      token: 'xoxb-wrong',
      signingSecret: 's',
      apiUrl: slack.sandbox.apiUrl,
      people: {},
      interactions: () => {
        throw new Error('not asked for');
      },
      clock: { now: () => new Date() },
      log: createRecordingLog(),
    });

    await expect(start).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringMatching(/SLACK_BOT_TOKEN \(invalid_auth\)/),
    });
  });
});
