import { describe, expect, it } from '@jest/globals';
import { OperationError } from '../../src/domain/errors.ts';
import type { SingleChange } from '../../src/domain/change-action.ts';
import type { PlanContent, PlanPart } from '../../src/domain/plan.ts';
import type { WaveSize } from '../../src/domain/waves.ts';
import { carryOutParts } from '../../src/flow/operate-parts.ts';
import type { EffectAnswer, EffectPlan, Prepared, ReadBack } from '../../src/flow/ports.ts';

const accepted: EffectAnswer = { kind: 'accepted', status: 200, differences: [] };
const rejected: EffectAnswer = { kind: 'rejected', status: 403, text: 'no' };
const lost: EffectAnswer = { kind: 'ambiguous', text: 'the connection broke' };

const part = (action: SingleChange): PlanPart => {
  const name = 'target' in action ? action.target.name : '';
  const target = {
    cluster: 'main',
    clusterUid: 'c',
    apiVersion: 'v1',
    kind: 'Thing',
    resource: 'things',
    name,
    uid: name,
  };
  return { action, target, changes: [] };
};
const remove = (name: string) => part({ type: 'delete', target: { resource: 'configmaps', name } });
const evict = (name: string) => part({ type: 'evict', target: { resource: 'pods', name } });
const cordon = (name: string) => part({ type: 'cordon', target: { resource: 'nodes', name } });
const planOf = (...parts: PlanPart[]): PlanContent => ({
  id: 'plan-1',
  action: { type: 'several', changes: [] },
  target: parts[0]?.target ?? cordon('x').target,
  changes: [],
  parts,
  affected: { pods: 0, podNames: [], budgets: [] },
  class: 'destructive',
  warnings: [],
  undo: { kind: 'none', why: 'a test' },
  preview: { kind: 'dry-run' },
  policyDigest: 'p',
  runbookDigest: 'r',
  expiresAt: '2026-03-01T12:00:00Z',
});

/** A cluster whose answers are written down by name; what is not answers that it took the change. */
function open(
  answers: Readonly<Record<string, EffectAnswer>> = {},
  prepared: Readonly<Record<string, Prepared>> = {},
  found: ReadBack = { kind: 'moved', text: 'somebody else' },
) {
  const told: string[] = [];
  const nameOf = ({ id, target }: EffectPlan) => `${id} ${target.name}`;
  let underWay = 0;
  let most = 0;
  const parts = {
    actor: {
      prepare: async ({ target }: EffectPlan): Promise<Prepared> =>
        prepared[target.name] ?? {
          kind: 'ready',
          request: { method: 'DELETE', path: `/${target.name}`, contentType: 'application/json', body: '{}' },
        },
      send: async (effect: EffectPlan): Promise<EffectAnswer> => {
        told.push(`sent ${nameOf(effect)}`);
        most = Math.max(most, ++underWay);
        await Promise.resolve();
        underWay--;
        return answers[effect.target.name] ?? accepted;
      },
      readBack: async (): Promise<ReadBack> => found,
      observe: async () => ({ state: 'done' as const, text: 'whole', ready: 0, wanted: 0 }),
    },
    clock: { now: () => new Date('2026-03-01T12:00:00Z') },
    listener: {
      sending: async (effect: EffectPlan) => void told.push(`before ${nameOf(effect)}`),
      ended: ({ target }: EffectPlan, { outcome }: { outcome: string }) => void told.push(`${target.name} ${outcome}`),
    },
  };
  return { parts, told, most: () => most };
}

