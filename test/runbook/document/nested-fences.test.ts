import { describe, expect, it } from '@jest/globals';
import type { Step } from '../../../src/domain/runbook.ts';
import { compileRunbook } from '../../../src/runbook/compile.ts';

const stepsOf = (...lines: string[]): readonly Step[] =>
  compileRunbook(['# T', '', ...lines, ''].join('\n'), { path: 'a.md' }).procedures.flatMap(({ steps }) => steps);
const sourcesOf = (...lines: string[]): string[] => stepsOf(...lines).map(({ source }) => source);

describe('a fence four columns in', () => {
  it.each([
    ['an admonition', '!!! note "Which pods"'],
    ['a collapsed one', '??? tip'],
    ['an open one', '???+ warning "Look"'],
    ['a tab', '=== "Linux"'],
    ['a capture', '{% capture look %}'],
  ])('belongs to %s above it, at once or behind a blank line', (_, owner) => {
    const fence = ['    ```bash', '    kubectl get pods -n web', '    ```'];

    expect(sourcesOf(owner, ...fence)).toEqual(['kubectl get pods -n web']);
    expect(sourcesOf(owner, '', '    Words.', '', ...fence)).toEqual(['kubectl get pods -n web']);
  });

  it('is taken in an item, and in a box of a box', () => {
    expect(
      sourcesOf(
        '- First',
        '',
        '    !!! note',
        '        ```bash',
        '        kubectl get pods -n a',
        '        ```',
        '',
        '=== "Linux"',
        '',
        '    !!! note',
        '',
        '        ~~~ sh',
        '        kubectl get pods -n b',
        '        ~~~',
      ),
    ).toEqual(['kubectl get pods -n a', 'kubectl get pods -n b']);
  });

  it('keeps what its lines are indented further, so that a manifest stays one', () => {
    const [step] = stepsOf(
      '!!! note',
      '    ```bash',
      '    kubectl apply -f - <<EOF',
      '    kind: ConfigMap',
      '    apiVersion: v1',
      '    metadata:',
      '      name: c',
      '',
      '    EOF',
      '    ```',
      '    And `kubectl get nodes`.',
    );

    expect(step).toMatchObject({
      line: 5,
      endLine: 11,
      action: { type: 'apply', manifest: { kind: 'ConfigMap', metadata: { name: 'c' } } },
    });
  });

  it('leaves what stands around it where it was', () => {
    const steps = stepsOf(
      '!!! note',
      '    Run `kubectl get nodes`.',
      '    ```',
      '    up',
      '    ```',
      '    Run `kubectl top nodes`.',
    );

    expect(steps.map(({ line, source }) => [line, source])).toEqual([
      [4, 'kubectl get nodes'],
      [8, 'kubectl top nodes'],
    ]);
  });

  it.each([
    [
      'shown as an example of a fence',
      ['So is a fence written:', '', '    ```bash', '    kubectl get pods', '    ```'],
    ],
    ['below a heading that is underlined', ['Look', '===', '', '    ```bash', '    kubectl get pods', '    ```']],
    ['that nobody closes', ['!!! note', '', '    ```bash', '    kubectl get pods', '', 'Text.']],
    ['of another language', ['!!! note', '    ```yaml', '    a: kubectl get pods', '    ```']],
  ])('holds no unit %s', (_, lines) => {
    expect(sourcesOf(...lines)).toEqual([]);
  });

  it('is found in linear time, however many open and none closes', () => {
    const lines = Array.from({ length: 60_000 }, () => '    ~~~sh');

    expect(sourcesOf('!!! note', ...lines)).toEqual([]);
  });
});
