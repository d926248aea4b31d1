/** What the listener suites share: a channel in which people are, and interactions that answer from a script. */
import { afterEach } from '@jest/globals';
import { OperationError } from '../../../src/domain/errors.ts';
import type { View } from '../../../src/domain/view.ts';
import type { Interactions } from '../../../src/flow/interactions.ts';
import { setUp } from './setup.ts';
import type { SetUp } from './setup.ts';

/** Stopped after each test. */
export const running: SetUp[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
});

/** Slack with a channel of ours in which Alice and Bob are, and a view posted there. */
export async function withMessage(view: View, script: Partial<Interactions>) {
  const slack = await setUp(script);
  running.push(slack);
  const made = await slack.chat.createChannel('inc-1-down');
  if (made.kind !== 'created') throw new Error('the name is taken');
  const { channel } = made;
  await slack.chat.invite(channel, ['U0ALICE', 'U0BOB']);
  const { ts } = await slack.chat.post({ channel, key: 'k', view });
  const told = () =>
    (slack.sandbox.workspace.channels.get(channel)?.ephemerals ?? []).map(({ shownTo, text }) => ({ shownTo, text }));
  return { ...slack, channel, message: { channel, ts }, told };
}

/** Records the calls of one method and answers all alike. */
export function recorder<Call, Answer>(answer: Answer | (() => Promise<Answer>)) {
  const calls: Call[] = [];
  const method = async (call: Call): Promise<Answer> => {
    calls.push(call);
    // Answers here are plain objects, so a function is the one that makes them.
    return typeof answer === 'function' ? await (answer as () => Promise<Answer>)() : answer;
  };
  return { calls, method };
}

export const accepted = (...refresh: string[]) => ({ kind: 'accepted', refresh }) as const;
export const ledgerDown = () =>
  Promise.reject(new OperationError('ledger-unavailable', 'The ledger is not reachable.', { retryable: true }));
