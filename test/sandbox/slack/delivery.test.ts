import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type SandboxSlack, startSlack } from '../../../src/sandbox/slack/start.ts';
import { type RecordingApp, startRecordingApp } from './app.ts';

let slack: SandboxSlack;
let app: RecordingApp;
const nowMs = 1_790_000_000_000;

beforeEach(async () => {
  app = await startRecordingApp();
  slack = await startSlack({ rateLimits: 'off', timeScale: 100_000, now: () => nowMs, signingSecret: 'shh' });
  slack.connect(app.url);
});
afterEach(async () => {
  await slack.stop();
  await app.stop();
});

/** The formula of Slack's "Verifying requests from Slack", written out once more. */
function signatureOf(secret: string, { headers, body }: RecordingApp['heard'][number]): string {
  const base = ['v0', String(headers['x-slack-request-timestamp']), body].join(':');
  return `v0=${createHmac('sha256', secret).update(base).digest('hex')}`;
}

describe('requests to the app', () => {
  it('carry the documented signature over the raw body, whatever their kind', async () => {
    await slack.as('U0ALICE').command('/runbook', 'gpu-oom & <ü>', 'general');
    await slack.as('U0ALICE').openHome();
    await slack.send('interaction', { type: 'block_actions' });

    expect(app.heard).toHaveLength(3);
    for (const one of app.heard) {
      expect(one.headers['x-slack-signature']).toBe(signatureOf('shh', one));
      expect(one.headers['x-slack-request-timestamp']).toBe(String(nowMs / 1000));
    }
    expect(app.heard.map((one) => one.headers['content-type'])).toEqual([
      'application/x-www-form-urlencoded',
      'application/json',
      'application/x-www-form-urlencoded',
    ]);
    expect(new URLSearchParams(app.heard[0]?.body).get('text')).toBe('gpu-oom & <ü>');
    expect(JSON.parse(new URLSearchParams(app.heard[2]?.body).get('payload') ?? '')).toEqual({ type: 'block_actions' });
  });

  it('can be forged, old, changed on the way, unsigned or repeated on purpose', async () => {
    await slack.send('event', {}, { timestamp: 1000 });
    await slack.send('event', {}, { signingSecret: 'other' });
    await slack.send('event', { a: 1 }, { sentBody: '{"a":2}' });
    await slack.send('event', {}, { signature: 'none' });
    await slack.send('event', {}, { signature: 'v0=00' });
    const twice = await slack.send('event', { b: 1 }, { duplicate: 1 });
    await slack.replay(twice);

    const honest = app.heard.map((one) => one.headers['x-slack-signature'] === signatureOf('shh', one));
    expect(honest).toEqual([true, false, false, false, false, true, true, true]);
    expect(app.heard[0]?.headers['x-slack-request-timestamp']).toBe('1000');
    expect(app.heard[3]?.headers).not.toHaveProperty('x-slack-signature');
    expect(twice.duplicates.map((one) => one.status)).toEqual([200]);
    expect([app.heard[6], app.heard[7]].map((one) => [one?.body, one?.headers])).toEqual([
      [app.heard[5]?.body, app.heard[5]?.headers],
      [app.heard[5]?.body, app.heard[5]?.headers],
    ]);
  });

  it('are sent again for an event that was not taken, at most three times, with the same event_id', async () => {
    app.answers.push(500, 503, 404, 500);

    const first = await slack.sendEvent({ type: 'app_mention' });
    await slack.waitFor(() => slack.answers.length === 4);

    expect(first.status).toBe(500);
    expect(app.heard.map((one) => one.headers['x-slack-retry-num'])).toEqual([undefined, '1', '2', '3']);
    expect(app.heard.at(-1)?.headers['x-slack-retry-reason']).toBe('http_error');
    expect(new Set(app.heard.map((one) => one.body)).size).toBe(1);
  });

  it('stop being repeated once an event is taken, and never are for a click', async () => {
    app.answers.push(500, 200);
    await slack.sendEvent({ type: 'app_mention' });
    await slack.waitFor(() => slack.answers.length === 2);
    app.answers.push(500);

    const click = await slack.send('interaction', { type: 'block_actions' });

    expect(click.status).toBe(500);
    expect(app.heard).toHaveLength(3);
    expect(app.heard[2]?.headers).not.toHaveProperty('x-slack-retry-num');
  });

  it('say when nobody listens', async () => {
    slack.connect('http://127.0.0.1:1/slack/events');

    expect(await slack.as('U0ALICE').command('/runbook', '', 'general')).toMatchObject({
      status: 0,
      failure: 'connection_failed',
    });
  });
});
