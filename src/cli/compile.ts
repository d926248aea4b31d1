/** `firebreak compile FILE… [--json]` */
import type { Runbook, Step } from '../domain/runbook.ts';
import { compileJson } from '../runbook/compile-json.ts';
import { compileNamed } from './read-file.ts';
import { parseFlags, UsageError } from './usage.ts';
import { visible } from './visible.ts';

const help = `Usage: firebreak compile FILE… [--json]

Reads Markdown runbooks as they are and prints each procedure's steps: what Firebreak can run and as which class,
and for the rest the reason why it stays with a person. --json prints the contract of docs/compile.schema.json.
A FILE of - is what is piped in.
Exit code 0, or 1 when a file cannot be read.
`;

export const compile = {
  help,
  async run(args: string[]): Promise<number> {
    const { values, positionals } = parseFlags({
      args,
      options: { json: { type: 'boolean' } },
      allowPositionals: true,
    });
    if (positionals.length === 0) throw new UsageError('Name at least one Markdown file.');
    const runbooks: Runbook[] = [];
    for (const path of positionals) runbooks.push(await compileNamed(path));
    process.stdout.write(
      values.json ? `${JSON.stringify(compileJson(runbooks), null, 2)}\n` : visible(runbooks.map(describe).join('\n')),
    );
    return 0;
  },
};

function describe(runbook: Runbook): string {
  const lines = [`${runbook.path}: ${runbook.title}`, ''];
  for (const procedure of runbook.procedures) {
    const alerts = procedure.alerts.length > 0 ? `  alerts: ${procedure.alerts.join(', ')}` : '';
    lines.push(`  ${procedure.id}  ${procedure.title}${alerts}`);
    for (const step of procedure.steps) lines.push(...describeStep(step));
    lines.push('');
  }
  const steps = runbook.procedures
    .flatMap((procedure) => procedure.steps)
    .filter((step) => step.kind === 'action' || !step.prose);
  const actions = steps.filter((step) => step.kind === 'action').length;
  lines.push(`  ${steps.length} units: ${actions} actions, ${steps.length - actions} manual`, '');
  return lines.join('\n');
}

function describeStep(step: Step): string[] {
  if (step.kind === 'manual' && step.prose) return [];
  const what =
    step.kind === 'action'
      ? `${step.class}${step.live ? ' (or more, decided on the live object)' : ''}`
      : `manual: ${step.reason.code}`;
  const first = step.source.split('\n')[0] ?? '';
  return [
    `    ${String(step.line).padStart(4)}  ${what.padEnd(12)}  ${first.slice(0, 110)}${step.source.includes('\n') ? ' …' : ''}`,
    ...(step.kind === 'manual' ? [`          ${step.reason.text}`] : []),
  ];
}
