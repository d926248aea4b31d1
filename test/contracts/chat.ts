/**
 * What the chat port relies on, on anything that speaks Slack's Web API: our own stand-in, and the emulator of others
 * that judges it.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { viewsWith } from '../adapters/slack/views.ts';
import { eventually } from '../eventually.ts';
import type { ChatUnderTest } from './chat-subject.ts';

const notice = (text: string) => ({ kind: 'notice', text }) as const;

export function holdsChatContract(open: () => Promise<ChatUnderTest>): void {
  let slack: ChatUnderTest;
  let channels = 0;
  beforeAll(async () => {
    slack = await open();
  });
  afterAll(() => slack?.close());

  async function aChannel(): Promise<string> {
    channels += 1;
    const made = await slack.chat.createChannel(`inc-${channels}-down`);
    if (made.kind !== 'created') throw new Error('each test has a name of its own');
    return made.channel;
  }

  it('makes a channel once: after that its name is taken', async () => {
    await aChannel();

    expect(await slack.chat.createChannel(`inc-${channels}-down`)).toEqual({ kind: 'taken' });
  });

  it.each(['x'.repeat(81), 'dot.ted', ''])('makes no channel of the name %j', async (name) => {
    await expect(slack.chat.createChannel(name)).rejects.toMatchObject({ code: 'chat-rejected', retryable: false });
  });

  it('finds a channel by its exact name, with whether it is ours, until it is archived', async () => {
    const channel = await aChannel();
    const name = `inc-${channels}-down`;

    expect(await slack.chat.findChannel(name)).toEqual({ channel, ours: true });
    expect(await slack.chat.findChannel('general')).toEqual({ channel: slack.general, ours: false });
    expect(await slack.chat.findChannel(name.slice(0, -1))).toBeUndefined();
    expect(await slack.chat.isLive(channel)).toBe(true);

    await slack.chat.archiveChannel(channel);
    await slack.chat.archiveChannel(channel);
    expect(await slack.chat.findChannel(name)).toBeUndefined();
    expect(await slack.chat.isLive(channel)).toBe(false);
    expect(await slack.chat.isLive('C0NOWHERE')).toBe(false);
  });

  it('furnishes a channel with topic, bookmarks, people and a pinned card, and again without harm', async () => {
    const channel = await aChannel();
    const { ts } = await slack.chat.post({ channel, key: 'card', view: notice('card') });
    const bookmarks = [{ title: 'Runbook', link: 'https://git.example/runbook.md' }];

    for (let time = 0; time < 2; time++) {
      await slack.chat.setTopic(channel, 'P1 · errors <!channel>');
      await slack.chat.invite(channel, [slack.alice.id, slack.botUserId]);
      await slack.chat.pin(channel, ts);
      if (time === 0) await slack.chat.addBookmarks(channel, bookmarks);
    }

    const seen = await slack.look(channel);
    expect(seen.topic).toBe('P1 · errors ‹!channel›');
    expect(seen.members.toSorted()).toEqual([slack.alice.id, slack.botUserId].toSorted());
    expect(seen.pins).toEqual([ts]);
    expect(seen.bookmarks).toEqual(bookmarks);
  });

  it('posts a card with its blocks and its key, and changes it with the key kept', async () => {
    const channel = await aChannel();

    const { ts } = await slack.chat.post({ channel, key: 'card:1', view: notice('older *words*') });
    await slack.chat.update({ channel, ts, view: notice('newer words') });

    const { messages } = await slack.look(channel);
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({
      ts,
      text: expect.stringContaining('newer words'),
      blocks: expect.stringContaining('newer words'),
      metadata: { event_type: 'firebreak_message', event_payload: { key: 'card:1' } },
    });
    expect(JSON.stringify(messages)).not.toContain('older');
  });

  it('finds a message by its key after its answer was lost, and there is one of it', async () => {
    const channel = await aChannel();
    slack.loseReply('chat.postMessage');

    await expect(slack.chat.post({ channel, key: 'lost', view: notice('once') })).rejects.toMatchObject({
      code: 'chat-ambiguous',
    });

    const { messages } = await slack.look(channel);
    expect(messages).toHaveLength(1);
    expect(await slack.chat.findMessage({ channel, key: 'lost' })).toEqual({ ts: messages[0]?.ts });
    expect(await slack.chat.findMessage({ channel, key: 'los' })).toBeUndefined();
  });

  it('finds a channel by its name after the answer was lost', async () => {
    slack.loseReply('conversations.create');

    await expect(slack.chat.createChannel('inc-99-lost')).rejects.toMatchObject({ code: 'chat-ambiguous' });

    expect(await slack.chat.findChannel('inc-99-lost')).toEqual({ channel: expect.any(String), ours: true });
  });

  it('answers in threads, and finds what it answered there and only there', async () => {
    const channel = await aChannel();
    const card = await slack.chat.post({ channel, key: 'card', view: notice('card') });

    const answer = await slack.chat.post({ channel, threadTs: card.ts, key: 'answer', view: notice('answer') });

    expect(await slack.chat.findMessage({ channel, threadTs: card.ts, key: 'answer' })).toEqual(answer);
    expect(await slack.chat.findMessage({ channel, key: 'answer' })).toBeUndefined();
    expect((await slack.look(channel)).messages).toMatchObject([{ ts: card.ts }, { ts: answer.ts, threadTs: card.ts }]);
  });

  it('looks through a long thread and a long channel', async () => {
    const channel = await aChannel();
    const first = await slack.chat.post({ channel, key: 'first', view: notice('first') });
    const card = await slack.chat.post({ channel, key: 'card', view: notice('card') });
    for (let n = 0; n < 210; n++) {
      await slack.chat.post({ channel, key: `top-${n}`, view: notice('x') });
      await slack.chat.post({ channel, threadTs: card.ts, key: `reply-${n}`, view: notice('x') });
    }
    const last = await slack.chat.post({ channel, threadTs: card.ts, key: 'last', view: notice('last') });

    expect(await slack.chat.findMessage({ channel, key: 'first' })).toEqual(first);
    expect(await slack.chat.findMessage({ channel, threadTs: card.ts, key: 'last' })).toEqual(last);
  }, 30_000);

  it('takes our messages of every kind, hostile words in all of them', async () => {
    const channel = await aChannel();
    const views = viewsWith('<!channel> & <@U0EVIL> https://evil.example `*_');

    for (const [n, view] of views.entries()) {
      const { ts } = await slack.chat.post({ channel, key: `k${n}`, view });
      await slack.chat.update({ channel, ts, view });
    }

    expect((await slack.look(channel)).messages).toHaveLength(views.length);
  });

  it('posts in a public channel in which we are not', async () => {
    const { ts } = await slack.chat.post({ channel: slack.general, key: 'k', view: notice('here') });

    expect((await slack.look(slack.general)).messages.map((message) => message.ts)).toContain(ts);
  });

  it('refuses for good what cannot be: no such message, no such channel, an archived one', async () => {
    const channel = await aChannel();
    const view = notice('x');
    const forGood = (code: string) => ({ code, retryable: false });

    await expect(slack.chat.update({ channel, ts: '1700000000.000001', view })).rejects.toMatchObject(
      forGood('chat-message-gone'),
    );
    await expect(slack.chat.post({ channel: 'C0NOWHERE', key: 'k', view })).rejects.toMatchObject(
      forGood('chat-rejected'),
    );
    await slack.chat.archiveChannel(channel);
    await expect(slack.chat.post({ channel, key: 'k', view })).rejects.toMatchObject(forGood('chat-channel-gone'));
  });

  it('reads what people wrote since, in the channel and in threads, and not what apps wrote', async () => {
    const channel = await aChannel();
    const card = await slack.chat.post({ channel, key: 'card', view: notice('card') });
    const before = await slack.say(channel, 'before');
    // An emulator may count its messages after whole seconds.
    const since = new Date((Math.floor(Number(before.ts)) + 1) * 1000);
    await eventually('the next second', () => Date.now() > since.getTime());

    const mention = await slack.say(channel, `<@${slack.botUserId}> hello`);
    const command = await slack.say(channel, '/incident resolve');
    const reply = await slack.say(channel, 'in the thread', card.ts);
    await slack.chat.post({ channel, key: 'more', view: notice('ours') });

    expect(await slack.chat.saidSince(channel, since)).toMatchObject([
      { ts: mention.ts, user: slack.alice.id, kind: 'mention' },
      { ts: command.ts, kind: 'command' },
      { ts: reply.ts, kind: 'message', threadTs: card.ts },
    ]);
  });

  it('knows people by id and by e-mail address, and says who is not there', async () => {
    const { id, email } = slack.alice;

    expect(await slack.directory.member(id)).toMatchObject({ slack: id, identity: email, standing: 'member' });
    expect(await slack.directory.member(slack.botUserId)).toMatchObject({ standing: 'bot' });
    expect(await slack.directory.byEmail(email)).toBe(id);
    expect(await slack.directory.byEmail('nobody@example.com')).toBeUndefined();
    await expect(slack.directory.member('U0NOBODY')).rejects.toMatchObject({ code: 'chat-rejected' });
  });

  it('knows that a channel of one workspace is not shared', async () => {
    expect(await slack.directory.isShared(await aChannel())).toBe(false);
  });

  it('says something to one person alone, which is in nobody’s history', async () => {
    const channel = await aChannel();
    await slack.chat.invite(channel, [slack.alice.id]);

    await slack.chat.tell({ channel, user: slack.alice.id }, 'only you');

    expect((await slack.look(channel)).messages).toEqual([]);
  });

  it('publishes a person’s home, newest last', async () => {
    const home = {
      incidents: [],
      incidentsTotal: 0,
      pending: [],
      pendingTotal: 0,
      onCall: [{ service: 'largeforge', people: [slack.alice.id], others: [] }],
      freezes: [],
      asOf: new Date('2026-01-01T10:00:00Z'),
    };
    await slack.chat.publishHome(slack.alice.id, home);

    await slack.chat.publishHome(slack.alice.id, {
      ...home,
      onCall: [{ service: 'gaudi', people: [], others: ['Zoe'] }],
    });

    const shown = await slack.homeOf(slack.alice.id);
    expect(shown).toContain('gaudi');
    expect(shown).not.toContain('largeforge');
  });
}
