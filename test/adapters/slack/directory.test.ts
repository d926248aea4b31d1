/** Whose an e-mail address is, on Slack's stand-in. `people:` gives U0ALICE the address alice@work.example. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OperationError } from '../../../src/domain/errors.ts';
import { type SetUp, setUp } from './setup.ts';

describe('who an account is', () => {
  let slack: SetUp;
  beforeEach(async () => {
    slack = await setUp(
      {},
      {
        users: [
          { id: 'U0ALICE', email: 'alice@example.com' },
          { id: 'U0SECOND', email: 'Alice@Work.example' },
          { id: 'U0BOB', email: 'bob@example.com' },
        ],
      },
    );
  });
  afterEach(() => slack.stop());

  it.each([
    ['U0ALICE', { identity: 'alice@work.example', mapped: true }],
    // Still the same person, so that there is no second vote.
    ['U0SECOND', { identity: 'alice@work.example', mapped: false }],
    ['U0BOB', { identity: 'bob@example.com', mapped: true }],
  ])('%s: the account that `people:` names is the only one with its rights', async (user, expected) => {
    expect(await slack.directory.member(user)).toMatchObject(expected);
  });
});

describe('the directory, asked by e-mail address', () => {
  let slack: SetUp;
  beforeEach(async () => {
    slack = await setUp(
      {},
      {
        users: [
          { id: 'U0ALICE', email: 'alice@example.com' },
          { id: 'U0BOB', email: 'Bob@Example.com' },
          { id: 'U0GUEST', isRestricted: true },
          { id: 'U0STRANGER', isStranger: true },
          { id: 'U0GONE', deleted: true },
        ],
      },
    );
  });
  afterEach(() => slack.stop());
  const asked = () => slack.sandbox.requests.filter(({ method }) => method === 'users.lookupByEmail');

  it.each([
    ['bob@example.com', 'U0BOB'],
    [' BOB@example.com ', 'U0BOB'],
    ['guest@example.com', 'U0GUEST'],
    ['nobody@example.com', undefined],
    ['gone@example.com', undefined],
    ['stranger@example.com', undefined],
  ])('finds for %j the user %s', async (email, user) => {
    expect(await slack.directory.byEmail(email)).toBe(user);
  });

  it('takes what `people:` says over Slack, without asking it', async () => {
    expect(await slack.directory.byEmail('Alice@Work.example')).toBe('U0ALICE');
    expect(asked()).toEqual([]);
  });

  it('does not give an account to a second address when `people:` says whose it is', async () => {
    expect(await slack.directory.byEmail('alice@example.com')).toBeUndefined();
  });

  it('asks once a minute, also for whom nobody knows', async () => {
    await Promise.all([slack.directory.byEmail('nobody@example.com'), slack.directory.byEmail('nobody@example.com')]);
    await slack.directory.byEmail('NOBODY@example.com');
    const first = asked().length;
    slack.clock.ms += 60_000;

    await slack.directory.byEmail('nobody@example.com');

    expect([first, asked().length]).toEqual([1, 2]);
  });

  it.each([
    ['status-500', { retryable: true }],
    ['rate-limited', { code: 'chat-rate-limited' }],
    ['error:missing_scope', { code: 'chat-rejected' }],
  ] as const)('throws %s and asks again the next time', async (kind, expected) => {
    slack.sandbox.faults.add({ kind, method: 'users.lookupByEmail' });

    const failed = await slack.directory.byEmail('bob@example.com').catch((error: unknown) => error);

    expect(failed).toBeInstanceOf(OperationError);
    expect(failed).toMatchObject(expected);
    expect(await slack.directory.byEmail('bob@example.com')).toBe('U0BOB');
  });
});
