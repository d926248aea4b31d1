import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Step } from '../../src/domain/runbook.ts';
import { compileRunbook } from '../../src/runbook/compile.ts';
import { compileJson } from '../../src/runbook/compile-json.ts';

const compile = (text: string) => compileRunbook(text, { path: 'a/web.md' });
const stepsOf = (text: string): Step[] => compile(text).procedures.flatMap(({ steps }) => [...steps]);
const fence = (code: string, language = 'bash'): string => `# T\n\n\`\`\`${language}\n${code}\n\`\`\`\n`;
const brief = (steps: readonly Step[]) =>
  steps.map((step) => [step.line, step.kind === 'action' ? step.action.type : step.reason.code]);

describe('fences', () => {
  it.each(['bash', 'sh', 'shell', 'console', 'zsh', 'Bash', 'bash title=x', ''])(
    'of language %j hold commands',
    (language) => {
      expect(stepsOf(fence('kubectl get pods', language))).toHaveLength(1);
    },
  );

  it.each(['python', 'yaml', 'json', 'markdown', 'text', 'go'])('of language %j hold none', (language) => {
    expect(stepsOf(fence('kubectl get pods', language))).toEqual([]);
  });

  it('without a language hold commands only when they start like some', () => {
    expect(stepsOf(fence('$ frob x', ''))).toHaveLength(1);
    expect(stepsOf(fence('NAME READY\nkubectl-ish text', ''))).toEqual([]);
  });

  it('with prompts hold what was typed, not what was printed', () => {
    const steps = stepsOf(
      fence('$ kubectl get pods \\\n>   -n web\nNAME   READY\nweb-0  1/1\n$ kubectl logs web-0', 'console'),
    );

    expect(brief(steps)).toEqual([
      [4, 'get'],
      [8, 'logs'],
    ]);
    expect(steps[0]).toMatchObject({ endLine: 5, action: { namespace: 'web' } });
    expect(steps[1]?.source).toBe('kubectl logs web-0');
  });

  it('may be nested in lists and end lines as Windows does', () => {
    const steps = stepsOf(
      '# T\r\n\r\n1. **Look**:\r\n   ```bash\r\n   kubectl get pods \\\r\n     -n web\r\n   ```\r\n',
    );

    expect(steps).toMatchObject([
      { kind: 'action', line: 5, endLine: 6, label: 'Look', source: 'kubectl get pods \\\r\n     -n web' },
    ]);
  });

  it('take the commands of one line as one step', () => {
    expect(brief(stepsOf(fence('kubectl get pods; kubectl get svc')))).toEqual([[4, 'chain']]);
    expect(brief(stepsOf(fence('kubectl get pods; kubectl delete svc x')))).toEqual([[4, 'shell-logic']]);
  });

  it('compile nothing after a line that chooses another cluster, and say which', () => {
    for (const line of [
      'kubectl config use-context x',
      'export KUBECONFIG=/x',
      'kubens $WEB',
      'oc project',
      'ssh node-1',
      'alias kubectl=echo',
    ]) {
      const last = stepsOf(fence(`kubectl get pods\n${line}\nkubectl get nodes`)).at(-1);
      expect(last).toMatchObject({ kind: 'manual', line: 6, reason: { code: 'shell-logic' } });
      expect(last?.kind === 'manual' && last.reason.text).toContain('Line 5');
    }
  });
});

describe('inline commands', () => {
  it('are units in paragraphs, lists and tables', () => {
    const steps = stepsOf(
      '# T\n\nRun ``kubectl get pods``, then `oc get nodes`.\n\n- Look: `kubectl logs x`\n\n| a | `kubectl logs x \\| grep y` |\n',
    );

    expect(brief(steps)).toEqual([
      [3, 'get'],
      [3, 'get'],
      [5, 'logs'],
      [7, 'logs'],
    ]);
    expect(steps[2]?.label).toBe('Look');
    expect(steps[3]).toMatchObject({ action: { filters: [{ pattern: 'y' }] } });
  });

  it('are not units without a verb or as other words', () => {
    expect(stepsOf('# T\n\nThe `kubectl` program and `kubectl-neat` and `helm list`.\n')).toEqual([]);
  });
});

