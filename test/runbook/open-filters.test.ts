import { describe, expect, it } from '@jest/globals';
import { bindAction } from '../../src/runbook/bind.ts';
import { compileCommand } from '../../src/runbook/command.ts';

function bound(command: string, values: Readonly<Record<string, string>>) {
  const compiled = compileCommand(command);
  if (compiled.kind !== 'action') throw new Error(`${command}: ${compiled.reason.text}`);
  expect(compiled.parameters.map(({ name }) => name)).toEqual(Object.keys(values));
  return bindAction(compiled.action, compiled.parameters, values);
}

describe('a filter with parameters in its words', () => {
  it.each([
    ['kubectl get pods | grep <workload>', { workload: 'web-7' }, [{ program: 'grep', pattern: 'web-7' }]],
    ['kubectl get pods | grep "^$WORKLOAD-"', { WORKLOAD: 'web' }, [{ program: 'grep', pattern: '^web-' }]],
    [
      'kubectl get pods | grep -v Running | grep -A 2 "$APP" | head -n $N',
      { APP: 'web', N: '5' },
      [{}, { pattern: 'web', after: 2 }, { program: 'head', lines: 5 }],
    ],
    [
      `kubectl get pods -o json | jq -r '.items[] | select(.spec.nodeName=="<node>").metadata.name'`,
      { node: 'node-1' },
      [{ program: 'jq' }],
    ],
    ['kubectl get pods | grep <app> >/dev/null && echo there', { app: 'web' }, undefined],
  ])('%s takes %j', (command, values, filters) => {
    const result = bound(command, values);

    expect(result).toMatchObject({ ok: true, ...(filters && { action: { filters } }) });
    expect(JSON.stringify(result)).not.toContain('"open"');
  });

  it.each([
    ['a b', 'two words'],
    ['x" or true or "', 'a piece of program'],
    ["'", 'a quote'],
    ['$(id)', 'a substitution'],
    ['a|b', 'another pattern'],
    ['\n', 'a line'],
  ])('refuses %j: %s', (value) => {
    expect(bound('kubectl get pods | grep <x>', { x: value })).toMatchObject({ ok: false });
    expect(bound(`kubectl get pods -o json | jq '.a == "<x>"'`, { x: value })).toMatchObject({ ok: false });
  });

  it('refuses a flag where a word begins, and takes it inside of one', () => {
    expect(bound('kubectl get pods | grep <x>', { x: '-v' })).toMatchObject({ ok: false });
    expect(bound('kubectl get pods | grep "web$X"', { X: '-v' })).toMatchObject({ ok: true });
  });

  it('says so when the value makes no filter', () => {
    expect(bound('kubectl get pods | head -n $N', { N: 'many' })).toMatchObject({
      ok: false,
      problems: [{ text: expect.stringContaining('many') }],
    });
  });

  it('asks for a name at the place of the program', () => {
    expect(compileCommand('kubectl get pods | <program> x')).toMatchObject({
      kind: 'manual',
      reason: { code: 'unresolved-substitution' },
    });
  });
});
