import { describe, expect, it } from '@jest/globals';
import { podsGoing, suspension } from '../../../../src/adapters/kubernetes/change/preview/going.ts';
import { wavesOf } from '../../../../src/adapters/kubernetes/change/preview/waves.ts';
import type { Json } from '../../../../src/domain/json.ts';
import { template } from './templates.ts';

type Fields = { readonly [field: string]: Json };
const workload = (spec: Fields, pod: Json = template(), status: Fields = {}): { readonly [field: string]: Json } => ({
  apiVersion: 'apps/v1',
  metadata: { name: 'web' },
  spec: { replicas: 4, template: pod, ...spec },
  status,
});
const big = template({ requests: { cpu: '4' } });
const renamed = template({}, { hostname: 'x' });
const strict = { strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } };
const partition = (ordinal: number): Fields => ({ updateStrategy: { rollingUpdate: { partition: ordinal } } });
const job = (spec: Fields, status: Fields = {}): Json => ({
  ...workload({ replicas: null, ...spec }, template(), status),
  apiVersion: 'batch/v1',
});

describe('the pods that a change makes', () => {
  it.each<[string, string, Json | undefined, Json, object[]]>([
    ['a scale-up', 'Deployment', workload({}), workload({ replicas: 7 }), [{ kind: 'added', count: 3 }]],
    ['a scale-down', 'Deployment', workload({}), workload({ replicas: 1 }), []],
    ['a new object', 'StatefulSet', undefined, workload({}), [{ kind: 'added', count: 4 }]],
    ['a new template that asks for as much', 'Deployment', workload({}), workload({}, renamed), []],
    [
      'one that may not be short of a pod',
      'Deployment',
      workload(strict),
      workload(strict, renamed),
      [{ kind: 'surge', count: 1 }],
    ],
    [
      'a percentage that comes to none',
      'Deployment',
      workload({ replicas: 3 }),
      workload({ replicas: 3 }, renamed),
      [{ kind: 'surge', count: 1 }],
    ],
    [
      'one that asks for more',
      'Deployment',
      workload({}),
      workload({}, big),
      [{ kind: 'replaced', count: 4, old: { template: template(), count: 4 } }],
    ],
    [
      'one that asks for more and may not be short of a pod',
      'Deployment',
      workload(strict),
      workload(strict, big),
      [
        { kind: 'replaced', count: 4 },
        { kind: 'surge', count: 1, template: big },
      ],
    ],
    [
      'one that asks for more from a partition on',
      'StatefulSet',
      workload(partition(3)),
      workload(partition(3), big),
      [{ kind: 'replaced', count: 1, old: { template: template(), count: 1 } }],
    ],
    [
      'one whose partition lets none be replaced',
      'StatefulSet',
      workload(partition(9)),
      workload({ ...partition(9), replicas: 5 }, big),
      [{ kind: 'added', count: 1, template: template() }],
    ],
    [
      'one that ends all first',
      'Deployment',
      workload({ strategy: { type: 'Recreate' } }),
      workload({ strategy: { type: 'Recreate' } }, renamed),
      [],
    ],
    ['a paused one', 'Deployment', workload({ paused: true }), workload({ paused: true }, big), []],
    [
      'a paused one that grows',
      'Deployment',
      workload({ paused: true }),
      workload({ paused: true, replicas: 5 }, big),
      [{ kind: 'added', count: 1, template: template() }],
    ],
    [
      'what is replaced by hand',
      'StatefulSet',
      workload({ updateStrategy: { type: 'OnDelete' } }),
      workload({ updateStrategy: { type: 'OnDelete' } }, big),
      [],
    ],
    [
      'a DaemonSet',
      'DaemonSet',
      workload({}, template(), { desiredNumberScheduled: 3 }),
      workload({}, big, { desiredNumberScheduled: 3 }),
      [{ kind: 'replaced', count: 3, perNode: true }],
    ],
    ['a ReplicaSet', 'ReplicaSet', workload({}), workload({}, big), []],
    ['a job', 'Job', undefined, job({ parallelism: 3, completions: 2 }), [{ kind: 'added', count: 2 }]],
    ['a suspended job', 'Job', undefined, job({ suspend: true }), []],
    [
      'a job that goes on',
      'Job',
      job({ suspend: true, parallelism: 2 }),
      job({ parallelism: 2 }),
      [{ kind: 'added', count: 2 }],
    ],
    ['a pod', 'Pod', undefined, { apiVersion: 'v1', spec: {} }, [{ kind: 'added', count: 1 }]],
    ['a kind of others by the same name', 'Job', undefined, { ...workload({}), apiVersion: 'batch.volcano.sh/v1' }, []],
    ['a config map', 'ConfigMap', undefined, { apiVersion: 'v1' }, []],
  ])('%s', (_, kind, live, after, waves) => {
    expect(wavesOf({ kind, live, after })).toMatchObject(waves);
    expect(wavesOf({ kind, live, after })).toHaveLength(waves.length);
  });
});

