import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bindAction } from '../../src/runbook/bind.ts';
import { compileCommand } from '../../src/runbook/command.ts';
import { compileRunbook } from '../../src/runbook/compile.ts';

const seed = 20261122;

/** The words that bash passes on to kubectl, in an empty folder. */
function wordsInBash(scripts: readonly string[]): string[][] {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-words-'));
  const reader = `kubectl() { printf '%s\\1' "$@"; }
    while IFS= read -r -d '' script; do (eval "$script") 2>/dev/null </dev/null; printf '\\2'; done`;
  const result = spawnSync('bash', ['--norc', '-c', reader], {
    cwd: folder,
    input: `${scripts.join('\0')}\0`,
    env: { LC_ALL: 'C.UTF-8', PATH: process.env['PATH'] },
  });
  rmSync(folder, { recursive: true });
  expect(result.status).toBe(0);
  return result.stdout
    .toString()
    .split('\u0002')
    .map((record) => record.split('\u0001').slice(0, -1));
}

/** The words that the command in the container would get, when the last line of the script is an action. */
function ourWords(script: string): readonly string[] | undefined {
  const text = `# T\n\`\`\`bash\n${script}\n\`\`\`\n`;
  const step = compileRunbook(text, { path: 'a.md' })
    .procedures.flatMap(({ steps }) => steps)
    .at(-1);
  if (step?.kind !== 'action') return undefined;
  const bound = bindAction(step.action, step.parameters, {});
  if (!bound.ok) return undefined;
  return bound.action.type === 'exec' || bound.action.type === 'exec-read' ? bound.action.argv : undefined;
}

const value = fc.constantFrom(
  'a',
  'b c',
  '"b c"',
  "'x  y'",
  '/a',
  "'*'",
  '"a?"',
  "'[ab]'",
  '-x',
  '""',
  "'a\\b'",
  '{..a}',
  "'{a,b}'",
  '~',
  'a=b',
);
const piece = fc.constantFrom(
  '$X',
  '${X}',
  '"$X"',
  '"${X}"',
  'a$X',
  '"a $X b"',
  '$X-b',
  '${X:-d}',
  '${X:-d e}',
  '"${X:-d e}"',
  '${Y:-f}',
  '{..metadata.name}',
  '{.items}',
  '{.a.b}',
  '{a..c}',
  '{1..3}',
  '{...a}',
  '{..}',
  '{.}',
  '{.a..b}',
  '{.a,b}',
  '{}',
  '{.-a}',
  '{.items[*].name}',
  '{.items[0].a[-1:]}',
  '{.items[*]..a}',
  '{.a[*],b}',
  '[*]',
  '[0]',
  '*',
  '=',
  'jsonpath=',
  '-ojsonpath=',
  'custom-columns=A:.a',
  '.a.b[0].c',
  '.a[]',
  '--sort-by=.a',
  'w',
);
const script = fc
  .tuple(
    value,
    fc.array(
      fc.array(piece, { minLength: 1, maxLength: 3 }).map((pieces) => pieces.join('')),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([text, words]) => `X=${text}\nkubectl exec web -- prog ${words.join(' ')}`);

describe('the words of a command', () => {
  it('are those that bash passes on, variables and braces without quotes too, or it stays manual', () => {
    const scripts = fc.sample(script, { numRuns: 10_000, seed });
    const theirs = wordsInBash(scripts);

    const told = scripts.flatMap((text, index) => {
      const ours = ourWords(text);
      return ours === undefined ? [] : [{ text, ours, theirs: theirs[index]?.slice(3) }];
    });

    expect(told.filter((each) => JSON.stringify(each.ours) !== JSON.stringify(each.theirs))).toEqual([]);
    expect(told.length).toBeGreaterThan(300);
    expect(told.filter(({ text }) => text.includes('{..metadata')).length).toBeGreaterThan(30);
    expect(told.filter(({ text }) => text.includes('jsonpath={.items[')).length).toBeGreaterThan(5);
  });

  it.each([
    ['kubectl get deploy web -o json | jq .spec.template.spec.containers[0].env', { filters: [{ program: 'jq' }] }],
    ['kubectl get pods -o jsonpath={.items[*].metadata.name}', { output: { expression: '{.items[*].metadata.name}' } }],
    ['kubectl get pods -ojsonpath={.items[0].spec.nodeName}', { output: { expression: '{.items[0].spec.nodeName}' } }],
    [
      'kubectl get pods -o custom-columns=NAME:.metadata.name,IMAGE:.spec.containers[*].image',
      { output: { expression: 'NAME:.metadata.name,IMAGE:.spec.containers[*].image' } },
    ],
    [
      'kubectl get pods --sort-by=.status.containerStatuses[0].restartCount',
      { sortBy: '.status.containerStatuses[0].restartCount' },
    ],
  ])('are what stands there when a pattern is an expression that no file is called by: %s', (command, action) => {
    expect(compileCommand(command)).toMatchObject({ kind: 'action', action });
  });

  it.each([
    'kubectl get pods web-*',
    'kubectl get pods -l app=[a]',
    'kubectl get pods -o jsonpath={.items[*].a,.b}',
    'kubectl get pods -o jsonpath={.items[*].a}{.x,.y}',
    'kubectl get pods -o yaml[0]',
    'kubectl exec web -- cat .[a-z]*',
    'kubectl exec web -- ls .cache[0-9]',
    'kubectl exec web -- ls .cache[0]',
  ])('are not told where files or braces decide: %s', (command) => {
    expect(compileCommand(command)).toMatchObject({ kind: 'manual', reason: { code: 'unresolved-substitution' } });
  });

  it.each([
    ['X="b c"', 'kubectl annotate pod web a=$X', 'unresolved-substitution'],
    ['X="b c"', `kubectl patch deploy web -p '{"metadata":{"labels":{"a":"'$X'"}}}'`, 'unresolved-substitution'],
    ['DRY="--dry-run=client"', 'kubectl delete pod web-1 $DRY', 'unresolved-substitution'],
    ['ALL="--all"', 'kubectl cordon "$ALL"', 'unresolved-substitution'],
    ['NONE=""', 'kubectl delete pod web-1 $NONE', 'unresolved-substitution'],
    ['X=1', 'kubectl get pods |& grep x', 'shell-logic'],
    ['X=1', 'kubectl get pods | while read p; do echo $p; done', 'shell-logic'],
    ['X=1', 'kubectl delete machineconfig \\ ', 'malformed'],
    ['X=1', 'curl -H "Authorization: Bearer $(oc create token a -n b)" https://$H/api?x=y', 'reads-secret'],
  ])('with %s, %s stays manual: %s', (assigned, command, code) => {
    const text = `# T\n\`\`\`bash\n${assigned}\n${command}\n\`\`\`\n`;
    const steps = compileRunbook(text, { path: 'a.md' }).procedures.flatMap((procedure) => procedure.steps);

    expect(steps).toMatchObject([{ kind: 'manual', reason: { code } }]);
  });
});

describe('a name in a manifest', () => {
  it.each([
    ["kubectl apply -f - <<'E'\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: your-config, namespace: your-ns}\nE"],
    ['kubectl create cm my-config --from-literal=a=b'],
    ['kubectl create deployment my-app --image=nginx'],
  ])('is asked for nowhere: %s', (command) => {
    const text = `# T\n\`\`\`bash\n${command}\n\`\`\`\n`;
    const steps = compileRunbook(text, { path: 'a.md' }).procedures.flatMap((procedure) => procedure.steps);

    expect(steps).toMatchObject([{ kind: 'action', parameters: [] }]);
  });
});
