import { describe, expect, it } from '@jest/globals';
import type { CompiledAction } from '../../src/domain/action.ts';
import type { ReasonCode } from '../../src/domain/runbook.ts';
import { compileCommand, compileWords } from '../../src/runbook/command.ts';

const actionOf = (source: string): CompiledAction | string => {
  const compiled = compileCommand(source);
  return compiled.kind === 'action' ? compiled.action : `${compiled.reason.code}: ${compiled.reason.text}`;
};
const codeOf = (source: string): ReasonCode | string => {
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
    ['kubectl get pods,svc web', 'malformed'],
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
    ['kubectl get all', 'not-supported-yet'],
    ['kubectl get deployments.v1.apps', 'not-supported-yet'],
    ['kubectl get pods -o go-template={{.x}}', 'not-supported-yet'],
    ['kubectl get pods -o jsonpath=', 'not-supported-yet'],
    ['kubectl get pods --context=prod', 'not-supported-yet'],
    ['kubectl --context prod get pods', 'not-supported-yet'],
    ['kubectl get pods --kubeconfig=/x', 'unknown-flag'],
    ['kubectl get pods --as=root', 'unknown-flag'],
    ['kubectl get pods --token x', 'unknown-flag'],
    ['kubectl get pods -s http://x', 'unknown-flag'],
    ['kubectl get pods --server=http://x', 'unknown-flag'],
    ['kubectl get pods --dry-run=client', 'unknown-flag'],
    ['kubectl get --raw /api', 'unknown-flag'],
    ['kubectl get -f file.yaml', 'unknown-flag'],
    ['kubectl get pods -L app', 'unknown-flag'],
    ['kubectl get pods -wx', 'unknown-flag'],
    ['kubectl get pods --watch-only', 'unknown-flag'],
    ['kubectl get $KIND', 'unresolved-substitution'],
    ['kubectl get <kind>/x', 'unresolved-substitution'],
    ['kubectl $VERB pods', 'unresolved-substitution'],
    ['kubectl get pods -o jsonpath=$X', 'unresolved-substitution'],
    ['kubectl get pods *', 'unresolved-substitution'],
    ['kubectl get pods $(cat x)', 'unresolved-substitution'],
    ['kubectl get pods -n <a> | grep <b>', 'unresolved-substitution'],
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
    ['kubectl logs a --prefix', 'unknown-flag'],
    ['kubectl logs a --since-time=2026-01-01T00:00:00Z', 'unknown-flag'],
    ['kubectl logs a --tail=$N', 'unresolved-substitution'],
    ['kubectl logs cronjob/x', 'not-supported-yet'],
    ['kubectl logs deployments.other.io/x', 'not-supported-yet'],
    ['kubectl logs a 2>&1 | grep x', 'not-supported-yet'],
    ['kubectl logs a | sort', 'not-supported-yet'],
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

describe('kubectl describe', () => {
  it.each<[string, CompiledAction]>([
    ['kubectl describe pod a', { type: 'describe', kind: pods, names: ['a'] }],
    ['kubectl describe po/a pod/b -n web', { type: 'describe', namespace: 'web', kind: pods, names: ['a', 'b'] }],
    ['kubectl describe pods', { type: 'describe', kind: pods, names: [] }],
    ['kubectl describe pods -l app=web', { type: 'describe', kind: pods, names: [], selector: 'app=web' }],
    ['kubectl describe pods -A', { type: 'describe', kind: pods, names: [], allNamespaces: true }],
  ])('%s', (source, action) => {
    expect(actionOf(source)).toEqual(action);
  });

  it.each<[string, ReasonCode]>([
    ['kubectl describe', 'malformed'],
    ['kubectl describe pod a -l x=y', 'malformed'],
    ['kubectl describe pod a -A', 'malformed'],
    ['kubectl describe pod/a b', 'malformed'],
    ['kubectl describe node <node-name> | grep nvidia', 'not-supported-yet'],
    ['kubectl describe pod/a node/b', 'not-supported-yet'],
    ['kubectl describe pods.metrics.k8s.io', 'not-supported-yet'],
    ['kubectl describe pod a --show-events=false', 'unknown-flag'],
  ])('%s stays manual: %s', (source, code) => {
    expect(codeOf(source)).toBe(code);
  });
});

describe('kubectl rollout', () => {
  it.each<[string, CompiledAction]>([
    ['kubectl rollout restart deployment/web', { type: 'rollout-restart', target: web }],
    ['kubectl rollout restart deploy web -n x', { type: 'rollout-restart', namespace: 'x', target: web }],
    ['kubectl -n x rollout restart deploy web', { type: 'rollout-restart', namespace: 'x', target: web }],
    ['kubectl rollout restart sts/db', { type: 'rollout-restart', target: { resource: 'statefulsets', name: 'db' } }],
    ['kubectl rollout status ds/agent', { type: 'rollout-status', target: { resource: 'daemonsets', name: 'agent' } }],
    [
      'kubectl rollout status deployment/web --timeout=600s',
      { type: 'rollout-status', target: web, timeoutSeconds: 600 },
    ],
    ['kubectl rollout status deployment/web --timeout=0 -w', { type: 'rollout-status', target: web }],
  ])('%s', (source, action) => {
    expect(actionOf(source)).toEqual(action);
  });

  it.each<[string, ReasonCode]>([
    ['kubectl rollout', 'unknown-verb'],
    ['kubectl rollout turn deployment/web', 'unknown-verb'],
    ['kubectl rollout restart', 'malformed'],
    ['kubectl rollout restart pod/web', 'malformed'],
    ['kubectl rollout restart deployment', 'not-supported-yet'],
    ['kubectl rollout restart deployment a b', 'not-supported-yet'],
    ['kubectl rollout restart deployment/a deployment/b', 'not-supported-yet'],
    ['kubectl rollout restart deployment -l app=web', 'unknown-flag'],
    ['kubectl rollout undo deployment/web', 'not-supported-yet'],
    ['kubectl rollout history deployment/web', 'not-supported-yet'],
    ['kubectl rollout status deployment/web --watch=false', 'not-supported-yet'],
    ['kubectl rollout status deployment/web --timeout=x', 'malformed'],
    ['kubectl rollout restart deployment/web | grep x', 'not-supported-yet'],
    ['watch kubectl rollout restart deployment/web', 'endless'],
  ])('%s stays manual: %s', (source, code) => {
    expect(codeOf(source)).toBe(code);
  });
});

describe('kubectl scale', () => {
  it.each<[string, CompiledAction, string, boolean]>([
    ['kubectl scale deployment web --replicas=6', { type: 'scale', target: web, replicas: 6 }, 'change', true],
    [
      'kubectl scale --replicas 3 deploy/web -n x',
      { type: 'scale', namespace: 'x', target: web, replicas: 3 },
      'change',
      true,
    ],
    ['kubectl scale deployment/web --replicas=0', { type: 'scale', target: web, replicas: 0 }, 'destructive', false],
    [
      'kubectl scale deploy/web --replicas=2 --current-replicas=1',
      { type: 'scale', target: web, replicas: 2, currentReplicas: 1 },
      'change',
      true,
    ],
    [
      'kubectl scale deploy/web --replicas=$N',
      { type: 'scale', target: web, replicas: open({ parameter: 'N' }) },
      'change',
      true,
    ],
  ])('%s', (source, action, actionClass, live) => {
    const compiled = compileCommand(source);

    expect(compiled).toMatchObject({ kind: 'action', action, class: actionClass });
    expect('live' in compiled).toBe(live);
  });

  it.each<[string, ReasonCode]>([
    ['kubectl scale deployment/web --replicas=+2', 'relative-replicas'],
    ['kubectl scale deployment/web --replicas=-1', 'relative-replicas'],
    ['kubectl scale deployment/web --replicas=010', 'malformed'],
    ['kubectl scale deployment/web --replicas=0x10', 'malformed'],
    ['kubectl scale deployment/web --replicas=2147483648', 'malformed'],
    ['kubectl scale deployment/web --replicas=1.5', 'malformed'],
    ['kubectl scale deployment/web --replicas=', 'malformed'],
    ['kubectl scale deployment/web', 'malformed'],
    ['kubectl scale --replicas=2', 'malformed'],
    ['kubectl scale ds/web --replicas=2', 'not-supported-yet'],
    ['kubectl scale deploy/a deploy/b --replicas=2', 'not-supported-yet'],
    ['kubectl scale deployment --all --replicas=2', 'unknown-flag'],
    ['kubectl scale deployment -l a=b --replicas=2', 'unknown-flag'],
    ['kubectl scale deploy/web --replicas=1$N', 'unresolved-substitution'],
    ['kubectl scale deploy/web --replicas=$((N+1))', 'unresolved-substitution'],
  ])('%s stays manual: %s', (source, code) => {
    expect(codeOf(source)).toBe(code);
  });
});

describe('kubectl set env', () => {
  const set = { type: 'set-env', target: web } as const;

  it.each<[string, CompiledAction]>([
    ['kubectl set env deployment/web A=1', { ...set, assignments: [{ name: 'A', value: '1' }] }],
    [
      'kubectl set env deployment web A=1 B-',
      {
        ...set,
        assignments: [
          { name: 'A', value: '1' },
          { name: 'B', remove: true },
        ],
      },
    ],
    ['kubectl set env deployment/web A= -n x', { ...set, namespace: 'x', assignments: [{ name: 'A', value: '' }] }],
    ["kubectl set env deployment/web 'A=b c=d-'", { ...set, assignments: [{ name: 'A', value: 'b c=d-' }] }],
    [
      'kubectl set env -c app deployment/web A=1',
      { ...set, container: 'app', assignments: [{ name: 'A', value: '1' }] },
    ],
    ["kubectl set env -c '*' deployment/web A=1", { ...set, assignments: [{ name: 'A', value: '1' }] }],
    [
      'kubectl set env deployment/web A=$V-x',
      { ...set, assignments: [{ name: 'A', value: open({ parameter: 'V' }, '-x') }] },
    ],
  ])('%s', (source, action) => {
    expect(actionOf(source)).toEqual(action);
  });

  it.each<[string, ReasonCode]>([
    ['kubectl set', 'unknown-verb'],
    ['kubectl set image deployment/web a=b', 'not-supported-yet'],
    ['kubectl set env deployment/web', 'malformed'],
    ['kubectl set env A=1', 'malformed'],
    ['kubectl set env A=1 deployment/web', 'malformed'],
    ['kubectl set env deployment/web A=1 A-', 'malformed'],
    ['kubectl set env deployment/web 1A=1', 'malformed'],
    ['kubectl set env deployment/web -', 'malformed'],
    ['kubectl set env deployment/web =x', 'malformed'],
    ['kubectl set env deployment/web $A=1', 'unresolved-substitution'],
    ['kubectl set env deployment/web --all A=1', 'unknown-flag'],
    ['kubectl set env deployment/web --list', 'unknown-flag'],
    ['kubectl set env deployment/web --from=configmap/x', 'unknown-flag'],
    ["kubectl set env -c 'a*' deployment/web A=1", 'not-supported-yet'],
    ['kubectl set env pod/web A=1', 'not-supported-yet'],
  ])('%s stays manual: %s', (source, code) => {
    expect(codeOf(source)).toBe(code);
  });
});

describe('other commands', () => {
  it.each<[string, ReasonCode]>([
    ['kubectl', 'malformed'],
    ['kubectl frobnicate', 'unknown-verb'],
    ['kubectl --request-timeout 5s get pods', 'unknown-flag'],
    ['kubectl delete pod x', 'not-supported-yet'],
    ['kubectl apply -f x.yaml', 'not-supported-yet'],
    ['kubectl edit deployment web', 'edits-by-hand'],
    ['kubectl port-forward svc/x 80', 'operator-host'],
    ['kubectl cp a:/x y', 'operator-host'],
    ['kubectl attach x', 'needs-terminal'],
    ['kubectl exec -it x -- bash', 'needs-terminal'],
    ['kubectl exec -it x -- /bin/sh', 'needs-terminal'],
    ['kubectl exec -it x bash', 'needs-terminal'],
    ['kubectl exec x -- nvidia-smi', 'not-supported-yet'],
    ['kubectl run x -it --image=busybox', 'needs-terminal'],
    ['kubectl config use-context prod', 'operator-host'],
    ['sudo kubectl get pods', 'operator-host'],
    ['/usr/bin/kubectl get pods', 'external-tool'],
    ['KUBECONFIG=x kubectl get pods', 'not-supported-yet'],
    ['kubectl get pods && echo x', 'shell-logic'],
    ['kubectl get pods; kubectl get nodes', 'shell-logic'],
    ['curl http://localhost:80/x', 'localhost-url'],
    ['curl -s 127.0.0.1/x', 'localhost-url'],
    ['curl https://api.example.com/', 'not-supported-yet'],
    ['docker ps', 'not-supported-yet'],
    ['docker run -it x bash', 'needs-terminal'],
    ['nvidia-smi', 'operator-host'],
    ['rm -rf /', 'operator-host'],
    ['top', 'needs-terminal'],
    ['watch nvidia-smi', 'operator-host'],
    ["watch 'a; b'", 'endless'],
    ['journalctl -f', 'endless'],
    ['helm list', 'external-tool'],
    ['./fix.sh', 'external-tool'],
    ['echo done', 'not-a-command'],
    ['sleep 5', 'not-a-command'],
    ['{"status": "ok"}', 'not-a-command'],
    ['', 'not-a-command'],
    ['kubectl get (pods)', 'malformed'],
    ['kubectl get "pods', 'malformed'],
    ['kubectl get pods \\', 'malformed'],
  ])('%s stays manual: %s', (source, code) => {
    expect(codeOf(source)).toBe(code);
  });

  it('takes no verb for a word of every object', () => {
    for (const word of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      expect(codeOf(`kubectl ${word}`)).toBe('unknown-verb');
      expect(codeOf(`kubectl get pods --${word}=x`)).toBe('unknown-flag');
    }
  });
});

describe('a command given as words', () => {
  it('is never lexed by a shell', () => {
    expect(compileWords(['kubectl', 'set', 'env', 'deploy/web', 'A=$(x); "y" *'])).toMatchObject({
      action: { assignments: [{ name: 'A', value: '$(x); "y" *' }] },
    });
  });

  it('is split at words that are a pipe', () => {
    expect(compileWords(['kubectl', 'logs', 'a', '|', 'grep', 'x | y'])).toMatchObject({
      action: { type: 'logs', filters: [{ program: 'grep', pattern: 'x | y' }] },
    });
    expect(compileWords(['kubectl', 'logs', 'a', '|'])).toMatchObject({ reason: { code: 'malformed' } });
  });

  it('takes literal names as they are and the default namespace where none is named', () => {
    expect(compileWords(['kubectl', 'logs', 'my-pod'], { defaultNamespace: 'web' })).toEqual({
      kind: 'action',
      action: { type: 'logs', namespace: 'web', of: { resource: 'pods', name: 'my-pod' } },
      class: 'read',
      parameters: [],
    });
    expect(compileCommand('kubectl get pods -A', { defaultNamespace: 'web' })).not.toHaveProperty('action.namespace');
    expect(compileCommand('kubectl get pods -n x', { defaultNamespace: 'web' })).toHaveProperty(
      'action.namespace',
      'x',
    );
  });
});
