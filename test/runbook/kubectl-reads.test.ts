import { describe, expect, it } from '@jest/globals';
import type { CompiledAction } from '../../src/domain/action.ts';
import type { ReasonCode } from '../../src/domain/runbook.ts';
import { compileCommand } from '../../src/runbook/command.ts';

const actionOf = (source: string): CompiledAction | string => {
  const compiled = compileCommand(source);
  return compiled.kind === 'action' ? compiled.action : `${compiled.reason.code}: ${compiled.reason.text}`;
};
const codeOf = (source: string): string => {
  const compiled = compileCommand(source);
  return compiled.kind === 'manual' ? compiled.reason.code : JSON.stringify(compiled.action);
};

const table = { format: 'table' } as const;
const open = (...template: (string | { parameter: string })[]) => ({ template });
const pods = { resource: 'pods' };
const web = { resource: 'deployments', name: 'web' };

describe('kubectl get', () => {
  it.each<[string, CompiledAction]>([
    ['kubectl get pods', { type: 'get', objects: [pods], output: table }],
    ['kubectl get po -n web', { type: 'get', namespace: 'web', objects: [pods], output: table }],
    ['kubectl -n web get po', { type: 'get', namespace: 'web', objects: [pods], output: table }],
    ['kubectl get po -nweb', { type: 'get', namespace: 'web', objects: [pods], output: table }],
    ['kubectl get po -n=web', { type: 'get', namespace: 'web', objects: [pods], output: table }],
    ['kubectl get Pod --namespace=web', { type: 'get', namespace: 'web', objects: [pods], output: table }],
    ['kubectl get pods -A', { type: 'get', objects: [pods], allNamespaces: true, output: table }],
    ['kubectl get pods -A -n web', { type: 'get', objects: [pods], allNamespaces: true, output: table }],
    ['kubectl get pods -A=false -n web', { type: 'get', namespace: 'web', objects: [pods], output: table }],
    [
      'kubectl get pods a b',
      {
        type: 'get',
        objects: [
          { ...pods, name: 'a' },
          { ...pods, name: 'b' },
        ],
        output: table,
      },
    ],
    [
      'kubectl get po/a svc/b',
      {
        type: 'get',
        objects: [
          { ...pods, name: 'a' },
          { resource: 'services', name: 'b' },
        ],
        output: table,
      },
    ],
    [
      'kubectl get deploy,svc',
      { type: 'get', objects: [{ resource: 'deployments' }, { resource: 'services' }], output: table },
    ],
    [
      'kubectl get deployments.apps web',
      { type: 'get', objects: [{ resource: 'deployments', group: 'apps', name: 'web' }], output: table },
    ],
    [
      'kubectl get po,svc a b',
      {
        type: 'get',
        objects: [
          { ...pods, name: 'a' },
          { ...pods, name: 'b' },
          { resource: 'services', name: 'a' },
          { resource: 'services', name: 'b' },
        ],
        output: table,
      },
    ],
    ['kubectl get certificate', { type: 'get', objects: [{ resource: 'certificate' }], output: table }],
    [
      'kubectl get pods -l app=web,tier!=x',
      { type: 'get', objects: [pods], selector: 'app=web,tier!=x', output: table },
    ],
    ["kubectl get pods -l 'env in (a,b)'", { type: 'get', objects: [pods], selector: 'env in (a,b)', output: table }],
    [
      'kubectl get events --field-selector reason=OOMKilling',
      { type: 'get', objects: [{ resource: 'events' }], fieldSelector: 'reason=OOMKilling', output: table },
    ],
    ['kubectl get pods -o wide', { type: 'get', objects: [pods], output: { format: 'wide' } }],
    ['kubectl get pods -oyaml', { type: 'get', objects: [pods], output: { format: 'yaml' } }],
    ['kubectl get pods --output=json', { type: 'get', objects: [pods], output: { format: 'json' } }],
    [
      "kubectl get pods -o jsonpath='{.items[*].metadata.name}'",
      { type: 'get', objects: [pods], output: { format: 'jsonpath', expression: '{.items[*].metadata.name}' } },
    ],
    [
      'kubectl get pods -o custom-columns=N:.metadata.name',
      { type: 'get', objects: [pods], output: { format: 'custom-columns', expression: 'N:.metadata.name' } },
    ],
    [
      "kubectl get events --sort-by='.lastTimestamp'",
      { type: 'get', objects: [{ resource: 'events' }], sortBy: '.lastTimestamp', output: table },
    ],
    [
      'kubectl get nodes --no-headers --show-labels',
      { type: 'get', objects: [{ resource: 'nodes' }], noHeaders: true, showLabels: true, output: table },
    ],
    [
      'kubectl get pod x --ignore-not-found',
      { type: 'get', objects: [{ ...pods, name: 'x' }], ignoreNotFound: true, output: table },
    ],
    ['kubectl get pods -w', { type: 'get', objects: [pods], output: table }],
    ['oc get pods', { type: 'get', objects: [pods], output: table }],
    [
      'kubectl get pod <pod-name>',
      { type: 'get', objects: [{ ...pods, name: open({ parameter: 'pod-name' }) }], output: table },
    ],
    [
      'kubectl get pod {pod-name}',
      { type: 'get', objects: [{ ...pods, name: open({ parameter: 'pod-name' }) }], output: table },
    ],
    [
      'kubectl get pod [pod-name]',
      { type: 'get', objects: [{ ...pods, name: open({ parameter: 'pod-name' }) }], output: table },
    ],
    [
      'kubectl get pods -n NAMESPACE',
      { type: 'get', namespace: open({ parameter: 'NAMESPACE' }), objects: [pods], output: table },
    ],
    [
      'kubectl get pods -l app=$APP',
      { type: 'get', objects: [pods], selector: open('app=', { parameter: 'APP' }), output: table },
    ],
    ['watch -n 5 kubectl get pods -n web', { type: 'get', namespace: 'web', objects: [pods], output: table }],
    ["watch 'kubectl get pods'", { type: 'get', objects: [pods], output: table }],
  ])('%s', (source, action) => {
    expect(actionOf(source)).toEqual(action);
  });

  it.each<[string, ReasonCode]>([
    ['kubectl get', 'malformed'],
    ['kubectl get pods po/a', 'malformed'],
    ['kubectl get pods a -l x=y', 'malformed'],
    ['kubectl get pods a -A', 'malformed'],
    ['kubectl get pods UPPER/x', 'malformed'],
    ['kubectl get pods Bad_Name', 'malformed'],
    ['kubectl get pods ../secrets/x', 'malformed'],
    ['kubectl get pods -n Web', 'malformed'],
    ['kubectl get pods -n a -n b', 'malformed'],
    ['kubectl get pods -n', 'malformed'],
    ['kubectl get pods -l "a=b c"', 'malformed'],
    ['kubectl get pods --no-headers=maybe', 'malformed'],
    ['kubectl get all web', 'several-objects'],
    ['kubectl get pods -o go-template={{.x}}', 'external-tool'],
    ['kubectl get pods -o jsonpath=', 'malformed'],
    ['kubectl get pods --context=prod', 'other-cluster'],
    ['kubectl --context prod get pods', 'other-cluster'],
    ['kubectl get pods --kubeconfig=/x', 'other-cluster'],
    ['kubectl get pods --as=root', 'other-cluster'],
    ['kubectl get pods --token x', 'other-cluster'],
    ['kubectl get pods -s http://x', 'other-cluster'],
    ['kubectl get pods --server=http://x', 'other-cluster'],
    ['kubectl get pods --dry-run=client', 'unknown-flag'],
    ['kubectl get -f file.yaml', 'operator-host'],
    ['kubectl get pods -wx', 'unknown-flag'],
    ['kubectl get pods --watch-only', 'endless'],
    ['kubectl get $KIND', 'unresolved-substitution'],
    ['kubectl get <kind>/x', 'unresolved-substitution'],
    ['kubectl $VERB pods', 'unresolved-substitution'],
    ['kubectl get pods -o jsonpath=$X', 'unresolved-substitution'],
    ['kubectl get pods *', 'unresolved-substitution'],
    ['kubectl get pods $(cat x)', 'unresolved-substitution'],
  ])('%s stays manual: %s', (source, code) => {
    expect(codeOf(source)).toBe(code);
  });
});