const pod = (
  name: string,
  over: {
    readonly node?: string;
    readonly ready?: string;
    readonly restarts?: number;
    readonly cost?: string;
    readonly phase?: string;
  } = {},
): Json => ({
  metadata: {
    name,
    creationTimestamp: '2026-01-01T00:00:00Z',
    annotations: over.cost === undefined ? {} : { 'controller.kubernetes.io/pod-deletion-cost': over.cost },
  },
  spec: { nodeName: over.node ?? name },
  status: {
    phase: over.phase ?? 'Running',
    conditions:
      over.ready === ''
        ? []
        : [{ type: 'Ready', status: 'True', lastTransitionTime: over.ready ?? '2026-01-01T00:00:00Z' }],
    containerStatuses: [{ restartCount: over.restarts ?? 0 }],
  },
});

describe('the pods that a scale-down ends', () => {
  it.each<[string, readonly Json[], string[]]>([
    ['those without a node', [pod('a'), pod('b', { node: '' })], ['b']],
    ['those that wait', [pod('a'), pod('b', { phase: 'Pending' })], ['b']],
    ['those that are not ready', [pod('a'), pod('b', { ready: '' })], ['b']],
    ['the cheap ones', [pod('a', { cost: '5' }), pod('b', { cost: '-5', ready: '2020-01-01T00:00:00Z' })], ['b']],
    ['those that share a node', [pod('a', { node: 'x' }), pod('b', { node: 'y' }), pod('c', { node: 'y' })], ['b']],
    ['those that became ready last', [pod('a'), pod('b', { ready: '2026-01-02T00:00:00Z' })], ['b']],
    ['those that restarted most', [pod('a'), pod('b', { restarts: 3 })], ['b']],
  ])('are rather %s', (_, pods, names) => {
    const live = workload({ replicas: pods.length });

    const going = podsGoing('Deployment', live, pods, pods.length - 1);

    expect(going.names).toEqual(names);
    expect(going.notes).toEqual([
      `Which pod goes is the controller's choice; as they are now, ${names.join()} comes first.`,
    ]);
  });

  it('are none of those that end already', () => {
    const ending = { ...(pod('b', { ready: '' }) as object), metadata: { name: 'b', deletionTimestamp: 'x' } };

    expect(podsGoing('Deployment', workload({ replicas: 2 }), [pod('a'), ending], 1).names).toEqual(['a']);
  });

  it('are not all named when somebody asked for far too many', () => {
    const claims = { volumeClaimTemplates: [{ metadata: { name: 'data' } }] };

    const going = podsGoing('StatefulSet', workload({ replicas: 2_000_000_000, ...claims }), [], 3);

    expect(going.names).toHaveLength(100);
    expect(going.notes[0]).toMatch(/: web-1999999999, .* and 1999999992 more\.$/);
    expect(going.notes[1]).toMatch(/: data-web-1999999999, .* and 1999999992 more\.$/);
  });

  it('are all when none is left', () => {
    expect(podsGoing('Deployment', workload({ replicas: 2 }), [pod('b'), pod('a')], 0)).toEqual({
      names: ['a', 'b'],
      notes: [],
    });
  });

  it('have the highest numbers in a StatefulSet, and leave their claims behind', () => {
    const claims = { volumeClaimTemplates: [{ metadata: { name: 'data' } }] };

    expect(podsGoing('StatefulSet', workload(claims), [], 2)).toEqual({
      names: ['web-3', 'web-2'],
      notes: [
        'The pods with the highest numbers go first: web-3, web-2.',
        'Their PersistentVolumeClaims stay behind, with their data and their cost: data-web-3, data-web-2.',
      ],
    });
    expect(podsGoing('StatefulSet', workload({ ordinals: { start: 5 } }), [], 3).names).toEqual(['web-8']);
    const deleted = { ...claims, persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } };
    expect(podsGoing('StatefulSet', workload(deleted), [], 3).notes).toContain(
      'Their PersistentVolumeClaims are deleted with them, and the data: data-web-3.',
    );
  });
});

describe('suspending', () => {
  it.each<[string, string, Json, Json, string[]]>([
    [
      'a job that runs',
      'Job',
      job({}, { active: 2 }),
      job({ suspend: true }),
      ['Suspending a job ends its 2 running pods; what they have done so far is lost.'],
    ],
    ['a job that waits', 'Job', job({}), job({ suspend: true }), []],
    ['is taken back', 'Job', job({ suspend: true }), job({}), ['It makes its pods anew, from the beginning of each.']],
    [
      'a cron job',
      'CronJob',
      job({}, { active: [{}] }),
      job({ suspend: true }),
      ['Jobs that run already go on (1); only new ones are not made.'],
    ],
    ['is not meant', 'Job', job({}), job({ parallelism: 3 }), []],
  ])('%s', (_, kind, live, after, sentences) => {
    expect(suspension(kind, live, after)).toEqual(sentences);
  });
});
