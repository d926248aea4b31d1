import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type CompiledAction, isRead, readsOf } from '../../src/domain/action.ts';
import type { Template } from '../../src/domain/object-reference.ts';
import type { Runbook, Step } from '../../src/domain/runbook.ts';
import { compileRunbook } from '../../src/runbook/compile.ts';
import { compileJson } from '../../src/runbook/compile-json.ts';

const folder = new URL('../fixtures/seeds/', import.meta.url);
const texts = new Map(
  readdirSync(folder).map((name) => [name.slice(0, 3), readFileSync(new URL(name, folder), 'utf8')]),
);

function seed(number: string): { text: string; runbook: Runbook; steps: readonly Step[] } {
  const text = texts.get(number);
  if (text === undefined) throw new Error(`no seed ${number}`);
  const runbook = compileRunbook(text, { path: `${number}.md` });
  return { text, runbook, steps: runbook.procedures.flatMap(({ steps }) => steps) };
}

const textOf = (template: Template): string =>
  typeof template === 'string'
    ? template
    : template.template.map((part) => (typeof part === 'string' ? part : `{${part.parameter}}`)).join('');
const objectOf = (object: { resource: string; group?: string; name?: Template }): string =>
  `${object.resource}${object.group === undefined ? '' : `.${object.group}`}${object.name === undefined ? '' : `/${textOf(object.name)}`}`;

