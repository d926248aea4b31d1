/** `firebreak doctor`: is everything there that the bot needs, and what to do about what is not? Changes nothing. */
import { type Config, readConfigFile } from '../config.ts';
import { describeError } from '../domain/errors.ts';
import { type Environment, readEnvironment, secretsOf } from '../environment.ts';
import type { Log } from '../flow/ports.ts';
import { createLog } from '../log.ts';
import { checkClusters } from './doctor/clusters.ts';
import { checking, fail, type Finding, ok } from './doctor/finding.ts';
import { checkLedger } from './doctor/ledger.ts';
import { checkAlertmanagers, checkPagerDuty } from './doctor/pagers.ts';
import { checkQueue } from './doctor/queue.ts';
import { checkRemotes } from './doctor/remotes.ts';
import { checkRunbooks } from './doctor/runbooks.ts';
import { checkSlack } from './doctor/slack.ts';
import { parseFlags } from './usage.ts';

const help = `Usage: firebreak doctor [--json]

Looks at everything that \`firebreak serve\` needs, with the same environment and firebreak.yaml, and says what to do
about what is wrong: the database and its rights, Redis, each secret, Slack's scopes and sockets, PagerDuty's
subscription, each Alertmanager, each cluster and what the bot may do there, runbooks that match nothing, clocks.
It changes nothing. Exit code 0, or 1 when something would not work.
`;

export const doctor = {
  help,
  async run(args: string[]): Promise<number> {
    const { values } = parseFlags({ args, options: { json: { type: 'boolean' } } });
    const findings: Finding[] = [];
    for await (const found of examine(process.env)) {
      findings.push(...found);
      if (!values.json) for (const finding of found) process.stdout.write(describe(finding));
    }
    const failed = findings.filter(({ level }) => level === 'fail').length;
    const warned = findings.filter(({ level }) => level === 'warn').length;
    if (values.json) process.stdout.write(`${JSON.stringify({ findings, failed, warned })}\n`);
    else process.stdout.write(summary(failed, warned));
    return failed > 0 ? 1 : 0;
  },
};

/** One group of findings after the other, so that a slow one does not hide what is known. */
export async function* examine(
  variables: Readonly<Record<string, string | undefined>>,
): AsyncGenerator<readonly Finding[]> {
  let environment: Environment;
  try {
    environment = readEnvironment(variables);
  } catch (error) {
    yield [fail('environment', describeError(error), 'Correct these variables; nothing else can be looked at before.')];
    return;
  }
  const log: Log = createLog({ level: 'silent', to: 'stderr', secrets: secretsOf(environment) });
  let config: Config | undefined;
  yield await checking('configuration', 'Correct the file; firebreak.example.yaml explains each key.', async () => {
    config = await readConfigFile(environment.configPath);
    return [ok('configuration', `${environment.configPath}: ${config.services.length} services`)];
  });
  yield await checkLedger(environment, log);
  yield await checkQueue(environment);
  yield await checkSlack(environment, config);
  if (config === undefined) return;
  yield await checkAlertmanagers(environment, config);
  yield await checkPagerDuty(environment, config, log);
  yield await checkRemotes(config);
  const { findings, byService } = await checkRunbooks(config, log);
  yield findings;
  yield await checkClusters(config, byService);
}

const signs = { ok: 'ok  ', warn: 'warn', fail: 'FAIL', off: 'off ' } as const;

const describe = ({ level, about, text, advice }: Finding): string =>
  `${signs[level]}  ${about}: ${text}\n${advice === undefined ? '' : `      → ${advice}\n`}`;

function summary(failed: number, warned: number): string {
  if (failed === 0 && warned === 0) return '\nEverything is as it should be.\n';
  const parts = [
    ...(failed > 0 ? [`${failed} to mend before it works`] : []),
    ...(warned > 0 ? [`${warned} to look at`] : []),
  ];
  return `\n${parts.join(', ')}.\n`;
}
