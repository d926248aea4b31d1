import { describe, expect, it } from '@jest/globals';
import {
  hold,
  nodeRoom,
  sharesNoNode,
  type HeldByNode,
} from '../../../../src/adapters/kubernetes/change/preview/capacity.ts';
import { demandOf } from '../../../../src/adapters/kubernetes/change/preview/demand.ts';
import { amountsOf } from '../../../../src/adapters/kubernetes/read/pod-amounts.ts';
import type { Json } from '../../../../src/domain/json.ts';
import { node, template } from './templates.ts';

type Amounts = { readonly [name: string]: string };

function room(nodes: readonly Json[], pod: Json, count: number, held: readonly (readonly [string, Amounts])[] = []) {
  const by: HeldByNode = new Map();
  for (const [name, amounts] of held) hold(by, name, amountsOf(amounts), 1);
  const { requests, spec } = demandOf(pod, []);
  return nodeRoom(nodes, by, { count, requests, spec });
}
const cpu = (amount: string, spec: { readonly [field: string]: Json } = {}): Json =>
  template({ requests: { cpu: amount } }, spec);
const two = [node('n1', { cpu: '2' }), node('n2', { cpu: '2' })];

describe('the room of nodes', () => {
  it.each<[string, readonly Json[], Json, number, number | undefined, string]>([
    ['is enough', two, cpu('1'), 4, undefined, ''],
    [
      'is that of each node, not of all together',
      two,
      cpu('1500m'),
      3,
      2,
      'cpu is short (each asks for 1500m, and no node has more than 500m left for one more)',
    ],
    [
      'is told of what is short where it is',
      [node('n1', { cpu: '2', memory: '1Gi' }), node('n2', { cpu: '500m', memory: '8Gi' })],
      template({ requests: { cpu: '1', memory: '2Gi' } }),
      1,
      0,
      'memory is short (each asks for 2Gi, and no node that is short of it has more than 1Gi left for one more); cpu is short (each asks for 1, and no node that is short of it has more than 500m left for one more)',
    ],
    ['may be used up', two, cpu('1'), 6, 4, 'cpu is used up'],
    [
      'is bounded by the number of pods',
      [node('n1', { pods: '3' })],
      template(),
      5,
      3,
      'the number of pods that a node may have is reached',
    ],
    [
      'lacks devices',
      [node('n1', { 'nvidia.com/gpu': '1' }), node('n2', {})],
      template({ limits: { 'nvidia.com/gpu': '1' } }),
      2,
      1,
      'nvidia.com/gpu is used up',
    ],
    ['is none without nodes', [], cpu('1'), 1, 0, 'the cluster has no nodes'],
    [
      'is not that of cordoned nodes',
      [node('n1', { cpu: '2' }, { spec: { unschedulable: true } }), node('n2', { cpu: '2' }, { ready: 'Unknown' })],
      cpu('1'),
      1,
      0,
      '2 of 2 nodes cordoned or not ready',
    ],
    [
      'is not that of tainted nodes',
      [node('n1', { cpu: '2' }, { spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] } })],
      cpu('1'),
      1,
      0,
      '1 of 1 node with a taint that they do not tolerate',
    ],
    [
      'is that of tainted nodes for those that tolerate it',
      [node('n1', { cpu: '2' }, { spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] } })],
      cpu('1', { tolerations: [{ key: 'gpu', operator: 'Exists' }] }),
      1,
      undefined,
      '',
    ],
    [
      'is that of nodes that are only not preferred',
      [node('n1', { cpu: '2' }, { spec: { taints: [{ key: 'x', effect: 'PreferNoSchedule' }] } })],
      cpu('1'),
      1,
      undefined,
      '',
    ],
    [
      'is that of selected nodes',
      [node('n1', { cpu: '2' }, { labels: { disk: 'ssd' } }), node('n2', { cpu: '2' })],
      cpu('1', { nodeSelector: { disk: 'ssd' } }),
      3,
      2,
      'cpu is used up; 1 of 2 nodes not matched by their node selector or affinity',
    ],
  ])('%s', (_, nodes, pod, count, fits, why) => {
    expect(room(nodes, pod, count)).toEqual(fits === undefined ? undefined : { fits, why });
  });

  it('is what other pods leave', () => {
    expect(room(two, cpu('500m'), 9, [['n1', { cpu: '1800m' }]])).toMatchObject({ fits: 4 });
    expect(room([node('n1', { pods: '2' })], template(), 2, [['n1', {}]])).toMatchObject({ fits: 1 });
  });

  it('is one for each node when they may not share one', () => {
    const rule = { labelSelector: { matchLabels: { app: 'web' } }, topologyKey: 'kubernetes.io/hostname' };
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [rule] } };
    const pod = template({}, { affinity });
    const { requests, spec } = demandOf(pod, []);

    expect(sharesNoNode(pod)).toBe(true);
    expect(sharesNoNode(template())).toBe(false);
    expect(nodeRoom(two, new Map(), { count: 3, requests, spec, takenNodes: new Set(['n1']) })).toEqual({
      fits: 1,
      why: 'two of them may not share a node',
    });
  });

  const affinity = (...matchExpressions: Json[]): { readonly [field: string]: Json } => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
      },
    },
  });
  it.each<[boolean, Json]>([
    [true, { key: 'disk', operator: 'In', values: ['ssd', 'hdd'] }],
    [false, { key: 'disk', operator: 'In', values: ['hdd'] }],
    [false, { key: 'disk', operator: 'NotIn', values: ['ssd'] }],
    [true, { key: 'other', operator: 'NotIn', values: ['ssd'] }],
    [true, { key: 'disk', operator: 'Exists' }],
    [false, { key: 'disk', operator: 'DoesNotExist' }],
    [true, { key: 'size', operator: 'Gt', values: ['4'] }],
    [false, { key: 'size', operator: 'Gt', values: ['5'] }],
    [true, { key: 'size', operator: 'Lt', values: ['6'] }],
    [false, { key: 'disk', operator: 'Like', values: ['ssd'] }],
  ])('matches (%s) the node affinity %j', (matches, expression) => {
    const nodes = [node('n1', { cpu: '2' }, { labels: { disk: 'ssd', size: '5' } })];

    expect(room(nodes, cpu('1', affinity(expression)), 1) === undefined).toBe(matches);
  });

  it('matches one of several terms, and the name of a node', () => {
    const terms = [
      { matchExpressions: [{ key: 'x', operator: 'Exists' }] },
      { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n2'] }] },
      {},
    ];
    const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } };

    expect(room(two, cpu('1', { affinity: { nodeAffinity: required } }), 4)).toMatchObject({ fits: 2 });
  });
});
