import { describe, expect, it } from '@jest/globals';
import { mayEndPods } from '../../src/domain/capture.ts';
import type { SingleChange } from '../../src/domain/change-action.ts';
import type { FieldChange } from '../../src/domain/plan.ts';

const target = { resource: 'x', name: 'web' };
const change = (path: string, before: FieldChange['before'], after: FieldChange['after']): FieldChange => ({
  path,
  label: path,
  ...(before === undefined ? {} : { before }),
  ...(after === undefined ? {} : { after }),
});
const scale: SingleChange = { type: 'scale', target, replicas: 1 };
const patch: SingleChange = { type: 'patch', target, patchType: 'merge', patch: '{}' };
const apply: SingleChange = { type: 'apply', target, manifest: {} };

describe('whether a part of a plan may end pods', () => {
  it.each<[string, SingleChange, string, readonly FieldChange[], boolean]>([
    ['a pod that is deleted', { type: 'delete-pod', target }, 'Pod', [], true],
    ['a pod that is evicted', { type: 'evict', target }, 'Pod', [], true],
    ['a deployment that is deleted', { type: 'delete', target }, 'Deployment', [], true],
    ['one whose pods stay', { type: 'delete', target, cascade: 'orphan' }, 'Deployment', [], false],
    ['a config map that is deleted', { type: 'delete', target }, 'ConfigMap', [], false],
    ['fewer replicas', scale, 'Deployment', [change('/spec/replicas', 3, 1)], true],
    ['more replicas', scale, 'Deployment', [change('/spec/replicas', 3, 5)], false],
    ['fewer replicas than the default', scale, 'ReplicaSet', [change('/spec/replicas', undefined, 0)], true],
    ['a new template', patch, 'StatefulSet', [change('/spec/template/spec/containers/0/image', 'a', 'b')], true],
    ['a whole template', patch, 'DaemonSet', [change('/spec/template', {}, {})], true],
    ['a job that is suspended', patch, 'Job', [change('/spec/suspend', false, true)], true],
    ['a cron job that is suspended', patch, 'CronJob', [change('/spec/suspend', false, true)], false],
    ['a label of a deployment', patch, 'Deployment', [change('/metadata/labels/a', 'b', 'c')], false],
    ['a manifest with another template', apply, 'Deployment', [change('/spec/template/spec', 1, 2)], true],
    ['a node', { type: 'cordon', target }, 'Node', [change('/spec/unschedulable', undefined, true)], false],
    ['a command', { type: 'exec', target, argv: ['df'] }, 'Pod', [], false],
    ['a rollout that goes on', { type: 'rollout-resume', target }, 'Deployment', [], true],
  ])('%s', (_, action, kind, changes, expected) => {
    const where = { cluster: 'main', clusterUid: 'c', apiVersion: 'v1', kind, resource: 'x', name: 'web', uid: 'u' };

    expect(mayEndPods({ action, target: where, changes })).toBe(expected);
  });

  it('what is not there yet ends none', () => {
    const where = {
      cluster: 'c',
      clusterUid: 'c',
      apiVersion: 'v1',
      kind: 'Deployment',
      resource: 'x',
      name: 'w',
      uid: '',
    };

    expect(mayEndPods({ action: apply, target: where, changes: [change('/spec/template', undefined, {})] })).toBe(
      false,
    );
  });
});
