import { describe, expect, it } from '@jest/globals';
import type { ChangeAction } from '../../src/domain/change-action.ts';
import type { PartOutcome } from '../../src/domain/outcome.ts';
import type { PlanPart } from '../../src/domain/plan.ts';
import { goesOn, partDeadlineMs, together } from '../../src/flow/parts.ts';

const drain: ChangeAction = { type: 'drain', target: { resource: 'nodes', name: 'n1' } };
const each: ChangeAction = {
  type: 'each',
  kind: { resource: 'pods' },
  selector: 'app=web',
  change: { type: 'delete-pod' },
};
const ended = (part: number, outcome: PartOutcome['outcome'], over: Partial<PartOutcome> = {}): PartOutcome => ({
  part,
  outcome,
  text: `text ${part}`,
  differences: [],
  ...over,
});
const partsOf = (count: number): readonly PlanPart[] =>
  Array.from({ length: count }, (_, index) => ({
    action: { type: 'delete-pod', target: { resource: 'pods', name: `web-${index}` } },
    target: {
      cluster: 'main',
      clusterUid: 'c',
      apiVersion: 'v1',
      kind: 'Pod',
      resource: 'pods',
      namespace: 'shop',
      name: `web-${index}`,
      uid: `u-${index}`,
    },
    changes: [],
  }));

describe('a plan of several objects', () => {
  const drained: readonly PlanPart[] = partsOf(4).map((part, index) => ({
    ...part,
    action:
      index === 0
        ? { type: 'cordon', target: { resource: 'nodes', name: 'n1' } }
        : { type: 'evict', target: { resource: 'pods', name: `web-${index}` } },
  }));

  it.each([
    ['a list', partsOf(4), 0, 'succeeded', true],
    ['a list', partsOf(4), 0, 'refused', true],
    ['a list', partsOf(4), 2, 'failed', true],
    ['a list', partsOf(4), 1, 'unknown', false],
    ['a drain', drained, 0, 'succeeded', true],
    ['a drain', drained, 0, 'refused', false],
    ['a drain', drained, 0, 'failed', false],
    ['a drain', drained, 1, 'refused', true],
    ['a drain', drained, 3, 'unknown', false],
  ] as const)('of %s: after part %#, goes on or stops', (_, parts, part, outcome, expected) => {
    expect(goesOn({ parts }, ended(part, outcome))).toBe(expected);
  });

  it.each([
    [['succeeded', 'succeeded', 'succeeded'], 'succeeded'],
    [['succeeded', 'refused', 'succeeded'], 'partial'],
    [['succeeded', 'unknown'], 'partial'],
    [['succeeded', 'succeeded'], 'partial'],
    [['unknown'], 'unknown'],
    [['refused', 'unknown'], 'unknown'],
    [['refused', 'failed', 'refused'], 'failed'],
    [['refused', 'refused', 'refused'], 'refused'],
    [['failed'], 'failed'],
  ] as const)('%j of three come to %s', (outcomes, expected) => {
    expect(
      together(
        partsOf(3),
        outcomes.map((outcome, part) => ended(part, outcome)),
      ).outcome,
    ).toBe(expected);
  });

  it('names each object that did not succeed, and what was not tried', () => {
    const result = together(partsOf(4), [
      ended(0, 'succeeded', { differences: ['x is 1'] }),
      ended(1, 'refused'),
      ended(2, 'unknown'),
    ]);

    expect(result).toEqual({
      outcome: 'partial',
      text: '1 of 4 objects done; Pod shop/web-1 refused: text 1; Pod shop/web-2 unknown: text 2; 1 not tried',
      differences: ['Pod shop/web-0: x is 1'],
    });
  });

  it('gives each part 30 s, and each pod of a drain what its author said, up to 5 minutes', () => {
    expect(partDeadlineMs(each)).toBe(30_000);
    expect(partDeadlineMs(drain)).toBe(30_000);
    expect(partDeadlineMs({ ...drain, timeoutSeconds: 90 })).toBe(90_000);
    expect(partDeadlineMs({ ...drain, timeoutSeconds: 3600 })).toBe(300_000);
  });
});
