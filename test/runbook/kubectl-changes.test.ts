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
    ['kubectl rollout undo deployment/web', { type: 'rollout-undo', target: web }],
    ['kubectl rollout undo deploy web --to-revision=0', { type: 'rollout-undo', target: web }],
    [
      'kubectl -n x rollout undo deployment/web --to-revision=3',
      { type: 'rollout-undo', namespace: 'x', target: web, toRevision: 3 },
    ],
    ['kubectl rollout undo sts/db', { type: 'rollout-undo', target: { resource: 'statefulsets', name: 'db' } }],
    ['kubectl rollout pause deployment/web', { type: 'rollout-pause', target: web }],
    ['kubectl rollout resume deployment web -n x', { type: 'rollout-resume', namespace: 'x', target: web }],
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
    ['kubectl rollout undo job/x', 'malformed'],
    ['kubectl rollout undo pod/web', 'malformed'],
    ['kubectl rollout undo deployment/web --to-revision=-1', 'malformed'],
    ['kubectl rollout undo deployment/web --to-revision=x', 'malformed'],
    ['kubectl rollout undo deployment/web --to-revision=<revision>', 'unresolved-substitution'],
    ['kubectl rollout pause sts/db', 'malformed'],
    ['kubectl rollout resume deployment/web --to-revision=1', 'unknown-flag'],
    ['kubectl rollout status deployment/web --timeout=x', 'malformed'],
    ['kubectl rollout restart deployment/web | grep x', 'shell-logic'],
    ['watch kubectl rollout restart deployment/web', 'endless'],
  ])('%s stays manual: %s', (source, code) => {
    expect(codeOf(source)).toBe(code);
  });
});

it('a rollback may be more than a change by what it brings back', () => {
  expect(compileCommand('kubectl rollout undo deployment/web')).toMatchObject({ class: 'change', live: true });
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
    ['kubectl scale ds/web --replicas=2', 'malformed'],
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
    ['kubectl set env deployment/web', 'malformed'],
    ['kubectl set env A=1', 'malformed'],
    ['kubectl set env A=1 deployment/web', 'malformed'],
    ['kubectl set env deployment/web A=1 A-', 'malformed'],
    ['kubectl set env deployment/web 1A=1', 'malformed'],
    ['kubectl set env deployment/web -', 'malformed'],
    ['kubectl set env deployment/web =x', 'malformed'],
    ['kubectl set env deployment/web $A=1', 'unresolved-substitution'],
    ['kubectl set env deployment/web --all A=1', 'malformed'],
    ['kubectl set env deployment/web --list', 'unknown-flag'],
    ['kubectl set env deployment/web --from=configmap/x', 'left-to-people'],
    ["kubectl set env -c 'a*' deployment/web A=1", 'left-to-people'],
    ['kubectl set env pod/web A=1', 'left-to-people'],
  ])('%s stays manual: %s', (source, code) => {
    expect(codeOf(source)).toBe(code);
  });
});

describe('kubectl set image', () => {
  const image = { type: 'set-image' as const, target: web };

  it.each<[string, CompiledAction]>([
    [
      'kubectl set image deployment/web app=nginx:1.27',
      { ...image, images: [{ container: 'app', image: 'nginx:1.27' }] },
    ],
    [
      'kubectl set image deploy web a=r.example.com:5000/x/a:1 b=x/b@sha256:0abc -n x',
      {
        ...image,
        namespace: 'x',
        images: [
          { container: 'a', image: 'r.example.com:5000/x/a:1' },
          { container: 'b', image: 'x/b@sha256:0abc' },
        ],
      },
    ],
    ["kubectl set image deployment/web '*=nginx:1.27'", { ...image, images: [{ image: 'nginx:1.27' }] }],
    [
      'kubectl set image deployment/web <container>=shop/web:<tag>',
      {
        ...image,
        images: [{ container: open({ parameter: 'container' }), image: open('shop/web:', { parameter: 'tag' }) }],
      },
    ],
    [
      'kubectl set image ds/agent agent=$IMAGE',
      {
        type: 'set-image',
        target: { resource: 'daemonsets', name: 'agent' },
        images: [{ container: 'agent', image: open({ parameter: 'IMAGE' }) }],
      },
    ],
  ])('%s', (source, action) => {
    expect(actionOf(source)).toEqual(action);
    expect(compileCommand(source)).toMatchObject({ class: 'change', live: true });
  });

  it.each<[string, ReasonCode]>([
    ['kubectl set image deployment/web', 'malformed'],
    ['kubectl set image app=nginx', 'malformed'],
    ['kubectl set image app=nginx deployment/web', 'malformed'],
    ['kubectl set image deployment/web app=', 'malformed'],
    ['kubectl set image deployment/web =nginx', 'malformed'],
    ['kubectl set image deployment/web app=Nginx', 'malformed'],
    ['kubectl set image deployment/web app=nginx:', 'malformed'],
    ['kubectl set image deployment/web app=../x', 'malformed'],
    ['kubectl set image deployment/web A_B=nginx', 'malformed'],
    ['kubectl set image deployment/web app=a app=b', 'malformed'],
    ["kubectl set image deployment/web '*=a' app=b", 'malformed'],
    ['kubectl set image deployment/web *=nginx', 'unresolved-substitution'],
    ['kubectl set image cronjob/x app=nginx', 'left-to-people'],
    ['kubectl set image deployment/web app=nginx --record', 'unknown-flag'],
    ['kubectl set image deployment/web app=nginx --all', 'malformed'],
    ['kubectl set image -f web.yaml app=nginx', 'unknown-flag'],
  ])('%s stays manual: %s', (source, code) => {
    expect(codeOf(source)).toBe(code);
  });
});

