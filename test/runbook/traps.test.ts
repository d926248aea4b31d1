/**
 * Where the five runbooks would mislead who follows them, each on its own line: what it compiles to, or why it stays with
 * a person and in which words, and what lint says besides.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { ActionStep, ManualStep, Procedure, ReasonCode, Step } from '../../src/domain/runbook.ts';
import { compileRunbook } from '../../src/runbook/compile.ts';
import type { RuleId } from '../../src/runbook/lint/finding.ts';
import { lintRunbooks } from '../../src/runbook/lint/lint.ts';

const folder = new URL('../fixtures/seeds/', import.meta.url);
const texts = new Map(
  readdirSync(folder).map((name) => [name.slice(0, 3), readFileSync(new URL(name, folder), 'utf8')]),
);
const runbooks = [...texts].map(([path, text]) => compileRunbook(text, { path }));
const findings = lintRunbooks(runbooks, {
  rules: [],
  alerts: {},
  withNamespace: new Set(),
  minCoverage: 0,
  texts,
});

const procedures = (seed: string): readonly Procedure[] => runbooks.find(({ path }) => path === seed)?.procedures ?? [];
const steps = (seed: string): readonly Step[] => procedures(seed).flatMap((procedure) => procedure.steps);

/** The command that the line is part of, wherever in it. */
function stepOf(seed: string, line: number): Step {
  const found = steps(seed).filter((step) => step.line <= line && step.endLine >= line);
  if (found[0] === undefined || found.length > 1) throw new Error(`${seed}:${line} is ${found.length} steps`);
  return found[0];
}

function actionOf(seed: string, line: number): ActionStep {
  const step = stepOf(seed, line);
  if (step.kind !== 'action') throw new Error(`${seed}:${line} is manual: ${step.reason.text}`);
  return step;
}

function manualOf(seed: string, line: number): ManualStep {
  const step = stepOf(seed, line);
  if (step.kind !== 'manual') throw new Error(`${seed}:${line} is ${step.action.type}`);
  return step;
}

/** What lint says about the command that the line is part of, by rule; a missing namespace is a test of its own. */
function rulesAt(seed: string, line: number): RuleId[] {
  const { line: first } = stepOf(seed, line);
  return findings
    .filter((each) => each.path === seed && each.line === first)
    .map(({ rule }) => rule)
    .filter((rule) => rule !== 'no-namespace' && rule !== 'no-verification');
}

const textOf = (seed: string, line: number, rule: RuleId): string =>
  findings.find((each) => each.path === seed && each.line === stepOf(seed, line).line && each.rule === rule)?.text ??
  '';

describe('traps that stay with a person', () => {
  it.each<[string, number, ReasonCode, string, RuleId[]]>([
    [
      '004',
      85,
      'relative-replicas',
      '`--replicas=+2` looks like "2 more", but kubectl reads it as the number 2; pick the target number yourself.',
      ['relative-replicas'],
    ],
    [
      '001',
      203,
      'dropped-by-server',
      'autoscaling/v2 has no targetCPUUtilizationPercentage: the server drops the field without a word. Set spec.metrics instead.',
      ['no-effect'],
    ],
    ['000', 240, 'pipes-into-code', 'The output goes into `python`, which runs what it is given; do this by hand.', []],
    ['004', 533, 'pipes-into-code', 'The output goes into `bash`, which runs what it is given; do this by hand.', []],
    ['004', 408, 'pipes-into-code', 'The output goes into `xargs`, which runs what it is given; do this by hand.', []],
    [
      '003',
      166,
      'reads-secret',
      'This reads or writes Secrets, which this program never does; do it by hand where you may.',
      [],
    ],
    [
      '004',
      353,
      'reads-secret',
      'This reads or writes Secrets, which this program never does; do it by hand where you may.',
      [],
    ],
    ['001', 72, 'external-tool', '`helm` is another tool, with its own rights and files; run it yourself.', []],
    [
      '000',
      361,
      'unresolved-substitution',
      'The shell would fill values into the text behind `<<`; write them out, or run it yourself.',
      [],
    ],
    [
      '001',
      125,
      'shell-logic',
      'Conditions, loops and background jobs are not run; do what applies, one command at a time.',
      [],
    ],
  ])('%s:%i is manual for %s, in words that say what to do', (seed, line, code, text, rules) => {
    expect(manualOf(seed, line).reason).toEqual({ code, text });
    expect(rulesAt(seed, line)).toEqual(rules);
  });

  it('a here-document, a long quote and a condition are one command each, to their last line', () => {
    expect(stepOf('000', 361)).toMatchObject({ line: 361, endLine: 382 });
    expect(stepOf('001', 125)).toMatchObject({ line: 125, endLine: 129 });
    expect(stepOf('000', 240)).toMatchObject({ line: 240, endLine: 245 });
    expect(stepOf('004', 532)).toMatchObject({ line: 532, endLine: 534 });
  });
});

