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

const pods = { resource: 'pods' };
const web = { resource: 'deployments', name: 'web' };

describe('kubectl describe', () => {
  it.each<[string, CompiledAction]>([
    ['kubectl describe pod a', { type: 'describe', kind: pods, names: ['a'] }],
    [
      'kubectl describe po/a pod/b -n web',
      { type: 'describe', namespace: 'web', kind: pods, names: ['a', 'b'], exact: true },
    ],
    ['kubectl describe pods', { type: 'describe', kind: pods, names: [] }],
    ['kubectl describe pods -l app=web', { type: 'describe', kind: pods, names: [], selector: 'app=web' }],
    ['kubectl describe pods -A', { type: 'describe', kind: pods, names: [], allNamespaces: true }],
    ['kubectl describe pod/a', { type: 'describe', kind: pods, names: ['a'], exact: true }],
    ['kubectl describe nodes', { type: 'describe', kind: { resource: 'nodes' }, names: [] }],
    ['kubectl describe node n1 n2', { type: 'describe', kind: { resource: 'nodes' }, names: ['n1', 'n2'] }],
    [
      'kubectl describe no -l gpu=yes',
      { type: 'describe', kind: { resource: 'nodes' }, names: [], selector: 'gpu=yes' },
    ],
    [
      'kubectl describe deploy web -n shop',
      { type: 'describe', namespace: 'shop', kind: { resource: 'deployments' }, names: ['web'] },
    ],
    [
      'kubectl describe deployments.apps web',
      { type: 'describe', kind: { resource: 'deployments', group: 'apps' }, names: ['web'] },
    ],
    ['kubectl describe cm conf', { type: 'describe', kind: { resource: 'configmaps' }, names: ['conf'] }],
    ['kubectl describe hpa', { type: 'describe', kind: { resource: 'horizontalpodautoscalers' }, names: [] }],
    ['kubectl describe job/once', { type: 'describe', kind: { resource: 'jobs' }, names: ['once'], exact: true }],
    ['kubectl describe quota', { type: 'describe', kind: { resource: 'resourcequotas' }, names: [] }],
    ['kubectl describe sts db', { type: 'describe', kind: { resource: 'statefulsets' }, names: ['db'] }],
    ['kubectl describe ds', { type: 'describe', kind: { resource: 'daemonsets' }, names: [] }],
    ['kubectl describe svc/web', { type: 'describe', kind: { resource: 'services' }, names: ['web'], exact: true }],
    [
      'kubectl describe service/a svc/b',
      { type: 'describe', kind: { resource: 'services' }, names: ['a', 'b'], exact: true },
    ],
    [
      'kubectl describe nodes | grep -A 5 "Allocated resources"',
      {
        type: 'describe',
        kind: { resource: 'nodes' },
        names: [],
        filters: [{ program: 'grep', pattern: 'Allocated resources', syntax: 'basic', after: 5 }],
      },
    ],
  ])('%s', (source, action) => {
    expect(actionOf(source)).toEqual(action);
  });

  it.each<[string, ReasonCode]>([
    ['kubectl describe', 'malformed'],
    ['kubectl describe pod a -l x=y', 'malformed'],
    ['kubectl describe pod a -A', 'malformed'],
    ['kubectl describe pod/a b', 'malformed'],
    ['kubectl describe pod/a b/c/d', 'malformed'],
    ['kubectl describe $KIND web', 'unresolved-substitution'],
  ])('%s stays manual: %s', (source, code) => {
    expect(codeOf(source)).toBe(code);
  });
});

