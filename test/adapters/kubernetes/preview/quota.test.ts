import { describe, expect, it } from '@jest/globals';
import { demandOf } from '../../../../src/adapters/kubernetes/change/preview/demand.ts';
import { limitViolations } from '../../../../src/adapters/kubernetes/change/preview/limit-range.ts';
import { quotaRoom } from '../../../../src/adapters/kubernetes/change/preview/quota.ts';
import type { Json } from '../../../../src/domain/json.ts';
import { limitRange, quota, template } from './templates.ts';

const room = (quotas: readonly Json[], pod: Json, count: number, ranges: readonly Json[] = []) =>
  quotaRoom(quotas, demandOf(pod, ranges), { count });
const gib = (amount: number): Json => template({ requests: { memory: `${amount}Gi` } });

describe('the room of a quota', () => {
  it.each<[string, Json, Json, number, number | undefined, string]>([
    [
      'is what is left of the scarcest',
      quota({ 'requests.memory': '8Gi', pods: '10' }, { 'requests.memory': '6Gi', pods: '3' }),
      gib(1),
      4,
      2,
      'requests.memory: 6Gi of 8Gi used, each pod asks for 1Gi',
    ],
    ['may be enough', quota({ 'requests.memory': '8Gi' }, { 'requests.memory': '6Gi' }), gib(1), 2, undefined, ''],
    ['may be none', quota({ pods: '3' }, { pods: '3' }), template(), 1, 0, 'pods: 3 of 3 used'],
    ['is none beyond the bound', quota({ pods: '3' }, { pods: '5' }), template(), 1, 0, 'pods: 5 of 3 used'],
    [
      'counts objects',
      quota({ 'count/pods': '4' }, { 'count/pods': '3' }),
      template(),
      2,
      1,
      'count/pods: 3 of 4 used',
    ],
    [
      'takes `memory` for what is requested',
      quota({ memory: '2Gi' }, { memory: '0' }),
      gib(1),
      3,
      2,
      'memory: 0 of 2Gi used, each pod asks for 1Gi',
    ],
    [
      'is counted in thousandths of a CPU',
      quota({ 'requests.cpu': '1' }, { 'requests.cpu': '300m' }),
      template({ requests: { cpu: '200m' } }),
      9,
      3,
      'requests.cpu: 300m of 1 used, each pod asks for 200m',
    ],
    [
      'takes a limit for the request that is not said',
      quota({ 'requests.nvidia.com/gpu': '4' }, { 'requests.nvidia.com/gpu': '3' }),
      template({ limits: { 'nvidia.com/gpu': '1' } }),
      2,
      1,
      'requests.nvidia.com/gpu: 3 of 4 used, each pod asks for 1',
    ],
    [
      'is about limits too',
      quota({ 'limits.cpu': '4' }, { 'limits.cpu': '1' }),
      template({ limits: { cpu: '2' } }),
      2,
      1,
      'limits.cpu: 1 of 4 used, each pod asks for 2',
    ],
    ['is endless for what the pods do not ask for', quota({ services: '0' }, {}), template(), 9, undefined, ''],
    [
      'wants every container to say its CPU',
      quota({ 'limits.cpu': '4' }, {}),
      template(),
      1,
      0,
      'it wants every container to say its limits.cpu, and app does not',
    ],
    [
      'of another priority is not theirs',
      quota(
        { pods: '0' },
        {},
        { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] } },
      ),
      template(),
      1,
      undefined,
      '',
    ],
    [
      'of their priority is theirs',
      quota(
        { pods: '0' },
        {},
        { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] } },
      ),
      template({}, { priorityClassName: 'high' }),
      1,
      0,
      'pods: 0 of 0 used',
    ],
    [
      'for pods with requests',
      quota({ pods: '0' }, {}, { scopes: ['NotBestEffort'] }),
      gib(1),
      1,
      0,
      'pods: 0 of 0 used',
    ],
    ['for pods without requests', quota({ pods: '0' }, {}, { scopes: ['BestEffort'] }), gib(1), 1, undefined, ''],
    ['for pods that end', quota({ pods: '0' }, {}, { scopes: ['Terminating'] }), template(), 1, undefined, ''],
    [
      'for pods with a deadline',
      quota({ pods: '0' }, {}, { scopes: ['Terminating'] }),
      template({}, { activeDeadlineSeconds: 60 }),
      1,
      0,
      'pods: 0 of 0 used',
    ],
    [
      'counts all containers, and the largest of those that start',
      quota({ 'requests.cpu': '3' }, {}),
      {
        spec: {
          containers: ['a', 'b'].map((name) => ({ name, resources: { requests: { cpu: '1' } } })),
          initContainers: [{ name: 'i', resources: { requests: { cpu: '1500m' } } }],
        },
      },
      2,
      1,
      'requests.cpu: 0 of 3 used, each pod asks for 2',
    ],
    [
      'goes by what is said for the whole pod',
      quota({ 'requests.cpu': '3' }, {}),
      template({}, { resources: { requests: { cpu: '2' } } }),
      2,
      1,
      'requests.cpu: 0 of 3 used, each pod asks for 2',
    ],
  ])('%s', (_, one, pod, count, fits, why) => {
    expect(room([one], pod, count)).toEqual(fits === undefined ? [] : [{ quota: 'team', fits, why }]);
  });

  it('counts the defaults of a LimitRange', () => {
    const ranges = [limitRange({ type: 'Container', default: { memory: '2Gi' }, defaultRequest: { memory: '1Gi' } })];

    expect(room([quota({ 'requests.memory': '3Gi', 'limits.memory': '4Gi' }, {})], template(), 3, ranges)).toEqual([
      { quota: 'team', fits: 2, why: 'limits.memory: 0 of 4Gi used, each pod asks for 2Gi' },
    ]);
  });

  it('gives back what the old pods had', () => {
    const demand = demandOf(gib(2), []);
    const leaving = { demand: demandOf(gib(1), []), count: 3 };
    const quotas = [quota({ 'requests.memory': '4Gi' }, { 'requests.memory': '3Gi' })];

    expect(quotaRoom(quotas, demand, { count: 3, leaving })).toMatchObject([{ fits: 2 }]);
    expect(quotaRoom(quotas, demand, { count: 3 })).toMatchObject([{ fits: 0 }]);
  });

  it('is that of each quota', () => {
    const quotas = [quota({ pods: '1' }, {}), quota({ pods: '2' }, {}), quota({ pods: '9' }, {})];

    expect(room(quotas, template(), 3).map(({ fits }) => fits)).toEqual([1, 2]);
  });
});

