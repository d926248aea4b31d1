/** `firebreak lint PATH…` */
import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { findRunbookFiles } from '../adapters/runbook-files/find.ts';
import { type Config, readConfigFile } from '../config.ts';
import { OperationError } from '../domain/errors.ts';
import type { Runbook } from '../domain/runbook.ts';
import { alertRulesOf } from '../runbook/lint/alert-rules.ts';
import type { AlertRule } from '../runbook/lint/lint-alerts.ts';
import { lintRunbooks } from '../runbook/lint/lint.ts';
import { errorCode } from './error-code.ts';
import { createCompileCache } from './lint/compile-cache.ts';
import type { LintReport } from './lint/report.ts';
import { progressOn } from './lint/progress.ts';
import { sarifOf } from './lint/sarif.ts';
import { textReport } from './lint/text.ts';
import { readText } from './read-file.ts';
import { parseFlags, UsageError } from './usage.ts';
import { visible } from './visible.ts';

const help = `Usage: firebreak lint PATH… [options]

Reads Markdown runbooks (files, or folders of them) and says what would go wrong when somebody needs them: commands that
nobody can paste, namespaces that are not named, numbers that scale down, alerts without a runbook, changes that nobody
checks. Each finding names its line and what to write instead.

  --format text|json|sarif   SARIF 2.1.0 is what code scanning services take; default: text
  --rules FILE               a Prometheus rule file: its alerts want a runbook, its runbook_urls a file; may be repeated
  --config FILE              firebreak.yaml: its services' alerts and namespaces are known then
  --min-coverage PERCENT     at least this share of a file's commands has to be an action; default: 0
  --no-cache                 compile every file anew; else unchanged files come from a cache in $XDG_CACHE_HOME

Exit code 0, 1 when there is an error or a warning (a note alone is fine) or when a file cannot be read.
`;

const formats = ['text', 'json', 'sarif'] as const;
type Format = (typeof formats)[number];

export const lint = {
  help,
  async run(args: string[]): Promise<number> {
    const { values, positionals } = parseFlags({
      args,
      options: {
        format: { type: 'string', default: 'text' },
        rules: { type: 'string', multiple: true },
        config: { type: 'string' },
        'min-coverage': { type: 'string', default: '0' },
        'no-cache': { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    if (positionals.length === 0) throw new UsageError('Name at least one file or folder of runbooks.');
    const format = formatOf(values.format);
    const minCoverage = percentOf(values['min-coverage']);
    const config = values.config === undefined ? undefined : await readConfigFile(values.config);
    const rules = (await Promise.all((values.rules ?? []).map(readRules))).flat();
    const { runbooks, texts, problems } = await compileAll(positionals, { cached: !values['no-cache'] });
    const findings = lintRunbooks(runbooks, { rules, minCoverage, texts, ...knownFrom(config, runbooks) });
    const report: LintReport = { findings, files: runbooks.length, problems };
    process.stdout.write(render(report, format, texts));
    if (format !== 'text') for (const problem of problems) process.stderr.write(`${visible(problem)}\n`);
    return problems.length > 0 || findings.some(({ level }) => level !== 'note') ? 1 : 0;
  },
};

function formatOf(text: string): Format {
  const format = formats.find((each) => each === text);
  if (format === undefined)
    throw new UsageError(`--format is one of ${formats.join(', ')}, not ${JSON.stringify(text)}.`);
  return format;
}

function percentOf(text: string): number {
  const percent = Number(text);
  if (text.trim() === '' || !Number.isInteger(percent) || percent < 0 || percent > 100)
    throw new UsageError('--min-coverage wants a whole number from 0 to 100.');
  return percent;
}

function render(report: LintReport, format: Format, texts: ReadonlyMap<string, string>): string {
  switch (format) {
    case 'text':
      return visible(textReport(report));
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'sarif':
      return `${JSON.stringify(sarifOf(report, texts), null, 2)}\n`;
  }
}

/** Paths are shown, and reported, from where the command runs. */
const shown = (path: string): string => relative(process.cwd(), path) || path;

async function compileAll(
  paths: readonly string[],
  { cached }: { readonly cached: boolean },
): Promise<{ runbooks: Runbook[]; texts: Map<string, string>; problems: string[] }> {
  const { files, problems } = await findRunbookFiles(
    paths.map((path) => resolve(path)),
    shown,
  );
  const compile = await createCompileCache({ enabled: cached });
  const progress = progressOn(process.stderr, files.length);
  const runbooks: Runbook[] = [];
  const texts = new Map<string, string>();
  const trouble = [...problems];
  for (const [index, { path }] of files.entries()) {
    progress.at(index);
    const name = shown(path);
    try {
      const text = await readText(path);
      runbooks.push(await compile(text, name));
      texts.set(name, text);
    } catch (error) {
      if (!(error instanceof RangeError) && errorCode(error) === undefined) throw error;
      trouble.push(error instanceof RangeError ? error.message : `${name} cannot be read (${errorCode(error) ?? ''}).`);
    }
  }
  progress.end();
  return { runbooks, texts, problems: trouble };
}

async function readRules(path: string): Promise<AlertRule[]> {
  try {
    return alertRulesOf(await readFile(path, 'utf8'), shown(resolve(path)));
  } catch (error) {
    const text =
      error instanceof SyntaxError ? error.message : `${path} cannot be read (${errorCode(error) ?? 'unreadable'}).`;
    throw new OperationError('source-unavailable', text, { retryable: false, cause: error });
  }
}

function knownFrom(config: Config | undefined, runbooks: readonly Runbook[]) {
  const services = config?.services ?? [];
  const owned = (path: string): boolean =>
    services.some(({ runbooks: roots }) =>
      roots.some((root) => resolve(path) === root || resolve(path).startsWith(`${root}/`)),
    );
  return {
    alerts: Object.fromEntries(services.flatMap(({ alerts }) => Object.entries(alerts))),
    withNamespace: new Set(runbooks.map(({ path }) => path).filter(owned)),
  };
}