describe('kubectl delete', () => {
  const pod = { type: 'delete-pod' as const, target: { resource: 'pods', name: 'web-0' } };

  it.each<[string, CompiledAction]>([
    ['kubectl delete pod web-0', pod],
    ['kubectl delete po/web-0 -n x', { ...pod, namespace: 'x' }],
    ['kubectl delete pods web-0 --grace-period=30', { ...pod, gracePeriodSeconds: 30 }],
    ['kubectl delete pod web-0 --grace-period=-1 --wait=false', pod],
    ['kubectl delete pod web-0 --now', { ...pod, gracePeriodSeconds: 1 }],
    ['kubectl delete pod <pod-name>', { ...pod, target: { resource: 'pods', name: open({ parameter: 'pod-name' }) } }],
  ])('%s', (source, action) => {
    expect(actionOf(source)).toEqual(action);
    expect(compileCommand(source)).toMatchObject({ class: 'change', live: true });
  });

  it.each<[string, ReasonCode]>([
    ['kubectl delete', 'malformed'],
    ['kubectl delete pod web-0 --force', 'never-run'],
    ['kubectl delete pod web-0 --force --grace-period=0', 'never-run'],
    ['kubectl delete pod web-0 --grace-period 0 --force=true', 'never-run'],
    ['kubectl delete deployment web --force', 'never-run'],
    ['kubectl delete pod web-0 --grace-period=-2', 'malformed'],
    ['kubectl delete pod web-0 --grace-period=soon', 'malformed'],
    ['kubectl delete pod web-0 --now --grace-period=5', 'malformed'],
    ['kubectl delete secret x', 'reads-secret'],
    ['kubectl delete pod web-0 | grep x', 'shell-logic'],
    ['watch kubectl delete pod web-0', 'endless'],
  ])('%s stays manual: %s', (source, code) => {
    expect(codeOf(source)).toBe(code);
  });
});

describe('kubectl cordon and uncordon', () => {
  const node = { resource: 'nodes', name: 'node-1' };

  it.each<[string, CompiledAction]>([
    ['kubectl cordon node-1', { type: 'cordon', target: node }],
    ['kubectl cordon node/node-1 -n web', { type: 'cordon', target: node }],
    [
      'kubectl uncordon ip-10-0-0-1.ec2.internal',
      { type: 'uncordon', target: { ...node, name: 'ip-10-0-0-1.ec2.internal' } },
    ],
    ['kubectl uncordon <node-name>', { type: 'uncordon', target: { ...node, name: open({ parameter: 'node-name' }) } }],
  ])('%s', (source, action) => {
    expect(actionOf(source)).toEqual(action);
    expect(compileCommand(source)).toMatchObject({ class: 'change' });
  });

  it.each<[string, ReasonCode]>([
    ['kubectl cordon', 'malformed'],
    ['kubectl cordon pod/web', 'malformed'],
    ['kubectl cordon Node_1', 'malformed'],
    ['kubectl uncordon node-1 --force', 'unknown-flag'],
  ])('%s stays manual: %s', (source, code) => {
    expect(codeOf(source)).toBe(code);
  });
});

describe('other commands', () => {
  it.each<[string, ReasonCode]>([
    ['kubectl', 'malformed'],
    ['kubectl frobnicate', 'unknown-verb'],
    ['kubectl apply -f x.yaml', 'operator-host'],
    ['kubectl edit deployment web', 'edits-by-hand'],
    ['kubectl port-forward svc/x 80', 'operator-host'],
    ['kubectl cp a:/x y', 'operator-host'],
    ['kubectl attach x', 'needs-terminal'],
    ['kubectl exec -it x -- bash', 'needs-terminal'],
    ['kubectl exec -it x -- /bin/sh', 'needs-terminal'],
    ['kubectl exec -it x bash', 'needs-terminal'],
    ['kubectl run x -it --image=busybox', 'needs-terminal'],
    ['kubectl config use-context prod', 'operator-host'],
    ['/usr/bin/kubectl get pods', 'external-tool'],
    ['KUBECONFIG=x kubectl get pods', 'operator-host'],
    ['curl http://localhost:80/x', 'localhost-url'],
    ['curl -s 127.0.0.1/x', 'localhost-url'],
    ['docker run -it x bash', 'operator-host'],
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
