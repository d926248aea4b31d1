import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Runbook, Step } from '../../src/domain/runbook.ts';
import { compileRunbook } from '../../src/runbook/compile.ts';

const seed = 20261122;
const compile = (text: string): Runbook => compileRunbook(text, { path: 'web.md' });
const unitsOf = (runbook: Runbook): Step[] =>
  runbook.procedures.flatMap(({ steps }) => steps).filter((step) => step.kind === 'action' || !step.prose);

/** A shape of Markdown around numbered commands: its lines, and the units in it. */
type Piece = { readonly lines: readonly string[]; readonly units: readonly string[] };
type Make = (n: number) => Piece;

const get = (n: number): string => `kubectl get pods -n team-${n}`;
const holds = (lines: readonly string[], ...units: string[]): Piece => ({ lines, units });

const shapes: readonly Make[] = [
  (n) => holds(['```bash', get(n), '```'], get(n)),
  (n) => holds(['~~~sh', get(n), '~~~'], get(n)),
  (n) => holds(['```command', `$ ${get(n)}`, '```'], get(n)),
  (n) => holds(['```shellscript', get(n), '```'], get(n)),
  (n) => holds(['```', get(n), '```'], get(n)),
  (n) => holds(['```console', `$ ${get(n)}`, 'NAME READY', `$ ${get(n)} -o wide`, '```'], get(n), `${get(n)} -o wide`),
  (n) => holds(['```', `% ${get(n)}`, 'NAME READY', `% ${get(n)} -o wide`, '```'], get(n), `${get(n)} -o wide`),
  (n) =>
    holds(
      ['```console', '$ cd manifests', `${get(n)} \\`, '  -o wide', `kubectl get nodes -l n=${n}`, '```'],
      'cd manifests',
      `${get(n)} \\\n  -o wide`,
      `kubectl get nodes -l n=${n}`,
    ),
  (n) => holds(['```console', `$ ${get(n)}`, 'kubectl get pods, it says', 'NAME', '```'], get(n)),
  (n) => holds(['```', '% of requests', get(n), '```']),
  (n) => holds(['!!! note', '    ```bash', `    ${get(n)}`, '    ```'], get(n)),
  (n) => holds(['', `    ${get(n)}`, `    ${get(n)} -o wide`, ''], get(n), `${get(n)} -o wide`),
  (n) => holds(['', `\t$ ${get(n)}`, '\toutput', ''], get(n)),
  (n) => holds([`- Check \`${get(n)}\` and \`kubectl get nodes -l n=${n}\`.`], get(n), `kubectl get nodes -l n=${n}`),
  (n) => holds(['1. **Look**:', '', '   ```bash', `   # Look at ${n}`, `   ${get(n)}`, '   ```'], get(n)),
  (n) =>
    holds(
      ['- a', '  - b', '', '    ```shell', `    ${get(n)} \\`, '      -o wide', '    ```'],
      `${get(n)} \\\n      -o wide`,
    ),
  (n) => holds(['> ```bash', `> ${get(n)}`, '> ```'], get(n)),
  (n) => holds(['| what | how |', '|---|---|', `| look | \`${get(n)} \\| head -3\` |`], `${get(n)} \\| head -3`),
  (n) => holds(['**Severity:** P2', '**Diagnosis:**', `Run \`${get(n)}\`.`], get(n)),
  (n) => holds(['- [ ] Look', `- [x] Run \`${get(n)}\` again`], get(n)),
  (n) => holds(['```bash', `${get(n)} && echo ok || echo none`, '```'], `${get(n)} && echo ok || echo none`),
  (n) =>
    holds(
      ['```bash', `if ${get(n)}; then`, `  kubectl delete pod web-${n}`, 'fi', '```'],
      `if ${get(n)}; then\n  kubectl delete pod web-${n}\nfi`,
    ),
  (n) =>
    holds(
      ['```bash', `NS=team-${n}`, `POD=$(${get(n)} -o name)`, '', `kubectl logs $POD --tail=${n + 1}`, '```'],
      `POD=$(${get(n)} -o name)`,
      `kubectl logs $POD --tail=${n + 1}`,
    ),
  (n) =>
    holds(
      ['```bash', 'kubectl apply -f - <<EOF', `kind: T${n}`, 'EOF', get(n), '```'],
      `kubectl apply -f - <<EOF\nkind: T${n}\nEOF`,
      get(n),
    ),
  (n) => holds(['```promql', `sum(rate(http_${n}[5m]))`, '```'], `sum(rate(http_${n}[5m]))`),
  (n) => holds(['```bash', `# Query: up{n="${n}"}`, '```'], `up{n="${n}"}`),
  // None of these holds a unit.
  (n) => holds(['````markdown', `## Template ${n}`, '```bash', get(n), '```', '````']),
  (n) => holds([`<!-- \`${get(n)}\``, '', '```bash', get(n), '```', '-->']),
  (n) => holds([`Text <!-- not \`${get(n)}\` --> more.`]),
  (n) => holds(['```yaml', `a: ${get(n)}`, '```']),
  (n) => holds(['```python', get(n), '```']),
  () => holds(['', '    make sure that it works', '']),
  () => holds(['- [Top](#top)', '- [Diagnosis](#diagnosis)']),
  (n) => holds([`Title ${n}`, '=======']),
  (n) => holds([`Part ${n}`, '---']),
  (n) => holds([`### Diagnosis ${n}`]),
  () => holds(['Some text.', 'More of it.']),
  () => holds(['***']),
];