describe('Secrets', () => {
  it.each([
    'kubectl get secret',
    'kubectl get secrets -A',
    'kubectl get Secret x',
    'kubectl get secret/x',
    'kubectl get pods,secrets',
    'kubectl get secrets.v1.',
    'kubectl get cm,secret -o yaml > out.yaml',
    'kubectl get secret x | base64 -d',
    'kubectl -n web get secret x',
    'kubectl describe secret x',
    'kubectl delete secret x',
    'kubectl edit secret x',
    'kubectl patch secret x -p {}',
    'kubectl create secret generic x --from-literal=a=b',
    'kubectl create token default',
    'kubectl set env deploy/web --from=secret/x',
    'oc get secret x',
    'kubectl get pods && kubectl get secret x',
    'if true; then kubectl get secret x; fi',
  ])('%s is never touched', (source) => {
    expect(codeOf(source)).toBe('reads-secret');
  });

  it('named `secret` only in part are other things', () => {
    expect(actionOf('kubectl get externalsecrets')).toMatchObject({ type: 'get' });
    expect(actionOf('kubectl get pods secret-rotator')).toMatchObject({ type: 'get' });
    expect(actionOf('kubectl get pods secret')).toMatchObject({ objects: [{ resource: 'pods', name: 'secret' }] });
  });
});

