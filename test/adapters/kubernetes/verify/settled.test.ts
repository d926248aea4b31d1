import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../../../src/domain/json.ts';
import { whyUnsettled } from '../../../../src/adapters/kubernetes/verify/settled.ts';
import { after, looping, pod as anyPod, running, start, terminated } from './pods.ts';

/** A ready one. */
const pod = (wanted: Parameters<typeof anyPod>[0]): Json =>
  anyPod({ conditions: [{ type: 'Ready', status: 'True' }], ...wanted });

const probed = { containers: [{ name: 'app', readinessProbe: {} }] };
const ready = (more = {}) => running({ ready: true, ...more });
const again = { restartCount: 2, lastState: terminated(1), state: { running: { startedAt: after(10) } } };
const notYet = 'without a readiness probe they have to run 5 s';

describe('pods that are ready', () => {
  it.each<[string, Json, number, string | undefined]>([
    ['without a probe, at once', pod({ statuses: [ready()] }), 4, notYet],
    ['without a probe, after 5 s', pod({ statuses: [ready()] }), 5, undefined],
    ['with a probe, at once', pod({ statuses: [ready()], spec: probed }), 0, undefined],
    [
      'that started again just now',
      pod({ statuses: [ready(again)], spec: probed }),
      39,
      'pod web-1 restarted 2 times since the change; it has to run 30 s',
    ],
    ['that started again and have run since', pod({ statuses: [ready(again)], spec: probed }), 40, undefined],
    [
      'that are through',
      anyPod({ statuses: [running({ state: terminated(0) })], status: { phase: 'Succeeded' } }),
      0,
      undefined,
    ],
    ['that their node turned away', anyPod({ status: { phase: 'Failed', reason: 'OutOfcpu' } }), 0, undefined],
    [
      'that have crashed since the workload was read',
      anyPod({ statuses: [looping(1)] }),
      60,
      'pod web-1 is not ready any more',
    ],
  ])('%s', (_, one, seconds, text) => {
    expect(whyUnsettled([one], start + seconds * 1000, 5_000)).toBe(text);
  });
});
