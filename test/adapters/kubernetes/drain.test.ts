import { describe, expect, it } from '@jest/globals';
import { combine, says, type Resolved } from '../../../src/adapters/kubernetes/change/combine.ts';
import { verdictOf } from '../../../src/adapters/kubernetes/change/drain.ts';
import { whyBlocked } from '../../../src/adapters/kubernetes/change/effects/evict.ts';
import { ApiRefusal, parseStatus } from '../../../src/adapters/kubernetes/errors.ts';
import type { DrainAction } from '../../../src/domain/change-action.ts';
import type { Json } from '../../../src/domain/json.ts';
import type { PlanFacts, Target } from '../../../src/domain/plan.ts';

const target = (name: string, over: Partial<Target> = {}): Target => ({
  cluster: 'main',
  clusterUid: 'c',
  apiVersion: 'v1',
  kind: 'Pod',
  resource: 'pods',
  namespace: 'shop',
  name,
  uid: `uid-${name}`,
  ...over,
});

describe('what a drain does with a pod, as kubectl has it', () => {
  const owned = (kind: string): Json => [{ kind, name: 'owner', uid: 'u', controller: true }];
  const pod = (
    over: { owners?: Json; phase?: string; volumes?: Json; annotations?: Json; going?: true } = {},
  ): Json => ({
    metadata: {
      name: 'web',
      namespace: 'shop',
      ...(over.owners === undefined ? {} : { ownerReferences: over.owners }),
      ...(over.annotations === undefined ? {} : { annotations: over.annotations }),
      ...(over.going ? { deletionTimestamp: '2026-03-01T12:00:00Z' } : {}),
    },
    spec: { volumes: over.volumes ?? [] },
    status: { phase: over.phase ?? 'Running' },
  });
  const scratch = [{ name: 'scratch', emptyDir: {} }];
  const mirror = { 'kubernetes.io/config.mirror': 'x' };
  const of = (found: boolean) => ({
    get: (path: string): Promise<Json> => {
      if (path !== '/apis/apps/v1/namespaces/shop/daemonsets/owner') throw new Error(`asked for ${path}`);
      const status = parseStatus(404, JSON.stringify({ kind: 'Status', reason: 'NotFound' }));
      return found ? Promise.resolve({}) : Promise.reject(new ApiRefusal('main', status));
    },
  });
  const plain: DrainAction<string> = { type: 'drain', target: { resource: 'nodes', name: 'n' } };

  it.each<[string, Json, Partial<DrainAction<string>>, 'evict' | 'leave' | 'error', string]>([
    ['of a ReplicaSet', pod({ owners: owned('ReplicaSet') }), {}, 'evict', ''],
    ['of nobody', pod(), {}, 'error', 'declare no controller (use --force'],
    ['of nobody, forced', pod(), { force: true }, 'evict', 'declare no controller'],
    ['of nobody that has ended', pod({ phase: 'Succeeded' }), {}, 'evict', ''],
    ['of a DaemonSet', pod({ owners: owned('DaemonSet') }), {}, 'error', '--ignore-daemonsets'],
    ['of a DaemonSet, forced', pod({ owners: owned('DaemonSet') }), { force: true }, 'error', '--ignore-daemonsets'],
    ['of a DaemonSet, ignored', pod({ owners: owned('DaemonSet') }), { ignoreDaemonSets: true }, 'leave', 'Ignoring'],
    ['of a DaemonSet that failed', pod({ owners: owned('DaemonSet'), phase: 'Failed' }), {}, 'evict', ''],
    ['that mirrors a file', pod({ owners: owned('Node'), annotations: mirror, volumes: scratch }), {}, 'leave', ''],
    ['with scratch space', pod({ owners: owned('Job'), volumes: scratch }), {}, 'error', '--delete-emptydir-data'],
    [
      'with scratch space, allowed',
      pod({ owners: owned('Job'), volumes: scratch }),
      { deleteEmptyDirData: true },
      'evict',
      'local storage',
    ],
    [
      'with scratch space that has ended',
      pod({ owners: owned('Job'), volumes: scratch, phase: 'Failed' }),
      {},
      'evict',
      '',
    ],
    ['that is going', pod({ going: true }), {}, 'leave', 'on their way out'],
  ])('%s', async (_, live, flags, kind, text) => {
    const verdict = await verdictOf(of(true), { ...plain, ...flags }, live);

    expect(verdict.kind).toBe(kind);
    expect(JSON.stringify(verdict)).toContain(text);
  });

  it.each([
    [{}, 'error'],
    [{ ignoreDaemonSets: true }, 'error'],
    [{ force: true }, 'evict'],
  ] as const)('of a DaemonSet that is gone, with %j: %s', async (flags, kind) => {
    const verdict = await verdictOf(of(false), { ...plain, ...flags }, pod({ owners: owned('DaemonSet') }));

    expect(verdict.kind).toBe(kind);
  });
});