describe('kubectl top', () => {
  const usage = { type: 'top', what: 'pods' } as const;

  it.each<[string, CompiledAction]>([
    ['kubectl top pods', usage],
    ['kubectl top pod', usage],
    ['kubectl top po web-1', { ...usage, name: 'web-1' }],
    ['kubectl top pods -n shop', { ...usage, namespace: 'shop' }],
    ['kubectl -n shop top pods', { ...usage, namespace: 'shop' }],
    ['kubectl top pods -A -n shop', { ...usage, allNamespaces: true }],
    ['kubectl top pods -l app=web --containers', { ...usage, selector: 'app=web', containers: true }],
    ['kubectl top pods --sort-by=memory --no-headers', { ...usage, sortBy: 'memory', noHeaders: true }],
    ['kubectl top nodes --sort-by cpu', { type: 'top', what: 'nodes', sortBy: 'cpu' }],
    ['kubectl top no n1', { type: 'top', what: 'nodes', name: 'n1' }],
    ['kubectl top nodes | head -3', { type: 'top', what: 'nodes', filters: [{ program: 'head', lines: 3 }] }],
  ])('%s', (source, action) => {
    expect(actionOf(source)).toEqual(action);
  });

  it.each<[string, ReasonCode]>([
    ['kubectl top', 'malformed'],
    ['kubectl top deployments', 'malformed'],
    ['kubectl top pod/web', 'malformed'],
    ['kubectl top pods pod/web', 'malformed'],
    ['kubectl top pods a b', 'malformed'],
    ['kubectl top pods a -l x=y', 'malformed'],
    ['kubectl top pods a -A', 'malformed'],
    ['kubectl top pods --sort-by=age', 'malformed'],
    ['kubectl top $KIND', 'malformed'],
    ['kubectl top pods --sort-by=$FIELD', 'unresolved-substitution'],
    ['kubectl top nodes -A', 'unknown-flag'],
    ['kubectl top nodes --containers', 'unknown-flag'],
  ])('%s stays manual: %s', (source, code) => {
    expect(codeOf(source)).toBe(code);
  });

  it('is a read, and one read instead of `watch`', () => {
    expect(compileCommand('kubectl top pods')).toMatchObject({ class: 'read' });
    expect(compileCommand("watch -n 10 'kubectl top pods -n shop'")).toMatchObject({ class: 'read', bounded: true });
    // --exec hands the words on as they are: no shell reads them once more.
    expect(compileCommand(`watch --exec kubectl get pods -o jsonpath='{.items}{"$"}'`)).toMatchObject({
      bounded: true,
      action: { output: { expression: '{.items}{"$"}' } },
    });
    expect(compileCommand("watch -x 'kubectl top pods'")).toMatchObject({ kind: 'manual' });
    expect(compileCommand('watch -x kubectl delete pod web-1')).toMatchObject({ reason: { code: 'endless' } });
  });
});

describe('kubectl rollout history', () => {
  const history = { type: 'rollout-history', target: web } as const;

  it.each<[string, CompiledAction]>([
    ['kubectl rollout history deployment/web', history],
    ['kubectl rollout history deploy web -n shop', { ...history, namespace: 'shop' }],
    ['kubectl -n shop rollout history deployment/web', { ...history, namespace: 'shop' }],
    ['kubectl rollout history deployment/web --revision=3', { ...history, revision: 3 }],
    ['kubectl rollout history deployment/web --revision 0', history],
    ['kubectl rollout history sts/db', { type: 'rollout-history', target: { resource: 'statefulsets', name: 'db' } }],
    [
      'kubectl rollout history ds/agent',
      { type: 'rollout-history', target: { resource: 'daemonsets', name: 'agent' } },
    ],
  ])('%s', (source, action) => {
    expect(actionOf(source)).toEqual(action);
    expect(compileCommand(source)).toMatchObject({ class: 'read' });
  });

  it.each<[string, ReasonCode]>([
    ['kubectl rollout history', 'malformed'],
    ['kubectl rollout history pod/web', 'malformed'],
    ['kubectl rollout history deployment/web --revision=-1', 'malformed'],
    ['kubectl rollout history deployment/web --revision=two', 'malformed'],
    ['kubectl rollout history deployment/web --revision=$N', 'unresolved-substitution'],
    ['kubectl rollout history deployment/web -o yaml', 'unknown-flag'],
    ['kubectl rollout history deployment', 'several-objects'],
  ])('%s stays manual: %s', (source, code) => {
    expect(codeOf(source)).toBe(code);
  });
});

describe('kubectl events', () => {
  it.each<[string, CompiledAction]>([
    ['kubectl events', { type: 'events' }],
    ['kubectl events -n shop', { type: 'events', namespace: 'shop' }],
    ['kubectl events -A --no-headers', { type: 'events', allNamespaces: true, noHeaders: true }],
    ['kubectl events --for pod/web-1', { type: 'events', about: { ...pods, name: 'web-1' } }],
    ['kubectl events --for=deploy/web --types=Warning', { type: 'events', about: web, types: ['Warning'] }],
    ['kubectl events --types=warning,NORMAL', { type: 'events', types: ['Normal', 'Warning'] }],
    ['kubectl events | tail -5', { type: 'events', filters: [{ program: 'tail', lines: 5 }] }],
  ])('%s', (source, action) => {
    expect(actionOf(source)).toEqual(action);
    expect(compileCommand(source)).toMatchObject({ class: 'read' });
  });

  it.each<[string, ReasonCode]>([
    ['kubectl events web', 'malformed'],
    ['kubectl events --for web', 'malformed'],
    ['kubectl events --types=Error', 'malformed'],
    ['kubectl events --types=Warning,', 'malformed'],
    ['kubectl events --types=$TYPE', 'unresolved-substitution'],
    ['kubectl events -l app=web', 'unknown-flag'],
    ['kubectl events --for secret/x', 'reads-secret'],
  ])('%s stays manual: %s', (source, code) => {
    expect(codeOf(source)).toBe(code);
  });

  it('became one bounded read instead of an endless one', () => {
    expect(compileCommand('kubectl events --for pod/web-1 --watch')).toMatchObject({ bounded: true, class: 'read' });
    expect(compileCommand('kubectl get events -w --sort-by=.lastTimestamp')).toMatchObject({ bounded: true });
  });
});
