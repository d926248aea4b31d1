import { describe, expect, it } from '@jest/globals';
import type { CompiledAction } from '../../src/domain/action.ts';
import type { ReasonCode } from '../../src/domain/runbook.ts';
import { isRefusal } from '../../src/runbook/reasons.ts';
import { compileKubectl } from '../../src/runbook/kubectl/kubectl.ts';

const wordsOf = (line: string): string[] => line.split(line.includes('|') ? '|' : ' ').filter((word) => word !== '');
const compiled = (line: string) => {
  const [program = '', ...words] = wordsOf(line);
  return compileKubectl(words, { program });
};
const actionOf = (line: string): CompiledAction | string => {
  const made = compiled(line);
  return isRefusal(made) ? `${made.refused.code}: ${made.refused.text}` : made.action;
};
const codeOf = (line: string): string => {
  const made = compiled(line);
  return isRefusal(made) ? made.refused.code : JSON.stringify(made.action);
};

const table = { format: 'table' } as const;
const pods = { resource: 'pods' };
const web = { resource: 'deployments', name: 'web' };
const get = { type: 'get', objects: [pods], output: table } as const;
const condition = { kind: 'condition', name: 'Ready', value: 'true' } as const;

describe('what only looks', () => {
  it.each<[string, CompiledAction]>([
    ['kubectl get all -n x', { ...get, namespace: 'x', objects: [{ resource: 'all' }] }],
    ['kubectl get all,ing', { ...get, objects: [{ resource: 'all' }, { resource: 'ingresses' }] }],
    ['kubectl get deployments.v1.apps', { ...get, objects: [{ resource: 'deployments', group: 'apps' }] }],
    ['kubectl get pods.v1.', get],
    ['kubectl get foos.v1alpha1.x.io', { ...get, objects: [{ resource: 'foos', group: 'x.io', version: 'v1alpha1' }] }],
    ['kubectl get foos.v1.io', { ...get, objects: [{ resource: 'foos', group: 'io', version: 'v1' }] }],
    ['kubectl get pods -L app -L tier,zone', { ...get, labelColumns: ['app', 'tier', 'zone'] }],
    ['kubectl get pods --show-kind --show-managed-fields', { ...get, showKind: true, showManagedFields: true }],
    ['kubectl get deploy web --subresource=scale', { ...get, objects: [web], subresource: 'scale' }],
    [
      'kubectl get pods -o jsonpath-as-json={.a}',
      { ...get, output: { format: 'jsonpath-as-json', expression: '{.a}' } },
    ],
    ['kubectl --request-timeout=5s -v 2 get pods --cache-dir /x --disable-compression', get],
    ['kubectl get pods --chunk-size=10', get],
    ['kubectl get pods -w --sort-by=.x', get],
    ['kubectl get --raw /readyz?verbose', { type: 'about', what: 'raw', path: '/readyz?verbose' }],
    [
      'kubectl get --raw=/apis/metrics.k8s.io/v1beta1/nodes',
      { type: 'about', what: 'raw', path: '/apis/metrics.k8s.io/v1beta1/nodes' },
    ],
    ['oc get co', { ...get, objects: [{ resource: 'co' }] }],
    ['oc -n x get pods', { ...get, namespace: 'x' }],
    ['oc adm top pods -n x', { type: 'top', what: 'pods', namespace: 'x' }],
    ['kubectl logs deploy/web --all-pods', { type: 'logs', of: web, prefix: true, allPods: true }],
    [
      'kubectl logs a --limit-bytes=9 --since-time=2026-01-01T00:00:00Z',
      { type: 'logs', of: { ...pods, name: 'a' }, limitBytes: 9, sinceTime: '2026-01-01T00:00:00Z' },
    ],
    [
      'kubectl logs -f a --max-log-requests=9 --ignore-errors --pod-running-timeout=1m',
      { type: 'logs', of: { ...pods, name: 'a' }, bounded: true },
    ],
    ['kubectl describe ing web', { type: 'describe', kind: { resource: 'ingresses' }, names: ['web'] }],
    [
      'kubectl describe deploy/web pod/a',
      {
        type: 'describe',
        kind: { resource: 'deployments' },
        names: ['web'],
        exact: true,
        also: [{ ...pods, name: 'a' }],
      },
    ],
    ['kubectl describe deploy,po', { type: 'describe', kind: { resource: 'deployments' }, names: [], also: [pods] }],
    ['kubectl describe po a --show-events=false', { type: 'describe', kind: pods, names: ['a'], withoutEvents: true }],
    ['kubectl top pods --sum --field-selector a=b', { type: 'top', what: 'pods', sum: true, fieldSelector: 'a=b' }],
    ['kubectl top nodes --show-capacity', { type: 'top', what: 'nodes', of: 'capacity' }],
    [
      'kubectl events -o yaml --types Normal --types Warning',
      { type: 'events', output: 'yaml', types: ['Normal', 'Warning'] },
    ],
    ['kubectl rollout status deploy/web --watch=false', { type: 'rollout-status', target: web, once: true }],
    [
      'kubectl rollout status deploy web api --revision=2',
      { type: 'rollout-status', target: web, also: [{ ...web, name: 'api' }], revision: 2 },
    ],
    [
      'kubectl rollout history deploy/web deploy/api',
      { type: 'rollout-history', target: web, also: [{ ...web, name: 'api' }] },
    ],
    ['kubectl auth can-i get pods -n x', { type: 'can-i', namespace: 'x', verb: 'get', of: pods }],
    ['kubectl auth can-i delete deploy/web -q', { type: 'can-i', verb: 'delete', of: web, quiet: true }],
    [
      'kubectl auth can-i get pods --subresource=log -A',
      { type: 'can-i', verb: 'get', of: pods, subresource: 'log', allNamespaces: true },
    ],
    ['kubectl auth can-i get secrets', { type: 'can-i', verb: 'get', of: { resource: 'secrets' } }],
    ['kubectl auth can-i * *', { type: 'can-i', verb: '*', of: { resource: '*' } }],
    ['kubectl auth can-i get /healthz', { type: 'can-i', verb: 'get', path: '/healthz' }],
    ['kubectl auth can-i --list --no-headers', { type: 'can-i', noHeaders: true }],
    ['kubectl auth whoami -o json', { type: 'about', what: 'whoami', output: 'json' }],
    ['kubectl version --short', { type: 'about', what: 'version' }],
    ['kubectl cluster-info', { type: 'about', what: 'cluster-info' }],
    ['kubectl api-versions', { type: 'about', what: 'api-versions' }],
    [
      'kubectl api-resources --namespaced=false --verbs=list,get -o name',
      { type: 'about', what: 'api-resources', namespaced: false, verbs: ['list', 'get'], output: 'name' },
    ],
    [
      'kubectl wait pod/a --for=condition=Ready --timeout=90s',
      { type: 'wait', objects: [{ ...pods, name: 'a' }], until: condition, timeoutSeconds: 90 },
    ],
    [
      'kubectl wait --for condition=Ready pods -l app=web',
      { type: 'wait', objects: [], found: { ...pods, selector: 'app=web' }, until: condition },
    ],
    [
      'kubectl wait --for=delete po --all --timeout=0',
      { type: 'wait', objects: [], found: { ...pods, all: true }, until: { kind: 'deleted' }, timeoutSeconds: 0 },
    ],
    [
      'kubectl wait deploy web --for=condition=Ready=False',
      { type: 'wait', objects: [web], until: { ...condition, value: 'False' } },
    ],
    [
      "kubectl wait deploy/web --for=jsonpath={.a.b}='x'",
      { type: 'wait', objects: [web], until: { kind: 'field', expression: '{.a.b}', value: 'x' } },
    ],
    [
      'kubectl wait deploy/web --for=jsonpath=.a',
      { type: 'wait', objects: [web], until: { kind: 'field', expression: '{.a}' } },
    ],
    ['kubectl wait deploy/web --for=create', { type: 'wait', objects: [web], until: { kind: 'created' } }],
  ])('%s', (line, action) => {
    expect(actionOf(line)).toEqual(action);
  });

  it.each<[string, ReasonCode]>([
    ['kubectl get pods -v=8', 'unknown-flag'],
    ['kubectl get pods --request-timeout=soon', 'malformed'],
    ['kubectl get pods --outptu=yaml', 'unknown-flag'],
    ['kubectl get pods --out=yaml', 'unknown-flag'],
    ['kubectl get pods --output-watch-events', 'unknown-flag'],
    ['kubectl get pods --warnings-as-errors', 'unknown-flag'],
    ['kubectl get pods --profile=cpu', 'writes-file'],
    ['kubectl get pods --insecure-skip-tls-verify', 'other-cluster'],
    ['kubectl get pods --as-group=x', 'other-cluster'],
    ['kubectl --user=x get pods', 'other-cluster'],
    ['kubectl get pods --subresource=status', 'malformed'],
    ['kubectl get pods a --subresource=log', 'malformed'],
    ['kubectl get -k dir', 'operator-host'],
    ['kubectl get -R -f x', 'operator-host'],
    ['kubectl get pods -o custom-columns-file=x', 'operator-host'],
    ['kubectl get pods -o jsonpath-file=x', 'operator-host'],
    ['kubectl get pods -o go-template', 'external-tool'],
    ['kubectl get pods -o wie', 'malformed'],
    ['kubectl get pods,svc -w', 'malformed'],
    ['kubectl get pods -w -o json', 'endless'],
    ['kubectl get --raw /api/v1/namespaces/x/pods', 'never-run'],
    ['kubectl get --raw /api/v1/namespaces/x/pods/a/proxy/', 'never-run'],
    ['kubectl get --raw /healthz/../api/v1/pods', 'never-run'],
    ['kubectl get --raw /readyz -f x', 'malformed'],
    ['kubectl logs a --insecure-skip-tls-verify-backend', 'unknown-flag'],
    ['kubectl logs a --since=1h --since-time=2026-01-01T00:00:00Z', 'malformed'],
    ['kubectl logs a --since-time=yesterday', 'malformed'],
    ['oc logs bc/web', 'external-tool'],
    ['kubectl describe -f x', 'operator-host'],
    ['kubectl describe pod a --output=yaml', 'unknown-flag'],
    ['kubectl events -o json', 'unknown-flag'],
    ['kubectl events -w -o yaml', 'endless'],
    ['kubectl top nodes --sum', 'unknown-flag'],
    ['kubectl rollout status deploy', 'several-objects'],
    ['kubectl rollout status deploy -l app=web', 'several-objects'],
    ['kubectl rollout status deploy/a pod/b', 'malformed'],
    ['kubectl rollout status -f x', 'operator-host'],
    ['kubectl auth', 'unknown-verb'],
    ['kubectl auth can-i get', 'malformed'],
    ['kubectl auth can-i --list pods', 'malformed'],
    ['kubectl auth can-i get pods --no-headers', 'malformed'],
    ['kubectl auth can-i get pods --as=x', 'other-cluster'],
    ['kubectl auth reconcile -f x', 'never-run'],
    ['kubectl version --client', 'operator-host'],
    ['kubectl cluster-info dump', 'operator-host'],
    ['kubectl cluster-info -n shop', 'unknown-flag'],
    ['kubectl describe all', 'several-objects'],
    ['kubectl api-resources pods', 'malformed'],
    ['kubectl api-resources --sort-by=age', 'malformed'],
    ['kubectl wait pod/a', 'malformed'],
    ['kubectl wait pods --for=delete', 'malformed'],
    ['kubectl wait pod/a -l x=y --for=delete', 'malformed'],
    ['kubectl wait pod/a --for=Ready', 'malformed'],
    ['kubectl wait pod/a --for=jsonpath={.a}=', 'malformed'],
    ['kubectl wait pod/a --for=jsonpath={.a}=b=c', 'malformed'],
    ['kubectl wait pod/a --for=delete --timeout=soon', 'malformed'],
    ['kubectl wait -f x --for=delete', 'operator-host'],
    ['kubectl explain pods', 'not-a-command'],
    ['kubectl options', 'not-a-command'],
    ['kubectl completion bash', 'operator-host'],
    ['kubectl plugin list', 'operator-host'],
    ['kubectl config view', 'operator-host'],
    ['kubectl diff -f x', 'operator-host'],
    ['kubectl kustomize x', 'operator-host'],
    ['kubectl certificate approve x', 'never-run'],
    ['kubectl neat', 'external-tool'],
    ['kubectl krew install x', 'external-tool'],
    ['kubectl frobnicate', 'unknown-verb'],
    ['kubectl gett pods', 'unknown-verb'],
    ['kubectl adm top pods', 'unknown-verb'],
    ['oc adm node-logs x', 'external-tool'],
    ['oc adm must-gather', 'external-tool'],
    ['oc adm policy add-role-to-user x', 'never-run'],
    ['oc adm top deployments', 'malformed'],
    ['oc whoami', 'operator-host'],
    ['oc project x', 'operator-host'],
    ['oc login', 'operator-host'],
    ['oc status', 'external-tool'],
    ['oc debug node/x', 'needs-terminal'],
  ])('%s stays manual: %s', (line, code) => {
    expect(codeOf(line)).toBe(code);
  });
});

