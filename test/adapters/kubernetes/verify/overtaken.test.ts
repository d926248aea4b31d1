import { describe, expect, it } from '@jest/globals';
import { isLate, whoPutBack } from '../../../../src/adapters/kubernetes/verify/overtaken.ts';
import type { Json } from '../../../../src/domain/json.ts';
import type { Target } from '../../../../src/domain/plan.ts';
import { after, start } from './pods.ts';

const deployment = (said: number, more: { readonly [field: string]: Json } = {}): Json => ({
  metadata: { generation: 2, managedFields: [{ manager: 'firebreak', time: after(60) }] },
  spec: { progressDeadlineSeconds: 30, ...more },
  status: {
    observedGeneration: 2,
    conditions: [
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', lastUpdateTime: after(said) },
    ],
  },
});

describe('a deployment that made no progress in time', () => {
  it.each<[string, Json, number, boolean]>([
    ['since the change', deployment(90), 91, true],
    ['before the change', deployment(50), 61, false],
    ['before the change, and not since either', deployment(50), 90, true],
    ['before the change, by the usual deadline', deployment(50, { progressDeadlineSeconds: null }), 90, false],
  ])('%s', (_, live, seconds, late) => {
    expect(isLate(live, start + seconds * 1000)).toBe(late);
  });
});

const target: Target = {
  cluster: 'main',
  clusterUid: 'c',
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  resource: 'deployments',
  namespace: 'shop',
  name: 'web',
  uid: 'u',
};
const replicas = { path: '/spec/replicas', label: 'replicas', before: 3, after: 5 };
const mark = { path: '/metadata/annotations/x', label: 'x', after: 'new' };

describe('a change that was put back', () => {
  it.each<[string, Parameters<typeof whoPutBack>[0]['changes'], Json, boolean]>([
    ['is as before', [replicas, mark], { spec: { replicas: 3 } }, true],
    ['is as it was made', [replicas, mark], { spec: { replicas: 5 } }, false],
    ['is something else by now', [replicas], { spec: { replicas: 4 } }, false],
    ['is so in part only', [replicas, { ...mark, before: 'old' }], { spec: { replicas: 3 } }, false],
    ['cannot be told of what was not there', [mark], {}, false],
    ['changed nothing there', [{ ...replicas, after: 3 }], { spec: { replicas: 3 } }, false],
  ])('%s', (_, changes, live, isBack) => {
    const told =
      'replicas is again as it was before the change: somebody, or what manages Deployment shop/web, put it back';

    expect(whoPutBack({ target, changes }, live)).toBe(isBack ? told : undefined);
  });
});