describe('several changes as one plan', () => {
  const part = (name: string, over: Partial<PlanFacts> = {}, kind = 'Deployment'): Resolved => ({
    action: { type: 'scale', target: { resource: 'deployments', name }, replicas: 1 },
    facts: {
      target: target(name, { kind }),
      changes: [{ path: '/spec/replicas', label: 'replicas', before: 2, after: 1 }],
      affected: { pods: 1, podNames: [`${name}-pod`], budgets: [] },
      class: 'change',
      warnings: [],
      undo: {
        kind: 'action',
        action: { type: 'scale', target: { resource: 'deployments', name }, replicas: 2 },
        text: 'scale back',
      },
      preview: { kind: 'dry-run' },
      ...over,
    },
  });
  const several = { type: 'several', changes: [] } as const;

  it('has the worst class and its reasons, and the undo of each, the last first', () => {
    const facts = combine(several, {
      resolved: [part('a'), part('b', { class: 'destructive', classReason: '2 → 1' })],
      notes: [],
    });

    expect(facts).toMatchObject({ class: 'destructive', classReason: 'b: 2 → 1', changes: [], target: { name: 'a' } });
    expect(facts.undo).toMatchObject({
      kind: 'action',
      action: { type: 'several', changes: [{ target: { name: 'b' } }, { target: { name: 'a' } }] },
    });
  });

  it('is forbidden when a part is, also beside one that deletes', () => {
    const gone: Resolved = { ...part('b'), action: { type: 'delete', target: { resource: 'pods', name: 'b' } } };
    const facts = combine(several, {
      resolved: [gone, part('a', { class: 'forbidden', classReason: 'it changes a token' })],
      notes: [],
    });

    expect(facts).toMatchObject({ class: 'forbidden', classReason: 'a: it changes a token' });
    expect(combine(several, { resolved: [gone, part('a')], notes: [] }).class).toBe('destructive');
  });

  it('cannot be undone when one part cannot, and says which and why', () => {
    const facts = combine(several, {
      resolved: [part('a', { undo: { kind: 'none', why: 'it is gone' } }), part('b')],
      notes: [],
    });

    expect(facts.undo).toEqual({ kind: 'none', why: 'Deployment shop/a: it is gone' });
  });

  it('counts a pod that two parts touch once, as far as they name all of theirs', () => {
    const both = { affected: { pods: 1, podNames: ['same'], budgets: [] } };
    const some = { affected: { pods: 7, podNames: ['same'], budgets: [] } };

    expect(combine(several, { resolved: [part('a', both), part('b', both)], notes: [] }).affected.pods).toBe(1);
    expect(combine(several, { resolved: [part('a', both), part('b', some)], notes: [] }).affected.pods).toBe(8);
  });

  it('says a warning once, and of whom unless it is of all', () => {
    const facts = combine(several, {
      resolved: [
        part('a', { warnings: ['all of them', 'about a only', 'some'] }),
        part('b', { warnings: ['all of them'] }),
        part('c', { warnings: ['all of them', 'some'] }),
      ],
      notes: ['a note'],
    });

    expect(facts.warnings).toEqual([
      'a note',
      'all of them',
      'about a only',
      'Deployment shop/a, Deployment shop/c: some',
    ]);
  });

  it('was not previewed when one part was not', () => {
    const facts = combine(several, {
      resolved: [part('a'), part('b', { preview: { kind: 'none', why: 'a webhook' } })],
      notes: [],
    });

    expect(facts.preview).toEqual({ kind: 'none', why: 'a webhook' });
  });

  it.each([
    ['Deployment w is there', 'w', true],
    ['Its pod ends with it', 'w', false],
    ['There is no web-0.', 'web-0', true],
    ['There is no web-01', 'web-0', false],
    ['shop/web: no', 'web', true],
  ])('%j names %s: %s', (text, name, named) => {
    expect(says(text, name)).toBe(named);
  });
});

it.each<[string, number, object, string | undefined]>([
  [
    'a full budget',
    429,
    { details: { causes: [{ message: 'The disruption budget web needs 2 healthy pods and has 2 currently' }] } },
    'PodDisruptionBudget web needs 2 healthy pods and has 2',
  ],
  [
    'a budget without a cause',
    429,
    { message: "Cannot evict pod as it would violate the pod's disruption budget." },
    'a PodDisruptionBudget allows no eviction now',
  ],
  ['a busy server', 429, { message: 'too many requests' }, undefined],
  ['another answer', 403, { message: 'disruption budget' }, undefined],
])('%s is told apart', (_, code, status, text) => {
  expect(whyBlocked(parseStatus(code, JSON.stringify({ kind: 'Status', ...status })))).toBe(text);
});

it('two budgets for one pod are said to be in the way, and a proxy is not believed', () => {
  const message = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';

  expect(whyBlocked(parseStatus(500, JSON.stringify({ kind: 'Status', message })))).toContain('several');
  expect(whyBlocked(parseStatus(429, 'slow down'))).toBeUndefined();
});
