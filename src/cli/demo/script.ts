/** What `firebreak demo --script` runs: the same demo without its page, and one story told in the terminal. */
import { tellGpuStory } from '../../sandbox/story/gpu-story.ts';
import { hdcCuda } from '../../sandbox/story/hdc-cuda.ts';
import { StoryBroken } from '../../sandbox/story/stage.ts';
import type { Teller } from '../../sandbox/story/teller.ts';
import { abandonOnSignal } from './abandon-on-signal.ts';
import { createComplaints } from './complaints.ts';
import { showProof } from './proof.ts';
import { openStandIns } from './stand-ins.ts';
import { startDemo } from './start.ts';

type Told = { readonly teller: Teller; readonly keep: string | undefined };

/** Starts everything, tells the story, and stops everything. Gives the exit code. */
export async function tellScript({ teller, keep }: Told): Promise<number> {
  const complaints = createComplaints();
  const { log } = complaints;
  teller.say('starting the stand-ins, embedded PostgreSQL and Redis, and Firebreak …');
  const demo = await startDemo({
    keep,
    log,
    say: (text) => teller.say(text),
    openSetting: ({ slack, alertmanagerToken }) =>
      openStandIns({
        slack,
        alertmanagerToken,
        told: hdcCuda,
        onFailure: (err) => log.warn({ err }, 'a story has trouble'),
      }),
  });
  if (keep !== undefined) abandonOnSignal(demo, (text) => teller.failure(text));
  try {
    const { program, database } = await demo.ready;
    teller.say(`Ready after ${teller.elapsed()}; everything is on loopback only.`);
    const { kubernetes, stories } = demo.setting;
    await tellGpuStory({ slack: demo.slack, stories, world: kubernetes.world, teller });

    await teller.chapter('The record, to check rather than to believe');
    // What waits for its seal is sealed on the way out. A second stop does nothing.
    await program.stop();
    await showProof({ teller, database, kubernetes });
    if (keep !== undefined) teller.item('ledger', `kept in ${keep}`);
    teller.item('time', `${teller.elapsed()} in all`);
    teller.blank();
    teller.say('Next: npm run demo serves a page, in which you are the people of such stories.');
    teller.say('npm run --silent firebreak -- compile FILE… says what your own runbooks compile to.');
    return 0;
  } catch (error) {
    if (!(error instanceof StoryBroken)) throw error;
    teller.blank();
    teller.failure(`The story broke off after ${teller.elapsed()}.\n${error.message}`);
    if (complaints.lines.length > 0)
      teller.failure(['Firebreak’s own warnings and errors:', ...complaints.lines].join('\n'));
    return 1;
  } finally {
    await demo.stop();
  }
}
