import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { SingleRead } from '../../src/domain/read-action.ts';
import type { Cluster, ReadAnswer } from '../../src/flow/ports.ts';
import { runReading } from '../../src/flow/reach.ts';
import { bindAction } from '../../src/runbook/bind.ts';
import { compileCommand } from '../../src/runbook/command.ts';
import { readScript } from '../../src/runbook/shell/shell.ts';

const seed = 20261122;

/** One process for all lines: what each printed (both streams together) and its exit code. `kubectl` is a function. */
function runInBash(lines: readonly string[]): { text: string; exitCode: number }[] {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-bash-'));
  // -n names what it does: `o2-e1-x3` prints two lines, one error, and exits with 3.
  const script = `set +m
    kubectl() {
      local out=0 err=0 code=0 word i
      for word in "$@"; do case $word in o[0-9]-e[0-9]-x[0-9]) out=\${word:1:1}; err=\${word:4:1}; code=\${word:7:1};; esac; done
      for ((i = 1; i <= out; i++)); do echo "out $i"; done
      for ((i = 1; i <= err; i++)); do echo "err $i" >&2; done
      return $code
    }
    while IFS= read -r -d '' line <&8; do text=$(eval "$line" 2>&1 </dev/null); printf '%s\\1%s\\2' "$text" "$?"; done`;
  const result = spawnSync('bash', ['--norc', '-c', `exec 8<&0; ${script}`], {
    cwd: folder,
    input: `${lines.join('\0')}\0`,
    maxBuffer: 64 * 1024 * 1024,
    env: { LC_ALL: 'C.UTF-8', PATH: process.env['PATH'] },
  });
  rmSync(folder, { recursive: true });
  expect(result.status).toBe(0);
  const records = result.stdout.toString().split('\u0002');
  return lines.map((_, index) => {
    const [text = '', code = ''] = (records[index] ?? '').split('\u0001');
    return { text, exitCode: Number(code) };
  });
}

const numbered = (name: string, count: number): string =>
  Array.from({ length: count }, (_, index) => `${name} ${index + 1}\n`).join('');

function fake(action: SingleRead): ReadAnswer {
  const [, out, err, code] = /^o(\d)-e(\d)-x(\d)$/.exec(action.namespace ?? '') ?? [];
  const errorText = numbered('err', Number(err));
  return {
    text: numbered('out', Number(out)) + errorText,
    ...(errorText !== '' && { errorText }),
    exitCode: Number(code),
    truncated: false,
  };
}

async function runOurs(line: string): Promise<{ text: string; exitCode: number } | undefined> {
  const compiled = compileCommand(line);
  if (compiled.kind === 'manual' || compiled.class !== 'read') return undefined;
  const bound = bindAction(compiled.action, compiled.parameters, {});
  if (!bound.ok) return undefined;
  // The only method that a read of this table needs.
  const cluster = { read: (action: SingleRead) => Promise.resolve(fake(action)) } as unknown as Cluster;
  const context = { defaultNamespace: 'default', signal: AbortSignal.timeout(10_000), textLimit: 65_536 };
  // Its class says that it is a read.
  return runReading({ cluster }, bound.action as Parameters<typeof runReading>[1], context);
}

const digit = fc.constantFrom(0, 1, 2);
const stream = fc.constantFrom(
  '',
  ' 2>/dev/null',
  ' >/dev/null',
  ' 2>&1',
  ' &>/dev/null',
  ' 2>&1 >/dev/null',
  ' >/dev/null 2>&1',
  ' >&/dev/null',
  ' 2>/dev/null >&2',
  ' </dev/null',
);
const filter = fc.constantFrom(
  '',
  ' | grep out',
  ' | grep -q 2',
  ' | grep -c err',
  ' | head -1',
  ' | tail -n +2',
  ' | grep 1 >/dev/null',
  ' | grep x 2>&1',
);
const read = fc
  .tuple(digit, digit, fc.constantFrom(0, 0, 1, 3), stream, filter)
  .map(([out, err, code, streams, filters]) => `kubectl get pods -n o${out}-e${err}-x${code}${streams}${filters}`);
const echo = fc.constantFrom(
  'echo',
  'echo ok',
  'echo  "a  b"  c',
  'echo -n x',
  "echo -e 'a\\tb\\nc'",
  'echo -nE y',
  'echo -x',
  'echo - n',
  'echo -- z',
  "printf 'p\\n'",
  'echo bad >&2',
  'echo gone >/dev/null',
  'true',
  ':',
);
const link = fc.oneof({ weight: 3, arbitrary: read }, { weight: 2, arbitrary: echo });
const operator = fc.constantFrom(' && ', ' || ', '; ', '&&', '||', ';', ' && \\\n', ' ||\n');
const chain = fc
  .tuple(read, fc.array(fc.tuple(operator, link), { maxLength: 4 }), fc.constantFrom('', ';'))
  .map(([first, rest, end]) => `${first}${rest.flat().join('')}${end}`);

/** What was printed, in any order: `echo -n` joins lines. */
const piecesOf = (text: string): string[] => (text.match(/(?:out|err) \d|\S/g) ?? []).toSorted();

