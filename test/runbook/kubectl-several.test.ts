import { describe, expect, it } from '@jest/globals';
import type { CompiledAction } from '../../src/domain/action.ts';
import type { ReasonCode } from '../../src/domain/runbook.ts';
import { bindAction } from '../../src/runbook/bind.ts';
import { compileCommand } from '../../src/runbook/command.ts';

const actionOf = (source: string): CompiledAction | string => {
  const compiled = compileCommand(source);
  return compiled.kind === 'action' ? compiled.action : `${compiled.reason.code}: ${compiled.reason.text}`;
};
const codeOf = (source: string): string => {
  const compiled = compileCommand(source);
  return compiled.kind === 'manual' ? compiled.reason.code : JSON.stringify(compiled.action);
};

const deployment = (name: string) => ({ resource: 'deployments', name });
const pod = (name: string) => ({ resource: 'pods', name });
const node = (name: string) => ({ resource: 'nodes', name });
const web = deployment('web');

describe('kubectl delete', () => {
  it.each<[string, CompiledAction]>([
    ['kubectl delete pod a', { type: 'delete-pod', target: pod('a') }],
    ['kubectl delete deployment web', { type: 'delete', target: web }],
    ['kubectl delete deploy/web -n x', { type: 'delete', namespace: 'x', target: web }],
    ['kubectl delete deploy web --cascade', { type: 'delete', target: web }],
    ['kubectl delete deploy web --cascade=background --wait=false --timeout=30s', { type: 'delete', target: web }],
    ['kubectl delete deploy web --cascade=orphan', { type: 'delete', target: web, cascade: 'orphan' }],
    ['kubectl delete deploy web --cascade=false', { type: 'delete', target: web, cascade: 'orphan' }],
    ['kubectl delete deploy web --cascade=true', { type: 'delete', target: web }],
    ['kubectl delete deploy web --cascade=foreground', { type: 'delete', target: web, cascade: 'foreground' }],
    [
      'kubectl delete job x --now -o name',
      { type: 'delete', target: { resource: 'jobs', name: 'x' }, gracePeriodSeconds: 1 },
    ],
    ['kubectl delete pod a --grace-period=0', { type: 'delete-pod', target: pod('a'), gracePeriodSeconds: 1 }],
    ['kubectl delete pod a --grace-period=-1 --dry-run=none', { type: 'delete-pod', target: pod('a') }],
    [
      'kubectl delete pvc data --ignore-not-found',
      { type: 'delete', target: { resource: 'persistentvolumeclaims', name: 'data' }, ignoreNotFound: true },
    ],
    [
      'kubectl delete pod a b -n x',
      {
        type: 'several',
        namespace: 'x',
        changes: [
          { type: 'delete-pod', namespace: 'x', target: pod('a') },
          { type: 'delete-pod', namespace: 'x', target: pod('b') },
        ],
      },
    ],
    [
      'kubectl delete deploy,po b a',
      {
        type: 'several',
        changes: [
          { type: 'delete', target: deployment('b') },
          { type: 'delete', target: deployment('a') },
          { type: 'delete-pod', target: pod('b') },
          { type: 'delete-pod', target: pod('a') },
        ],
      },
    ],
    [
      'kubectl delete po/a deploy/web',
      {
        type: 'several',
        changes: [
          { type: 'delete-pod', target: pod('a') },
          { type: 'delete', target: web },
        ],
      },
    ],
    [
      'kubectl delete pods -l app=web --grace-period 5',
      {
        type: 'each',
        kind: { resource: 'pods' },
        selector: 'app=web',
        change: { type: 'delete-pod', gracePeriodSeconds: 5, ignoreNotFound: true },
      },
    ],
    [
      'kubectl delete pod --field-selector=status.phase==Failed -n x',
      {
        type: 'each',
        namespace: 'x',
        kind: { resource: 'pods' },
        fieldSelector: 'status.phase==Failed',
        change: { type: 'delete-pod', ignoreNotFound: true },
      },
    ],
    [
      'kubectl delete svc,cm --all',
      {
        type: 'several',
        changes: [
          { type: 'each', kind: { resource: 'services' }, change: { type: 'delete', ignoreNotFound: true } },
          { type: 'each', kind: { resource: 'configmaps' }, change: { type: 'delete', ignoreNotFound: true } },
        ],
      },
    ],
  ])('%s', (source, action) => {
    expect(actionOf(source)).toEqual(action);
  });

  it.each<[string, ReasonCode]>([
    ['kubectl delete', 'malformed'],
    ['kubectl delete pods', 'malformed'],
    ['kubectl delete pods,svc', 'malformed'],
    ["kubectl delete pods -l ''", 'malformed'],
    ['kubectl delete pod a a', 'malformed'],
    ['kubectl delete pod/a svc b', 'malformed'],
    ['kubectl delete pod a svc/b', 'malformed'],
    ['kubectl delete pod/a,svc/b', 'malformed'],
    ['kubectl delete pod a,b', 'malformed'],
    ['kubectl delete pod a -l app=web', 'malformed'],
    ['kubectl delete pod/a -l app=web', 'malformed'],
    ['kubectl delete pod/a --all', 'malformed'],
    ['kubectl delete pods --all -l app=web', 'malformed'],
    ['kubectl delete pods --all --field-selector status.phase=Failed', 'malformed'],
    // The bare flag has its own value: the next word is a name.
    ['kubectl delete deploy --cascade orphan --cascade=orphan', 'malformed'],
    ['kubectl delete deploy web --cascade=maybe', 'malformed'],
    ['kubectl delete pod a --now --grace-period=5', 'malformed'],
    ['kubectl delete pod a --grace-period=-2', 'malformed'],
    ['kubectl delete pod a -o yaml', 'unknown-flag'],
    ['kubectl delete pod a --timeout=5', 'malformed'],
    ['kubectl delete pod a --frobnicate', 'unknown-flag'],
    ['kubectl delete pod a --cascade=orphan', 'unknown-flag'],
    ['kubectl delete pod a --force', 'never-run'],
    ['kubectl delete pod a --force --grace-period=0', 'never-run'],
    ['kubectl delete pods --all -A', 'never-run'],
    ['kubectl delete all --all', 'never-run'],
    ['kubectl delete pods,all -l app=web', 'never-run'],
    ['kubectl delete clusterrole x', 'never-run'],
    ['kubectl delete rolebindings.rbac.authorization.k8s.io x', 'never-run'],
    ['kubectl delete sa x', 'never-run'],
    ['kubectl delete csr x', 'never-run'],
    ['kubectl delete crd x', 'never-run'],
    ['kubectl delete validatingwebhookconfigurations x', 'never-run'],
    ['kubectl delete pod,role x', 'never-run'],
    ['kubectl delete secret x', 'reads-secret'],
    ['kubectl delete pod,secret x', 'reads-secret'],
    ['kubectl delete -f x.yaml', 'operator-host'],
    ['kubectl delete -k overlay', 'operator-host'],
    ['kubectl delete pod a -i', 'needs-terminal'],
    ['kubectl delete pod a --dry-run=client', 'changes-nothing'],
    ['kubectl delete pod a --dry-run=server', 'changes-nothing'],
    ['kubectl delete pod --dry-run a', 'changes-nothing'],
    ['kubectl delete pod a --dry-run=maybe', 'malformed'],
    ['kubectl delete pod --context=prod a', 'other-cluster'],
  ])('%s stays manual: %s', (source, code) => {
    expect(codeOf(source)).toBe(code);
  });

  it('without a value a flag leaves the next word what it is: a name', () => {
    const orphan = { type: 'delete', target: deployment('orphan') };

    expect(actionOf('kubectl delete deploy --cascade orphan')).toEqual(orphan);
    expect(actionOf('kubectl delete deploy --cascade orphan --cascade')).toEqual(orphan);
  });

  it.each([
    ['kubectl delete pod a', 'change', true],
    ['kubectl delete pod a b', 'destructive', undefined],
    ['kubectl delete pods -l app=web', 'destructive', undefined],
    ['kubectl delete cm x', 'destructive', undefined],
    ['kubectl delete cm,svc -l app=web', 'destructive', undefined],
    ['kubectl drain node-1', 'destructive', undefined],
    ['kubectl drain -l role=x', 'destructive', undefined],
    ['kubectl scale deploy a b --replicas=0', 'destructive', undefined],
    ['kubectl scale deploy --all --replicas=0', 'destructive', undefined],
    ['kubectl scale deploy a b --replicas=2', 'change', true],
    ['kubectl rollout restart deploy', 'change', undefined],
    ['kubectl cordon a b', 'change', undefined],
  ])('%s is %s', (source, actionClass, live) => {
    const compiled = compileCommand(source);

    expect(compiled).toMatchObject({ kind: 'action', class: actionClass });
    expect(compiled.kind === 'action' && compiled.live).toBe(live);
  });

  it('parameters of every part are filled in', () => {
    const compiled = compileCommand('kubectl delete pod <one> <two> -n <ns>');
    if (compiled.kind !== 'action') throw new Error(compiled.reason.text);
    const bound = bindAction(compiled.action, compiled.parameters, { one: 'a', two: 'b', ns: 'shop' });

    expect(bound).toMatchObject({
      ok: true,
      action: { type: 'several', namespace: 'shop', changes: [{ target: pod('a') }, { target: pod('b') }] },
    });
  });

  it('a value cannot widen the selector that it stands in', () => {
    const compiled = compileCommand('kubectl delete pods -l app=<app>');
    if (compiled.kind !== 'action') throw new Error(compiled.reason.text);
    const fill = (app: string) => bindAction(compiled.action, compiled.parameters, { app });

    expect(fill('web')).toMatchObject({ ok: true, action: { type: 'each', selector: 'app=web' } });
    expect(fill('web,tier!=x')).toMatchObject({ ok: false });
    expect(fill('')).toMatchObject({ ok: false });
  });
});

