import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { deliveryKeyOf, verifySlackRequest } from '../../../src/adapters/slack/guard.ts';

const signingSecret = 'a-secret';
const now = Date.parse('2026-11-22T06:00:00Z');
const seconds = now / 1000;
const body = Buffer.from('payload=%7B%7D');

const sign = (timestamp: number | string, rawBody: Buffer = body, secret = signingSecret) =>
  `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(rawBody).digest('hex')}`;

describe('verifySlackRequest', () => {
  it.each([
    ['a request from now', { timestamp: String(seconds), signature: sign(seconds) }, 'ok'],
    ['one that is just young enough', { timestamp: String(seconds - 300), signature: sign(seconds - 300) }, 'ok'],
    ['one that is too old', { timestamp: String(seconds - 301), signature: sign(seconds - 301) }, 'too-old'],
    ['one from just ahead', { timestamp: String(seconds + 300), signature: sign(seconds + 300) }, 'ok'],
    ['one from tomorrow', { timestamp: String(seconds + 86_400), signature: sign(seconds + 86_400) }, 'too-new'],
    ['another secret', { timestamp: String(seconds), signature: sign(seconds, body, 'other') }, 'forged'],
    ['a cut body', { timestamp: String(seconds), signature: sign(seconds), rawBody: body.subarray(0, -1) }, 'forged'],
    [
      'a longer body',
      { timestamp: String(seconds), signature: sign(seconds), rawBody: Buffer.concat([body, Buffer.from(' ')]) },
      'forged',
    ],
    ['a signature for another time', { timestamp: String(seconds), signature: sign(seconds - 1) }, 'forged'],
    ['a cut signature', { timestamp: String(seconds), signature: sign(seconds).slice(0, -1) }, 'forged'],
    ['a longer signature', { timestamp: String(seconds), signature: `${sign(seconds)}0` }, 'forged'],
    ['a signature in upper case', { timestamp: String(seconds), signature: sign(seconds).toUpperCase() }, 'forged'],
    ['another version', { timestamp: String(seconds), signature: sign(seconds).replace('v0', 'v1') }, 'forged'],
    ['no signature', { timestamp: String(seconds), signature: undefined }, 'missing'],
    ['an empty signature', { timestamp: String(seconds), signature: '' }, 'missing'],
    ['no timestamp', { timestamp: undefined, signature: sign(seconds) }, 'missing'],
    ['a timestamp with more behind it', { timestamp: `${seconds}:x`, signature: sign(`${seconds}:x`) }, 'missing'],
    ['a negative timestamp', { timestamp: '-1', signature: sign('-1') }, 'missing'],
    ['a timestamp that is no number', { timestamp: 'NaN', signature: sign('NaN') }, 'missing'],
    ['an endless timestamp', { timestamp: '9'.repeat(40), signature: sign('9'.repeat(40)) }, 'missing'],
  ])('%s', (_name, request, verdict) => {
    expect(verifySlackRequest({ signingSecret, rawBody: body, now, ...request })).toBe(verdict);
  });

  it('knows a replayed request by the same key', () => {
    expect(deliveryKeyOf(sign(seconds))).toBe(deliveryKeyOf(sign(seconds)));
    expect(deliveryKeyOf(sign(seconds))).not.toBe(deliveryKeyOf(sign(seconds + 1)));
  });
});
