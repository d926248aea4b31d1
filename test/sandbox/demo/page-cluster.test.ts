import { describe, expect, it } from '@jest/globals';
import { baselineOf, envFacts, specFacts } from '../../../src/sandbox/demo/page/cluster/changes.ts';
import { byRevision, huesOf, shapeOf, shortName, statusOf } from '../../../src/sandbox/demo/page/cluster/pod-state.ts';
import { shown, sparkOf } from '../../../src/sandbox/demo/page/sparkline.ts';
import type { ClusterLook, PodLook, StoryLook, WorkloadLook } from '../../../src/sandbox/demo/protocol.ts';

const pod = (name: string, more: Partial<PodLook> = {}): PodLook => ({
  name,
  status: 'Running',
  ready: true,
  restarts: 0,
  revision: '1',
  ...more,
});
const workload = (more: Partial<WorkloadLook> = {}): WorkloadLook => ({
  namespace: 'hdc',
  name: 'hdc-gpu',
  wanted: 3,
  ready: 3,
  updated: 3,
  revision: '1',
  image: 'hdc:1',
  paused: false,
  state: 'steady',
  env: [{ name: 'BATCH', value: '100' }],
  pods: [],
  ...more,
});
const cluster = (one: WorkloadLook): ClusterLook => ({
  kind: 'stand-in',
  name: 'sandbox',
  nodes: [],
  events: [],
  writes: [],
  workloads: [one],
});
const stories = (state: StoryLook['state']): StoryLook[] => [
  { id: 'hdc', system: '', title: '', summary: '', via: 'Alertmanager', namespace: 'hdc', state, signal: null },
];

describe('a pod', () => {
  it.each<[string, boolean, string]>([
    ['Running', true, 'running'],
    ['Running', false, 'waiting'],
    ['Pending', false, 'waiting'],
    ['ContainerCreating', false, 'waiting'],
    ['Init:0/1', false, 'waiting'],
    ['Init:CrashLoopBackOff', false, 'failing'],
    ['CrashLoopBackOff', false, 'failing'],
    ['OOMKilled', false, 'failing'],
    ['ImagePullBackOff', false, 'failing'],
    ['Terminating', true, 'leaving'],
    ['Completed', false, 'done'],
  ])('that is %s (ready: %s) has the shape of %s', (status, ready, shape) => {
    expect(shapeOf({ status, ready })).toBe(shape);
  });

  it('says that it is not ready where its status does not', () => {
    expect(statusOf({ status: 'Running', ready: false })).toBe('Running, not ready');
    expect(statusOf({ status: 'Pending', ready: false })).toBe('Pending');
  });

  it('is told apart by the end of its name', () => {
    expect(shortName('hdc-gpu-7c9f4d-x2x7k')).toBe('x2x7k');
    expect(shortName('pod')).toBe('pod');
  });

  it('stands with its revision, the current one last', () => {
    const pods = [pod('a', { revision: '10' }), pod('b', { revision: '9' }), pod('c', { revision: '2' })];

    const groups = byRevision(pods, '9');

    expect(groups.map(({ revision, isCurrent }) => [revision, isCurrent])).toEqual([
      ['2', false],
      ['10', false],
      ['9', true],
    ]);
  });

  it('has the colour of its first device, and its neighbour another', () => {
    const device = { resource: 'nvidia.com/gpu', label: 'GPU', total: 4, usedBy: ['a', 'a', 'b'] };
    const node = { name: 'n', ready: true, cordoned: false, pods: 2, devices: [device] };

    expect([...huesOf([node])]).toEqual([
      ['a', 0],
      ['b', 1],
    ]);
  });
});

describe('what changed on a workload', () => {
  it('is measured from the last calm moment', () => {
    const calm = baselineOf(new Map(), cluster(workload()), stories('calm'));
    const broken = baselineOf(calm, cluster(workload({ image: 'hdc:2' })), stories('firing'));

    expect(broken.get('hdc/hdc-gpu')?.image).toBe('hdc:1');
    expect(baselineOf(broken, cluster(workload({ image: 'hdc:3' })), stories('calm')).get('hdc/hdc-gpu')?.image).toBe(
      'hdc:3',
    );
  });

  it('names the variables that were set, added and removed, before the others', () => {
    const was = workload({ env: ['A', 'B', 'C'].map((name) => ({ name, value: '1' })) });
    const now = workload({
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
        { name: 'D', value: '4' },
      ],
    });

    expect(envFacts(now, was)).toEqual([
      { label: 'B', value: '2', was: '1' },
      { label: 'D', value: '4', was: null },
      { label: 'C', value: '', was: '1' },
      { label: 'A', value: '1' },
    ]);
  });

  it('is nothing while nobody knows how it was', () => {
    const facts = [...envFacts(workload(), undefined), ...specFacts(workload(), undefined)];

    expect(facts.filter(({ was }) => was !== undefined)).toEqual([]);
  });

  it('leaves out what it neither has nor had', () => {
    const was = workload({ memoryLimit: '1Gi' });
    const now = workload({ memoryLimit: '2Gi', autoscaler: { min: 2, max: 6 } });

    expect(specFacts(now, was)).toEqual([
      { label: 'Image', value: 'hdc:1' },
      { label: 'Memory limit', value: '2Gi', was: '1Gi' },
      { label: 'Replicas', value: '3' },
      { label: 'Autoscaler', value: '2 to 6 replicas', was: null },
    ]);
  });
});

describe('a signal’s line', () => {
  const box = { width: 100, height: 20, room: 0 };

  it('needs two values', () => {
    expect(sparkOf([], 1, box)).toBeUndefined();
    expect(sparkOf([1, Number.NaN], 1, box)).toBeUndefined();
  });

  it('ends at the right edge, with larger values higher up', () => {
    const spark = sparkOf([0, 10], 5, box);

    expect(spark?.points.split(' ').at(-1)).toBe('100,0');
    expect(spark?.last).toEqual({ x: 100, y: 0 });
    expect(spark?.limitY).toBe(10);
  });

  it('stays within its box when every value is far from the limit', () => {
    const spark = sparkOf([-5, 400, 3], 10, box);
    const ys = spark?.points.split(' ').map((point) => Number(point.split(',')[1])) ?? [];

    expect(Math.min(...ys)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...ys)).toBeLessThanOrEqual(20);
  });

  it.each([
    [1240.4, '1240'],
    [56, '56'],
    [70.34, '70.3'],
    [0.4187, '0.42'],
    [Number.NaN, '–'],
  ])('says %d as %s', (value, text) => {
    expect(shown(value)).toBe(text);
  });
});
