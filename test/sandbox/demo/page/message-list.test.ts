import { describe, expect, it } from '@jest/globals';
import { layOut } from '../../../../src/sandbox/demo/page/slack/message-list.ts';
import { plainText } from '../../../../src/sandbox/demo/page/slack/plain-text.ts';
import type { Message } from '../../../../src/sandbox/demo/protocol.ts';

/** Slack's mark on a reply that goes to the channel too; the type names what the page reads most. */
const sentToChannel: Partial<Message> = { subtype: 'thread_broadcast' };
const start = Date.parse('2026-11-22T12:00:00Z') / 1000;
const reader = { now: new Date('2026-11-22T13:00:00Z'), timeZone: 'UTC' };

function message(afterS: number, more: Partial<Message> = {}): Message {
  return { ts: `${start + afterS}.000100`, user: 'U0ALICE', text: 'hello', ...more };
}

/** `Today`, then each message by the second it was sent: `+59` goes on, `0:2` has two replies. */
function shape(messages: readonly Message[]): string[] {
  return layOut(messages, reader).map((item) => {
    if (item.kind === 'day') return item.title;
    const second = Math.round(Number(item.key) - start);
    return `${item.goesOn ? '+' : ''}${second}${item.replies ? `:${item.replies.count}` : ''}`;
  });
}

describe('the messages of a channel', () => {
  it('stand by time whatever order they came in, with a line for each day', () => {
    expect(shape([message(600), message(0)])).toEqual(['Today', '0', '600']);
    expect(layOut([message(-86_400), message(0)], reader).map(({ key }) => key)).toHaveLength(4);
  });

  it.each<[string, Message]>([
    ['somebody else', message(60, { user: 'U0BOB' })],
    ['five minutes later', message(300)],
    ['a card', message(60, { blocks: [{ type: 'divider' }] })],
    ['seen by me alone', message(60, { ephemeral: true })],
  ])('of one person run together, but not with %s', (_why, second) => {
    expect(shape([message(0), message(59)])).toEqual(['Today', '0', '+59']);
    expect(shape([message(0), second])[2]).not.toMatch(/^\+/);
  });

  it('fold replies under their root, with the last one’s time and who wrote them', () => {
    const root = message(0);
    const replies = [message(20, { thread_ts: root.ts, user: 'U0BOB' }), message(10, { thread_ts: root.ts })];

    expect(shape([...replies, root])).toEqual(['Today', '0:2']);
    expect(layOut([root, ...replies], reader)[1]).toMatchObject({
      replies: { lastAt: new Date((start + 20.0001) * 1000), people: ['U0ALICE', 'U0BOB'] },
    });
  });

  it('show a reply that was sent to the channel too, and one whose root is not there', () => {
    const root = message(0);
    const broadcast = message(10, { thread_ts: root.ts, user: 'U0BOB', ...sentToChannel });

    expect(shape([root, broadcast])).toEqual(['Today', '0:1', '10']);
    expect(shape([message(10, { thread_ts: '1.000000' })])).toEqual(['Today', '10']);
  });
});

it('a text is spoken with names and without marks', () => {
  const alice = { id: 'U0ALICE', name: 'alice', realName: 'Alice Okafor', isBot: false, isGuest: false, title: '' };
  const names = {
    people: { U0ALICE: { ...alice, canAct: true } },
    groups: { S0SRE: { handle: 'sre', name: 'SRE' } },
    channels: { C0GENERAL: 'general' },
    now: () => reader.now,
  };
  const said = '*Hi* <@U0ALICE>, <!subteam^S0SRE> in <#C0GENERAL> and <#C0SECRET>:\n```x\ny``` :fire:';

  expect(plainText(said, names)).toBe('Hi @Alice Okafor, @sre in #general and #private channel: x y 🔥');
});