describe('a LimitRange', () => {
  const container = (over: object): Json => ({ type: 'Container', ...over });
  it.each<[string, Json, Json, string[]]>([
    [
      'with a lower maximum',
      container({ max: { memory: '1Gi' } }),
      template({ limits: { memory: '2Gi' } }),
      ['LimitRange bounds refuses pods with more than 1Gi of memory for a container, and the limit of app is 2Gi'],
    ],
    [
      'with a maximum for what has no limit',
      container({ max: { memory: '1Gi' } }),
      template({ requests: { memory: '1Mi' } }),
      ['LimitRange bounds refuses pods with more than 1Gi of memory for a container, and app has no limit'],
    ],
    [
      'with enough',
      container({ max: { memory: '1Gi' }, min: { memory: '1Mi' } }),
      template({ limits: { memory: '1Gi' } }),
      [],
    ],
    [
      'with a higher minimum',
      container({ min: { cpu: '100m' } }),
      template({ requests: { cpu: '10m' } }),
      ['LimitRange bounds refuses pods with less than 100m of cpu for a container, and app asks for 10m'],
    ],
    [
      'of a ratio',
      container({ maxLimitRequestRatio: { cpu: '2' } }),
      template({ requests: { cpu: '100m' }, limits: { cpu: '201m' } }),
      [
        'LimitRange bounds refuses pods with a limit of more than 2 × the request of cpu for a container, and app has 201m and 100m',
      ],
    ],
    [
      'of a ratio, without a limit',
      container({ maxLimitRequestRatio: { cpu: '2' } }),
      template({ requests: { cpu: '100m' } }),
      [
        'LimitRange bounds refuses pods with a limit of more than 2 × the request of cpu for a container, and app has 0 and 100m',
      ],
    ],
    [
      'of a ratio that holds',
      container({ maxLimitRequestRatio: { cpu: '2' } }),
      template({ requests: { cpu: '100m' }, limits: { cpu: '200m' } }),
      [],
    ],
    [
      'for pods',
      { type: 'Pod', max: { cpu: '1' } },
      template({ limits: { cpu: '2' } }),
      ['LimitRange bounds refuses pods with more than 1 of cpu, and the limit of the pod is 2'],
    ],
    ['for claims', { type: 'PersistentVolumeClaim', max: { storage: '1Gi' } }, template(), []],
  ])('%s', (_, item, pod, sentences) => {
    const ranges = [limitRange(item)];

    expect(limitViolations(ranges, demandOf(pod, ranges))).toEqual(sentences);
  });
});
