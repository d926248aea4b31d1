import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../../../src/domain/json.ts';
import { observeAutoscaler } from '../../../../src/adapters/kubernetes/verify/autoscaler.ts';
import { after, start } from './pods.ts';

type Condition = readonly [type: string, status: string, reason: string, message: string];
const able: Condition = ['AbleToScale', 'True', 'ReadyForNewScale', 'recommended size matches current size'];
const hpa = (currentReplicas: number, ...conditions: Condition[]): Json => ({
  metadata: { creationTimestamp: after(0) },
  spec: { minReplicas: 2, maxReplicas: 4 },
  status: {
    currentReplicas,
    desiredReplicas: currentReplicas,
    conditions: conditions.map(([type, status, reason, message]) => ({ type, status, reason, message })),
  },
});

describe('an autoscaler with new bounds', () => {
  it.each<[string, Json, number, string, string]>([
    ['nobody has looked at', hpa(0), 10, 'rolling', 'HPA is stored; waiting for the autoscaler to look at it'],
    ['nobody looks at', hpa(0), 60, 'done', 'HPA is stored; no autoscaler has looked at it yet'],
    ['within them', hpa(3, able), 10, 'done', 'HPA holds: 3 replicas within 2 to 4'],
    ['below them', hpa(1, able), 10, 'rolling', 'HPA brings 1 replicas to within 2 to 4'],
    [
      'held by them',
      hpa(4, able, [
        'ScalingLimited',
        'True',
        'TooManyReplicas',
        'the desired replica count is more than the maximum replica count',
      ]),
      10,
      'done',
      'HPA holds: 4 replicas within 2 to 4; it is held: TooManyReplicas, the desired replica count is more than the maximum replica count',
    ],
    [
      'without metrics',
      hpa(2, able, [
        'ScalingActive',
        'False',
        'FailedGetResourceMetric',
        'the HPA was unable to compute the replica count: no metrics',
      ]),
      10,
      'done',
      'HPA holds: 2 replicas within 2 to 4; it cannot decide: FailedGetResourceMetric, the HPA was unable to compute the replica count: no metrics',
    ],
    [
      'whose workload somebody stopped',
      hpa(0, able, ['ScalingActive', 'False', 'ScalingDisabled', 'the replica count of the target is zero']),
      10,
      'done',
      'HPA is stored; what it scales stands at 0 replicas, and it leaves it there',
    ],
    [
      'whose workload is not there',
      hpa(0, ['AbleToScale', 'False', 'FailedGetScale', 'deployments.apps "web" not found']),
      10,
      'failed',
      'HPA does not scale: FailedGetScale, deployments.apps "web" not found',
    ],
  ])('%s', (_, object, seconds, state, text) => {
    expect(observeAutoscaler(object, 'HPA', start + seconds * 1000)).toMatchObject({ state, text });
  });
});
