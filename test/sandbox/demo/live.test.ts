import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type DemoServer, startDemoServer } from '../../../src/sandbox/demo/server.ts';
import { type SandboxSlack, startSlack } from '../../../src/sandbox/slack/start.ts';
import { call } from '../slack/call.ts';
import { fakeHost } from './host.ts';
import { act, watch, type Watching } from './page.ts';

let slack: SandboxSlack;
let server: DemoServer;
let fake: ReturnType<typeof fakeHost>;

beforeEach(async () => {
  slack = await startSlack({
    rateLimits: 'off',
    events: [],
    channels: [
      { id: 'C0GENERAL', name: 'general', members: ['U0ALICE', 'U0BOT'] },
      { id: 'C0SHARED', name: 'with-guests', members: ['U0ALICE', 'U0GUEST', 'U0BOT'] },
      { id: 'C0SECRET', name: 'secret', isPrivate: true, members: ['U0BOB', 'U0BOT'] },
    ],
  });
  fake = fakeHost(slack);
  server = await startDemoServer(fake.host);
});
afterEach(async () => {
  await server.stop();
  await slack.stop();
});

async function post(channel: string, text: string, more: object = {}): Promise<string> {
  const { body } = await call(slack, 'chat.postMessage', { channel, text, ...more });
  expect(body).toMatchObject({ ok: true });
  return `message/${channel}/${String(body.ts)}`;
}
const channelsIn = (watching: Watching): string[] =>
  [...watching.table.keys()].filter((key) => key.startsWith('channel/'));
const messagesIn = (watching: Watching): string[] =>
  [...watching.table.keys()].filter((key) => key.startsWith('message/'));

describe('what a person sees', () => {
  it('is everything at first: who they are, the people, the cluster, the stories and the guide', async () => {
    const alice = await watch(server.url, 'U0ALICE');
    await alice.until((table) => table.has('me'));

    expect([...alice.table.keys()]).toEqual(
      expect.arrayContaining(['workspace', 'groups', 'modals', 'home', 'commands', 'pager', 'faults', 'alarms']),
    );
    expect(Object.fromEntries(alice.table)).toMatchObject({
      me: { id: 'U0ALICE', realName: 'Alice Okafor', title: 'Responder, on call', canAct: true, isGuest: false },
      people: {
        U0BOT: { isBot: true, canAct: false, title: 'App' },
        U0CAROL: { canAct: false },
        U0GUEST: { isGuest: true, canAct: true },
      },
      workspace: { name: 'Sandbox', botUserId: 'U0BOT' },
      groups: { S0SRE: { handle: 'sre', name: 'SRE' } },
      modals: [],
      home: null,
      pager: null,
      cluster: { kind: 'stand-in', workloads: [], nodes: [] },
      stories: [{ id: 'hdc-cuda', state: 'calm' }],
      guide: { text: 'U0ALICE, start a story.' },
    });
    expect(alice.patches[0]?.gone).toEqual([]);
    alice.close();
  });

  it('are public channels and their own private ones; to a guest only where they are a member', async () => {
    const inGeneral = await post('C0GENERAL', 'hello');
    const inShared = await post('C0SHARED', 'hello guests');
    const inSecret = await post('C0SECRET', 'hush');

    const [alice, bob, guest] = await Promise.all(['U0ALICE', 'U0BOB', 'U0GUEST'].map((who) => watch(server.url, who)));
    for (const one of [alice, bob, guest]) await one?.until((table) => table.has('me'));

    expect(alice && channelsIn(alice)).toEqual(['channel/C0GENERAL', 'channel/C0SHARED']);
    expect(bob && channelsIn(bob)).toEqual(['channel/C0GENERAL', 'channel/C0SHARED', 'channel/C0SECRET']);
    expect(guest && channelsIn(guest)).toEqual(['channel/C0SHARED']);
    expect(alice && messagesIn(alice)).toEqual([inGeneral, inShared]);
    expect(bob && messagesIn(bob)).toEqual([inGeneral, inShared, inSecret]);
    expect(guest && messagesIn(guest)).toEqual([inShared]);
    for (const one of [alice, bob, guest]) one?.close();
  });

  it('are messages as Slack gives them, without what the app and the stand-in keep for themselves', async () => {
    const metadata = { event_type: 'card', event_payload: { key: 'secret' } };
    const blocks = [{ type: 'section', block_id: 's', text: { type: 'mrkdwn', text: '*hi*' } }];
    const key = await post('C0GENERAL', 'card', { blocks, metadata });
    const alice = await watch(server.url, 'U0ALICE');

    const message = await alice.until((table) => table.get(key));

    expect(message).toMatchObject({ type: 'message', user: 'U0BOT', text: 'card', blocks });
    expect(Object.keys(Object(message))).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/parsing|metadata/)]),
    );
    alice.close();
  });

  it('are ephemeral messages that are shown to them, and nobody else’s', async () => {
    const [alice, guest] = [await watch(server.url, 'U0ALICE'), await watch(server.url, 'U0GUEST')];

    await call(slack, 'chat.postEphemeral', { channel: 'C0SHARED', user: 'U0GUEST', text: 'You may not do that.' });
    const later = await post('C0SHARED', 'later');
    await Promise.all([alice, guest].map((one) => one.until((table) => table.has(later))));

    const own = messagesIn(guest).filter((key) => key !== later);
    expect(own.map((key) => guest.table.get(key))).toMatchObject([
      { text: 'You may not do that.', ephemeral: true, user: 'U0BOT' },
    ]);
    expect(messagesIn(alice)).toEqual([later]);
    expect(JSON.stringify([...guest.table])).not.toContain('shownTo');
    alice.close();
    guest.close();
  });
});

