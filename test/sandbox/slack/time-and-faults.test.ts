import { afterEach, describe, expect, it } from '@jest/globals';
import { type SandboxSlack, type SlackOptions, startSlack } from '../../../src/sandbox/slack/start.ts';
import { addChannel } from '../../../src/sandbox/slack/workspace.ts';
import { call } from './call.ts';

let slack: SandboxSlack;
let nowMs: number;
afterEach(() => slack.stop());

async function start(options: SlackOptions = {}): Promise<void> {
  nowMs = 1_790_000_000_000;
  slack = await startSlack({ now: () => nowMs, ...options });
  addChannel(slack.workspace, { id: 'C0OURS', name: 'ours', creator: 'U0BOT', members: ['U0BOT'] });
}

const post = (text = 'x', channel = 'C0OURS') => call(slack, 'chat.postMessage', { channel, text });

describe('rate limits', () => {
  it('allow a short burst of posts to a channel, then one a second', async () => {
    await start();
    for (let count = 0; count < 5; count += 1) expect((await post()).body.ok).toBe(true);

    const limited = await post();
    nowMs += 1000;
    const later = await post();

    expect([limited.status, limited.headers.get('retry-after'), limited.body]).toEqual([
      429,
      '1',
      { ok: false, error: 'ratelimited' },
    ]);
    expect(later.body.ok).toBe(true);
    expect(slack.requests.map((one) => one.answered)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'ratelimited', 'ok']);
  });

  it.each([
    ['conversations.create', 20],
    ['pins.add', 20],
    ['conversations.invite', 50],
    ['chat.update', 50],
    ['conversations.history', 50],
    ['views.open', 100],
    ['chat.postEphemeral', 100],
  ])('allow %s %i times a minute', async (method, perMinute) => {
    await start();
    for (let count = 0; count < perMinute; count += 1) expect((await call(slack, method)).status).toBe(200);

    const limited = await call(slack, method);
    nowMs += 60_000;

    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '60']);
    expect((await call(slack, method)).status).toBe(200);
  });

  it('pass faster on a faster clock, and not at all when off', async () => {
    await start({ timeScale: 60 });
    for (let count = 0; count < 20; count += 1) await call(slack, 'users.list');
    const limited = await call(slack, 'users.list');
    nowMs += 1000;
    const later = await call(slack, 'users.list');
    await slack.stop();
    await start({ rateLimits: 'off' });
    for (let count = 0; count < 21; count += 1) await call(slack, 'users.list');

    expect([limited.status, limited.headers.get('retry-after'), later.status]).toEqual([429, '1', 200]);
    expect(slack.requests.map((one) => one.status)).not.toContain(429);
  });
});

describe('faults', () => {
  it('lose a reply after the message was posted, once', async () => {
    await start();
    slack.faults.add({ kind: 'lost-reply', method: 'chat.postMessage', match: (args) => args.text === 'second' });

    await post('first');
    await expect(post('second')).rejects.toThrow('fetch failed');
    await post('second');

    expect(slack.workspace.channels.get('C0OURS')?.messages.map((one) => one.text)).toEqual([
      'first',
      'second',
      'second',
    ]);
    expect(slack.requests.map((one) => one.answered)).toEqual(['ok', 'lost', 'ok']);
    expect(slack.faults.waiting()).toEqual([]);
  });

  it('hang, fail, limit or refuse a call without doing it', async () => {
    await start();
    const method = 'chat.postMessage';
    slack.faults.add({ kind: 'status-500', method });
    slack.faults.add({ kind: 'rate-limited', method, retryAfterSeconds: 7 });
    slack.faults.add({ kind: 'error:fatal_error', method });
    slack.faults.add({ kind: 'hang', method });

    const failed = await post();
    const limited = await post();
    const refused = await post();
    const hung = post();
    await slack.waitFor(() => slack.requests.at(-1)?.answered === 'hung');

    expect(failed.status).toBe(500);
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7']);
    expect(refused.body).toEqual({ ok: false, error: 'fatal_error' });
    expect(slack.workspace.channels.get('C0OURS')?.messages).toEqual([]);
    await slack.stop();
    await expect(hung).rejects.toThrow('fetch failed');
  });

  it('break the connection before anything is done, or fail after all of it is', async () => {
    await start();
    slack.faults.add({ kind: 'reset', method: 'chat.postMessage' });
    slack.faults.add({ kind: 'done-500', method: 'chat.postMessage' });

    await expect(post('lost')).rejects.toThrow('fetch failed');
    const failed = await post('done');

    expect(failed.status).toBe(500);
    expect(slack.workspace.channels.get('C0OURS')?.messages.map(({ text }) => text)).toEqual(['done']);
    expect(slack.requests.map((one) => one.answered)).toEqual(['reset', 'status-500']);
  });

  it('answer as late as Slack is far away', async () => {
    await start({ latencyMs: 60 });
    const startedAt = performance.now();

    const answer = await post();

    expect(answer.status).toBe(200);
    expect(performance.now() - startedAt).toBeGreaterThan(50);
  });

  it('make two channels of one name when asked to', async () => {
    await start();
    slack.faults.add({ kind: 'double-create', method: 'conversations.create' });

    const answers = await Promise.all(
      ['inc-1', 'inc-1', 'inc-1'].map((name) => call(slack, 'conversations.create', { name })),
    );

    expect(answers.filter((one) => one.body.ok)).toHaveLength(2);
    expect([...slack.workspace.channels.values()].filter((one) => one.name === 'inc-1')).toHaveLength(2);
  });
});

