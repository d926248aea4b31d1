/** A filter of ours and the real program, side by side. */
import { spawnSync } from 'node:child_process';
import type { Filter } from '../../src/domain/filter.ts';
import { compileLiteral } from '../../src/runbook/filters/compile.ts';
import { isRefusal } from '../../src/runbook/reasons.ts';
import { runFilters } from '../../src/flow/run-filters.ts';

export type Printed = { readonly text: string; readonly exitCode: number | null };

/** The filter for the words; a refusal fails the test. */
export function filterOf(words: readonly string[]): Filter {
  const filter = compileLiteral(words);
  if (isRefusal(filter)) throw new Error(`${words.join(' ')}: ${filter.refused.text}`);
  return filter;
}

export const ourRun = (text: string, words: readonly string[]): Promise<Printed> =>
  runFilters([filterOf(words)], { text, exitCode: 0 });

export function realRun(text: string, words: readonly string[]): Printed {
  const [program = '', ...rest] = words;
  const result = spawnSync(program, rest, { input: text, env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } });
  return { text: result.stdout.toString(), exitCode: result.status };
}

/** Everything that differs between ours and the real program, over all words and texts; refusals and stops are counted. */
export async function differences(
  cases: readonly (readonly [words: readonly string[], text: string])[],
): Promise<{ different: unknown[]; compared: number }> {
  const different: unknown[] = [];
  let compared = 0;
  for (const [words, text] of cases) {
    const filter = compileLiteral(words);
    if (isRefusal(filter)) continue;
    let ours: Printed;
    try {
      ours = await runFilters([filter], { text, exitCode: 0 });
    } catch (error) {
      if (error instanceof Error && error.name === 'OperationError') continue;
      throw error;
    }
    compared++;
    const theirs = realRun(text, words);
    if (ours.text !== theirs.text || ours.exitCode !== theirs.exitCode) different.push({ words, text, ours, theirs });
  }
  return { different, compared };
}

const pods = `NAME                     READY   STATUS             RESTARTS        AGE
web-7d9c5b6f4-abcde      1/1     Running            0               5d
web-7d9c5b6f4-fghij      0/1     CrashLoopBackOff   12 (3m ago)     5d
api-5f6d7c8b9-zzzzz      2/2     Running            1 (2d ago)      10d
db-0                     1/1     Running            0               100d
job-28391-x2x2x          0/1     Completed          0               3h
job-28392-y3y3y          0/1     Error              0               2h
cache-é-1                0/1     Pending            0               17m
`;
const log = `2026-11-22T10:00:00Z INFO  start pid=1 "GET /health HTTP/1.1" 200 12ms
2026-11-22T10:00:01Z ERROR failed to connect: timeout (host=db-0, port=5432)
2026-11-22T10:00:01Z WARN  slow query took 1532.75ms user=é
2026-11-22T10:00:02Z ERROR failed to connect: timeout (host=db-0, port=5432)

2026-11-22T10:00:03Z INFO  {"level":"info","msg":"done","n":3}
	at com.example.Foo.bar(Foo.java:42)
2026-11-22T10:00:04Z error: CUDA out of memory. Tried 2.00 GiB`;
const top = `NAME     CPU(cores)   MEMORY(bytes)
web-1    250m         512Mi
web-2    1200m        1Gi
api-1    5m           64Mi
db-0     999m         2048Mi
`;
export const texts = [
  pods,
  log,
  top,
  '',
  '\n',
  'one line without end',
  `${'x'.repeat(30_000)} y\n`,
  'b\na\nb\n\nB\nA\n10\n9\n',
];

const objects = {
  kind: 'List',
  items: [
    {
      metadata: { name: 'web-1', labels: { app: 'x"é\u2028\n\\' }, creationTimestamp: '2026-11-22T10:00:00Z' },
      spec: { containers: [{ env: [{ name: 'A', value: '1' }] }, {}] },
      status: { phase: 'Running', restarts: 0, ready: false, empty: {}, none: [], n: null, f: 1.5 },
    },
    {
      metadata: { name: 'web-2', annotations: { a: '<\t>' } },
      status: { phase: 'Failed', restarts: 12, big: 1234567890123 },
    },
  ],
};
export const jsonTexts = [
  `${JSON.stringify(objects, null, 4)}\n`,
  '',
  '{"a":1}\n{"a":2}\n[1,[2,[]],{}]',
  '"str"\n12\nnull\n',
];
