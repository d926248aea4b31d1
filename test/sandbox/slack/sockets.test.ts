/** Slack's own Socket Mode client, unchanged, and a bare WebSocket against the stand-in. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LogLevel, SocketModeClient } from '@slack/socket-mode';
import { type RawData, WebSocket } from 'ws';
import { type SandboxSlack, startSlack } from '../../../src/sandbox/slack/start.ts';
import type { JsonObject } from '../../../src/sandbox/slack/workspace.ts';
import { eventually } from '../../eventually.ts';
import { call } from './call.ts';

let slack: SandboxSlack;
const sockets: WebSocket[] = [];
beforeEach(async () => {
  slack = await startSlack({ rateLimits: 'off', answerMs: 200 });
});
afterEach(async () => {
  await slack.stop();
  for (const socket of sockets.splice(0)) socket.terminate();
});

const ticket = async (): Promise<string> => {
  const { body } = await call(slack, 'apps.connections.open', {}, { authorization: `Bearer ${slack.appToken}` });
  return String(body['url']);
};

const words = (data: RawData): string => (Buffer.isBuffer(data) ? data.toString() : '');

/** A socket that keeps what it hears and acknowledges as told. */
async function listen(acknowledge: (envelope: JsonObject) => JsonObject | undefined) {
  const socket = new WebSocket(await ticket());
  sockets.push(socket);
  const heard: JsonObject[] = [];
  let closedWith: number | undefined;
  socket.on('close', (code) => (closedWith = code));
  socket.on('message', (data) => {
    // Slack's messages are JSON objects.
    const message = JSON.parse(words(data)) as JsonObject;
    heard.push(message);
    const ack = message['envelope_id'] === undefined ? undefined : acknowledge(message);
    if (ack) socket.send(JSON.stringify({ envelope_id: message['envelope_id'], ...ack }));
  });
  await eventually('a first word', () => heard.length > 0);
  return { heard, envelopes: () => heard.filter((one) => 'envelope_id' in one), closedWith: () => closedWith };
}

describe('Slack’s own client on the stand-in', () => {
  it('hears commands, clicks and events, answers them, and comes back after Slack asked for a new socket', async () => {
    const client = new SocketModeClient({
      appToken: slack.appToken,
      clientOptions: { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } },
      clientPingTimeout: 300,
      logLevel: LogLevel.ERROR,
    });
    const seen: string[] = [];
    client.on('slack_event', ({ type, body, ack, accepts_response_payload: answerable }) => {
      seen.push(`${type} ${answerable}`);
      void ack(type === 'slash_commands' ? { text: `about ${body.text}` } : undefined);
    });
    await client.start();
    try {
      const command = await slack.as('U0ALICE').command('/runbook', 'gpu', 'general');
      const home = await slack.as('U0ALICE').openHome();
      slack.sockets.announceEnd('refresh_requested', { closeAfterMs: 0 });
      await eventually('the old one is gone', () => slack.sockets.open() === 0);
      await eventually('a new one is open', () => slack.sockets.open() === 1);
      const again = await slack.as('U0ALICE').command('/runbook', 'disk', 'general');

      expect([command, home, again].map(({ status }) => status)).toEqual([200, 200, 200]);
      expect([command.body, again.body]).toEqual(['{"text":"about gpu"}', '{"text":"about disk"}']);
      expect(seen).toEqual(['slash_commands true', 'events_api false', 'slash_commands true']);
      expect(slack.workspace.channels.get('C0GENERAL')?.ephemerals.map(({ text }) => text)).toEqual([
        'about gpu',
        'about disk',
      ]);
    } finally {
      await client.disconnect();
    }
  });
});

