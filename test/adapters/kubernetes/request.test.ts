import { describe, expect, it } from '@jest/globals';
import { deletionOf } from '../../../src/adapters/kubernetes/change/effects/delete.ts';
import { deletePodEffect } from '../../../src/adapters/kubernetes/change/effects/delete-pod.ts';
import { evictEffect } from '../../../src/adapters/kubernetes/change/effects/evict.ts';
import { patchEffect, patchFor } from '../../../src/adapters/kubernetes/change/effects/patch.ts';
import type { Json } from '../../../src/domain/json.ts';
import type { Target } from '../../../src/domain/plan.ts';

const target = (over: Partial<Target>): Target => ({
  cluster: 'main',
  clusterUid: 'c-1',
  apiVersion: 'v1',
  kind: 'Pod',
  resource: 'pods',
  namespace: 'shop',
  name: 'web-0',
  uid: 'u-1',
  ...over,
});
const deletion = {
  id: 'plan-1',
  action: { type: 'delete-pod', target: { resource: 'pods', name: 'web-0' }, gracePeriodSeconds: 5 },
  target: target({}),
  changes: [],
} as const;
const { namespace: _, ...onNode } = target({ kind: 'Node', resource: 'nodes', name: 'node-1' });
const cordon = {
  id: 'plan-1',
  action: { type: 'cordon', target: { resource: 'nodes', name: 'node-1' } },
  target: onNode,
  changes: [{ path: '/spec/unschedulable', label: 'unschedulable', after: true }],
} as const;
const node = (annotations: Json): Json => ({ metadata: { uid: 'u-1', annotations }, spec: {} });

describe('the request of a delete', () => {
  it('is pinned to the uid and waits for the end', () => {
    const request = deletionOf(deletion, false);

    expect(request).toMatchObject({ method: 'DELETE', path: '/api/v1/namespaces/shop/pods/web-0' });
    expect(JSON.parse(request.body)).toEqual({
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      gracePeriodSeconds: 5,
      preconditions: { uid: 'u-1' },
      propagationPolicy: 'Background',
    });
  });

  it('says in its body when it is a dry run: beside a body the query alone would delete', () => {
    const request = deletePodEffect.dryRun(deletion, {});

    expect(JSON.parse(request?.body ?? '')).toMatchObject({ dryRun: ['All'], preconditions: { uid: 'u-1' } });
    expect(request?.path).toBe('/api/v1/namespaces/shop/pods/web-0?dryRun=All');
  });
});

it('a delete of another kind has its cascade, which is background unless the command says otherwise', () => {
  const action = { type: 'delete', target: { resource: 'deployments', name: 'web' } } as const;
  const policyOf = (cascade?: 'foreground' | 'orphan') =>
    JSON.parse(deletionOf({ action: { ...action, ...(cascade && { cascade }) }, target: target({}) }, false).body);

  expect(policyOf()).toEqual({
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    preconditions: { uid: 'u-1' },
    propagationPolicy: 'Background',
  });
  expect(policyOf('foreground')).toMatchObject({ propagationPolicy: 'Foreground' });
  expect(policyOf('orphan')).toMatchObject({ propagationPolicy: 'Orphan' });
});

it('an eviction is pinned to the uid, and its dry run says so in the body and in the query', () => {
  const action = { type: 'evict', target: { resource: 'pods', name: 'web-0' }, gracePeriodSeconds: 7 } as const;
  const request = evictEffect.dryRun({ action, target: target({}), changes: [] }, {});

  expect(request).toMatchObject({ method: 'POST', path: '/api/v1/namespaces/shop/pods/web-0/eviction?dryRun=All' });
  expect(JSON.parse(request?.body ?? '')).toEqual({
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: 'web-0', namespace: 'shop' },
    deleteOptions: { dryRun: ['All'], gracePeriodSeconds: 7, preconditions: { uid: 'u-1' } },
  });
});

describe('the request for a node', () => {
  it('tests its uid, field and earlier mark, since it has no generation', () => {
    const request = patchFor(cordon, node({ 'firebreak.dev/plan': 'plan-0' }));

    expect(request).toMatchObject({ method: 'PATCH', markBefore: 'plan-0' });
    expect(request).not.toHaveProperty('generation');
    expect(request.path).toBe('/api/v1/nodes/node-1?fieldManager=firebreak&fieldValidation=Strict');
    expect(JSON.parse(request.body)).toEqual([
      { op: 'test', path: '/metadata/uid', value: 'u-1' },
      { op: 'test', path: '/spec/unschedulable', value: null },
      { op: 'test', path: '/metadata/annotations/firebreak.dev~1plan', value: 'plan-0' },
      { op: 'add', path: '/metadata/annotations/firebreak.dev~1plan', value: 'plan-1' },
      { op: 'add', path: '/spec/unschedulable', value: true },
    ]);
  });

  it('is a dry run by its query', () => {
    expect(patchEffect.dryRun(cordon, node({}))?.path).toMatch(/&dryRun=All$/);
    expect(patchFor(cordon, node({}))).not.toHaveProperty('markBefore');
  });
});
