/** What `firebreak demo` runs: the demo with its page, until somebody ends it. */
import { performance } from 'node:perf_hooks';
import { abandonOnSignal } from './abandon-on-signal.ts';
import { createComplaints } from './complaints.ts';
import { cast, type Setting } from './setting.ts';
import { type Demo, type DemoOptions, startDemo } from './start.ts';

type Parts = Pick<DemoOptions<Setting>, 'keep' | 'isReal' | 'openSetting'> & {
  readonly port: number;
  readonly write: (text: string) => void;
  /** What is real here and what is not. */
  readonly about: readonly string[];
};

/** Resolves with nothing: a signal ends the process, or starting fails and it throws. */
export async function servePage({ port, keep, isReal, openSetting, write, about }: Parts): Promise<never> {
  const say = (text: string): void => write(`  ${text}\n`);
  write(`Firebreak demo\n\n`);
  for (const line of about) say(line);
  let isEnding = false;
  const { log } = createComplaints((line) => {
    if (!isEnding) say(`Firebreak complains: ${line}`);
  });
  const demo = await startDemo({ port, keep, isReal, openSetting, say, log });
  const abandon = (): Promise<void> => {
    isEnding = true;
    return demo.abandon();
  };
  if (keep !== undefined) abandonOnSignal({ abandon }, say);
  introduce(demo, { port, keep, say, write });
  try {
    await demo.ready;
    greet(say);
  } catch (error) {
    // A ledger that is closed while Firebreak starts on it is no failure.
    if (!isEnding) {
      await demo.stop();
      throw error;
    }
  }
  return new Promise(() => undefined);
}

function introduce(
  { url, isElsewhere, slack }: Demo<Setting>,
  { port, keep, say, write }: Pick<Parts, 'port' | 'keep' | 'write'> & { say: (text: string) => void },
): void {
  const people = Object.entries(cast).map(
    ([id, title]) => `${slack.workspace.users.get(id)?.realName ?? id}: ${title}`,
  );
  write('\n');
  if (isElsewhere) say(`Port ${port} is taken, so the page is at the next one that is free.`);
  write(`${url}\n\n`);
  say(`You can be each of them there. ${people.join('; ')}.`);
  say(
    keep === undefined ? 'Ctrl-C ends it, and nothing is left behind.' : `Ctrl-C ends it; the ledger stays in ${keep}.`,
  );
  say('The page answers; PostgreSQL and Firebreak are still starting …');
}

const greet = (say: (text: string) => void): void =>
  say(`Everything is ready, ${(performance.now() / 1_000).toFixed(1)} s after the start. Pick a story on the page.`);