describe('a patch after a change', () => {
  it('holds what changed and nothing else', async () => {
    const first = await post('C0GENERAL', 'first');
    const alice = await watch(server.url, 'U0ALICE');
    await alice.until((table) => table.has(first));
    const before = alice.patches.length;

    const second = await post('C0GENERAL', 'second');
    await alice.until((table) => table.has(second));

    expect(alice.patches.slice(before)).toEqual([
      { set: { [second]: expect.objectContaining({ text: 'second' }) }, gone: [] },
    ]);
    alice.close();
  });

  it('brings a message again that was changed, or answered in its thread', async () => {
    const key = await post('C0GENERAL', 'first');
    const ts = key.split('/')[2];
    const alice = await watch(server.url, 'U0ALICE');
    await alice.until((table) => table.has(key));

    await call(slack, 'chat.update', { channel: 'C0GENERAL', ts, text: 'second' });
    const changed = await alice.until((table) => Object(table.get(key)).text === 'second' && table.get(key));
    await post('C0GENERAL', 'reply', { thread_ts: ts });
    const answered = await alice.until((table) => Object(table.get(key)).reply_count === 1 && table.get(key));

    expect(changed).toMatchObject({ ts, edited: { user: 'U0BOT' } });
    expect(answered).toMatchObject({ ts, text: 'second', thread_ts: ts });
    alice.close();
  });

  it('says what is gone, such as a deleted message and a channel one was removed from', async () => {
    const key = await post('C0SHARED', 'oops');
    const guest = await watch(server.url, 'U0GUEST');
    await guest.until((table) => table.has(key));

    await call(slack, 'chat.delete', { channel: 'C0SHARED', ts: key.split('/')[2] });
    await guest.until((table) => !table.has(key));
    slack.workspace.channels.get('C0SHARED')?.members.delete('U0GUEST');
    slack.workspace.changed();
    await guest.until((table) => !table.has('channel/C0SHARED'));

    expect(guest.patches.slice(1)).toEqual([
      { set: {}, gone: [key] },
      { set: {}, gone: ['channel/C0SHARED'] },
    ]);
    guest.close();
  });

  it('brings what the other sources say', async () => {
    const alice = await watch(server.url, 'U0ALICE');
    await alice.until((table) => table.has('me'));

    fake.sources.journal.set({ verified: { ok: true, sealed: 3, unsealed: 0 }, rows: [], total: 3 });
    await alice.until((table) => Object(table.get('journal')).total === 3);

    expect(alice.patches.slice(1)).toEqual([{ set: { journal: expect.objectContaining({ total: 3 }) }, gone: [] }]);
    alice.close();
  });

  it('shows what one person did to the other at once', async () => {
    const [alice, bob] = [await watch(server.url, 'U0ALICE'), await watch(server.url, 'U0BOB')];
    await bob.until((table) => table.has('me'));

    const outcome = await act(server.url, { as: 'U0ALICE', do: 'say', channel: 'C0GENERAL', text: 'a < b, @bob' });
    const seen = await bob.until((table) => [...table].find(([key]) => key.startsWith('message/C0GENERAL/')));

    expect(outcome).toEqual({ ok: true });
    expect(seen?.[1]).toMatchObject({ user: 'U0ALICE', text: 'a &lt; b, <@U0BOB>' });
    alice.close();
    bob.close();
  });
});