describe('kubectl drain', () => {
  it.each<[string, CompiledAction]>([
    ['kubectl drain node-1', { type: 'drain', target: node('node-1') }],
    ['kubectl drain node/node-1 --grace-period=-1 --timeout=0', { type: 'drain', target: node('node-1') }],
    [
      'kubectl drain node-1 --ignore-daemonsets --delete-emptydir-data --force --grace-period=30 --timeout=5m --pod-selector=app=x',
      {
        type: 'drain',
        target: node('node-1'),
        ignoreDaemonSets: true,
        deleteEmptyDirData: true,
        force: true,
        gracePeriodSeconds: 30,
        timeoutSeconds: 300,
        podSelector: 'app=x',
      },
    ],
    [
      'kubectl drain a b --force',
      {
        type: 'several',
        changes: [
          { type: 'drain', target: node('a'), force: true },
          { type: 'drain', target: node('b'), force: true },
        ],
      },
    ],
    [
      'kubectl drain -l pool=old --ignore-daemonsets=true',
      {
        type: 'each',
        kind: { resource: 'nodes' },
        selector: 'pool=old',
        change: { type: 'drain', ignoreDaemonSets: true },
      },
    ],
  ])('%s', (source, action) => {
    expect(actionOf(source)).toEqual(action);
  });

  it.each<[string, ReasonCode]>([
    ['kubectl drain', 'malformed'],
    ['kubectl drain node node-1', 'malformed'],
    ['kubectl drain node-1 -l pool=old', 'malformed'],
    ['kubectl drain pod/x', 'malformed'],
    ['kubectl drain node-1 --pod-selector=', 'malformed'],
    ['kubectl drain node-1 --grace-period=0', 'never-run'],
    ['kubectl drain node-1 --disable-eviction', 'never-run'],
    ['kubectl drain node-1 --delete-local-data', 'unknown-flag'],
    ['kubectl drain node-1 --skip-wait-for-delete-timeout=5', 'unknown-flag'],
    ['kubectl drain node-1 --dry-run=server', 'changes-nothing'],
    ['kubectl drain node-1 --ignore-daemonsets=maybe', 'malformed'],
    ['kubectl cordon', 'malformed'],
    ['kubectl cordon node a', 'malformed'],
    ['kubectl uncordon a -l x=y', 'malformed'],
    ['kubectl cordon a --dry-run=client', 'changes-nothing'],
  ])('%s stays manual: %s', (source, code) => {
    expect(codeOf(source)).toBe(code);
  });
});

