import { describe, expect, it } from '@jest/globals';
import { channelsOf, messagesOf, newestTs, patched, single, type Table } from '../../../src/sandbox/demo/page/table.ts';
import { seen, unreadIn } from '../../../src/sandbox/demo/page/unread.ts';

const said = (ts: string, user = 'U0BOT') => ({ ts, user, text: `at ${ts}` });
const table: Table = patched(
  new Map(),
  {
    set: {
      commands: [],
      'channel/C1': { id: 'C1', name: 'general', createdAtMs: 1 },
      'channel/C2': { id: 'C2', name: 'inc-1', createdAtMs: 2 },
      'message/C1/9.000001': said('9.000001'),
      'message/C1/10.000001': said('10.000001', 'U0ALICE'),
      'message/C1/10.000002': said('10.000002'),
      'message/C12/99.000001': said('99.000001'),
    },
    gone: [],
  },
  true,
);

describe('the table of what the server said', () => {
  it('takes a patch over what it had', () => {
    const next = patched(table, { set: { 'message/C1/11.000001': said('11.000001') }, gone: ['channel/C2'] }, false);

    expect(messagesOf(next, 'C1').map(({ ts }) => ts)).toEqual(['9.000001', '10.000001', '10.000002', '11.000001']);
    expect(channelsOf(next).map(({ id }) => id)).toEqual(['C1']);
    expect(channelsOf(table)).toHaveLength(2);
  });

  it('keeps nothing older when it starts anew', () => {
    const next = patched(table, { set: { commands: [] }, gone: [] }, true);

    expect([...next.keys()]).toEqual(['commands']);
  });

  it('knows nothing that was not said', () => {
    expect(single(table, 'journal')).toBeUndefined();
    expect(single(table, 'commands')).toEqual([]);
  });

  it('gives the newest channels first and a channel’s own messages in the order of time', () => {
    expect(channelsOf(table).map(({ name }) => name)).toEqual(['inc-1', 'general']);
    expect(messagesOf(table, 'C1').map(({ ts }) => ts)).toEqual(['9.000001', '10.000001', '10.000002']);
    expect(newestTs(table)).toBe('99.000001');
    expect(newestTs(new Map())).toBe('0');
  });
});

describe('what is unread', () => {
  it('is nothing of what was there when the page was opened', () => {
    expect(unreadIn(table, { since: '10.000002', seen: {} }, 'U0ALICE', 'C1')).toBe(0);
  });

  it('is what others said later', () => {
    expect(unreadIn(table, { since: '0', seen: {} }, 'U0ALICE', 'C1')).toBe(2);
    expect(unreadIn(table, { since: '9.500000', seen: {} }, 'U0BOB', 'C1')).toBe(2);
  });

  it('is kept for each person', () => {
    const reads = seen(table, { since: '0', seen: {} }, 'U0ALICE', 'C1');

    expect(unreadIn(table, reads, 'U0ALICE', 'C1')).toBe(0);
    expect(unreadIn(table, reads, 'U0BOB', 'C1')).toBe(3);
  });

  it('is written down only when something new was seen', () => {
    const reads = seen(table, { since: '0', seen: {} }, 'U0ALICE', 'C1');

    expect(seen(table, reads, 'U0ALICE', 'C1')).toBe(reads);
    expect(seen(table, reads, 'U0ALICE', 'C2')).toBe(reads);
  });
});
