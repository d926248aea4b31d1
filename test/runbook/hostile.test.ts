import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileCommand } from '../../src/runbook/command.ts';
import { compileRunbook } from '../../src/runbook/compile.ts';
import type { Step } from '../../src/domain/runbook.ts';

const compile = (text: string) => compileRunbook(text, { path: 'x.md' });
const script = (text: string): string => `\`\`\`bash\n${text}\n\`\`\`\n`;
const repeat = (piece: string) => (length: number) => piece.repeat(Math.ceil(length / piece.length));
const inScript = (make: (length: number) => string) => (length: number) => script(make(length));

/** Each makes a document of about that many characters. */
const shapes: Readonly<Record<string, (length: number) => string>> = {
  'quotes in quotes': repeat('> '),
  'items in items': repeat('- '),
  'numbers in numbers': repeat('1. '),
  'back-ticks of every width': (length) =>
    Array.from({ length: Math.floor(Math.sqrt(2 * length)) }, (_, index) => '`'.repeat(index + 1)).join(' '),
  'back-ticks that nothing closes': repeat('`a ``b '),
  brackets: repeat('['),
  'links that nothing closes': repeat('[a]('),
  'bold that nothing closes': repeat('**a'),
  'comments that nothing closes': repeat('<!--'),
  'comments in a paragraph': repeat('a <!-- `b` --> `kubectl get pods` '),
  headings: repeat('# a\n'),
  'phases in phases': (length) =>
    Array.from({ length: Math.floor(length / 14) }, (_, index) => `${'#'.repeat((index % 6) + 1)} Diagnosis`).join(
      '\n',
    ),
  tables: (length) => `| Role | Contact |\n|--|--|\n${repeat('| a | b |\n')(length)}`,
  'rows without end': (length) => `| ${repeat('a | ')(length)}`,
  'check-lists': repeat('- [ ] Check a\n'),
  'a head without end': (length) => `---\n${repeat('a: b\n')(length)}`,
  blanks: repeat(' '),
  'carriage returns': repeat('\r'),
  'indented code': (length) => `\n${repeat('    kubectl get pods\n\n')(length)}`,
  'a condition without end': (length) => `If ${'a'.repeat(length)}`,
  'inline commands': repeat('`kubectl get pods` '),
  commands: inScript(repeat('kubectl get pods\n')),
  placeholders: inScript(repeat('kubectl get pod <pod-name> -n <ns>\n')),
  'one line of words': inScript((length) => `kubectl get pods ${repeat('a ')(length)}`),
  'one line of commands': inScript(repeat('echo a;')),
  'one chain': inScript((length) => `${repeat('kubectl get pods && ')(length)}true`),
  'one pipe': inScript((length) => `kubectl get pods ${repeat('| grep a ')(length)}`),
  'here-documents that nothing closes': inScript(repeat('a <<E\n')),
  'here-documents in a row': inScript(repeat('a <<E\nx\nE\n')),
  'substitutions in substitutions': inScript((length) => `kubectl logs ${repeat('$(kubectl get ')(length)}`),
  'arithmetic in arithmetic': inScript((length) => `a ${repeat('$((')(length)}`),
  'defaults in defaults': inScript((length) => `echo ${repeat('${a:-')(length)}`),
  'processes in processes': inScript((length) => `cat ${repeat('<(')(length)}`),
  'look-ups one from another': inScript((length) =>
    Array.from(
      { length: Math.floor(length / 34) },
      (_, index) => `V${index}=$(kubectl get pods -n $V${index - 1})`,
    ).join('\n'),
  ),
  'conditions in conditions': inScript(repeat('if a; then\n')),
  'brackets in brackets': inScript(repeat('(')),
  quotes: inScript(repeat('"')),
  continuations: inScript(repeat('\\\n')),
  'braces in a name': inScript((length) => `kubectl get pod ${repeat('{a}')(length)}`),
  globs: inScript((length) => `kubectl get pod ${repeat('[a-b]')(length)}`),
  'less than': inScript(repeat('<a ')),
  comments: inScript(repeat('# Check it\n')),
  'queries without end': (length) => `\`\`\`promql\n${repeat('sum(')(length)}\n\`\`\``,
};

/** The best of two, so that another process on the machine does not decide. */
function cost(text: string): number {
  const once = (): number => {
    const start = performance.now();
    compile(text);
    return performance.now() - start;
  };
  return Math.min(once(), once());
}

