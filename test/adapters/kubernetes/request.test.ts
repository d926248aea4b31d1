import { describe, expect, it } from '@jest/globals';
import { dryRunFor, requestFor } from '../../../src/adapters/kubernetes/change/request.ts';
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
    const request = requestFor(deletion, {});

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
    const request = dryRunFor(deletion, {});

    expect(JSON.parse(request.body)).toMatchObject({ dryRun: ['All'], preconditions: { uid: 'u-1' } });
    expect(request.path).toBe('/api/v1/namespaces/shop/pods/web-0?dryRun=All');
  });
});

describe('the request for a node', () => {
  it('tests its uid, field and earlier mark, since it has no generation', () => {
    const request = requestFor(cordon, node({ 'firebreak.dev/plan': 'plan-0' }));

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
    expect(dryRunFor(cordon, node({})).path).toMatch(/&dryRun=All$/);
    expect(requestFor(cordon, node({}))).not.toHaveProperty('markBefore');
  });
});