describe('logs of a selector', () => {
  it.each([50, 230])('000:%i reads ten lines of each pod, which lint says', (line) => {
    expect(actionOf('000', line)).toMatchObject({
      class: 'read',
      action: { type: 'logs', of: { selector: 'app=hdc-toolkit' } },
    });
    expect(actionOf('000', line).action).not.toHaveProperty('tail');
    expect(rulesAt('000', line)).toEqual(['ten-lines']);
    expect(textOf('000', line, 'ten-lines')).toBe(
      'Without --tail this reads 10 lines of each pod, however long ago the trouble was.',
    );
  });
});

describe('events of memory that ran out', () => {
  it('000:92 looks into the namespace of the application, and they belong to nodes', () => {
    expect(actionOf('000', 92)).toMatchObject({
      class: 'read',
      action: { type: 'get', objects: [{ resource: 'events' }], fieldSelector: 'reason=OOMKilling' },
    });
    expect(rulesAt('000', 92)).toEqual(['node-events']);
  });
});

describe('a runbook without a namespace', () => {
  it('000 names none anywhere, and lint says so at each command on objects of one', () => {
    const actions = steps('000').filter((step) => step.kind === 'action');
    const said = new Set(
      findings.flatMap(({ path, rule, line }) => (path === '000' && rule === 'no-namespace' ? [line] : [])),
    );
    const elsewhere = new Set(['http-read', 'http-send', 'query', 'echo', 'docker-read']);
    // Nodes and volumes are in none.
    const free = actions.filter(({ action, line }) => !elsewhere.has(action.type) && !said.has(line));

    expect(actions.filter(({ action }) => action.namespace !== undefined)).toEqual([]);
    expect(said.size).toBeGreaterThan(20);
    expect(free.map(({ source }) => source)).toEqual(['kubectl describe nodes | grep -A 5 "nvidia.com/gpu"']);
  });

  it.each(['001', '002', '003', '004'])('%s names its own', (seed) => {
    expect(findings.filter(({ path, rule }) => path === seed && rule === 'no-namespace')).toEqual([]);
  });
});

describe('a delete of every pod at once', () => {
  it.each([
    ['000', 112, 'app=hdc-toolkit', undefined],
    ['000', 162, 'app=hdc-gpu', undefined],
    ['001', 372, 'app.kubernetes.io/component=trainer', 'gaudi3-scale'],
    ['003', 128, 'app=multimodal-pipeline', 'pipeline-production'],
  ])('%s:%i is destructive, and lint names what does it in turn', (seed, line, selector, namespace) => {
    expect(actionOf(seed, line)).toMatchObject({
      class: 'destructive',
      action: { type: 'each', kind: { resource: 'pods' }, selector, change: { type: 'delete-pod' } },
    });
    expect(actionOf(seed, line).action.namespace).toBe(namespace);
    expect(rulesAt(seed, line)).toEqual(['all-at-once']);
  });
});

describe('a new process in the container', () => {
  it.each([
    ['000', 95, 'pods', 'hdc-toolkit-pod'],
    ['000', 148, 'pods', 'hdc-gpu-pod'],
    ['001', 367, 'deployments', undefined],
    ['003', 24, 'deployments', undefined],
  ])('%s:%i frees or measures nothing, and the step says so', (seed, line, resource, asked) => {
    const { action, class: actionClass, label, parameters } = actionOf(seed, line);

    expect(actionClass).toBe('destructive');
    expect(action).toMatchObject({ type: 'exec', target: { resource }, argv: ['python', '-c', expect.any(String)] });
    expect(label).toContain('its own, not that of the running server');
    // No Deployment makes a pod of such a name.
    expect(parameters.map(({ name, from }) => [name, from])).toEqual(asked === undefined ? [] : [[asked, 'literal']]);
    expect(rulesAt(seed, line)).toEqual(['no-effect']);
  });

  it('001:137 uses os, which it never imports, and always prints a failure', () => {
    expect(actionOf('001', 137)).toMatchObject({ line: 133, class: 'destructive', action: { type: 'exec' } });
    expect(rulesAt('001', 137)).toEqual(['new-process', 'not-imported']);
    expect(textOf('001', 137, 'not-imported')).toBe(
      'The code uses os and never imports it, so it ends there with a NameError, whatever the system is like.',
    );
  });

  it.each([135, 185])('003:%i works on files, which are the server’s as well: only a note', (line) => {
    expect(actionOf('003', line)).toMatchObject({ class: 'destructive', action: { type: 'exec' } });
    expect(rulesAt('003', line)).toEqual(['new-process']);
  });

  it('000:336 runs a script, which may well ask the server: lint says nothing', () => {
    expect(actionOf('000', 336)).toMatchObject({ class: 'destructive', action: { type: 'exec' } });
    expect(rulesAt('000', 336)).toEqual([]);
  });
});