describe('the parts of a plan', () => {
  it('are carried out one after the other, each with an id of its own and told before it is sent', async () => {
    const { parts, told, most } = open();

    const runs = await carryOutParts(parts, planOf(remove('a'), remove('b')));

    expect(runs).toMatchObject([
      { part: 0, outcome: 'succeeded', auditIds: [expect.any(String)] },
      { part: 1, outcome: 'succeeded', auditIds: [expect.any(String)] },
    ]);
    expect(told).toEqual([
      'before plan-1 a',
      'sent plan-1 a',
      'a succeeded',
      'before plan-1.1 b',
      'sent plan-1.1 b',
      'b succeeded',
    ]);
    expect(most()).toBe(1);
  });

  it('go on behind one that was refused, as kubectl does', async () => {
    const { parts } = open({ a: rejected }, { b: { kind: 'refused', text: 'it moved' } });

    const runs = await carryOutParts(parts, planOf(remove('a'), remove('b'), remove('c')));

    expect(runs.map(({ outcome }) => outcome)).toEqual(['refused', 'refused', 'succeeded']);
  });

  it('stop behind one of which nobody knows what happened', async () => {
    const { parts, told } = open({ a: lost });

    const runs = await carryOutParts(parts, planOf(remove('a'), remove('b')));

    expect(runs.map(({ outcome }) => outcome)).toEqual(['unknown']);
    expect(told.join()).not.toContain(' b');
  });

  it('are refused one by one when the cluster cannot be asked, and those beside them are told', async () => {
    const { parts, told } = open();
    const prepare = async (effect: EffectPlan): Promise<Prepared> => {
      if (effect.target.name !== 'q') return parts.actor.prepare(effect);
      throw new OperationError('cluster-unavailable', 'The cluster does not answer.', { retryable: true });
    };

    const runs = await carryOutParts(
      { ...parts, actor: { ...parts.actor, prepare } },
      planOf(cordon('n'), evict('p'), evict('q'), evict('r')),
    );

    expect(runs.map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded', 'refused', 'succeeded']);
    expect(runs[2]).toMatchObject({ text: 'The cluster does not answer. Nothing was sent.', auditIds: [] });
    expect(told).toEqual(expect.arrayContaining(['q refused', 'r succeeded']));
  });

  it('end before a broken promise of one is told', async () => {
    const { parts, told } = open();
    const sending = async (effect: EffectPlan): Promise<void> => {
      if (effect.target.name === 'p') throw new Error('the journal is away');
      return parts.listener.sending(effect);
    };

    const runs = carryOutParts(
      { ...parts, listener: { ...parts.listener, sending } },
      planOf(cordon('n'), evict('p'), evict('q')),
    );

    await expect(runs).rejects.toThrow('the journal is away');
    expect(told).toContain('q succeeded');
    expect(told.join()).not.toContain('sent plan-1.1');
  });

  it('of a drain stop behind a cordon that failed, for the pods would come back', async () => {
    const { parts, told } = open({ n: rejected });

    const runs = await carryOutParts(parts, planOf(cordon('n'), evict('p')));

    expect(runs).toHaveLength(1);
    expect(told.join()).not.toContain('sent plan-1.1');
  });

  it('are evicted side by side, so that a blocked pod holds up no other', async () => {
    const { parts, most } = open();

    const runs = await carryOutParts(parts, planOf(cordon('n'), evict('p'), evict('q'), evict('r')));

    expect(runs.map(({ part }) => part)).toEqual([0, 1, 2, 3]);
    expect(most()).toBe(3);
  });

  it('have their time from their first request on, however long it took to keep what pods leave behind', async () => {
    const { parts, told } = open({ p: lost }, {}, { kind: 'untouched' });
    let now = Date.parse('2026-03-01T12:00:00Z');
    const clock = { now: () => new Date(now) };
    const capture = async () => {
      now += 40_000;
      return { pods: [], missing: [] };
    };
    const send = async (...args: Parameters<typeof parts.actor.send>): Promise<EffectAnswer> => {
      const sentBefore = told.filter((one) => one.startsWith('sent')).length;
      const answer = await parts.actor.send(...args);
      return sentBefore === 0 ? answer : accepted;
    };

    const pod = part({ type: 'delete-pod', target: { resource: 'pods', name: 'p' } });
    const runs = await carryOutParts({ ...parts, clock, actor: { ...parts.actor, capture, send } }, planOf(pod));

    expect(runs).toMatchObject([{ outcome: 'succeeded' }]);
  });

  describe('that delete pods', () => {
    const pod = (name: string) => part({ type: 'delete-pod', target: { resource: 'pods', name } });
    const rolling = (ready: number) => ({ state: 'rolling' as const, text: `${ready} of 3`, ready, wanted: 3 });
    const inWaves = (waves: WaveSize) => ({ ...planOf(pod('a'), pod('b'), pod('c')), waves });

    it('wait for the replacements of each wave', async () => {
      const { parts, told } = open();
      // As many as it should have, which have to prove themselves first.
      const states = [rolling(2), rolling(3)];
      const observe = async () => {
        told.push('looked');
        return states.shift() ?? { ...rolling(3), state: 'done' as const };
      };
      const listener = { ...parts.listener, waiting: (text: string) => void told.push(`waits ${text}`) };

      const runs = await carryOutParts({ ...parts, listener, actor: { ...parts.actor, observe } }, inWaves(2));

      expect(runs.map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded', 'succeeded']);
      expect(told.filter((one) => /sent|looked|waits/.test(one))).toEqual([
        'sent plan-1 a',
        'sent plan-1.1 b',
        'looked',
        'waits 2 of 3',
        'looked',
        'waits 3 of 3',
        'looked',
        'looked',
        'sent plan-1.2 c',
      ]);
    });

    it('go at once when that was chosen', async () => {
      const { parts } = open();
      const observe = () => Promise.reject(new Error('nobody waits'));

      expect(await carryOutParts({ ...parts, actor: { ...parts.actor, observe } }, inWaves('all'))).toHaveLength(3);
    });

    it.each([
      [
        'nothing makes it again',
        async () => ({ ...rolling(0), state: 'failed' as const, wanted: 0, text: 'no more' }),
        'no more',
      ],
      [
        'nobody may look',
        () => Promise.reject(new OperationError('cluster-denied', 'It may not.', { retryable: false })),
        'It may not.',
      ],
    ])('stop when %s', async (_, observe, why) => {
      const { parts } = open();
      const stopped: string[] = [];
      const listener = { ...parts.listener, stopped: (text: string) => void stopped.push(text) };

      const runs = await carryOutParts({ ...parts, listener, actor: { ...parts.actor, observe } }, inWaves(1));

      expect(runs).toHaveLength(1);
      expect(stopped).toEqual([why]);
    });

    it('stop after ten minutes, by the clock', async () => {
      const { parts } = open();
      let now = Date.parse('2026-03-01T12:00:00Z');
      const clock = { now: () => new Date((now += 4 * 60_000)) };
      const stopped: string[] = [];
      const listener = { ...parts.listener, stopped: (text: string) => void stopped.push(text) };
      const observe = async () => rolling(2);

      const runs = await carryOutParts({ listener, clock, actor: { ...parts.actor, observe } }, inWaves(1));

      expect(runs).toHaveLength(1);
      expect(stopped).toEqual(['not ready within 10 minutes: 2 of 3']);
    });

    it('tell what was kept of them before each is sent', async () => {
      const { parts, told } = open();
      const captured = { pods: [], missing: ['logs of a: gone'] };
      const actor = { ...parts.actor, capture: async () => captured };
      const listener = { ...parts.listener, captured: (one: object) => void told.push(JSON.stringify(one)) };

      await carryOutParts({ ...parts, actor, listener }, planOf(pod('a')));

      expect(told).toEqual([JSON.stringify(captured), 'before plan-1 a', 'sent plan-1 a', 'a succeeded']);
    });
  });

  it('that have ended already are done without a request; one with our own mark on it is not ours', async () => {
    const { parts, told } = open({}, { a: { kind: 'landed', text: 'it is gone' }, b: { kind: 'landed' } });

    const runs = await carryOutParts(parts, planOf(remove('a'), remove('b')));

    expect(runs).toMatchObject([
      { outcome: 'succeeded', text: 'it is gone', auditIds: [] },
      { outcome: 'refused', auditIds: [] },
    ]);
    expect(told).toEqual(['a succeeded', 'b refused']);
  });
});
