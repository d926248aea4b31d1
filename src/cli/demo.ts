/** `firebreak demo`, `firebreak demo --script` */
import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { wantsColours } from '../sandbox/story/paint.ts';
import { createTeller } from '../sandbox/story/teller.ts';
import { errorCode } from './error-code.ts';
import { parseFlags, UsageError } from './usage.ts';

const help = `Usage: firebreak demo [--port N] [--keep DIR]
       firebreak demo --kubeconfig FILE [--context NAME] [-n NAMESPACE] [--port N] [--keep DIR]
       firebreak demo --script [--pace MS] [--keep DIR]

Serves a page on this machine alone, which shows what a person sees in Slack, with a cluster beside it and things that
go wrong in it. The program that runs is the real one; Slack, PagerDuty, Alertmanager and the cluster are stand-ins in
this process that speak the real protocols, and PostgreSQL and Redis are embedded. It needs no account, no cluster and
no network; it takes about 1 GB of memory. Ctrl-C ends it at once, as a signal (130 in a shell), and nothing is left
behind; with --keep the ledger is closed first.

  --port N           of the page, on 127.0.0.1; default 4321. A port that is taken gives way to the next free one,
                     and 0 takes any
  --keep DIR         keep the ledger in this new folder. It survives a killed process, but not a power cut: the
                     embedded PostgreSQL never calls fsync. For real work, serve takes a DATABASE_URL
  --kubeconfig FILE  a real cluster instead of the stand-in: what is approved on the page is really done there, with
                     the rights of this file. Alerts are test alerts, one for each deployment. The address that is
                     printed has a key, so that nobody else on this machine can act with these rights
  --context NAME     default: the file's current context
  -n, --namespace NS default: the context's namespace; never a protected one
  --script           tell one incident in this terminal instead, from the page to the undo: less than half a minute
  --pace MS          with --script, wait this long before each scene; 100 on a terminal, otherwise 0

Exit code of --script 0, or 1 when something did not come to pass as it should, 2 usage. NO_COLOR turns colours off.
`;

const portUsual = 4321;
const paceMsOnTerminal = 100;
const paceMsMax = 60_000;

export const demo = {
  help,
  async run(args: string[]): Promise<number> {
    const { values } = parseFlags({
      args,
      options: {
        script: { type: 'boolean' },
        pace: { type: 'string' },
        keep: { type: 'string' },
        port: { type: 'string' },
        kubeconfig: { type: 'string' },
        context: { type: 'string' },
        namespace: { type: 'string', short: 'n' },
      },
    });
    refuseCombinations(values);
    const { stdout } = process;
    // `firebreak demo --script | head` has read enough.
    stdout.on('error', () => process.exit(1));
    const write = (text: string): void => void stdout.write(text);
    const paceMs = readPace(values.pace) ?? (stdout.isTTY ? paceMsOnTerminal : 0);
    const port = readPort(values.port) ?? portUsual;
    const keep = readKeep(values.keep);
    const { kubeconfig } = values;
    if (kubeconfig !== undefined) {
      const { findRealCluster, openRealCluster } = await import('./demo/real-cluster.ts');
      const cluster = await findRealCluster({ kubeconfig, context: values.context, namespace: values.namespace });
      const { servePage } = await import('./demo/page.ts');
      return servePage({
        port,
        keep,
        isReal: true,
        write,
        about: [
          `This is a real cluster: ${cluster.name}, namespace ${cluster.namespace}.`,
          'What is approved on the page is really done there. Slack alone is a stand-in, and the alerts are test alerts.',
          'The address has a key, which this terminal alone shows: whoever has it may act with your rights.',
          ...(cluster.lacks.length > 0
            ? [`This kubeconfig may not: ${cluster.lacks.join(', ')}. The page does without.`]
            : []),
        ],
        openSetting: (given) => openRealCluster(cluster, given),
      });
    }
    if (!values.script) {
      const { servePage } = await import('./demo/page.ts');
      const { openStandIns } = await import('./demo/stand-ins.ts');
      return servePage({
        port,
        keep,
        write,
        about: [
          'The program is the real one. Slack, PagerDuty, Alertmanager and Kubernetes are stand-ins in this process.',
        ],
        openSetting: ({ slack, alertmanagerToken, log }) =>
          openStandIns({ slack, alertmanagerToken, onFailure: (err) => log.warn({ err }, 'a story has trouble') }),
      });
    }
    const teller = createTeller({
      write,
      columns: stdout.columns ?? 100,
      colours: wantsColours(stdout, process.env),
      paceMs,
    });
    teller.title('Firebreak demo: one incident, from the page to the undo');
    teller.say('The program is the real one. Slack, Kubernetes and Alertmanager are stand-ins in this process.');
    teller.blank();
    teller.say('loading …');
    // Only now: the whole program and an embedded PostgreSQL take a moment to load.
    const { tellScript } = await import('./demo/script.ts');
    return tellScript({ teller, keep });
  },
};

type Given = Readonly<Record<string, string | boolean | undefined>>;

function refuseCombinations(given: Given): void {
  const refuse = (flags: readonly string[], why: string): void => {
    const flag = flags.find((name) => given[name] !== undefined);
    if (flag !== undefined) throw new UsageError(`--${flag} ${why}`);
  };
  if (given['script'])
    refuse(['port', 'kubeconfig', 'context', 'namespace'], 'is for the page, which --script does without.');
  else refuse(['pace'], 'is for --script.');
  if (given['kubeconfig'] === undefined)
    refuse(['context', 'namespace'], 'is for a real cluster: name its file with --kubeconfig.');
}

function readPort(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (!/^\d{1,5}$/.test(given) || Number(given) > 65_535)
    throw new UsageError(`--port takes a port from 0 to 65535, not ${JSON.stringify(given)}.`);
  return Number(given);
}

function readPace(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (!/^\d{1,5}$/.test(given) || Number(given) > paceMsMax)
    throw new UsageError(`--pace takes milliseconds from 0 to ${paceMsMax}, not ${JSON.stringify(given)}.`);
  return Number(given);
}

function readKeep(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const folder = resolve(given);
  const around = dirname(folder);
  if (given === '') throw new UsageError('--keep takes a new or empty folder, and was given no name.');
  try {
    const found = statSync(folder, { throwIfNoEntry: false });
    if (found?.isDirectory() === false)
      throw new UsageError(`--keep takes a new or empty folder, and ${folder} is a file.`);
    const inside = found ? readdirSync(folder) : [];
    if (inside.includes('PG_VERSION'))
      throw new UsageError(
        `${folder} holds the ledger of an earlier demo. The Slack and the cluster that it speaks of are gone, so it is not gone on with: --keep takes a new or empty folder.`,
      );
    if (inside.length > 0)
      throw new UsageError(
        `--keep takes a new or empty folder, and ${folder} has something in it. Name one that is new.`,
      );
    if (!existsSync(around))
      throw new UsageError(`--keep makes one folder, and ${around} is not there. Make it first: mkdir -p ${around}`);
    // A lock stands beside the folder, so the one around it has to take something too.
    accessSync(around, constants.W_OK);
    if (found) accessSync(folder, constants.W_OK);
    else {
      mkdirSync(folder);
      rmdirSync(folder);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      `The ledger cannot be kept in ${folder} (${errorCode(error) ?? 'unknown error'}). Name a folder that you may write to, in one that you may write to.`,
    );
  }
  return folder;
}
