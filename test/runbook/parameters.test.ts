import { describe, expect, it } from '@jest/globals';
import { compileCommand } from '../../src/runbook/command.ts';
import { compileRunbook } from '../../src/runbook/compile.ts';
import type { Parameter } from '../../src/domain/action.ts';

const parametersOf = (...lines: string[]): readonly (readonly Parameter[])[] =>
  compileRunbook(['# T', '```bash', ...lines, '```'].join('\n'), { path: 'a.md' }).procedures.flatMap(({ steps }) =>
    steps.map((step) => (step.kind === 'action' ? step.parameters : [])),
  );

describe('what a command leaves open', () => {
  it.each<[string, Partial<Parameter>[]]>([
    ['kubectl logs <pod-name>', [{ name: 'pod-name', type: 'pod', from: 'placeholder' }]],
    [
      'kubectl logs <POD NAME> -n <ns>',
      [
        { name: 'ns', type: 'namespace' },
        { name: 'POD-NAME', type: 'pod' },
      ],
    ],
    ['kubectl logs {pod-name}', [{ name: 'pod-name', type: 'pod', from: 'placeholder' }]],
    ['kubectl logs [pod-name]', [{ name: 'pod-name', type: 'pod', from: 'placeholder' }]],
    ['kubectl logs POD_NAME', [{ name: 'POD_NAME', type: 'pod', from: 'placeholder' }]],
    ['kubectl logs my-pod', [{ name: 'my-pod', type: 'pod', from: 'literal', default: 'my-pod' }]],
    ['kubectl logs web-xxx', [{ name: 'web-xxx', from: 'literal', default: 'web-xxx' }]],
    ['kubectl logs -n your-namespace web-1', [{ name: 'your-namespace', type: 'namespace', from: 'literal' }]],
    ['kubectl logs $POD', [{ name: 'POD', type: 'pod', from: 'variable' }]],
    ['kubectl logs "${POD}"', [{ name: 'POD', type: 'pod', from: 'variable' }]],
    ['kubectl logs $1', [{ name: 'argument-1', type: 'pod', from: 'variable' }]],
    ['kubectl scale deployment/web --replicas=${2:-10}', [{ name: 'argument-2', type: 'replicas', default: '10' }]],
    ['kubectl logs web-$N', [{ name: 'N', type: 'text', from: 'variable' }]],
    ['kubectl get pods -l app=<app>', [{ name: 'app', type: 'text' }]],
    ['kubectl cordon <node>', [{ name: 'node', type: 'node' }]],
    ['kubectl get pods', []],
  ])('%j', (line, expected) => {
    const [parameters] = parametersOf(line);

    expect(parameters).toMatchObject(expected);
    expect(parameters).toHaveLength(expected.length);
  });

  it.each([
    'kubectl logs $HOME',
    'kubectl logs $?',
    'kubectl logs ${POD#x}',
    'kubectl logs ${!POD}',
    'kubectl logs $((1+1))',
  ])('%j is filled by a shell alone', (line) => {
    expect(compileCommand(line)).toMatchObject({ kind: 'manual', reason: { code: 'unresolved-substitution' } });
  });

  it('is one parameter over the procedure: text in one step is the kind of thing it is in the others', () => {
    const [one, two] = parametersOf('kubectl logs $NAME', 'kubectl logs web-1 -c x-$NAME');

    expect([one?.[0]?.type, two?.[0]?.type]).toEqual(['pod', 'pod']);
  });

  it('keeps the type of each place where they differ', () => {
    const [one, two] = parametersOf('kubectl logs $NAME', 'kubectl rollout restart deployment/$NAME');

    expect([one?.[0]?.type, two?.[0]?.type]).toEqual(['pod', 'deployment']);
  });
});

describe('what stands around a command', () => {
  it.each([
    ['sudo kubectl get pods', 'action', 'read'],
    ['kubectl get pods </dev/null', 'action', 'read'],
    ['kubectl rollout restart deployment/web >/dev/null 2>&1', 'action', 'change'],
    ["watch -n 2 'kubectl get pods | grep web'", 'action', 'read'],
    ['KUBECONFIG=/x kubectl get pods', 'manual', 'operator-host'],
    ['FOO=1 kubectl get pods', 'manual', 'operator-host'],
    ['time kubectl get pods', 'manual', 'operator-host'],
    ['! kubectl get pods', 'manual', 'shell-logic'],
    ['sudo rm -rf /', 'manual', 'operator-host'],
    ['sudo -u x kubectl get pods', 'manual', 'operator-host'],
    ["watch 'kubectl get pods -n $NS'", 'manual', 'endless'],
    ['watch kubectl delete pod web-1', 'manual', 'endless'],
    ['kubectl get pods > pods.txt', 'manual', 'writes-file'],
    ['kubectl get pods 2>&1 | tee pods.txt', 'manual', 'writes-file'],
    ['kubectl apply -f - < web.yaml', 'manual', 'operator-host'],
    ['kubectl get pods >&2', 'manual', 'shell-logic'],
    ['kubectl rollout restart deployment/web | grep restarted', 'manual', 'shell-logic'],
    ['helm list', 'manual', 'external-tool'],
    ['./mend.sh', 'manual', 'external-tool'],
  ])('%j: %s, %s', (line, kind, what) => {
    const compiled = compileCommand(line);

    expect([compiled.kind, compiled.kind === 'action' ? compiled.class : compiled.reason.code]).toEqual([kind, what]);
  });

  it('is in the digest only when it differs from the default', () => {
    const digest = (exec?: readonly (readonly string[])[]): string =>
      compileRunbook('# T', { path: 'a.md', ...(exec && { policy: { exec, localUrls: {} } }) }).digest;

    expect(digest([['df']])).not.toBe(digest());
    expect(digest([['df']])).toBe(digest([['df']]));
    expect(digest([['df']])).not.toBe(digest([['du']]));
  });
});

describe('a sentence that only names a command', () => {
  it.each(['`oc logs`', '`kubectl debug`', '`kubectl rollout restart`', '`kubectl apply`'])(
    '%s is no command',
    (span) => {
      const [procedure] = compileRunbook(`# T\n\nUse ${span} for it.\n`, { path: 'a.md' }).procedures;

      expect(procedure?.steps).toMatchObject([{ kind: 'manual', prose: true, reason: { code: 'not-a-command' } }]);
    },
  );

  it.each(['`kubectl get pods`', '`kubectl cluster-info`'])('%s is one', (span) => {
    const [procedure] = compileRunbook(`# T\n\nUse ${span} for it.\n`, { path: 'a.md' }).procedures;

    expect(procedure?.steps).toMatchObject([{ kind: 'action', class: 'read' }]);
  });
});
