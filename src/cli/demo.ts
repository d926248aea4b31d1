/** `firebreak demo --script` */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { wantsColours } from '../sandbox/story/paint.ts';
import { createTeller } from '../sandbox/story/teller.ts';
import { parseFlags, UsageError } from './usage.ts';

const help = `Usage: firebreak demo --script [--pace MS] [--keep DIR]

Tells one incident in this terminal, from the page to the undo. The program that runs is the real one; Slack, the
cluster and Alertmanager are stand-ins in this process that speak the real protocols, and PostgreSQL and Redis are
embedded. It needs no account, no cluster and no network, takes less than half a minute, and leaves nothing behind.

  --script     tell it now, by itself (a page to click through comes later)
  --pace MS    wait this long before each scene; 100 on a terminal, otherwise 0
  --keep DIR   keep the ledger in this new folder. It survives a killed process, but not a power cut: the embedded
               PostgreSQL never calls fsync. For real work, serve takes a DATABASE_URL.

Exit code 0, or 1 when something did not come to pass as it should. NO_COLOR turns colours off.
`;

const paceMsOnTerminal = 100;
const paceMsMax = 60_000;

export const demo = {
  help,
  async run(args: string[]): Promise<number> {
    const { values } = parseFlags({
      args,
      options: { script: { type: 'boolean' }, pace: { type: 'string' }, keep: { type: 'string' } },
    });
    const { stdout } = process;
    const paceMs = readPace(values.pace) ?? (stdout.isTTY ? paceMsOnTerminal : 0);
    const keep = readKeep(values.keep);
    if (!values.script) {
      process.stderr.write(
        'The demo’s page, to click through, comes in a later version; for now, firebreak demo --script tells the story in this terminal.\n',
      );
      return 2;
    }
    // `firebreak demo --script | head` has read enough.
    stdout.on('error', () => process.exit(1));
    const teller = createTeller({
      write: (text) => stdout.write(text),
      columns: stdout.columns ?? 100,
      colours: wantsColours(stdout, process.env),
      paceMs,
    });
    teller.title('Firebreak demo: one incident, from the page to the undo');
    teller.say('The program is the real one. Slack, Kubernetes and Alertmanager are stand-ins in this process.');
    teller.blank();
    teller.say('loading …');
    // Only now: the whole program and an embedded PostgreSQL take a moment to load.
    const { tellScript } = await import('./demo-script.ts');
    return tellScript({ teller, keep });
  },
};

function readPace(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (!/^\d{1,5}$/.test(given) || Number(given) > paceMsMax)
    throw new UsageError(`--pace takes milliseconds from 0 to ${paceMsMax}, not ${JSON.stringify(given)}.`);
  return Number(given);
}

function readKeep(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const folder = resolve(given);
  const isFree = !existsSync(folder) || (statSync(folder).isDirectory() && readdirSync(folder).length === 0);
  if (given === '' || !isFree || !existsSync(dirname(folder)))
    throw new UsageError(
      `--keep takes a new or empty folder, in one that is there already; ${JSON.stringify(given)} is not one.`,
    );
  return folder;
}
