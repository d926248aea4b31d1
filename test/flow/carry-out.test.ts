import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OperationError } from '../../src/domain/errors.ts';
import { type AttemptBook, carryOut } from '../../src/flow/carry-out.ts';
import type { EffectAnswer, EffectPlan, ReadBack } from '../../src/flow/ports.ts';

const plan: EffectPlan = {
  id: 'plan-1',
  action: { type: 'scale', target: { resource: 'deployments', name: 'web' }, replicas: 3 },
  class: 'change',
  target: {
    cluster: 'main',
    clusterUid: 'c',
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    resource: 'deployments',
    namespace: 'a',
    name: 'web',
    uid: 'u',
  },
  changes: [],
};
const request = {
  method: 'PATCH' as const,
  path: '/x',
  contentType: 'application/json-patch+json',
  body: '[]',
  generation: 1,
};
const accepted: EffectAnswer = { kind: 'accepted', status: 200, differences: [] };
const rejected: EffectAnswer = { kind: 'rejected', status: 422, text: 'the tests failed' };
const lost: EffectAnswer = { kind: 'ambiguous', text: 'no answer' };
const overloaded: EffectAnswer = { kind: 'ambiguous', status: 503, text: 'overloaded' };
const untouched: ReadBack = { kind: 'untouched' };
const landed: ReadBack = { kind: 'landed', differences: [] };
const moved: ReadBack = { kind: 'moved', text: 'somebody scaled it' };

/** A cluster that answers from a script, and a clock that moves 10 s with each look at it. */
function scripted(script: {
  answers: EffectAnswer[];
  looks: (ReadBack | 'away')[];
  resumed?: boolean;
  earlierAnswered?: boolean;
}) {
  const sent: string[] = [];
  const answered: string[] = [];
  const pauses: number[] = [];
  let now = 0;
  let next = 1;
  const book: AttemptBook = {
    open: { auditId: 'a1', maybeSent: script.resumed ?? false },
    earlierAnswered: script.earlierAnswered ?? true,
    again: async () => `a${++next}`,
    answered: async (auditId, answer) => void answered.push(`${auditId} ${answer}`),
  };
  const run = () =>
    carryOut({
      cluster: {
        async send(_plan, _request, { auditId }) {
          sent.push(auditId);
          return script.answers.shift() ?? lost;
        },
        async readBack() {
          const look = script.looks.shift() ?? 'away';
          if (look === 'away') throw new OperationError('cluster-unavailable', 'away', { retryable: true });
          return look;
        },
      },
      plan,
      request,
      book,
      deadlineAt: new Date(25_000),
      now: () => new Date((now += 10_000)),
      pause: async (ms) => void pauses.push(ms),
      failpoint: () => undefined,
    });
  return { run, sent, answered, pauses };
}

describe('carryOut', () => {
  it.each([
    ['an accepted request', { answers: [accepted], looks: [] }, 'succeeded', 1],
    ['a rejected first request', { answers: [rejected], looks: [] }, 'refused', 1],
    ['a lost answer whose change is there', { answers: [lost], looks: [landed] }, 'succeeded', 1],
    ['a lost answer on an object that others changed', { answers: [lost], looks: [moved] }, 'unknown', 1],
    [
      'a lost answer on an untouched object, sent again',
      { answers: [lost, accepted], looks: [untouched] },
      'succeeded',
      2,
    ],
    [
      'a re-send that is rejected because the first landed',
      { answers: [lost, rejected], looks: [untouched, landed] },
      'succeeded',
      2,
    ],
    [
      'overload until the deadline, always answered',
      { answers: [overloaded, overloaded, overloaded], looks: [untouched, untouched, untouched] },
      'failed',
      3,
    ],
    [
      'silence until the deadline',
      { answers: [lost, lost, lost], looks: [untouched, untouched, untouched] },
      'unknown',
      3,
    ],
    ['a cluster that cannot be asked again', { answers: [lost], looks: [] }, 'unknown', 1],
    ['a run resumed after its change landed', { answers: [], looks: [landed], resumed: true }, 'succeeded', 0],
    [
      'a run resumed before anything was sent',
      { answers: [accepted], looks: [untouched], resumed: true },
      'succeeded',
      1,
    ],
    ['a run resumed on an object that others changed', { answers: [], looks: [moved], resumed: true }, 'unknown', 0],
    [
      'a resumed run whose re-send is rejected',
      { answers: [rejected, rejected, rejected], looks: [untouched, untouched, untouched, untouched], resumed: true },
      'unknown',
      2,
    ],
  ] as const)(
    'ends %s',
    async (_, script, outcome, sends) => {
      const { run, sent } = scripted({ ...script, answers: [...script.answers], looks: [...script.looks] });

      const result = await run();

      expect(result.outcome).toBe(outcome);
      expect(sent).toHaveLength(sends);
    },
    20_000,
  );

  it('writes down each attempt under an Audit-ID of its own', async () => {
    const { run, sent, answered } = scripted({ answers: [lost, accepted], looks: [untouched] });

    const result = await run();

    expect(sent).toEqual(['a1', 'a2']);
    expect(answered).toEqual(['a1 ambiguous']);
    expect(result.last).toMatchObject({ auditId: 'a2', answer: 'accepted' });
  });

  it('never claims that nothing happened while an unanswered request may still arrive', async () => {
    const answers = fc.constantFrom(lost, overloaded, rejected);
    const looks = fc.constantFrom(untouched, 'away' as const);
    await fc.assert(
      fc.asyncProperty(answers, looks, async (answer, look) => {
        const { run } = scripted({ answers: [lost, answer], looks: [untouched, look, look] });
        expect((await run()).outcome).toBe('unknown');
      }),
      { numRuns: 6 },
    );
  });

  it.each([
    ['as the server asks', 3_000, 3_000],
    ['no shorter than by itself', 100, 700],
    ['no longer than its deadline allows', 60_000, 5_000],
  ])('waits %s', async (_, retryAfterMs, waitedMs) => {
    const busy: EffectAnswer = { kind: 'ambiguous', status: 429, text: 'busy', retryAfterMs };
    const { run, pauses } = scripted({ answers: [busy, accepted], looks: [untouched] });

    await run();

    expect(pauses).toEqual([waitedMs]);
  });
});
