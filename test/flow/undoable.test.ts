/** What of a run somebody may press Undo for. */
import { describe, expect, it } from '@jest/globals';
import type { ClusterChange, ObjectChange } from '../../src/domain/change-action.ts';
import type { Outcome, PartOutcome } from '../../src/domain/outcome.ts';
import type { PlanPart, Undo } from '../../src/domain/plan.ts';
import { undoableOf } from '../../src/flow/parts.ts';

const node = (name: string) => ({ resource: 'nodes', name });
const pod = (name: string) => ({ resource: 'pods', name });
const web = (name: string) => ({ resource: 'deployments', name });
const partsOf = (actions: readonly ObjectChange[]): readonly PlanPart[] =>
  actions.map((action) => ({
    action,
    target: { cluster: 'm', clusterUid: 'c', apiVersion: 'v1', kind: 'X', resource: 'x', name: 'x', uid: 'u' },
    changes: [],
  }));
const run = (outcome: Outcome, ...outcomes: readonly PartOutcome['outcome'][]) => ({
  outcome,
  parts: outcomes.map((one, part) => ({ part, outcome: one, text: '', differences: [] })),
});
const undo = (action: ClusterChange): Undo => ({ kind: 'action', action, text: 'go back' });
const cordon = (name: string): ObjectChange => ({ type: 'cordon', target: node(name) });
const uncordon = (name: string): ObjectChange => ({ type: 'uncordon', target: node(name) });
const evict = (name: string): ObjectChange => ({ type: 'evict', target: pod(name) });
const scale = (name: string, replicas: number): ObjectChange => ({ type: 'scale', target: web(name), replicas });

describe('the undo of a run', () => {
  const back = [scale('c', 1), scale('b', 1), scale('a', 1)] as const;
  const three = {
    parts: partsOf([scale('a', 2), scale('b', 2), scale('c', 2)]),
    undo: undo({ type: 'several', changes: back }),
  };

  it.each<[string, Parameters<typeof undoableOf>[1], ClusterChange | undefined]>([
    ['all of it', run('succeeded', 'succeeded', 'succeeded', 'succeeded'), { type: 'several', changes: back }],
    [
      'what was changed',
      run('partial', 'succeeded', 'refused', 'succeeded'),
      { type: 'several', changes: [back[0], back[2]] },
    ],
    ['the only one that was changed', run('partial', 'succeeded'), back[2]],
    ['nothing that nobody knows of', run('partial', 'succeeded', 'unknown'), back[2]],
    ['nothing when nothing was changed', run('refused', 'refused'), undefined],
  ])('is about %s', (_, ended, expected) => {
    expect(undoableOf(three, ended)).toEqual(expected);
  });

  it('of a drain that a disruption budget stopped uncordons the node', () => {
    const drain = { parts: partsOf([cordon('n1'), evict('a'), evict('b')]), undo: undo(uncordon('n1')) };

    expect(undoableOf(drain, run('partial', 'succeeded', 'succeeded', 'failed'))).toEqual(uncordon('n1'));
    expect(undoableOf(drain, run('refused', 'refused'))).toBeUndefined();
  });

  it('is none where there is none, and where it does not say which part it is of', () => {
    expect(undoableOf({ undo: { kind: 'none', why: 'x' } }, run('succeeded'))).toBeUndefined();
    expect(undoableOf({ ...three, undo: undo(scale('a', 1)) }, run('partial', 'succeeded', 'failed'))).toBeUndefined();
  });
});
