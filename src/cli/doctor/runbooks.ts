import { dirname, relative } from 'node:path';
import { findRunbookFiles } from '../../adapters/runbook-files/find.ts';
import { createRunbookFiles } from '../../adapters/runbook-files/runbook-files.ts';
import { compilePolicyOf, type Config } from '../../config.ts';
import type { Service } from '../../domain/policy.ts';
import type { Runbook } from '../../domain/runbook.ts';
import type { Log } from '../../flow/ports.ts';
import type { ServiceRunbooks } from '../service-steps.ts';
import { type Finding, ok, warn } from './finding.ts';

/** Runbooks that cannot be read, and names in firebreak.yaml that no procedure has. */
export async function checkRunbooks(
  config: Config,
  log: Log,
): Promise<{ findings: readonly Finding[]; byService: readonly ServiceRunbooks[] }> {
  const files = createRunbookFiles({
    root: config.root,
    log,
    policyOf: (service) => compilePolicyOf(config, service),
  });
  const byService: ServiceRunbooks[] = [];
  const findings: Finding[] = [];
  for (const service of config.services) {
    const { runbooks, problems } = await files.of(service);
    byService.push({ service, runbooks });
    findings.push(...checkService(service, runbooks, problems));
  }
  findings.push(...(await checkStrays(config)));
  if (config.services.length === 0) {
    findings.push(
      warn(
        'services',
        'firebreak.yaml names none, so every alert is kept and none opens an incident',
        'Add a service; firebreak.example.yaml explains each key.',
      ),
    );
  }
  return { findings, byService };
}

/** Files that lie beside those of a service, in the same folder or below, and that no service names. */
async function checkStrays({ root, services }: Config): Promise<readonly Finding[]> {
  const show = (path: string): string => relative(root, path);
  const named = await findRunbookFiles(
    services.flatMap(({ runbooks }) => runbooks),
    show,
  );
  const used = new Set(named.files.map(({ path }) => path));
  // The folder of firebreak.yaml itself may hold anything.
  const folders = [...new Set([...used].map(dirname))].filter((folder) => folder !== root);
  const beside = await findRunbookFiles(folders, show);
  const strays = beside.files.filter(({ path }) => !used.has(path)).map(({ path }) => show(path));
  if (strays.length === 0) return [];
  const shown = `${strays.slice(0, 5).join(', ')}${strays.length > 5 ? ` and ${strays.length - 5} more` : ''}`;
  return [
    warn('runbooks', `no service names ${shown}`, 'Add them to a service’s `runbooks:`, or move them elsewhere.'),
  ];
}

function checkService(service: Service, runbooks: readonly Runbook[], problems: readonly string[]): Finding[] {
  const about = `runbooks of ${service.name}`;
  const procedures = new Set(runbooks.flatMap((runbook) => runbook.procedures.map(({ id }) => id)));
  const findings: Finding[] = problems.map((problem) => warn(about, problem, 'Until then its procedures are missing.'));
  if (procedures.size === 0) {
    findings.push(
      warn(
        about,
        'there is no procedure, so nothing can be posted',
        'Name Markdown files or folders under `runbooks:`.',
      ),
    );
  } else findings.push(ok(about, `${runbooks.length} files, ${procedures.size} procedures`));
  for (const [key, names] of [
    ['alerts', service.alerts],
    ['aliases', service.aliases],
  ] as const) {
    for (const [name, procedure] of Object.entries(names)) {
      if (procedures.has(procedure)) continue;
      findings.push(
        warn(
          about,
          `${key}: ${name} → ${procedure}, which no runbook has`,
          'Correct it; `firebreak compile` lists the procedures of a file.',
        ),
      );
    }
  }
  const matchesNothing = Object.keys(service.match).length === 0 && service.pager?.service === undefined;
  if (matchesNothing) {
    findings.push(
      warn(
        about,
        'no alert and no page can match this service',
        'Give it labels under `match:`, or a PagerDuty service.',
      ),
    );
  }
  return findings;
}
