import { describe, expect, it } from '@jest/globals';
import type { CompiledAction } from '../../src/domain/action.ts';
import type { ReasonCode } from '../../src/domain/runbook.ts';
import { compileCommand, compileWords } from '../../src/runbook/command.ts';

const actionOf = (source: string): CompiledAction | string => {
  const compiled = compileCommand(source);
  return compiled.kind === 'action' ? compiled.action : `${compiled.reason.code}: ${compiled.reason.text}`;
};
const codeOf = (source: string): string => {
  const compiled = compileCommand(source);
  return compiled.kind === 'manual' ? compiled.reason.code : JSON.stringify(compiled.action);
};

const open = (...template: (string | { parameter: string })[]) => ({ template });
const web = { resource: 'deployments', name: 'web' };

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
