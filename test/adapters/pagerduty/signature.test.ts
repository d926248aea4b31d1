import { describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { isSigned } from '../../../src/adapters/pagerduty/signature.ts';

const body = Buffer.from('{"event":{"data":{"title":"Überlast \u{1F525}"}}}');
const sign = (secret: string, of: Buffer | string = body) =>
  `v1=${createHmac('sha256', secret).update(of).digest('hex')}`;

describe('a PagerDuty signature', () => {
  it.each<[string, string, readonly string[]]>([
    ['the only secret', sign('one'), ['one']],
    ['the second of two secrets, while ours is rotated', sign('two'), ['one', 'two']],
    ['the second of two signatures, while theirs is rotated', `${sign('new')},${sign('one')}`, ['one']],
    ['signatures with blanks between', ` ${sign('new')} , ${sign('one')} `, ['one']],
    ['a signature of a version to come beside ours', `v2=abc,${sign('one')}`, ['one']],
    ['upper case hex', sign('one').replace(/=(.*)/, (_, hex: string) => `=${hex.toUpperCase()}`), ['one']],
  ])('is taken: %s', (_, header, secrets) => {
    expect(isSigned(header, body, secrets)).toBe(true);
  });

  it.each<[string, string | undefined, readonly string[]]>([
    ['none', undefined, ['one']],
    ['empty', '', ['one']],
    ['of another secret', sign('other'), ['one', 'two']],
    ['of another body', sign('one', `${body.toString()} `), ['one']],
    ['of the body as other bytes', sign('one', Buffer.from(body.toString(), 'latin1')), ['one']],
    ['cut short', sign('one').slice(0, -2), ['one']],
    ['too long', `${sign('one')}00`, ['one']],
    ['not hex', `v1=${'z'.repeat(64)}`, ['one']],
    ['without its version', sign('one').slice(3), ['one']],
    ['of another version', sign('one').replace('v1', 'v0'), ['one']],
    ['with a quote', `"${sign('one')}"`, ['one']],
    ['separated by semicolons', `${sign('new')};${sign('one')}`, ['one']],
    ['behind more signatures than a rotation has', `${'v1=00,'.repeat(50)}${sign('one')}`, ['one']],
    ['of an empty secret that nobody configured', sign(''), []],
  ])('is refused: %s', (_, header, secrets) => {
    expect(isSigned(header, body, secrets)).toBe(false);
  });
});