describe('a chain of reads', () => {
  it('prints and exits as bash does with the same programs', async () => {
    const lines = fc.sample(chain, { numRuns: 1200, seed });
    const ours = await Promise.all(lines.map(runOurs));
    const theirs = runInBash(lines);

    const different = lines.flatMap((line, index) => {
      const [one, other] = [ours[index], theirs[index]];
      if (!one || !other) return [];
      // Within a pipe, errors come whenever they come: the lines are compared, and their order where there is no pipe.
      const ordered = !/\||2>&1/.test(line.replaceAll('||', ''));
      const same = ordered
        ? one.text.replace(/\n+$/, '') === other.text
        : JSON.stringify(piecesOf(one.text)) === JSON.stringify(piecesOf(other.text));
      return same && one.exitCode === other.exitCode ? [] : [{ line, ours: one, theirs: other }];
    });
    expect(different).toEqual([]);
    expect(ours.filter((each) => each !== undefined).length).toBeGreaterThan(1000);
  });

  it.each([
    ['kubectl get pods && kubectl delete pod web-1', 'shell-logic'],
    [
      'kubectl get pods; kubectl scale deployment/web --replicas=0; kubectl scale deployment/web --replicas=2',
      'shell-logic',
    ],
    ['kubectl get pods || exit 1', 'shell-logic'],
    ['echo a && echo b', 'not-a-command'],
    ['echo a; sleep 5', 'shell-logic'],
    ['kubectl get secret x && echo ok', 'reads-secret'],
    ['kubectl get pods && kubectl get pods | bash', 'pipes-into-code'],
    ['kubectl get pods && kubectl get nodes > nodes.txt', 'writes-file'],
    ["kubectl get pods && echo 'a\\n'", 'shell-logic'],
    ["kubectl get pods && printf '%s' a", 'shell-logic'],
    ['X=1 && kubectl get pods', 'shell-logic'],
    ['if kubectl get pods; then echo ok; fi', 'shell-logic'],
    ['for p in a b; do kubectl get pod $p; done', 'shell-logic'],
    ['kubectl get pods &', 'shell-logic'],
    ['echo hello', 'not-a-command'],
  ])('%j stays manual: %s', (line, code) => {
    expect(compileCommand(line)).toMatchObject({ kind: 'manual', reason: { code } });
  });
});

describe('a here-document', () => {
  const body = fc
    .array(
      fc.constantFrom('a', ' b: "c"', '\tx', '', "it's", '#y', 'E F', '<d', '${v}', '$1', '`z`', '\\', 'é', '<<X'),
      { maxLength: 5 },
    )
    .map((lines) => lines.join('\n'));
  const opener = fc.constantFrom('<<E', "<<'E'", '<<"E"', '<<-E', "<<-'E'", '<< E', '<<\\E');

  it('is the text that bash gives, or is not told', () => {
    const scripts = fc
      .sample(fc.tuple(opener, body, fc.constantFrom('E', '\tE')), { numRuns: 1500, seed })
      .map(([open, text, end]) => `cat ${open}\n${text}\n${end}`);
    const told = scripts.flatMap((script) => {
      const { units } = readScript(script);
      const [unit] = units;
      const stdin = units.length === 1 && unit?.shape.kind === 'pipeline' ? unit.shape.commands[0]?.stdin : undefined;
      return stdin === undefined ? [] : [{ script, stdin }];
    });

    const theirs = runInBash(told.map(({ script }) => `${script}\necho .`));

    expect(
      told.flatMap(({ script, stdin }, index) => (`${stdin}.` === theirs[index]?.text ? [] : [{ script, stdin }])),
    ).toEqual([]);
    expect(told.length).toBeGreaterThan(400);
  });

  it.each([
    ['kubectl exec -i web-1 -- cat <<E\nDROP TABLE x\nE', 'pipes-into-code'],
    ['kubectl get pods <<E\nx\nE', 'pipes-into-code'],
    ['kubectl exec -i web-1 apply -f - <<E\nx\nE', 'pipes-into-code'],
    ['kubectl apply -f - <<E\nname: $NAME\nE', 'unresolved-substitution'],
    ['cat manifest.yaml | kubectl apply -f -', 'operator-host'],
    ['cat <<E | kubectl apply -f -\nname: $NAME\nE', 'unresolved-substitution'],
    ['echo "$MANIFEST" | kubectl apply -f -', 'unresolved-substitution'],
    ['kubectl get cm x -o yaml | kubectl apply -f -', 'pipes-into-code'],
    ['cat <<E | bash\nrm x\nE', 'pipes-into-code'],
    ['cat <<E > x.yaml\na\nE', 'writes-file'],
  ])('%j stays manual: %s', (line, code) => {
    expect(compileCommand(line)).toMatchObject({ kind: 'manual', reason: { code } });
  });

  const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  a: b\n';
  it.each([
    [`kubectl apply -f - <<'EOF'\n${manifest}EOF`],
    [`kubectl apply -f - <<EOF\n${manifest}EOF`],
    [`cat <<EOF | kubectl apply -f -\n${manifest}EOF`],
    [`kubectl apply -f - <<< '${manifest}'`],
    [`echo '${manifest}' | kubectl apply -f -`],
  ])('of literal text is applied: %j', (line) => {
    expect(compileCommand(line)).toMatchObject({
      kind: 'action',
      action: { type: 'apply', target: { resource: 'configmaps', name: 'x' }, manifest: { data: { a: 'b' } } },
    });
  });
});
