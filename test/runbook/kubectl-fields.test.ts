/** The changes that fields decide: patch, edit, label, annotate, taint, set resources, autoscale, apply, create. */
import { describe, expect, it } from '@jest/globals';
import { classOf } from '../../src/runbook/class-of.ts';
import { compileKubectl } from '../../src/runbook/kubectl/kubectl.ts';
import type { Template } from '../../src/domain/object-reference.ts';

type Context = { readonly stdin?: string; readonly nextComment?: string };
const words = (text: string): string[] => text.split(' ');
function compile(given: readonly Template[], context: Context = {}) {
  const compiled = compileKubectl(given, context);
  return 'refused' in compiled ? compiled.refused.code : compiled.action;
}
const web = { resource: 'deployments', name: 'web' };

describe('compiles', () => {
  it.each<[string, object]>([
    [
      'label deploy web a=b c-',
      {
        type: 'label',
        target: web,
        assignments: [
          { key: 'a', value: 'b' },
          { key: 'c', remove: true },
        ],
      },
    ],
    [
      'label --overwrite -n x deployment/web app.kubernetes.io/name=',
      {
        type: 'label',
        namespace: 'x',
        target: web,
        assignments: [{ key: 'app.kubernetes.io/name', value: '' }],
        overwrite: true,
      },
    ],
    ['annotate deploy/web note=a=b', { type: 'annotate', target: web, assignments: [{ key: 'note', value: 'a=b' }] }],
    [
      'label pods a b x=1',
      {
        type: 'several',
        changes: [
          { type: 'label', target: { resource: 'pods', name: 'a' }, assignments: [{ key: 'x', value: '1' }] },
          { type: 'label', target: { resource: 'pods', name: 'b' }, assignments: [{ key: 'x', value: '1' }] },
        ],
      },
    ],
    [
      'label pods -l app=web x=1',
      {
        type: 'each',
        kind: { resource: 'pods' },
        selector: 'app=web',
        change: { type: 'label', assignments: [{ key: 'x', value: '1' }] },
      },
    ],
    [
      'annotate po --all note-',
      {
        type: 'each',
        kind: { resource: 'pods' },
        change: { type: 'annotate', assignments: [{ key: 'note', remove: true }] },
      },
    ],
    [
      'taint nodes n1 a=b:NoSchedule c:NoExecute',
      {
        type: 'taint',
        target: { resource: 'nodes', name: 'n1' },
        taints: [
          { key: 'a', value: 'b', effect: 'NoSchedule' },
          { key: 'c', effect: 'NoExecute' },
        ],
      },
    ],
    [
      'taint node n1 a- b:NoSchedule- c=d:NoExecute- --overwrite',
      {
        type: 'taint',
        target: { resource: 'nodes', name: 'n1' },
        taints: [
          { key: 'a', remove: true },
          { key: 'b', effect: 'NoSchedule', remove: true },
          { key: 'c', effect: 'NoExecute', remove: true },
        ],
        overwrite: true,
      },
    ],
    [
      'set resources deployment web -c=app --limits=cpu=200m,memory=512Mi --requests cpu=0.1',
      {
        type: 'set-resources',
        target: web,
        container: 'app',
        limits: { cpu: '200m', memory: '512Mi' },
        requests: { cpu: '0.1' },
      },
    ],
    [
      'set image deploy/web deploy/api app=x/y:1',
      {
        type: 'several',
        changes: [
          { type: 'set-image', target: web, images: [{ container: 'app', image: 'x/y:1' }] },
          {
            type: 'set-image',
            target: { resource: 'deployments', name: 'api' },
            images: [{ container: 'app', image: 'x/y:1' }],
          },
        ],
      },
    ],
    [
      'set env deployments --all A=1',
      {
        type: 'each',
        kind: { resource: 'deployments' },
        change: { type: 'set-env', assignments: [{ name: 'A', value: '1' }] },
      },
    ],
    [
      'autoscale deployment web --min=2 --max=5 --cpu-percent=80',
      { type: 'autoscale', target: web, min: 2, max: 5, cpu: 80 },
    ],
    [
      'autoscale deploy/web --max 5 --cpu=70% --memory=60% --name=x',
      { type: 'autoscale', target: web, name: 'x', max: 5, cpu: 70, memory: 60 },
    ],
    [
      'create namespace shop',
      {
        type: 'create',
        target: { resource: 'namespaces', name: 'shop' },
        manifest: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
      },
    ],
    [
      '-n a create cm c --from-literal=k=v=w',
      {
        type: 'create',
        namespace: 'a',
        target: { resource: 'configmaps', name: 'c' },
        manifest: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { k: 'v=w' } },
      },
    ],
    [
      'create job now --from=cronjob/nightly',
      { type: 'create-job', target: { resource: 'cronjobs', name: 'nightly' }, name: 'now' },
    ],
    [
      'patch deploy web -p {"spec":{"paused":true}}',
      { type: 'patch', target: web, patchType: 'strategic', patch: '{"spec":{"paused":true}}' },
    ],
    [
      'patch td/one --type=merge --patch={"spec":{"size":2}}',
      { type: 'patch', target: { resource: 'td', name: 'one' }, patchType: 'merge', patch: '{"spec":{"size":2}}' },
    ],
  ])('%s', (command, action) => {
    expect(compile(words(command))).toEqual(action);
  });

  it('a patch in YAML as JSON', () => {
    expect(compile(['patch', 'deploy', 'web', '-p', 'spec:\n  replicas: 3'])).toMatchObject({
      patch: '{"spec":{"replicas":3}}',
    });
  });

  it('an edit with its value in the next comment', () => {
    const edit = (nextComment: string) => compile(words('edit deployment web'), { nextComment });
    for (const comment of [
      'Set replicas: 5',
      'Change replicas to 5',
      'Update replicas = 5',
      'set `replicas` to `5`.',
    ]) {
      expect(edit(comment)).toEqual({ type: 'set-field', target: web, field: 'replicas', value: '5' });
    }
    for (const remark of ['(lower value)', '(was 8)', '(default: 3)', '(down from 8)']) {
      expect(edit(`Set replicas: 5 ${remark}`)).toMatchObject({ field: 'replicas', value: '5' });
    }
    expect(edit('Set spec.strategy.type: "Recreate"')).toMatchObject({
      field: 'spec.strategy.type',
      value: 'Recreate',
    });
  });

  it('an apply of the objects of a here-document in their order', () => {
    const stdin =
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: b, namespace: x}\n';
    expect(compile(words('apply -f -'), { stdin })).toEqual({
      type: 'several',
      changes: [
        {
          type: 'apply',
          target: { resource: 'configmaps', name: 'a' },
          manifest: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } },
        },
        {
          type: 'apply',
          namespace: 'x',
          target: { resource: 'deployments', group: 'apps', name: 'b' },
          manifest: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'b', namespace: 'x' } },
        },
      ],
    });
  });
});

