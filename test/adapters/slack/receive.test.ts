import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setUp } from './setup.ts';
import type { SetUp } from './setup.ts';

let slack: SetUp;
beforeEach(async () => {
  slack = await setUp();
});
afterEach(async () => {
  await slack.stop();
});

/** Sends correctly signed bytes of any kind. */
async function send(body: string, contentType: string): Promise<{ status: number; text: string }> {
  const timestamp = String(Math.floor(slack.clock.ms / 1000));
  const signature = createHmac('sha256', slack.sandbox.signingSecret).update(`v0:${timestamp}:${body}`).digest('hex');
  const response = await fetch(`${slack.url}/slack/events`, {
    method: 'POST',
    body,
    headers: {
      'content-type': contentType,
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${signature}`,
    },
  });
  return { status: response.status, text: await response.text() };
}

const form = 'application/x-www-form-urlencoded';

describe('a correctly signed request', () => {
  it.each([
    ['that is half JSON', '{"type":"event', 'application/json', 400],
    ['that is a JSON array', '[1]', 'application/json', 400],
    ['that is a JSON string', '"x"', 'application/json', 400],
    ['whose payload is no JSON', 'payload=%7B', form, 400],
    ['of another content type', '{}', 'text/plain', 400],
    ['of no known kind', '{"type":"something_new"}', 'application/json', 200],
    ['that checks the certificate', 'ssl_check=1&token=x', form, 200],
    [
      'with a click that has no user',
      `payload=${encodeURIComponent('{"type":"block_actions","actions":[{"action_id":"firebreak.plan.approve","type":"button"}]}')}`,
      form,
      500,
    ],
    ['for a command nobody listens to', 'command=%2Fother&user_id=U0ALICE&channel_id=C1', form, 200],
    ['larger than 1 MiB', 'x'.repeat(1024 * 1024 + 1), form, 413],
  ])('%s is answered', async (_name, body, contentType, status) => {
    expect((await send(body, contentType)).status).toBe(status);
    expect((await send('{"type":"url_verification","challenge":"still here"}', 'application/json')).text).toContain(
      'still here',
    );
  });
});

describe('closing', () => {
  it('waits for listeners that go on after their answer', async () => {
    const redrawn = Promise.withResolvers<void>();
    const order: string[] = [];
    const other = await setUp({
      vote: async () => ({ kind: 'accepted', refresh: ['k'] }),
      refresh: () => redrawn.promise,
    });
    const click = {
      type: 'block_actions',
      user: { id: 'U0ALICE' },
      team: { id: 'T0SANDBOX' },
      channel: { id: 'C0GENERAL' },
      trigger_id: 't',
      actions: [{ type: 'button', action_id: 'firebreak.plan.approve', block_id: 'b', value: 'nonce' }],
    };

    const answer = await other.sandbox.send('interaction', click);
    const closed = other.close().then(() => order.push('closed'));
    await new Promise((resolve) => setImmediate(resolve));
    order.push('redrawn');
    redrawn.resolve();
    await closed;

    expect(answer.status).toBe(200);
    expect(order).toEqual(['redrawn', 'closed']);
    await other.stop();
  });
});