describe('changes that end more than they seem to', () => {
  it.each([
    ['001', 69, 'gaudi3-scale-trainer', 'If resource exhaustion'],
    ['000', 345, 'hdc-toolkit-blue', 'If successful'],
  ])('%s:%i scales to 0: destructive before anybody looks', (seed, line, name, condition) => {
    const step = actionOf(seed, line);

    expect(step).toMatchObject({
      class: 'destructive',
      condition,
      action: { type: 'scale', target: { resource: 'deployments', name }, replicas: 0 },
    });
    expect(step.live).toBeUndefined();
  });

  it('000:339 switches all traffic to other pods: destructive before anybody looks', () => {
    const step = actionOf('000', 339);

    expect(step).toMatchObject({
      class: 'destructive',
      action: {
        type: 'patch',
        target: { resource: 'services', name: 'hdc-toolkit' },
        patch: '{"spec":{"selector":{"version":"green"}}}',
      },
    });
    expect(step.live).toBeUndefined();
  });

  it('001:75 patches a ConfigMap, and nothing behind it restarts who reads it', () => {
    expect(actionOf('001', 75)).toMatchObject({
      class: 'change',
      action: { type: 'patch', target: { resource: 'configmaps', name: 'gaudi3-scale-config' } },
    });
    expect(rulesAt('001', 75)).toEqual(['no-restart']);
  });

  it.each([
    [91, 'maxNumSeqs', '128'],
    [147, 'gpuMemoryUtilization', '0.85'],
  ])('004:%i opens an editor for the value in the comment behind it, and is restarted', (line, field, value) => {
    expect(actionOf('004', line)).toMatchObject({
      class: 'change',
      live: true,
      action: { type: 'set-field', target: { resource: 'configmaps', name: 'largeforge-config' }, field, value },
    });
    expect(rulesAt('004', line)).toEqual([]);
    expect(actionOf('004', line + (line === 91 ? 4 : 3)).action.type).toBe('rollout-restart');
  });
});

describe('002, which is typed on one machine', () => {
  it('has no kubectl, and what asks localhost says what is missing', () => {
    expect(steps('002').filter(({ source }) => source.startsWith('kubectl'))).toEqual([]);
    const local = steps('002').filter(({ source }) => /^curl[^&;]*localhost[^&;]*$/.test(source));
    expect(local.length).toBeGreaterThan(10);
    const codes = local.map((step) => (step.kind === 'manual' ? step.reason.code : step.action.type));
    // One asks, and does five lines of other things when it fails.
    expect(codes.filter((code) => code !== 'localhost-url')).toEqual(['shell-logic']);
    expect(manualOf('002', 341)).toMatchObject({ endLine: 346, reason: { code: 'shell-logic' } });
    expect(manualOf('002', 49).reason.text).toBe(
      '`http://localhost:8000/health` is the machine where the command is typed, not the service; say in firebreak.yaml what answers there (http.map).',
    );
  });

  it('002:137 has three queries, of which one goes over two lines', () => {
    const queries = steps('002').flatMap((step) =>
      step.kind === 'action' && step.action.type === 'query' ? [[step.line, step.endLine, step.label]] : [],
    );

    expect(queries).toEqual([
      [139, 139, 'Average training loss over 5 minutes'],
      [142, 143, 'GPU memory usage percentage'],
      [146, 146, 'Inference latency P95'],
    ]);
  });

  it('002:180 compares bytes with a percentage, as its table does', () => {
    expect(
      findings.filter(({ rule }) => rule === 'mixed-units').map(({ path, line, text }) => [path, line, text]),
    ).toEqual(
      [132, 180].map((line) => [
        '002',
        line,
        'continual_transformer_memory_usage_bytes counts bytes, and is compared with a percentage here.',
      ]),
    );
  });
});

describe('what only looks like something else', () => {
  it('004:68 is PromQL in a comment: the query, under the words of the comment above', () => {
    expect(actionOf('004', 68)).toMatchObject({
      class: 'read',
      label: 'Check Prometheus',
      action: { type: 'query', expression: 'histogram_quantile(0.99, rate(inference_latency_seconds_bucket[5m]))' },
    });
  });

  it('004:571 is a template, whose headings are no sections and whose list is nobody’s to do', () => {
    const titles = procedures('004').map(({ title }) => title);

    for (const title of ['Timeline', 'Root Cause', 'Action Items', 'Lessons Learned'])
      expect(titles).not.toContain(title);
    expect(steps('004').filter(({ line }) => line >= 571 && line <= 604)).toEqual([]);
  });

  it('the contact table of 004 says for whom only critical is enough, in its own words', () => {
    expect(procedures('004').find(({ id }) => id === 'INC-003')?.escalation).toContain(
      'VP Engineering: @vp-eng (Critical only)',
    );
  });

  it('one title in several documents is said at the second', () => {
    const twice = findings.filter(({ rule }) => rule === 'duplicate-title');

    expect(twice.map(({ path, line, text }) => [path, line, text])).toEqual([
      ['002', 177, 'High Memory Usage is also the title of 001:456.'],
      ['002', 408, 'Database Backup is also the title of 000:390.'],
      ['003', 36, 'High Memory Usage is also the title of 001:456.'],
    ]);
  });
});
