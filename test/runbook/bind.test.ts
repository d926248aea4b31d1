import { describe, expect, it } from '@jest/globals';
import type { ActionStep } from '../../src/domain/runbook.ts';
import { bindAction } from '../../src/runbook/bind.ts';
import { compileRunbook } from '../../src/runbook/compile.ts';

/** The only action of a runbook with one command. */
function actionStep(command: string): ActionStep {
  const runbook = compileRunbook(`# T\n\n\`\`\`bash\n${command}\n\`\`\`\n`, { path: 't.md' });
  const step = runbook.procedures[0]?.steps.at(-1);
  if (step?.kind !== 'action') throw new Error(`not an action: ${JSON.stringify(step)}`);
  return step;
}

function bind(command: string, values: Record<string, string> = {}) {
  const { action, parameters } = actionStep(command);
  return bindAction(action, parameters, values);
}

describe('binding', () => {
  it('fills every place of an action', () => {
    expect(bind('kubectl logs <pod> -n <ns> -c <c>', { pod: 'web-0', ns: 'prod', c: 'app' })).toEqual({
      ok: true,
      action: { type: 'logs', namespace: 'prod', of: { resource: 'pods', name: 'web-0' }, container: 'app' },
    });
    expect(bind('kubectl get pods -l app=<app>', { app: 'web' })).toMatchObject({ action: { selector: 'app=web' } });
    expect(bind('kubectl describe pod web-<n>', { n: '3' })).toMatchObject({ action: { names: ['web-3'] } });
    expect(bind('kubectl set env deploy/<d> A=x-$V', { d: 'web', V: '1 2' })).toMatchObject({
      action: { target: { name: 'web' }, assignments: [{ name: 'A', value: 'x-1 2' }] },
    });
  });

  it('keeps filters and everything else of the action', () => {
    expect(bind('kubectl logs <pod> --tail=5 | grep x', { pod: 'a' })).toEqual({
      ok: true,
      action: {
        type: 'logs',
        of: { resource: 'pods', name: 'a' },
        tail: 5,
        filters: [{ program: 'grep', pattern: 'x', syntax: 'basic' }],
      },
    });
  });

  it('makes replicas numbers', () => {
    expect(bind('kubectl scale deploy/web --replicas=<n>', { n: '7' })).toEqual({
      ok: true,
      action: { type: 'scale', target: { resource: 'deployments', name: 'web' }, replicas: 7 },
    });
    expect(bind('kubectl scale deploy/web --replicas=3')).toMatchObject({ action: { replicas: 3 } });
  });

  it('takes a suspect as it is, and a variable with its default, unless a value is given', () => {
    expect(bind('kubectl logs my-pod')).toMatchObject({ action: { of: { name: 'my-pod' } } });
    expect(bind('kubectl logs my-pod', { 'my-pod': 'web-0' })).toMatchObject({ action: { of: { name: 'web-0' } } });
    expect(bind('kubectl scale deploy/web --replicas=${N:-4}')).toMatchObject({ action: { replicas: 4 } });
    expect(bind('NS=prod\nkubectl get pods -n $NS')).toMatchObject({ action: { namespace: 'prod' } });
    expect(bind('NS=prod\nNS=other\nkubectl get pods -n $NS')).toMatchObject({ ok: false });
  });

  it.each<[string, Record<string, string>, string]>([
    ['kubectl logs <pod>', {}, 'pod'],
    ['kubectl logs <pod>', { pod: '' }, 'pod'],
    ['kubectl logs <pod>', { pod: '../secrets/x?' }, 'pod'],
    ['kubectl logs <pod>', { pod: '-n' }, 'pod'],
    ['kubectl logs <pod>', { pod: 'a b' }, 'pod'],
    ['kubectl logs <pod>', { pod: 'A' }, 'pod'],
    ['kubectl logs <pod>', { pod: 'a\nb' }, 'pod'],
    ['kubectl logs <pod>', { pod: 'a'.repeat(254) }, 'pod'],
    ['kubectl get pods -n <ns>', { ns: 'a.b' }, 'ns'],
    ['kubectl get pods -n <ns>', { ns: 'a'.repeat(64) }, 'ns'],
    ['kubectl describe pod web-<n>', { n: '-' }, 'n'],
    ['kubectl describe pod web-<n>', { n: 'x/y' }, 'n'],
    ['kubectl get pods -l <s>', { s: 'a b' }, 's'],
    ['kubectl get pods -l app=<app>', { app: 'web,tier' }, 'app'],
    ['kubectl get pods -l app=<app>', { app: 'x,y!=z' }, 'app'],
    ['kubectl get events --field-selector reason=<r>', { r: 'a,b=c' }, 'r'],
    ['kubectl scale deploy/web --replicas=<n>', { n: '+2' }, 'n'],
    ['kubectl scale deploy/web --replicas=<n>', { n: '-1' }, 'n'],
    ['kubectl scale deploy/web --replicas=<n>', { n: '010' }, 'n'],
    ['kubectl scale deploy/web --replicas=<n>', { n: '1e3' }, 'n'],
    ['kubectl scale deploy/web --replicas=<n>', { n: '2147483648' }, 'n'],
    ['kubectl scale deploy/web --replicas=<n>', { n: '12345678901' }, 'n'],
    ['kubectl set env deploy/web A=<v>', { v: 'a\u0000b' }, 'v'],
    ['kubectl set env deploy/web A=<v>', { v: 'x'.repeat(5000) }, 'v'],
    ['kubectl logs <pod>', { __proto__: 'x' }, 'pod'],
  ])('%s with %j is refused for %s', (command, values, parameter) => {
    const bound = bind(command, values);

    expect(bound).toMatchObject({ ok: false, problems: [{ parameter }] });
  });

  it('reports every parameter that is missing', () => {
    expect(bind('kubectl logs <pod> -n <ns>')).toEqual({
      ok: false,
      problems: [
        { parameter: 'ns', text: 'ns needs a value.' },
        { parameter: 'pod', text: 'pod needs a value.' },
      ],
    });
  });

  it('types a parameter by its place', () => {
    const types = (command: string) => actionStep(command).parameters.map(({ name, type, from }) => [name, type, from]);

    expect(types('kubectl logs <a> -n <b> -c <c>')).toEqual([
      ['b', 'namespace', 'placeholder'],
      ['a', 'pod', 'placeholder'],
      ['c', 'container', 'placeholder'],
    ]);
    expect(types('kubectl get node <a>')).toEqual([['a', 'node', 'placeholder']]);
    expect(types('kubectl get pvc <a>')).toEqual([['a', 'pvc', 'placeholder']]);
    expect(types('kubectl get certificate <a>')).toEqual([['a', 'text', 'placeholder']]);
    expect(types('kubectl rollout restart sts/$DB')).toEqual([['DB', 'statefulset', 'variable']]);
    expect(types('kubectl scale deploy/my-app --replicas=<n>')).toEqual([
      ['my-app', 'deployment', 'literal'],
      ['n', 'replicas', 'placeholder'],
    ]);
    expect(types('kubectl get pods -l app=<a>')).toEqual([['a', 'text', 'placeholder']]);
    expect(types('kubectl logs trainer-xxx')).toEqual([['trainer-xxx', 'pod', 'literal']]);
    expect(types('kubectl logs POD_NAME -n "$1"')).toEqual([
      ['argument-1', 'namespace', 'variable'],
      ['POD_NAME', 'pod', 'placeholder'],
    ]);
  });
});
