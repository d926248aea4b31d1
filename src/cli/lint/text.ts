/** Lint's findings for a person: file by file, the line first, the mend below. */
import type { Level } from '../../runbook/lint/finding.ts';
import type { LintReport } from './report.ts';

export function textReport({ findings, files, problems }: LintReport): string {
  const lines: string[] = [];
  let path: string | undefined;
  for (const finding of findings) {
    if (finding.path !== path) lines.push(...(path === undefined ? [] : ['']), finding.path);
    path = finding.path;
    lines.push(
      `  ${String(finding.line).padStart(5)}  ${finding.level.padEnd(7)}  ${finding.text}  [${finding.rule}]`,
      `${' '.repeat(18)}${finding.mend}`,
    );
  }
  if (lines.length > 0) lines.push('');
  lines.push(
    ...problems,
    summary(
      findings.map(({ level }) => level),
      files,
    ),
    '',
  );
  return lines.join('\n');
}

function summary(levels: readonly Level[], files: number): string {
  if (files === 0) return 'No file was read.';
  const read = `${files} ${files === 1 ? 'file' : 'files'} read`;
  if (levels.length === 0) return `${read}, nothing found.`;
  const counts = (['error', 'warning', 'note'] as const).flatMap((level) => {
    const count = levels.filter((each) => each === level).length;
    return count === 0 ? [] : [`${count} ${level}${count === 1 ? '' : 's'}`];
  });
  return `${read}: ${counts.join(', ')}.`;
}