describe('a socket', () => {
  it('says hello, and its ticket opens no second one', async () => {
    const url = await ticket();
    const first = new WebSocket(url);
    sockets.push(first);
    const hello = await new Promise((resolve) => first.once('message', (data) => resolve(JSON.parse(words(data)))));

    const second = new WebSocket(url);
    const refused = await new Promise((resolve) => second.once('error', ({ message }) => resolve(message)));

    expect(hello).toMatchObject({ type: 'hello', num_connections: 1, connection_info: { app_id: 'A0FIREBREAK' } });
    expect(refused).toContain('403');
  });

  it.each([
    ['xoxb-sandbox-bot-token', 'not_allowed_token_type'],
    ['xapp-wrong', 'invalid_auth'],
  ])('is not to be had with %s', async (token, error) => {
    const { body } = await call(slack, 'apps.connections.open', {}, { authorization: `Bearer ${token}` });

    expect(body).toMatchObject({ ok: false, error });
  });

  it('is one of ten at most', async () => {
    const ten = await Promise.all(Array.from({ length: 10 }, () => listen(() => ({}))));

    const eleventh = await listen(() => ({}));

    expect(ten.every(({ heard }) => heard[0]?.['type'] === 'hello')).toBe(true);
    expect(eleventh.heard).toMatchObject([{ type: 'disconnect', reason: 'too_many_websockets' }]);
    await eventually('it is closed', () => eleventh.closedWith() === 1000);
    expect(slack.sockets.open()).toBe(10);
  });

  it('gets every second delivery when there are two', async () => {
    const both = [await listen(() => ({})), await listen(() => ({}))];

    for (const text of ['1', '2', '3', '4']) await slack.as('U0ALICE').command('/incident', text, 'general');

    expect(both.map(({ envelopes }) => envelopes().length)).toEqual([2, 2]);
  });

  it('takes an answer for commands and forms, and for nothing else', async () => {
    const said = { payload: { text: 'said' } };
    const { envelopes } = await listen(() => said);

    const command = await slack.as('U0ALICE').command('/incident', '', 'general');
    const event = await slack.as('U0ALICE').openHome();
    const click = await slack.send('interaction', { type: 'block_actions' });
    const form = await slack.send('interaction', { type: 'view_submission' });

    expect(envelopes().map((one) => [one['type'], one['accepts_response_payload']])).toEqual([
      ['slash_commands', true],
      ['events_api', false],
      ['interactive', false],
      ['interactive', true],
    ]);
    expect([command, event, click, form].map(({ body }) => body)).toEqual([
      '{"text":"said"}',
      '',
      '',
      '{"text":"said"}',
    ]);
  });
});

describe('what is not acknowledged', () => {
  it('is sent again when it is an event, and not when a person did it', async () => {
    const { envelopes } = await listen(({ type, retry_attempt: attempt }) =>
      type === 'events_api' && attempt === 1 ? {} : undefined,
    );

    const event = await slack.as('U0ALICE').openHome();
    const click = await slack.send('interaction', { type: 'block_actions' });

    await eventually(
      'the event came twice',
      () => envelopes().filter(({ type }) => type === 'events_api').length === 2,
    );
    expect([event.failure, click.failure]).toEqual(['operation_timeout', 'operation_timeout']);
    expect(envelopes().filter(({ type }) => type === 'interactive')).toHaveLength(1);
    const ids = envelopes().flatMap(({ type, payload }) => (type === 'events_api' ? [payload] : []));
    expect(ids[0]).toEqual(ids[1]);
  });

  it('fails at once when the socket breaks, and when there is none', async () => {
    await listen(() => {
      slack.sockets.cut();
      return undefined;
    });

    const broken = await slack.as('U0ALICE').command('/incident', '', 'general');
    const nobody = await slack.as('U0ALICE').command('/incident', '', 'general');

    expect([broken.failure, nobody.failure]).toEqual(['connection_failed', 'connection_failed']);
  });

  it('looks so to Slack when the acknowledgement is lost', async () => {
    const { envelopes } = await listen(() => ({}));
    slack.sockets.loseAcknowledgements(1);

    const answer = await slack.send('interaction', { type: 'block_actions' });
    const again = await slack.replay(answer);

    expect([answer.failure, again.failure]).toEqual(['operation_timeout', undefined]);
    expect(envelopes()[0]).toEqual(envelopes()[1]);
  });
});
