/**
 * Lint's findings as SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format"), with what GitHub's code scanning
 * asks for besides ("SARIF support for code scanning"): relative addresses, a rule for each result, and a fingerprint that
 * stays when lines above are added.
 */
import { createHash } from 'node:crypto';
import { type Finding, type RuleId, rules } from '../../runbook/lint/finding.ts';
import type { LintReport } from './report.ts';

/** Code scanning keeps no more results of one run. */
const resultsMax = 25_000;

/** `texts`: what was read, by path; a fingerprint is made of the line that a finding is about. */
export function sarifOf({ findings, problems }: LintReport, texts: ReadonlyMap<string, string>): object {
  const ids = Object.keys(rules) as RuleId[];
  const fingerprint = fingerprints(texts);
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
            toolExecutionNotifications: problems.map((text) => ({ level: 'error', message: { text } })),
          },
        ],
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { '%SRCROOT%': { description: { text: 'Where the command ran.' } } },
        results: findings.slice(0, resultsMax).map((found) => ({
          ruleId: found.rule,
          ruleIndex: ids.indexOf(found.rule),
          level: found.level,
          message: { text: `${found.text} ${found.mend}` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: uriOf(found.path), uriBaseId: '%SRCROOT%' },
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

const uriOf = (path: string): string => path.split(/[\\/]/).map(encodeURIComponent).join('/');

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