/** An action in one line, every field of it. */
function lineOf(action: CompiledAction): string {
  const { type, namespace, ...rest } = action;
  const words = [type, namespace === undefined ? '(default)' : textOf(namespace)];
  for (const key of [
    'objects',
    'of',
    'kind',
    'names',
    'target',
    'selector',
    'fieldSelector',
    'output',
    'sortBy',
    'replicas',
    'assignments',
    'images',
  ]) {
    // Read by name so that one line tells every kind of action; the loop below shows what this one does not know.
    const value = (rest as Record<string, unknown>)[key];
    if (value !== undefined) words.push(...wordsOf(key, value));
  }
  const told = new Set([
    'objects',
    'of',
    'kind',
    'names',
    'target',
    'selector',
    'fieldSelector',
    'output',
    'sortBy',
    'replicas',
    'assignments',
    'images',
    'filters',
  ]);
  for (const [key, value] of Object.entries(rest))
    if (!told.has(key)) words.push(`${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const filters = isRead(action) ? readsOf(action).flatMap((read) => read.filters ?? []) : [];
  for (const { program, ...options } of filters) {
    words.push(
      '|',
      program,
      ...Object.entries(options).map(([key, value]) => (value === true ? key : `${key}:${value}`)),
    );
  }
  return words.filter((word) => word !== '').join(' ');
}

function wordsOf(key: string, value: unknown): string[] {
  // The shapes are those of src/domain/action.ts.
  switch (key) {
    case 'objects':
      return (value as { resource: string; name?: Template }[]).map(objectOf);
    case 'of':
      return 'selector' in (value as object)
        ? [`selector:${textOf((value as { selector: Template }).selector)}`]
        : [objectOf(value as { resource: string; name: Template })];
    case 'kind':
    case 'target':
      return [objectOf(value as { resource: string; name?: Template })];
    case 'names':
      return (value as Template[]).map(textOf);
    case 'output': {
      const { format, expression = '' } = value as { format: string; expression?: string };
      return format === 'table' ? [] : [`output:${format}${expression}`];
    }
    case 'images':
      return (value as { container?: Template; image: Template }[]).map(
        ({ container = '*', image }) => `${textOf(container)}=${textOf(image)}`,
      );
    case 'assignments':
      return (value as { name: string; value?: Template }[]).map((each) =>
        each.value === undefined ? `${each.name}-` : `${each.name}=${textOf(each.value)}`,
      );
    case 'selector':
      return [`selector:${textOf(value as Template)}`];
    case 'fieldSelector':
      return [`fields:${textOf(value as Template)}`];
    case 'sortBy':
      return [`sort:${String(value)}`];
    default:
      return [`${key}:${typeof value === 'number' ? value : textOf(value as Template)}`];
  }
}

const stepAt = (number: string, line: number): Step | undefined =>
  seed(number).steps.find((step) => step.line === line);

describe('every seed', () => {
  it.each(['000', '001', '002', '003', '004'])(
    '%s: each step is the exact text of its lines, once and in order',
    (number) => {
      const { text, steps } = seed(number);
      const lines = text.split('\n');

      let before = 0;
      for (const { line, endLine, source } of steps) {
        // Comments that make one prose step leave out the indentation of their later lines.
        const own = lines
          .slice(line - 1, endLine)
          .map((each) => each.trim())
          .join('\n');
        expect(own).toContain(
          source
            .split('\n')
            .map((each) => each.trim())
            .join('\n'),
        );
        expect(line).toBeGreaterThanOrEqual(before);
        before = line;
      }
      const units = steps
        .filter((step) => step.kind === 'action' || !step.prose)
        .map(({ line, source }) => `${line} ${source}`);
      expect(new Set(units).size).toBe(units.length);
    },
  );

  it.each([
    ['000', { units: 80, actions: 42, byClass: { read: 21, change: 9, destructive: 12 } }],
    ['001', { units: 126, actions: 85, byClass: { read: 51, change: 14, destructive: 20 } }],
    ['002', { units: 82, actions: 15, byClass: { read: 11, destructive: 4 } }],
    ['003', { units: 33, actions: 28, byClass: { read: 17, change: 4, destructive: 7 } }],
    ['004', { units: 88, actions: 52, byClass: { read: 29, change: 20, destructive: 3 } }],
  ])('%s: the counts', (number, expected) => {
    const { summary } = compileJson([seed(number).runbook]);

    expect({ units: summary.units, actions: summary.actions, byClass: summary.byClass }).toEqual(expected);
    expect(summary.manual).toBe(expected.units - expected.actions);
  });

  it.each(['000', '001', '002', '003', '004'])(
    '%s: every line of a shell fence is in a step, or is a comment, a blank or an assignment',
    (number) => {
      const { text, steps } = seed(number);
      const covered = new Set(
        steps.flatMap(({ line, endLine }) => Array.from({ length: endLine - line + 1 }, (_, at) => line + at)),
      );

      const lost: string[] = [];
      let inside = false;
      text.split('\n').forEach((line, index) => {
        if (/^\s*```/.test(line)) inside = /```(?:bash|promql)/.test(line);
        else if (
          inside &&
          line.trim() !== '' &&
          !/^\s*(?:#|[A-Z_]+=|export [A-Z_]+=)/.test(line) &&
          !covered.has(index + 1)
        ) {
          lost.push(`${index + 1}: ${line}`);
        }
      });
      expect(lost).toEqual([]);
    },
  );
});

describe('the actions of the seeds', () => {
  it('are exactly those that a person read and compared with the source', () => {
    const expected = readFileSync(new URL('../seed-actions.txt', folder), 'utf8');

    const lines = [...texts.keys()].flatMap((number) =>
      seed(number).steps.flatMap((step) =>
        step.kind === 'action'
          ? [`${number}:${step.line} ${step.class}${step.live ? ' live' : ''} ${lineOf(step.action)}\n`]
          : [],
      ),
    );

    expect(lines.join('')).toBe(expected);
  });
});

describe('what is easily overlooked', () => {
  it('a long quote and a here-document are one unit each', () => {
    expect(stepAt('000', 95)).toMatchObject({ endLine: 101 });
    expect(stepAt('000', 361)).toMatchObject({ endLine: 382 });
    expect(stepAt('001', 125)).toMatchObject({ endLine: 129 });
  });

  it('the query in a comment and the three queries of one fence are units', () => {
    expect(stepAt('004', 68)).toMatchObject({
      source: 'histogram_quantile(0.99, rate(inference_latency_seconds_bucket[5m]))',
      label: 'Check Prometheus',
    });
    const queries = seed('002').steps.filter(({ line }) => line >= 137 && line <= 147);
    expect(queries.map(({ line, endLine }) => [line, endLine])).toEqual([
      [139, 139],
      [142, 143],
      [146, 146],
    ]);
  });

  it('headings inside a fenced template are no sections', () => {
    expect(seed('004').runbook.procedures.map(({ title }) => title)).not.toContain('Timeline');
    expect(seed('004').steps.filter(({ line }) => line > 571 && line < 604)).toEqual([]);
  });

  it('a name that cannot exist is a suspect, and seed 000 names no namespace', () => {
    expect(stepAt('000', 139)).toMatchObject({
      parameters: [{ name: 'hdc-gpu-pod', type: 'pod', from: 'literal', default: 'hdc-gpu-pod' }],
    });
    const named = seed('000').steps.filter((step) => step.kind === 'action' && step.action.namespace !== undefined);
    expect(named).toEqual([]);
  });

  it('what follows a command in its comments is asked of a person', () => {
    expect(stepAt('004', 488)).toMatchObject({ prose: true, label: 'Perform maintenance on node' });
    expect(stepAt('004', 99)).toMatchObject({ prose: true, condition: 'If single slow requests' });
  });
});

describe('the procedures of the seeds', () => {
  const procedure = (number: string, id: string) => seed(number).runbook.procedures.find((each) => each.id === id);

  it('have ids that people can type', () => {
    expect(seed('004').runbook.procedures.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['INC-001', 'INC-007', 'MAINT-004', 'REC-002', 'quick-commands', 'after-every-incident']),
    );
    expect(seed('000').runbook.procedures.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['high-latency', 'cuda-out-of-memory', 'blue-green-deployment', 'incident-checklist']),
    );
  });

  it('carry alerts, severity, escalation and a summary', () => {
    expect(procedure('004', 'INC-002')).toMatchObject({
      title: 'INC-002: High Error Rate',
      line: 106,
      alerts: ['HighErrorRate'],
      severity: { word: 'P1', scale: 'P1' },
      summary: 'HTTP 500 errors · Client retries increasing · Error rate dashboard showing spikes',
    });
    expect(procedure('004', 'INC-002')?.escalation).toEqual([
      'If error rate > 5% for > 10 minutes, escalate immediately.',
      'On-Call Engineer: PagerDuty (Immediate)',
      'Platform Lead: @platform-lead (15 min)',
      'Engineering Manager: @eng-manager (30 min)',
      'VP Engineering: @vp-eng (Critical only)',
    ]);
    expect(procedure('000', 'high-latency')?.alerts).toEqual(['HDC_HighLatency']);
    expect(procedure('001', 'p0-critical-incident-response')?.severity).toEqual({ word: 'P0', scale: 'P0' });
    expect(procedure('001', 'high-api-latency-alert')?.alerts).toEqual(['High API Latency']);
    expect(procedure('004', 'INC-006')?.alerts).toEqual([]);
  });

  it('have phases from headings, bold labels and bold list items', () => {
    const phases = (number: string, id: string) => [...new Set(procedure(number, id)?.steps.map(({ phase }) => phase))];

    expect(phases('004', 'INC-002')).toEqual(['diagnosis', 'remedy']);
    expect(phases('000', 'high-latency')).toEqual(['diagnosis', 'remedy', 'prevention']);
    expect(phases('001', 'p0-critical-incident-response')).toEqual(['remedy', 'diagnosis']);
    expect(phases('002', 'high-memory-usage')).toEqual(['diagnosis', 'remedy']);
    expect(phases('003', 'gpu-errors')).toEqual(['diagnosis', 'remedy']);
  });

  it('take labels from the comment, the list item, the text before, and conditions from `If …:`', () => {
    expect(stepAt('004', 123)?.label).toBe('View error logs');
    expect(stepAt('000', 56)?.label).toBe('Immediate: Scale up replicas');
    expect(stepAt('003', 31)?.label).toBe('Check GPU availability');
    expect(stepAt('004', 95)).toMatchObject({ label: 'Rolling restart', condition: 'If GPU memory is high' });
    expect(stepAt('001', 66)).toMatchObject({ condition: 'If API is down' });
    expect(stepAt('004', 34)?.label).toContain('one bounded read');
  });
});