const config = (line: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {${line}}\n`;
const kind = (apiVersion: string, name: string): string =>
  `apiVersion: ${apiVersion}\nkind: ${name}\nmetadata: {name: a}\n`;

describe('leaves to people', () => {
  it.each<[string, string, Context?]>([
    ['label deploy web --list a=b', 'unknown-flag'],
    ['label deploy web', 'malformed'],
    ['label deploy a=b', 'malformed'],
    ['label pods web a=b -l x=y', 'malformed'],
    ['label pods/web a=b --all', 'malformed'],
    ['label deploy web a=b a-', 'malformed'],
    ['label deploy web =b', 'malformed'],
    ['label deploy web a=b/c', 'malformed'],
    ['label deploy web a=b --resource-version=3', 'unknown-flag'],
    ['label secret/x a=b', 'reads-secret'],
    ['label clusterrole x a=b', 'never-run'],
    ['taint nodes n1 a=b', 'malformed'],
    ['taint nodes n1 a=b:NoWay', 'malformed'],
    ['taint pods n1 a:NoSchedule', 'malformed'],
    ['set resources deploy web', 'malformed'],
    ['set resources deploy web --limits=cpu', 'malformed'],
    ['set resources deploy web --limits=cpu=much', 'malformed'],
    ['set resources cronjob x --limits=cpu=1', 'left-to-people'],
    ['set selector svc x a=b', 'left-to-people'],
    ['set serviceaccount deploy web x', 'left-to-people'],
    ['autoscale deploy web --min=2', 'malformed'],
    ['autoscale deploy web --min=6 --max=5', 'malformed'],
    ['autoscale deploy web --max=5 --cpu=70', 'malformed'],
    ['patch deploy web', 'malformed'],
    ['patch deploy web -p {"a":', 'malformed'],
    ['patch deploy web -p [{"op":"remove","path":"/spec"}]', 'malformed'],
    ['patch deploy web --type=json -p {"spec":{}}', 'malformed'],
    ['patch deploy web --type=other -p {}', 'malformed'],
    ['patch deploy web --patch-file=x.json', 'operator-host'],
    ['patch deploy web --subresource=status -p {}', 'unknown-flag'],
    ['patch hpa web -p {"spec":{"targetCPUUtilizationPercentage":70}}', 'dropped-by-server'],
    ['edit deploy web', 'edits-by-hand'],
    ['edit deploy web', 'edits-by-hand', { nextComment: 'Look at the replicas' }],
    ['edit deploy web', 'edits-by-hand', { nextComment: 'Set replicas to a higher number' }],
    ['edit deploy web', 'edits-by-hand', { nextComment: 'Set replicas to <n>' }],
    ['edit deploy web', 'edits-by-hand', { nextComment: 'Change replicas from 3 to 5' }],
    ['edit deploy web', 'edits-by-hand', { nextComment: 'Set replicas: 5 (or 6)' }],
    ['edit deploy web', 'edits-by-hand', { nextComment: 'Set replicas: 5 (per zone)' }],
    ['edit deploy web', 'edits-by-hand', { nextComment: 'Set replicas: 5 (for example)' }],
    ['edit deploy web', 'edits-by-hand', { nextComment: 'Set a: 1\nSet b: 2' }],
    ['apply -f x.yaml', 'operator-host'],
    ['apply -f https://example.com/x.yaml', 'operator-host'],
    ['apply -k .', 'operator-host'],
    ['apply -f -', 'operator-host'],
    ['apply -f - --prune', 'unknown-flag', { stdin: config('a: x') }],
    ['apply -f -', 'malformed', { stdin: config('a: on') }],
    ['apply -f -', 'malformed', { stdin: config('a: 010') }],
    ['apply -f -', 'malformed', { stdin: config('a: 2020-01-01') }],
    ['apply -f -', 'malformed', { stdin: config('a: x, a: y') }],
    ['apply -f -', 'malformed', { stdin: config('a: &x y, b: *x') }],
    ['apply -f -', 'malformed', { stdin: config('a: !!binary aGk=') }],
    ['apply -f -', 'malformed', { stdin: 'just: text' }],
    ['apply -f -', 'malformed', { stdin: '' }],
    ['apply -f - -n y', 'malformed', { stdin: 'apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: x}' }],
    ['apply -f -', 'reads-secret', { stdin: kind('v1', 'Secret') }],
    ['apply -f -', 'never-run', { stdin: kind('rbac.authorization.k8s.io/v1', 'Role') }],
    ['create -f -', 'never-run', { stdin: kind('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration') }],
    ['apply -f -', 'never-run', { stdin: kind('apiextensions.k8s.io/v1', 'CustomResourceDefinition') }],
    ['apply -f -', 'never-run', { stdin: kind('certificates.k8s.io/v1', 'CertificateSigningRequest') }],
    ['create -f -', 'unresolved-substitution', { stdin: 'apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}' }],
    ['create secret generic x', 'reads-secret'],
    ['create token x', 'reads-secret'],
    ['create rolebinding x', 'never-run'],
    ['create service clusterip x', 'left-to-people'],
    ['create cm x --from-file=a', 'operator-host'],
    ['create job x --image=y', 'left-to-people'],
    ['create job x --from=job/y', 'malformed'],
    ['create namespace', 'malformed'],
    ['create namespace A', 'malformed'],
    ['replace -f x', 'left-to-people'],
    ['expose deploy web', 'left-to-people'],
    ['run x --image=y', 'left-to-people'],
  ])('%s is %s', (...[command, code, context]) => {
    expect(compile(words(command), context)).toBe(code);
  });
});

describe('classes', () => {
  it.each<[string, object, Context?]>([
    ['label deploy web a=b', { class: 'change', live: true }],
    ['annotate deploy web a=b', { class: 'change' }],
    ['taint nodes n a:NoSchedule', { class: 'change' }],
    ['taint nodes n a:NoExecute', { class: 'destructive' }],
    ['taint nodes n a:NoExecute-', { class: 'change' }],
    ['taint nodes n m a:NoExecute', { class: 'destructive' }],
    ['patch deploy web -p {}', { class: 'change', live: true }],
    ['apply -f -', { class: 'destructive' }, { stdin: config('a: x') }],
  ])('%s', (...[command, found, context]) => {
    const compiled = compileKubectl(words(command), context ?? {});
    if ('refused' in compiled) throw new Error(compiled.refused.text);

    expect(classOf(compiled.action)).toEqual(found);
  });
});