const head = fc.constantFrom('', '---\ntitle: "`kubectl get x`"\n---\n');
const document = fc.record({
  head,
  pieces: fc.array(fc.nat({ max: shapes.length - 1 }), { maxLength: 12 }),
  end: fc.constantFrom('\n', '\r\n'),
  last: fc.boolean(),
});

describe('the units of a document', () => {
  it('are there once each, in order, with the exact text of their lines, for any mixture of shapes', () => {
    fc.assert(
      fc.property(document, ({ head: top, pieces, end, last }) => {
        const made = pieces.map((shape, index) => shapes[shape]?.(index) ?? { lines: [], units: [] });
        const lines = made.flatMap((piece) => ['', '', 'Text.', '', ...piece.lines]);
        const text = `${top}# T\n${lines.join('\n')}${last ? '\n' : ''}`.replaceAll('\n', end);

        const runbook = compile(text);

        const units = unitsOf(runbook);
        const plain = (source: string): string => source.replaceAll('\r\n', '\n');
        const wanted = made.flatMap((piece) => piece.units);
        // Continuation lines keep the indentation of what they stand in.
        const flat = (source: string): string => plain(source).replaceAll(/\n[ \t>]*/g, '\n');
        expect(units.map(({ source }) => flat(source))).toEqual(wanted.map(flat));
        const all = text.split(end);
        for (const { source, line, endLine } of units) {
          expect(all.slice(line - 1, endLine).join(end)).toContain(source);
          expect(plain(source).split('\n')).toHaveLength(endLine - line + 1);
        }
        const ids = runbook.procedures.flatMap(({ steps }) => steps.map(({ id }) => id));
        expect(new Set(ids).size).toBe(ids.length);
      }),
      { seed, numRuns: 600 },
    );
  });

  it('of several fences in nested items keep the phase and the label of where they stand', () => {
    const text = [
      '# T',
      '## High load',
      '**Severity:** SEV2',
      '**Alert:** `HighLoad`',
      '',
      '**Diagnosis:**',
      '',
      '1. **Pods**',
      '',
      '   ```bash',
      '   # Which pods',
      '   kubectl get pods',
      '   ```',
      '2. If a node is full:',
      '   - `kubectl describe nodes`',
      '',
      '**Resolution:**',
      '',
      '```bash',
      'kubectl rollout restart deployment/web',
      '```',
    ].join('\n');

    const [procedure] = compile(text).procedures;

    expect(procedure).toMatchObject({ alerts: ['HighLoad'], severity: { word: 'SEV2' } });
    expect(procedure?.steps.map(({ phase, label, condition }) => [phase, label, condition])).toEqual([
      ['diagnosis', 'Which pods', undefined],
      ['diagnosis', 'kubectl describe nodes', 'If a node is full'],
      ['remedy', 'kubectl rollout restart deployment/web', undefined],
    ]);
  });
});

describe('a fence of queries', () => {
  it.each([
    ['up\nsum(up)', ['up', 'sum(up)']],
    ['sum(a)\n/\nsum(b)\n> 0.01', ['sum(a)\n/\nsum(b)\n> 0.01']],
    [
      '100 * sum without(x)\n(rate(a[5m]))\n/ sum without(x)\n(rate(b[5m]))',
      ['100 * sum without(x)\n(rate(a[5m]))\n/ sum without(x)\n(rate(b[5m]))'],
    ],
    ['a\nand on(x) b\n\n# next\nc', ['a\nand on(x) b', 'c']],
  ])('%j holds %j', (text, expected) => {
    const units = unitsOf(compile(`# T\n\`\`\`promql\n${text}\n\`\`\`\n`));

    expect(units.map(({ source }) => source)).toEqual(expected);
  });
});