describe('procedures', () => {
  it('with the same id are numbered', () => {
    const text = `# Top\n\n${['A', 'A', 'A'].map((title) => `## ${title}\n\n\`kubectl get pods\`\n`).join('\n')}`;

    expect(compile(text).procedures.map(({ id }) => id)).toEqual(['a', 'a-2', 'a-3']);
    expect(compile(text).procedures[1]?.steps[0]?.id).toBe('a-2/1');
  });

  it('may be a file without a heading', () => {
    expect(compile('`kubectl get pods`').procedures).toMatchObject([{ id: 'web', title: 'web', line: 1 }]);
  });

  it('may be the whole file', () => {
    const text =
      '# HighErrorRate\n\n## Meaning\n\nToo many errors.\n\n## Diagnosis\n\n`kubectl get pods`\n\n## Mitigation\n\n`kubectl rollout restart deploy/x`\n';

    expect(compile(text).procedures).toMatchObject([
      {
        id: 'higherrorrate',
        alerts: ['HighErrorRate'],
        summary: 'Too many errors.',
        steps: [{ phase: 'diagnosis' }, { phase: 'remedy' }],
      },
    ]);
  });

  it('keep what stands above their sub-headings', () => {
    const text = '# Top\n\n## A\n\n`kubectl get pods`\n\n### B\n\n`kubectl get nodes`\n\n### C\n\n`kubectl get svc`\n';

    expect(compile(text).procedures.map(({ id, steps }) => [id, steps.length])).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ]);
  });

  it('have another digest when a byte changes', () => {
    expect(compile('# A').digest).toMatch(/^[0-9a-f]{64}$/);
    expect(compile('# A').digest).toBe(compile('# A').digest);
    expect(compile('# A').digest).not.toBe(compile('# A ').digest);
  });
});

describe('the JSON', () => {
  it('counts units, and prose not', () => {
    const { summary } = compileJson([
      compile(
        fence('# Check the dashboards\n\nkubectl get pods\nhelm list\nhelm list\nkubectl scale deploy/x --replicas=0'),
      ),
    ]);

    expect(summary).toEqual({
      units: 4,
      actions: 2,
      manual: 2,
      byClass: { read: 1, destructive: 1 },
      byReason: { 'external-tool': 2 },
    });
  });
});

describe('no text', () => {
  const words = fc.constantFrom(
    'kubectl',
    'oc',
    'get',
    'logs',
    'describe',
    'delete',
    'apply',
    'scale',
    'patch',
    'exec',
    'rollout',
    'restart',
    'status',
    'set',
    'env',
    'pods',
    'secret',
    'deploy/web',
    'web',
    '-n',
    'x',
    '-f',
    '-o',
    'yaml',
    '--replicas=0',
    '|',
    '>',
    '&&',
    ';',
    '$(',
    ')',
    '"',
    "'",
    '<a>',
    '$V',
    'grep',
    'tail',
    '-5',
    'sh',
    '\n',
    'A=1',
    '\\',
  );

  it('makes a read of a command that writes', () => {
    const lines = fc
      .sample(fc.array(words, { minLength: 3, maxLength: 9 }), { numRuns: 6000, seed: 5 })
      .map((each) => each.join(' '));
    // Half of them start as something that compiles.
    const scripts = lines.map((line, index) =>
      index % 2 === 0 ? line : `kubectl ${index % 4 === 1 ? 'get pods' : 'logs a'} ${line}`,
    );
    const reads = scripts
      .flatMap((script) => stepsOf(fence(script)))
      .filter((step) => step.kind === 'action' && step.class === 'read');

    /** What a shell would act on: the text without quotes, continuations and placeholders. */
    const bare = (source: string): string =>
      source
        .replace(/\\\n/g, ' ')
        .replace(/(["'])[^"']*\1/g, 'q')
        .replace(/<a>/g, 'a')
        .replace(/\|[ \t]*\n/g, '| ');
    const reading =
      /^(?:kubectl|oc)(?:\s+-n\s+\S+)*\s+(?:get|logs|describe|top|rollout\s+(?:status|history))\s[^;&<>()`\n|]*(?:\|\s*(?:grep|head|tail)\b[^;&<>()`\n|]*)*$/;

    expect(reads.map(({ source }) => bare(source)).filter((source) => !reading.test(source))).toEqual([]);
    expect(reads.length).toBeGreaterThan(100);
  });

  it('throws, loses a command, or takes long', () => {
    const size = 1024 * 1024;
    const hostile = [
      '> ',
      '- ',
      '`',
      '` ',
      '<',
      '(',
      '|',
      '[',
      '*a ',
      '<a> ',
      'a\n',
      '- a\n',
      '# a\n',
      '`kubectl get pods` ',
      '\\',
      '"',
      'a() ',
      '\u0000',
    ];
    for (const text of hostile) {
      for (const whole of [text.repeat(size / 4 / text.length), fence(text.repeat(size / 4 / text.length))]) {
        const started = performance.now();
        compile(whole);
        expect({ text, slow: performance.now() - started > 8000 }).toEqual({ text, slow: false });
      }
    }
    let ticks = '';
    for (let width = 1; ticks.length < size / 2; width++) ticks += `${'`'.repeat(width)} `;
    const started = performance.now();
    compile(ticks);
    expect(performance.now() - started).toBeLessThan(8000);
  });

  it('over 1 MiB is taken, and the error says what to do', () => {
    expect(() => compile('é'.repeat(600_000))).toThrow('a/web.md is larger than 1 MiB; split it');
  });
});