describe('Secrets', () => {
  it.each([
    'kubectl get secrets.v1.',
    'kubectl get secret.v1./x',
    'kubectl get SECRETS',
    'kubectl get all,secret',
    'kubectl get secret -l app=web',
    'kubectl get -l app=web secret',
    'kubectl get -o yaml -L app secrets',
    'kubectl get --sort-by .x secrets',
    'kubectl get pod/a secret/x',
    'kubectl get --raw /api/v1/namespaces/x/secrets',
    'kubectl get --raw=/api/v1/secrets?limit=1',
    'kubectl get --raw /api/v1/namespaces/x/serviceaccounts/y/token',
    'kubectl describe secrets.v1./x',
    'kubectl describe deploy,secrets',
    'kubectl describe pod/a secret/x',
    'kubectl wait secret/x --for=create',
    'kubectl wait secrets --all --for=delete',
    'kubectl wait pods,secrets --all --for=delete',
    'kubectl events --for=secret/x',
    'kubectl logs secret/x',
    'kubectl rollout status secret/x',
    'kubectl view-secret x',
    'oc get secret x',
    'oc extract secret/x',
    'oc whoami -t',
    'oc whoami --show-token',
    'oc sa get-token default',
  ])('%s reads none', (line) => {
    expect(codeOf(line)).toBe('reads-secret');
  });
});