describe('the other verbs, of several objects', () => {
  it.each<[string, CompiledAction]>([
    [
      'kubectl cordon a node/b',
      {
        type: 'several',
        changes: [
          { type: 'cordon', target: node('a') },
          { type: 'cordon', target: node('b') },
        ],
      },
    ],
    [
      'kubectl uncordon -l pool=old',
      { type: 'each', kind: { resource: 'nodes' }, selector: 'pool=old', change: { type: 'uncordon' } },
    ],
    [
      'kubectl scale deploy/web sts/db --replicas=2 -n x',
      {
        type: 'several',
        namespace: 'x',
        changes: [
          { type: 'scale', namespace: 'x', target: web, replicas: 2 },
          { type: 'scale', namespace: 'x', target: { resource: 'statefulsets', name: 'db' }, replicas: 2 },
        ],
      },
    ],
    [
      'kubectl scale deploy -l app=web --replicas=2 --current-replicas=1',
      {
        type: 'each',
        kind: { resource: 'deployments' },
        selector: 'app=web',
        change: { type: 'scale', replicas: 2, currentReplicas: 1 },
      },
    ],
    [
      'kubectl rollout restart deployment',
      { type: 'each', kind: { resource: 'deployments' }, change: { type: 'rollout-restart' } },
    ],
    [
      'kubectl rollout restart deploy,sts -l app=web -n x',
      {
        type: 'several',
        namespace: 'x',
        changes: [
          {
            type: 'each',
            namespace: 'x',
            kind: { resource: 'deployments' },
            selector: 'app=web',
            change: { type: 'rollout-restart' },
          },
          {
            type: 'each',
            namespace: 'x',
            kind: { resource: 'statefulsets' },
            selector: 'app=web',
            change: { type: 'rollout-restart' },
          },
        ],
      },
    ],
    [
      'kubectl rollout undo deploy a b --to-revision=2',
      {
        type: 'several',
        changes: [
          { type: 'rollout-undo', target: deployment('a'), toRevision: 2 },
          { type: 'rollout-undo', target: deployment('b'), toRevision: 2 },
        ],
      },
    ],
    [
      'kubectl rollout pause deploy -l app=web',
      { type: 'each', kind: { resource: 'deployments' }, selector: 'app=web', change: { type: 'rollout-pause' } },
    ],
  ])('%s', (source, action) => {
    expect(actionOf(source)).toEqual(action);
  });

  it.each<[string, ReasonCode]>([
    ['kubectl scale deploy --replicas=2', 'malformed'],
    ['kubectl scale deploy a --all --replicas=2', 'malformed'],
    ['kubectl scale deploy,svc --all --replicas=2', 'malformed'],
    ['kubectl scale deploy --all', 'malformed'],
    ['kubectl scale deploy --all --replicas=+2', 'relative-replicas'],
    ['kubectl scale -f x.yaml --replicas=2', 'operator-host'],
    ['kubectl scale deploy a --replicas=2 --dry-run=server', 'changes-nothing'],
    ['kubectl scale deploy a --replicas=2 --resource-version=5', 'unknown-flag'],
    ['kubectl rollout restart deploy a -l x=y', 'malformed'],
    ['kubectl rollout restart deploy,cm -l x=y', 'malformed'],
    ['kubectl rollout restart deploy --all', 'unknown-flag'],
    ['kubectl rollout restart deploy a --dry-run=client', 'unknown-flag'],
    ['kubectl rollout undo deploy a --dry-run=server', 'changes-nothing'],
    ['kubectl rollout pause sts -l x=y', 'malformed'],
  ])('%s stays manual: %s', (source, code) => {
    expect(codeOf(source)).toBe(code);
  });
});
