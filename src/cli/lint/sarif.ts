/**
 * Lint's findings as SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format"), with what GitHub's code scanning
 * asks for besides ("SARIF support for code scanning"): relative addresses, a rule for each result, and a fingerprint that
 * stays when lines above are added.
 */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Finding, type Level, type RuleId, rules } from '../../runbook/lint/finding.ts';
import type { LintReport } from './report.ts';

/** Code scanning keeps no more results of one run. */
const resultsMax = 25_000;

/** `texts`: what was read, by path; a fingerprint is made of the line that a finding is about. */
export function sarifOf({ findings, problems }: LintReport, texts: ReadonlyMap<string, string>): object {
  const ids = Object.keys(rules) as RuleId[];
  const fingerprint = fingerprints(texts);
  const kept = heaviest(findings);
  const left = findings.length - kept.length;
  const told = left === 0 ? problems : [...problems, `${left} more findings are left out: lint fewer files at a time.`];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'firebreak lint',
            rules: ids.map((id) => ({
              id,
              name: id,
              shortDescription: { text: rules[id].title },
              fullDescription: { text: rules[id].help },
              help: { text: rules[id].help },
              defaultConfiguration: { level: rules[id].level },
              properties: { tags: ['runbook'] },
            })),
          },
        },
        invocations: [
          {
            executionSuccessful: problems.length === 0,
            toolExecutionNotifications: told.map((text) => ({ level: 'error', message: { text } })),
          },
        ],
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { '%SRCROOT%': { description: { text: 'Where the command ran.' } } },
        results: kept.map((found) => ({
          ruleId: found.rule,
          ruleIndex: ids.indexOf(found.rule),
          level: found.level,
          message: { text: `${found.text} ${found.mend}` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: locationOf(found.path),
                region: { startLine: found.line, endLine: found.endLine },
              },
            },
          ],
          partialFingerprints: { primaryLocationLineHash: fingerprint(found) },
        })),
      },
    ],
  };
}

/** As many as are kept; of more, notes go first. */
function heaviest(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length <= resultsMax) return findings;
  const weight = { error: 0, warning: 1, note: 2 } satisfies Record<Level, number>;
  return findings.toSorted((a, b) => weight[a.level] - weight[b.level]).slice(0, resultsMax);
}

/** What is not below the folder where the command runs has no address in the repository. */
const locationOf = (path: string): { uri: string; uriBaseId?: string } =>
  path === '..' || /^(?:\.\.[\\/]|\/)/.test(path)
    ? { uri: pathToFileURL(resolve(path)).href }
    : { uri: path.split(/[\\/]/).map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' };

/** Of the rule and its line's text; the n-th of equal ones is told apart by n. */
function fingerprints(texts: ReadonlyMap<string, string>): (finding: Finding) => string {
  const seen = new Map<string, number>();
  const lines = new Map([...texts].map(([path, text]) => [path, text.split('\n')]));
  return ({ rule, path, line }) => {
    const text = lines.get(path)?.[line - 1]?.trim() ?? '';
    const hash = createHash('sha256').update(`${rule}\0${path}\0${text}`).digest('hex').slice(0, 16);
    const count = (seen.get(hash) ?? 0) + 1;
    seen.set(hash, count);
    return `${hash}:${count}`;
  };
}
