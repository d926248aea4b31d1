/** What `firebreak demo` runs: the demo with its page, until somebody ends it. */
import { performance } from 'node:perf_hooks';
import { untilStopped } from '../signals.ts';
import { createComplaints } from './complaints.ts';
import { cast, type Setting } from './setting.ts';
import { type Demo, type DemoOptions, startDemo } from './start.ts';

type Parts = Pick<DemoOptions<Setting>, 'keep' | 'openSetting'> & {
  readonly port: number;
  readonly write: (text: string) => void;
  /** What is real here and what is not. */
  readonly about: readonly string[];
};

/** How long an end in good order may take; whoever presses Ctrl-C wants it to be over. */
const endMsMax = 800;

/** Ends the process when somebody asks for it; otherwise it resolves with the exit code, or throws. */
export async function servePage({ port, keep, openSetting, write, about }: Parts): Promise<number> {
  const stopped = untilStopped();
  const say = (text: string): void => write(`  ${text}\n`);
  write(`Firebreak demo\n\n`);
  for (const line of about) say(line);
  const { log } = createComplaints((line) => say(`Firebreak complains: ${line}`));
  // A signal while the stand-ins start: nothing is there yet that would outlive this process.
  stopped.then(
    () => setTimeout(() => process.exit(0), endMsMax).unref(),
    () => undefined,
  );
  const demo = await startDemo({ port, keep, openSetting, say, log });
  introduce(demo, { port, keep, say, write });
  try {
    const { ready } = demo;
    const signal = await Promise.race([stopped, ready.then(() => greet(say)).then(() => stopped)]);
    write('\n');
    say(`${signal}: ended.`);
    await demo.abandon();
    return process.exit(0);
  } catch (error) {
    await demo.stop();
    throw error;
  }
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
