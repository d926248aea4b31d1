/** The undo of what a plan made is a delete: of that very object, and of nothing that others have put into it. */
import { describe, expect, it } from '@jest/globals';
import { whyChangedSince } from '../../../src/adapters/kubernetes/change/undone.ts';
import type { Json } from '../../../src/domain/json.ts';
import type { Undone } from '../../../src/flow/ports.ts';

const kind = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  singular: 'configmap',
  shortNames: [],
  namespaced: true,
};
const made = (id: string, over: Partial<Undone['target']> = {}): Undone => ({
  id,
  action: { type: 'create', target: { resource: 'configmaps', name: 'made' }, manifest: {} },
  class: 'change',
  target: {
    cluster: 'main',
    clusterUid: 'c',
    apiVersion: 'v1',
    kind: 'ConfigMap',
    resource: 'configmaps',
    namespace: 'shop',
    name: 'made',
    uid: '',
    ...over,
  },
  changes: [{ path: '', label: 'ConfigMap made', after: {} }],
  differences: [],
});
const live = (mark: string, ...managers: readonly { readonly [field: string]: Json }[]): Json => ({
  metadata: {
    uid: 'u',
    annotations: { 'firebreak.dev/plan': mark },
    managedFields: [{ manager: 'firebreak', operation: 'Update' }, ...managers],
  },
});
const why = (undoes: readonly Undone[], object: Json): string | undefined =>
  whyChangedSince(undoes, { kind, namespace: 'shop', name: 'made' }, object);

describe('what a plan made', () => {
  it.each<[string, Json]>([
    ['nobody touched', live('plan')],
    ['its controller noted something on', live('plan', { manager: 'kube-controller-manager', operation: 'Update' })],
    ['an operator wrote the status of', live('plan', { manager: 'x', operation: 'Update', subresource: 'status' })],
  ])('may be deleted again when %s it', (_, object) => {
    expect(why([made('plan')], object)).toBeUndefined();
  });

  it.each<[string, Json, string]>([
    [
      'somebody edited',
      live('plan', { manager: 'kubectl-edit' }),
      'was changed since it was made, by kubectl-edit. An',
    ],
    ['another plan changed', live('later'), 'is another one than this change made, or a later change is on it. An'],
    ['somebody made anew', { metadata: { uid: 'v' } }, 'is another one than this change made'],
  ])('stays when %s it', (_, object, told) => {
    expect(why([made('plan')], object)).toContain(`ConfigMap made ${told}`);
  });

  it('is known by the mark of any part of the plan', () => {
    expect(why([made('plan'), made('plan.1')], live('plan.1'))).toBeUndefined();
  });

  it.each<[string, Partial<Undone['target']>]>([
    ['another namespace', { namespace: 'else' }],
    ['another kind', { resource: 'services' }],
    ['another group', { apiVersion: 'example.com/v1' }],
    ['another name', { name: 'other' }],
  ])('says nothing about an object of %s', (_, over) => {
    expect(why([made('plan', over)], live('later'))).toBeUndefined();
  });
});
