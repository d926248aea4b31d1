import { describe, expect, it } from '@jest/globals';
import { buildPatch, misfit, type PatchPlan } from '../../../src/adapters/kubernetes/change/patch.ts';
import type { Json } from '../../../src/domain/json.ts';
import type { FieldChange } from '../../../src/domain/plan.ts';

const containerPath = '/spec/template/spec/containers/0';
const live = (over: { metadata?: Json; env?: Json } = {}): Json => ({
  metadata: { name: 'web', uid: 'u-1', generation: 7, ...(over.metadata as object) },
  spec: {
    replicas: 3,
    template: {
      metadata: {},
      spec: { containers: [{ name: 'app', ...(over.env === undefined ? {} : { env: over.env }) }] },
    },
  },
});
const plan = (...changes: FieldChange[]): PatchPlan => ({ id: 'plan-1', target: { uid: 'u-1' }, changes });
const replicas: FieldChange = { path: '/spec/replicas', label: 'replicas', before: 3, after: 5 };
const pair = (name: string, value = name.toLowerCase()) => ({ name, value });

describe('the patch', () => {
  it('tests uid, generation, before-value and the absence of annotations, then marks and changes', () => {
    expect(buildPatch(plan(replicas), live())).toEqual([
      { op: 'test', path: '/metadata/uid', value: 'u-1' },
      { op: 'test', path: '/metadata/generation', value: 7 },
      { op: 'test', path: '/spec/replicas', value: 3 },
      { op: 'test', path: '/metadata/annotations', value: null },
      { op: 'add', path: '/metadata/annotations', value: {} },
      { op: 'add', path: '/metadata/annotations/firebreak.dev~1plan', value: 'plan-1' },
      { op: 'replace', path: '/spec/replicas', value: 5 },
    ]);
  });

  it.each([
    ['no mark yet', { other: 'x' }, null],
    ['the mark of an earlier plan', { 'firebreak.dev/plan': 'plan-0' }, 'plan-0'],
  ])('tests for %s', (_, annotations, value) => {
    expect(buildPatch(plan(replicas), live({ metadata: { annotations } }))).toContainEqual({
      op: 'test',
      path: '/metadata/annotations/firebreak.dev~1plan',
      value,
    });
  });

  it('makes the annotations of a template that has none', () => {
    const path = '/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt';

    const operations = buildPatch(plan({ path, label: 'restarted at', after: 't' }), live());

    expect(operations).toContainEqual({ op: 'test', path: '/spec/template/metadata/annotations', value: null });
    expect(operations.slice(-2)).toEqual([
      { op: 'add', path: '/spec/template/metadata/annotations', value: {} },
      { op: 'add', path, value: 't' },
    ]);
  });

  it("makes a container's first environment once, for several variables", () => {
    const operations = buildPatch(
      plan(
        { path: `${containerPath}/env/0`, label: 'env A', after: pair('A') },
        { path: `${containerPath}/env/1`, label: 'env B', after: pair('B') },
      ),
      live(),
    );

    expect(operations.filter(({ op }) => op === 'test')).toContainEqual({
      op: 'test',
      path: `${containerPath}/env`,
      value: null,
    });
    expect(operations.slice(-3)).toEqual([
      { op: 'add', path: `${containerPath}/env`, value: [] },
      { op: 'add', path: `${containerPath}/env/-`, value: pair('A') },
      { op: 'add', path: `${containerPath}/env/-`, value: pair('B') },
    ]);
  });

  it('replaces first, then appends, then removes from the end, so that no index means another entry', () => {
    const env = ['A', 'B', 'C'].map((name) => pair(name));
    const operations = buildPatch(
      plan(
        { path: `${containerPath}/env/0`, label: 'env A', before: pair('A') },
        { path: `${containerPath}/env/3`, label: 'env D', after: pair('D') },
        { path: `${containerPath}/env/1`, label: 'env B', before: pair('B'), after: pair('B', 'x') },
        { path: `${containerPath}/env/2`, label: 'env C', before: pair('C') },
      ),
      live({ env }),
    );

    expect(operations.slice(-4)).toEqual([
      { op: 'replace', path: `${containerPath}/env/1`, value: pair('B', 'x') },
      { op: 'add', path: `${containerPath}/env/-`, value: pair('D') },
      { op: 'remove', path: `${containerPath}/env/2` },
      { op: 'remove', path: `${containerPath}/env/0` },
    ]);
    // A real API server rejects a test beyond the end of an array.
    expect(operations).not.toContainEqual(expect.objectContaining({ op: 'test', path: `${containerPath}/env/3` }));
  });

  it('tests each guard once', () => {
    const guard = [{ path: `${containerPath}/name`, value: 'app' }];
    const operations = buildPatch(
      plan(
        { path: `${containerPath}/env/0`, label: 'env A', after: pair('A'), guard },
        { path: `${containerPath}/env/1`, label: 'env B', after: pair('B'), guard },
      ),
      live(),
    );

    expect(operations.filter(({ path }) => path === `${containerPath}/name`)).toEqual([
      { op: 'test', path: `${containerPath}/name`, value: 'app' },
    ]);
  });
});

describe('a plan fits no more', () => {
  it.each<[string, FieldChange, Json]>([
    ['another object', replicas, live({ metadata: { uid: 'u-2' } })],
    ['an object that is being deleted', replicas, live({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } })],
    ['another before-value', { ...replicas, before: 2 }, live()],
    ['a field that came', { path: '/spec/replicas', label: 'replicas', after: 1 }, live()],
    ['a field that went', { path: '/spec/paused', label: 'paused', before: true, after: false }, live()],
    ['another container in its place', { ...replicas, guard: [{ path: `${containerPath}/name`, value: 'b' }] }, live()],
    [
      'a list that got shorter',
      {
        path: `${containerPath}/env/1`,
        label: 'env B',
        after: pair('B'),
        guard: [{ path: `${containerPath}/env/0/name`, value: 'A' }],
      },
      live(),
    ],
  ])('%s', (_, change, object) => {
    expect(misfit(plan(change), object)).toEqual(expect.any(String));
  });

  it('but fits an object that changed elsewhere', () => {
    expect(misfit(plan(replicas), live({ metadata: { generation: 8, labels: { a: 'b' } } }))).toBeUndefined();
  });
});

describe('a patch that changes annotations', () => {
  it('keeps our mark when the object had no annotations', () => {
    const path = '/metadata/annotations/note';

    const operations = buildPatch(plan({ path, label: 'annotation note', after: 'x' }), live());

    expect(operations.slice(-3)).toEqual([
      { op: 'add', path: '/metadata/annotations', value: {} },
      { op: 'add', path: '/metadata/annotations/firebreak.dev~1plan', value: 'plan-1' },
      { op: 'add', path, value: 'x' },
    ]);
  });
});