describe('what a procedure assigns', () => {
  const steps = (...lines: string[]): readonly Step[] =>
    compile(['# T', '## Diagnosis', '```bash', ...lines, '```'].join('\n')).procedures.flatMap((each) => each.steps);
  const parametersOf = (step: Step | undefined) => (step?.kind === 'action' ? step.parameters : undefined);

  it('fills the steps below it: the nearest assignment counts', () => {
    const [one, two] = steps('NS=a', 'kubectl get pods -n $NS', 'NS=b', 'kubectl get pods -n $NS');

    expect(parametersOf(one)).toMatchObject([{ name: 'NS', type: 'namespace', default: 'a' }]);
    expect(parametersOf(two)).toMatchObject([{ name: 'NS', type: 'namespace', default: 'b' }]);
  });

  it('leaves the choice to the reader where two values follow each other', () => {
    const [step] = steps('NS=a', '# or', 'NS=b', 'kubectl get pods -n $NS');

    expect(parametersOf(step)).toEqual([{ name: 'NS', type: 'namespace', from: 'variable' }]);
  });

  it.each([
    'if x; then NS=b; fi',
    'for NS in b c; do echo; done',
    'read NS',
    'NS=$(cat /etc/ns)',
    'NS=$OTHER',
    'unset NS',
  ])('is forgotten behind %j', (line) => {
    const last = steps('NS=a', line, 'kubectl get pods -n $NS').at(-1);

    expect(parametersOf(last)).toEqual([{ name: 'NS', type: 'namespace', from: 'variable' }]);
  });

  it('may come from a look-up, which is a read of its own', () => {
    const [first, second] = steps(
      'POD=$(kubectl get pods -n $NS -l app=web -o name | head -1)',
      'kubectl logs "$POD" -n shop',
    );

    expect(first).toMatchObject({ kind: 'action', class: 'read', action: { type: 'get', selector: 'app=web' } });
    expect(parametersOf(second)).toMatchObject([
      { name: 'NS', type: 'namespace' },
      { name: 'POD', type: 'pod', lookUp: { type: 'get', output: { format: 'name' }, filters: [{ program: 'head' }] } },
    ]);
  });

  it('may stand in the command itself, and is one parameter wherever it is the same', () => {
    const [first, second, third] = steps(
      'kubectl logs $(kubectl get pods -l app=web -o name) --tail=5',
      'kubectl describe pod $(kubectl get pods -l app=web -o name)',
      'kubectl logs $(kubectl get pods -l app!=web -o name)',
    );

    const [name, same, other] = [first, second, third].map((step) => parametersOf(step)?.[0]?.name);
    expect(name).toMatch(/^kubectl-get-pods/);
    expect(same).toBe(name);
    expect(other).not.toBe(name);
  });

  it('may be a date, which is worked out when the step is used', () => {
    const [step] = steps('TAG="web-$(date +%Y%m%d)"', 'kubectl logs $TAG');

    expect(parametersOf(step)).toMatchObject([{ name: 'TAG', type: 'pod', date: 'web-%Y%m%d' }]);
  });

  it.each([
    ['PW=$(kubectl get secret db -o jsonpath={.data.pw} | base64 -d)', 'reads-secret'],
    ['kubectl logs $(kubectl get secret db -o name)', 'reads-secret'],
    ['X=$(aws s3 ls)', 'unresolved-substitution'],
    ['X=$(kubectl exec web-1 -- hostname)', 'unresolved-substitution'],
    ['X=$(kubectl get pods && echo y)', 'unresolved-substitution'],
    ['kubectl logs $(cat pod.txt)', 'unresolved-substitution'],
    ['kubectl logs $(kubectl delete pod x)', 'unresolved-substitution'],
    ['kubectl logs $(kubectl get pods -o name | xargs echo)', 'pipes-into-code'],
  ])('%j stays manual: %s', (line, code) => {
    expect(steps(line)).toMatchObject([{ kind: 'manual', reason: { code } }]);
  });
});

describe('a command in the text', () => {
  it('may be broken over lines by the author’s editor, which Markdown shows as one', () => {
    const found = unitsOf(compile('- Look with `kubectl get pods\n  -n shop` or `kubectl get pods\r\n  -A`.\n'));

    expect(found).toMatchObject([
      { kind: 'action', line: 1, endLine: 2, source: 'kubectl get pods\n  -n shop', action: { namespace: 'shop' } },
      { kind: 'action', line: 2, endLine: 3, action: { allNamespaces: true } },
    ]);
  });

  it.each(['`kubectl get pods\nkubectl delete pod x`', '> `kubectl get pods -n\n> shop`'])(
    'is not put together of what may be two: %j',
    (text) => {
      expect(unitsOf(compile(text))).toMatchObject([{ kind: 'manual' }]);
    },
  );

  it('may stand in a heading', () => {
    const text =
      '# Web `kubectl get ns`\n\n### Look: `kubectl get pods -n shop` ##\n\nThen `kubectl get nodes`\n---\n\n## `kubectl logs`\n';

    expect(unitsOf(compile(text))).toMatchObject([
      { line: 1, source: 'kubectl get ns' },
      { line: 3, source: 'kubectl get pods -n shop' },
      { line: 5, source: 'kubectl get nodes' },
    ]);
  });

  it('is found in a file whose lines end in carriage returns alone', () => {
    const text = '# Web\r\r```bash\rkubectl get pods -n shop\rkubectl get nodes\r```\r';

    expect(unitsOf(compile(text))).toMatchObject([
      { kind: 'action', line: 4, source: 'kubectl get pods -n shop' },
      { kind: 'action', line: 5, source: 'kubectl get nodes' },
    ]);
  });
});

describe('a line of a script that is no program', () => {
  it.each(['...', 'NAME  READY', 'Expected output:', 'read NAME', 'unset NAME'])('is called so: %s', (line) => {
    const [unit] = unitsOf(compile(`\`\`\`bash\n${line}\n\`\`\`\n`));

    expect(unit).toMatchObject({ kind: 'manual', reason: { code: 'not-a-command' } });
  });
});
