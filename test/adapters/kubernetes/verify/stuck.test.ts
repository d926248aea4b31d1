import { describe, expect, it } from '@jest/globals';
import { podsWaitedFor, waitsForText } from '../../../../src/adapters/kubernetes/verify/stuck.ts';
import type { Json } from '../../../../src/domain/json.ts';

const pod = (name: string, ready: boolean, going = false): Json => ({
  metadata: { name, ...(going ? { deletionTimestamp: '2026-01-02T03:04:05Z' } : {}) },
  status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
});
const set = (podManagementPolicy: string, type = 'RollingUpdate'): Json => ({
  spec: { podManagementPolicy, updateStrategy: { type } },
});
const pods = [pod('db-0', true), pod('db-1', false), pod('db-2', false, true)];

describe('a StatefulSet', () => {
  it.each<[string, Json, readonly Json[]]>([
    ['that goes in order waits for a pod that is not ready', set('OrderedReady'), [pods[1] ?? null]],
    ['that replaces them side by side waits for none', set('Parallel'), []],
    ['that waits for people waits for no pod', set('OrderedReady', 'OnDelete'), []],
  ])('%s', (_, live, expected) => {
    expect(podsWaitedFor(live, pods)).toEqual(expected);
  });

  it('says which, and what to do', () => {
    expect(waitsForText([pod('db-1', false)])).toBe(
      'the StatefulSet replaces no pod until db-1 is ready: delete that pod if it cannot be',
    );
    expect(waitsForText([pod('db-2', false), pod('db-1', false)])).toBe(
      'the StatefulSet replaces no pod until db-1, db-2 are ready: delete those that cannot be',
    );
  });
});
