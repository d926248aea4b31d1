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
    ['is something else by now', [{ ...mark, before: 'old' }], { metadata: { annotations: { x: 'mine' } } }, false],
    ['is so in part only', [replicas, { ...mark, before: 'old' }], { spec: { replicas: 3 } }, false],
    ['cannot be told of what was not there', [mark], {}, false],
    ['changed nothing there', [{ ...replicas, after: 3 }], { spec: { replicas: 3 } }, false],
  ])('%s', (_, changes, live, isBack) => {
    const told =
      'replicas is again as it was before the change: somebody, or what manages Deployment shop/web, put it back';

    expect(whoPutBack({ target, changes }, live)).toBe(isBack ? told : undefined);
  });
});

describe('a scale that others changed again', () => {
  const told = (now: number, after: number): string =>
    `replicas is ${now} and not ${after} any more: somebody, or an autoscaler, changed it after this change`;

  it.each<[string, number, number, number, string | undefined]>([
    ['part of the way back', 3, 6, 4, told(4, 6)],
    ['below where it began', 3, 6, 2, told(2, 6)],
    ['up again, part of the way', 6, 2, 4, told(4, 2)],
    ['further up', 3, 6, 8, undefined],
    ['further down', 6, 3, 1, undefined],
    ['not at all', 3, 6, 6, undefined],
  ])('%s: from %i to %i, now %i', (_, before, to, now, text) => {
    expect(whoPutBack({ target, changes: [{ ...replicas, before, after: to }] }, { spec: { replicas: now } })).toBe(
      text,
    );
  });
});
