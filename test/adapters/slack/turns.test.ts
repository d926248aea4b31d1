/** Each call asks for its turn, and says how it ended. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { SlackCallObserver } from '../../../src/adapters/slack/client.ts';
import type { Pace, PacedCall } from '../../../src/adapters/slack/pace.ts';
import { createSlack, type Slack } from '../../../src/adapters/slack/slack.ts';
import { type SandboxSlack, startSlack } from '../../../src/sandbox/slack/start.ts';
import { silent } from '../../ledger.ts';

describe('a call of Slack', () => {
  let sandbox: SandboxSlack;
  let slack: Slack;
  let waits: number[];
  let asked: PacedCall[];
  let stops: [method: string, channel: string | undefined, retryAfterMs: number][];
  let seen: Parameters<SlackCallObserver>[0][];
  afterEach(async () => {
    await slack.close();
    await sandbox.stop();
  });

  async function start(): Promise<void> {
    sandbox = await startSlack({ rateLimits: 'off' });
    [waits, asked, stops, seen] = [[], [], [], []];
    const pace: Pace = {
      ask(call) {
        asked.push(call);
        return waits.shift() ?? 0;
      },
      stop: ({ method, channel }, retryAfterMs) => void stops.push([method, channel, retryAfterMs]),
    };
    slack = await createSlack({
      token: sandbox.botToken,
      signingSecret: sandbox.signingSecret,
      apiUrl: sandbox.apiUrl,
      people: {},
      interactions: () => {
        throw new Error('nobody clicks here');
      },
      pace,
      onCall: (call) => void seen.push(call),
      log: silent,
    });
    const made = await slack.chat.createChannel('inc-1');
    if (made.kind !== 'created') throw new Error('the workspace is fresh');
    channel = made.channel;
    asked.length = 0;
    seen.length = 0;
  }
  let channel = '';
  const card = (over: { beforeSend?: () => Promise<void> } = {}) =>
    slack.chat.post({ channel, key: 'card', view: { kind: 'notice', text: 'x' }, lane: 'status', ...over });
  const posts = () => sandbox.requests.filter(({ method }) => method === 'chat.postMessage');

  it('that is not its turn sends and notes nothing, and says when it is', async () => {
    await start();
    waits = [7_000];
    let noted = false;

    const asking = card({
      beforeSend: async () => {
        noted = true;
      },
    });

    await expect(asking).rejects.toMatchObject({ code: 'chat-rate-limited', retryable: true, retryAfterMs: 7_000 });
    expect([noted, posts(), stops]).toEqual([false, [], []]);
    expect(seen).toMatchObject([{ method: 'chat.postMessage', lane: 'status', outcome: 'postponed' }]);
  });

  it('that reads a history stands behind everything that somebody waits for', async () => {
    await start();
    const { ts } = await card();
    await slack.chat.post({ channel, threadTs: ts, key: 'reply', view: { kind: 'notice', text: 'y' } });
    asked.length = 0;

    await slack.chat.saidSince(channel, new Date(0));

    expect(asked.map(({ method, lane }) => [method, lane])).toEqual([
      ['conversations.history', 'chatter'],
      ['conversations.replies', 'chatter'],
    ]);
  });

  it('whose turn comes in a moment waits for it, and no second time', async () => {
    await start();
    waits = [20, 0, 20, 20];

    await card();
    const again = card();

    await expect(again).rejects.toMatchObject({ code: 'chat-rate-limited', retryAfterMs: 20 });
    expect(posts()).toHaveLength(1);
  });

  it('notes what is about to happen before it is sent, and is not sent when that fails', async () => {
    await start();
    const order: string[] = [];

    await card({ beforeSend: async () => void order.push(`noted before ${posts().length + 1}`) });
    const failing = card({ beforeSend: () => Promise.reject(new Error('the ledger is away')) });

    await expect(failing).rejects.toThrow('the ledger is away');
    expect(order).toEqual(['noted before 1']);
    expect(posts()).toHaveLength(1);
  });

  it.each([
    ['rate-limited', 'chat-rate-limited', 'rate-limited'],
    ['lost-reply', 'chat-ambiguous', 'ambiguous'],
    ['error:is_archived', 'chat-channel-gone', 'refused'],
  ] as const)('that meets %s ends as %s and is counted as %s', async (kind, code, outcome) => {
    await start();
    sandbox.faults.add({ kind, method: 'chat.postMessage', retryAfterSeconds: 9 });

    await expect(card()).rejects.toMatchObject({ code });

    expect(seen.map((call) => call.outcome)).toEqual([outcome]);
    expect(stops).toEqual(outcome === 'rate-limited' ? [['chat.postMessage', channel, 9_000]] : []);
  });

  it('stands in line by its lane and by what it is about', async () => {
    await start();
    const { ts } = await card();

    await slack.chat.update({ channel, ts, view: { kind: 'notice', text: 'y' }, lane: 'chatter' });
    await slack.chat.update({ channel, ts, view: { kind: 'notice', text: 'z' } });

    expect(asked.map(({ method, lane }) => [method, lane])).toEqual([
      ['chat.postMessage', 'status'],
      ['chat.update', 'chatter'],
      ['chat.update', 'decision'],
    ]);
    const [posted, one, other] = asked.map(({ key }) => key);
    expect(one).toBe(other);
    expect(posted).not.toBe(one);
  });
});