describe('what expires', () => {
  const view = { type: 'modal', title: { type: 'plain_text', text: 'Hi' }, blocks: [] };
  const command = async () => {
    // Nobody listens: the payload is all that is needed here.
    slack.connect('http://127.0.0.1:1/');
    const { payload } = await slack.as('U0ALICE').command('/runbook', '', 'general');
    return { trigger_id: String(payload.trigger_id), responseUrl: String(payload.response_url) };
  };
  const respond = async (url: string) => {
    const body = JSON.stringify({ text: 'x' });
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return [response.status, (JSON.parse(await response.text()) as { error?: string }).error];
  };

  it('a trigger opens one view within three seconds', async () => {
    await start();
    const used = await command();
    const late = await command();

    const opened = await call(slack, 'views.open', { trigger_id: used.trigger_id, view });
    const again = await call(slack, 'views.open', { trigger_id: used.trigger_id, view });
    nowMs += 3001;
    const tooLate = await call(slack, 'views.open', { trigger_id: late.trigger_id, view });
    const invented = await call(slack, 'views.open', { trigger_id: '1.2.3', view });

    expect(opened.body).toMatchObject({ ok: true, view: { type: 'modal', state: { values: {} } } });
    expect([again, tooLate, invented].map((one) => one.body.error)).toEqual([
      'exchanged_trigger_id',
      'expired_trigger_id',
      'invalid_trigger_id',
    ]);
  });

  it('a hash changes with each version of a view, and an old one is refused', async () => {
    await start();
    const { trigger_id } = await command();
    const opened = await call(slack, 'views.open', { trigger_id, view });
    const { id: view_id, hash } = opened.body.view as { id: string; hash: string };

    const first = await call(slack, 'views.update', { view_id, hash, view });
    const second = await call(slack, 'views.update', { view_id, hash, view });
    await slack.as('U0ALICE').close({ id: view_id });
    const closed = await call(slack, 'views.update', { view_id, view });

    expect([first.body.ok, second.body.error, closed.body.error]).toEqual([true, 'hash_conflict', 'not_found']);
  });

  it('a response_url works five times within half an hour', async () => {
    await start();
    const { responseUrl } = await command();
    const late = await command();

    for (let count = 0; count < 5; count += 1) expect(await respond(responseUrl)).toEqual([200, undefined]);
    expect(await respond(responseUrl)).toEqual([404, 'used_url']);
    nowMs += 30 * 60_000 + 1;
    expect(await respond(late.responseUrl)).toEqual([404, 'expired_url']);
    expect(slack.workspace.channels.get('C0GENERAL')?.ephemerals).toHaveLength(5);
  });

  it('a wait says what it waited for', async () => {
    await start();

    await expect(slack.waitFor(() => slack.requests.length > 5, 10)).rejects.toThrow('slack.requests.length > 5');
  });
});