describe('text that nobody wrote in good faith', () => {
  it.each(Object.entries(shapes))('costs no more than its length: %s', (_, make) => {
    const top = '# T\n## Diagnosis\n';
    const small = cost(top + make(6_000));

    const large = cost(top + make(6_000 * 16));

    // 16 times the text; what is below 6 ms says nothing.
    expect(large / Math.max(small, 6)).toBeLessThan(16 * 6);
  });

  it.each(Object.entries(shapes))('compiles at 1 MiB: %s', (_, make) => {
    expect(() => compile(make(1024 * 1024).slice(0, 1024 * 1024))).not.toThrow();
  });

  it('is refused above 1 MiB, counted in bytes', () => {
    expect(() => compile('é'.repeat(512 * 1024))).not.toThrow();
    expect(() => compile(`${'é'.repeat(512 * 1024)}.`)).toThrow(RangeError);
  });

  it('of any bytes compiles, and each step is in the text', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '```bash\n',
        '```\n',
        '~~~',
        '\n',
        '    ',
        '\t',
        '- ',
        '> ',
        '`',
        '``',
        '# ',
        '---\n',
        '<!--',
        '-->',
        '|',
        '\r\n',
        '$(',
        '))',
        '<<E\n',
        'E\n',
        '"',
        "'",
        '\\',
        '&&',
        ';',
        'kubectl get pods',
        'kubectl delete pod ',
        '<pod-name>',
        '$X',
        'X=$(',
        '\0',
        '\uD800',
        '\uFEFF',
        '\u2028',
        '\uE000',
      ),
      fc.string({ maxLength: 6, unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');

        const { procedures } = compile(text);

        const lines = text.replace(/^\uFEFF/, '').split('\n');
        const steps = procedures.flatMap((procedure): readonly Step[] => procedure.steps);
        for (const { line, endLine } of steps) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(endLine).toBeLessThanOrEqual(lines.length);
        }
        for (const { line, endLine, source } of steps.filter(({ kind }) => kind === 'action')) {
          expect(lines.slice(line - 1, endLine).join('\n')).toContain(source);
        }
      }),
      { seed: 20261122, numRuns: 1500 },
    );
  });

  it('at a prompt is an action or a reason, never a failure', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(['action', 'manual']).toContain(compileCommand(`kubectl ${text}`).kind);
      }),
      { seed: 20261122, numRuns: 1500 },
    );
  });
});

describe('broken Markdown', () => {
  const units = (text: string) =>
    compile(text).procedures.flatMap(({ steps }) => steps.filter((step) => step.kind === 'action' || !step.prose));
  const sources = (text: string): string[] => units(text).map(({ source }) => source);

  it.each<[string, string, readonly string[]]>([
    ['a fence that nobody closes', '```bash\nkubectl get pods', ['kubectl get pods']],
    ['a fence closed by another mark', '```bash\nkubectl get pods\n~~~\n', ['kubectl get pods', '~~~']],
    ['a fence closed by a longer one', '```bash\nkubectl get pods\n`````\nkubectl get svc\n', ['kubectl get pods']],
    ['a fence closed by a shorter one', '````bash\nkubectl get pods\n```\n````\n', ['kubectl get pods', '```']],
    ['a fence inside a table', '| a |\n|---|\n```bash\nkubectl get pods\n```\n', ['kubectl get pods']],
    [
      'an item that ends before its fence does',
      '- a\n\n  ```bash\n  kubectl get pods\nkubectl get svc\n',
      ['kubectl get pods'],
    ],
    ['a code span over two lines', 'Run `kubectl get\npods` now', ['kubectl get\npods']],
    ['a code span that nobody closes', 'Run `kubectl get pods now', []],
    ['a comment that nobody closes', '<!-- \n```bash\nkubectl get pods\n```\n', []],
    [
      'a quote that nobody closes in a script',
      '```bash\necho "a\nkubectl get pods\n```\n',
      ['echo "a\nkubectl get pods'],
    ],
    ['a continuation at the end', '```bash\nkubectl get pods \\\n```\n', ['kubectl get pods \\']],
    [
      'a here-document that nobody closes',
      '```bash\nkubectl apply -f - <<EOF\nkind: X\n```\n',
      ['kubectl apply -f - <<EOF\nkind: X'],
    ],
    ['a prompt without a command', '```console\n$ \n$ kubectl get pods\n```\n', ['kubectl get pods']],
    ['two marks at the start of a file', '\uFEFF# T\n`kubectl get pods`', ['kubectl get pods']],
  ])('%s', (_, text, expected) => {
    expect(sources(text)).toEqual(expected);
  });
});