describe('kubectl logs', () => {
  const logs = { type: 'logs', of: { ...pods, name: 'a' } } as const;

  it.each<[string, CompiledAction]>([
    ['kubectl logs a', logs],
    ['kubectl logs pod/a', logs],
    ['kubectl logs a app', { ...logs, container: 'app' }],
    ['kubectl logs a -c app', { ...logs, container: 'app' }],
    ['kubectl logs deploy/web', { type: 'logs', of: web }],
    ['kubectl logs -l app=web', { type: 'logs', of: { selector: 'app=web' } }],
    ['kubectl logs a --tail=50', { ...logs, tail: 50 }],
    ['kubectl logs a --tail -1', { ...logs, tail: -1 }],
    ['kubectl logs a --since=1h30m', { ...logs, sinceSeconds: 5400 }],
    ['kubectl logs a --since=1500ms', { ...logs, sinceSeconds: 2 }],
    ['kubectl logs a --since=0', logs],
    ['kubectl logs a -p --timestamps', { ...logs, previous: true, timestamps: true }],
    ['kubectl logs a --previous=true', { ...logs, previous: true }],
    ['kubectl logs a --all-containers', { ...logs, allContainers: true }],
    ['kubectl logs -f a', { ...logs, bounded: true }],
    ['kubectl logs -fp a', { ...logs, bounded: true, previous: true }],
    [
      'kubectl logs a | grep -i cuda',
      { ...logs, filters: [{ program: 'grep', pattern: 'cuda', syntax: 'basic', ignoreCase: true }] },
    ],
    ['kubectl logs a |\n  tail -5', { ...logs, filters: [{ program: 'tail', lines: 5 }] }],
  ])('%s', (source, action) => {
    expect(actionOf(source)).toEqual(action);
  });

  it.each<[string, ReasonCode]>([
    ['kubectl logs', 'malformed'],
    ['kubectl logs deployment web', 'malformed'],
    ['kubectl logs a b c', 'malformed'],
    ['kubectl logs a -l app=x', 'malformed'],
    ['kubectl logs a b -c d', 'malformed'],
    ['kubectl logs a -c b --all-containers', 'malformed'],
    ['kubectl logs a --tail=x', 'malformed'],
    ['kubectl logs a --tail=010', 'malformed'],
    ['kubectl logs a --tail=-2', 'malformed'],
    ['kubectl logs a --since=soon', 'malformed'],
    ['kubectl logs a --since=100ms', 'malformed'],
    ['kubectl logs a -A', 'unknown-flag'],
    ['kubectl logs a --tail=$N', 'unresolved-substitution'],
    ['kubectl logs cronjob/x', 'malformed'],
    ['kubectl logs deployments.other.io/x', 'malformed'],
    ['kubectl logs a | python3 -', 'pipes-into-code'],
    ['kubectl logs a | xargs rm', 'pipes-into-code'],
    ['kubectl logs a | kubectl apply -f -', 'pipes-into-code'],
    ['kubectl logs a > out.log', 'writes-file'],
    ['kubectl logs a | tee out.log', 'writes-file'],
    ['kubectl logs a | grep x > out.log', 'writes-file'],
  ])('%s stays manual: %s', (source, code) => {
    expect(codeOf(source)).toBe(code);
  });

  it('says when an endless form became one bounded read', () => {
    expect(compileCommand('kubectl logs -f a')).toMatchObject({ bounded: true, class: 'read' });
    expect(compileCommand('kubectl get pods --watch')).toMatchObject({ bounded: true });
    expect(compileCommand('kubectl logs a')).not.toHaveProperty('bounded');
  });
});
