import { describe, expect, it } from '@jest/globals';
import { countsOf, keptOld, waitingFor } from '../../../../src/adapters/kubernetes/verify/counts.ts';
import type { Json } from '../../../../src/domain/json.ts';

type Fields = { readonly [field: string]: Json };
const live = (spec: Fields, status: Fields): Json => ({
  metadata: { generation: 1 },
  spec: { replicas: 3, ...spec },
  status: { observedGeneration: 1, replicas: 3, readyReplicas: 3, ...status },
});
const held = { updateStrategy: { rollingUpdate: { partition: 2 } } };
const byHand = { updateStrategy: { type: 'OnDelete' } };
const revisions = { currentRevision: 'a', updateRevision: 'b' };

describe('a StatefulSet', () => {
  it.each<[string, Json, string | undefined]>([
    ['under way', live({}, { ...revisions, updatedReplicas: 1 }), '1 of 3 replicas are updated'],
    ['down to its partition', live(held, { ...revisions, updatedReplicas: 1 }), undefined],
    ['not yet down to its partition', live(held, { ...revisions, updatedReplicas: 0 }), '2 of 3 replicas are updated'],
    ['that waits for people', live(byHand, { ...revisions, updatedReplicas: 0 }), undefined],
  ])('%s', (_, object, text) => {
    expect(waitingFor(countsOf('StatefulSet', object))).toBe(text);
  });

  it.each<[string, Json, number, string]>([
    ['by hand', live(byHand, {}), 3, '; 3 pods keep the old template until deleted by hand (OnDelete)'],
    ['below a partition', live(held, {}), 1, '; 1 pod keeps the old template below the partition 2'],
    ['all of them', live(held, {}), 0, ''],
    ['that only end', live({}, {}), 2, ''],
  ])('says which pods are as they were: %s', (_, object, old, text) => {
    expect(keptOld(object, old)).toBe(text);
  });
});
