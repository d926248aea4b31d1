/**
 * What becomes of each command of the five runbooks in test/fixtures/seeds, as docs/coverage.md.
 * `node test/coverage.ts` writes it; `test/coverage.test.ts` says when it is out of date.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ReasonCode, Runbook, Step } from '../src/domain/runbook.ts';
import { compileRunbook } from '../src/runbook/compile.ts';

const folder = new URL('./fixtures/seeds/', import.meta.url);
export const coverageFile = new URL('../docs/coverage.md', import.meta.url);

/** Reasons that no compiler could do anything about, or that the contract gives to a person on purpose. */
const meant: ReadonlySet<ReasonCode> = new Set([
  'needs-terminal',
  'endless',
  'edits-by-hand',
  'operator-host',
  'localhost-url',
  'shell-logic',
  'pipes-into-code',
  'writes-file',
  'reads-secret',
  'never-run',
  'external-tool',
  'relative-replicas',
  'unresolved-substitution',
  'dropped-by-server',
  'malformed',
  'not-a-command',
]);

export type Unit = { readonly step: Step; readonly isKubectl: boolean };
export type Coverage = { readonly name: string; readonly runbook: Runbook; readonly units: readonly Unit[] };

export function coverageOfSeeds(): readonly Coverage[] {
  return readdirSync(folder).map((file) => {
    const name = file.slice(0, 3);
    const runbook = compileRunbook(readFileSync(new URL(file, folder), 'utf8'), { path: `${name}.md` });
    const steps = runbook.procedures.flatMap(({ steps }) => steps).sort((a, b) => a.line - b.line);
    const units = steps
      .filter((step) => step.kind === 'action' || !step.prose)
      .map((step) => ({ step, isKubectl: /\b(?:kubectl|oc)\s/.test(step.source) }));
    return { name, runbook, units };
  });
}

/** Kubectl's units that the contract leaves to the compiler, and how many of them are actions. */
export function share(units: readonly Unit[]): { readonly compilable: number; readonly actions: number } {
  const kubectl = units.filter(({ isKubectl }) => isKubectl);
  return {
    compilable: kubectl.filter(({ step }) => step.kind === 'action' || !meant.has(step.reason.code)).length,
    actions: kubectl.filter(({ step }) => step.kind === 'action').length,
  };
}

export function coverageDocument(): string {
  const all = coverageOfSeeds();
  const lines = [
    '# Coverage',
    '',
    'What becomes of each command of five runbooks that other teams wrote, compiled as they are. Written by',
    '`node test/coverage.ts`; the test beside it fails when this page is out of date.',
    '',
    '| runbook | units | actions | of them kubectl | actions of those | left to the compiler | actions of those |',
    '|---|---|---|---|---|---|---|',
    ...[...all, { name: 'all', units: all.flatMap(({ units }) => units) }].map(({ name, units }) => row(name, units)),
    '',
    'Left to the compiler are the kubectl commands that the contract gives to nobody else: what runs on the operator’s own',
    'machine, needs a terminal, reads Secrets, goes into a program or a file, and the like, is a person’s by design.',
  ];
  for (const { name, runbook, units } of all) {
    lines.push('', `## ${name}: ${runbook.title}`, '', '| line | command | why it stays manual |', '|---|---|---|');
    for (const { step } of units) {
      if (step.kind !== 'manual') continue;
      lines.push(`| ${step.line} | ${cell(step.source)} | ${step.reason.code}: ${escaped(step.reason.text)} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function row(name: string, units: readonly Unit[]): string {
  const actions = units.filter(({ step }) => step.kind === 'action').length;
  const kubectl = units.filter(({ isKubectl }) => isKubectl).length;
  const { compilable, actions: compiled } = share(units);
  const percent = compilable === 0 ? '' : ` (${Math.floor((100 * compiled) / compilable)} %)`;
  return `| ${name} | ${units.length} | ${actions} | ${kubectl} | ${compiled} | ${compilable} | ${compiled}${percent} |`;
}

const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');

function cell(source: string): string {
  const [first = ''] = source.split('\n');
  const text = first.length > 70 || source.includes('\n') ? `${first.slice(0, 70).trimEnd()} …` : first;
  // A code span may hold back-ticks when its own marks are longer.
  const mark = text.includes('`') ? '``' : '`';
  return `${mark}${escaped(text)}${mark}`;
}

if (process.argv[1] === import.meta.filename) writeFileSync(coverageFile, coverageDocument());
