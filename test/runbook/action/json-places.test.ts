import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Template } from '../../../src/domain/object-reference.ts';
import { bindAction } from '../../../src/runbook/bind.ts';
import { fillJson, jsonProblem } from '../../../src/runbook/action/json-places.ts';
import { compileKubectl } from '../../../src/runbook/kubectl/kubectl.ts';

const open = (...template: (string | { parameter: string })[]): Template => ({ template });
const x = { parameter: 'x' };

describe('JSON with values left open', () => {
  it.each<[Template, string | undefined]>([
    ['{"a":1}', undefined],
    [open('{"a":"', x, '"}'), undefined],
    [open('{"a":"v', x, '-1"}'), undefined],
    [open('{"a":', x, '}'), undefined],
    [open('{"a":[1, ', x, ' ]}'), undefined],
    [open('{"a":"\\\\', x, '"}'), undefined],
    [open('{"a":"\\', x, '"}'), 'has a backslash right before a value that is left open'],
    [open('{"a":1', x, '}'), 'leaves a part of a number open'],
    [open('{"a":', x, '0}'), 'is not JSON'],
    [open('{"a":', x, 'e3}'), 'leaves a part of a number open'],
    [open('{"a":', x, x, '}'), 'is not JSON'],
    [open('{"', x, '":1}'), 'leaves the name of a field open'],
    [open('{"a":{"b', x, '":1}}'), 'leaves the name of a field open'],
    [open(x), 'is not a JSON object or list'],
    [open('{', x, '}'), 'is not JSON'],
    ['"text"', 'is not a JSON object or list'],
    ['{"a":', 'is not JSON'],
  ])('%j: %s', (template, problem) => {
    expect(jsonProblem(template)).toBe(problem);
  });

  it('keeps every value in its string, whatever it holds', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('","admin":"', '"}', '\\', '\\"', '\n', '}{', '\u2028', '${x}', '/*'),
    );
    fc.assert(
      fc.property(hostile, (value) => {
        const filled = fillJson(open('{"a":"<', x, '>","b":2}'), () => value);

        expect('text' in filled && JSON.parse(filled.text)).toEqual({ a: `<${value}>`, b: 2 });
      }),
    );
  });

  it.each(['', 'x', '1,"b":2', '1}', '0x10', '1e9', '--1', ' 1', '01', 'true', 'null', '"1"', '1\n2'])(
    'takes no %j for a number',
    (value) => {
      expect(fillJson(open('{"a":', x, '}'), () => value)).toEqual({ misfit: 'x' });
    },
  );
  it.each(['0', '-3', '2.5', '128'])('takes %s for a number', (value) => {
    expect(fillJson(open('{"a":', x, '}'), () => value)).toEqual({ text: `{"a":${value}}` });
  });

  it('binds a patch of a runbook so that a value stays in its place', () => {
    const patch = open('{"spec":{"replicas":', { parameter: 'n' }, ',"note":"', { parameter: 't' }, '"}}');
    const compiled = compileKubectl(['patch', 'deploy', 'web', '-p', patch]);
    if ('refused' in compiled) throw new Error(compiled.refused.text);
    const parameters = ['n', 't'].map((name) => ({ name, type: 'text' as const, from: 'placeholder' as const }));
    const bind = (n: string, t: string) => bindAction(compiled.action, parameters, { n, t });

    const bound = bind('3', 'a","paused":true,"b":"\\');
    expect(bound.ok && bound.action).toMatchObject({
      patch: '{"spec":{"replicas":3,"note":"a\\",\\"paused\\":true,\\"b\\":\\"\\\\"}}',
    });
    expect(bind('3,"paused":true', 'x')).toMatchObject({ ok: false, problems: [{ parameter: 'n' }] });
    expect(bindAction(compiled.action, parameters, { n: '3' })).toMatchObject({
      ok: false,
      problems: [{ parameter: 't' }],
    });
  });
});
