/**
 * 500 runbooks of 10 kB, compiled one after the other in this process.
 *
 *   ours  `compileRunbook` of each
 *   peer  a CommonMark library that only reads the same Markdown
 *
 * `ours` and `peer` are medians in `unit` for all 500; they take turns. `growth` is what 4 times and 16 times the length
 * cost in multiples of the single length, for hostile input: 4 and 16 are linear.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { compileRunbook } from '../src/runbook/compile.ts';
import { type Bench, median, round } from './bench.ts';

const runbooksMax = 500;
const bytesEach = 10_000;
const rounds = 3;

export const compile: Bench = async () => {
  const texts = runbookTexts();
  const ours: number[] = [];
  const peer: number[] = [];
  // The first round only warms up.
  for (let round = 0; round <= rounds; round++) {
    const took = [
      timed(() => texts.forEach((text, index) => compileRunbook(text, { path: `${index}.md` }))),
      timed(() => texts.forEach((text) => fromMarkdown(text))),
    ] as const;
    if (round === 0) continue;
    ours.push(took[0]);
    peer.push(took[1]);
  }
  const [a, b] = [median(ours), median(peer)];
  return Promise.resolve({
    unit: 'ms',
    ours: round(a, 0),
    peer: round(b, 0),
    ratio: round(a / b),
    runbooks: texts.length,
    bytes: texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
    steps: texts.flatMap((text) => compileRunbook(text, { path: 'x.md' }).procedures.flatMap(({ steps }) => steps))
      .length,
    ...Object.fromEntries(Object.entries(hostile).map(([name, make]) => [`growth ${name}`, growthOf(make)])),
  });
};

/** The test's seeds and our own runbooks, each once more with other words, cut to the size at a line's end. */
function runbookTexts(): string[] {
  const bases = ['../test/fixtures/seeds/', '../runbooks/'].flatMap((folder) => {
    const url = new URL(folder, import.meta.url);
    return readdirSync(url).map((name) => readFileSync(new URL(name, url), 'utf8'));
  });
  return Array.from({ length: runbooksMax }, (_, index) => {
    let text = '';
    for (let at = index; text.length < bytesEach; at++) {
      text += (bases[at % bases.length] ?? '').replaceAll(/\b(app|pod|deployment)\b/g, `$1${index}`);
    }
    return text.slice(0, text.lastIndexOf('\n', bytesEach) + 1);
  });
}

const hostile: Readonly<Record<string, (times: number) => string>> = {
  quotes: (times) => `${'> '.repeat(200)}x\n`.repeat(25 * times),
  lists: (times) =>
    `${Array.from({ length: 40 }, (_, depth) => `${'  '.repeat(depth)}- a`).join('\n')}\n`.repeat(20 * times),
  backticks: (times) =>
    Array.from({ length: 250 * times }, (_, width) => `${'`'.repeat((width % 40) + 1)} x`).join(' '),
  pipes: (times) => `\`\`\`bash\nkubectl get pods${' | grep a'.repeat(1000 * times)}\n\`\`\`\n`,
  substitutions: (times) => `\`\`\`bash\necho ${'$('.repeat(2000 * times)}\n\`\`\`\n`,
  documents: (times) => `\`\`\`bash\n${'cat <<EOF\nx\nEOF\n'.repeat(200 * times)}\`\`\`\n`,
  commands: (times) => `\`\`\`bash\n${'kubectl get pods -n shop -l app=web\n'.repeat(250 * times)}\`\`\`\n`,
};

function growthOf(make: (times: number) => string): { '4x': number; '16x': number } {
  const cost = (times: number): number => {
    const text = make(times);
    return Math.min(...Array.from({ length: 3 }, () => timed(() => compileRunbook(text, { path: 'x.md' }))));
  };
  cost(1);
  const once = cost(1);
  return { '4x': round(cost(4) / once, 1), '16x': round(cost(16) / once, 1) };
}

function timed(work: () => void): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}
