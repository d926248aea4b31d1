/**
 * One incident from the page to the undo: GPU workers run out of memory, a runbook step is planned, a guest may not
 * approve it, a colleague may, the rollout is watched, the alert clears, and the change is taken back.
 */
import type { World } from '../kubernetes/world.ts';
import type { SandboxSlack } from '../slack/start.ts';
import type { Channel, Message } from '../slack/workspace.ts';
import { hdcCuda } from './hdc-cuda.ts';
import type { Notification } from './notifier.ts';
import { createStage, kindOf, type Stage, StoryBroken } from './stage.ts';
import type { Stories } from './stories.ts';
import type { Teller } from './teller.ts';
import { servingPods } from './serving-pods.ts';
import { variableOf } from './workload.ts';

const alice = 'U0ALICE';
const bob = 'U0BOB';
const guest = 'U0GUEST';
const { id: storyId, namespace } = hdcCuda;
const { labels } = hdcCuda.alert;
const variable = 'HDC_GPU_BATCH_SIZE';
const command = `${variable}=50`;
const readsExpected = 4;
/** The large inputs are worked off while the story looks on. */
const backlogMs = 60_000;

/** What somebody with kubectl would see. */
type Facts = { batchSize(): string; readyPods(): number; neededGib(): number };

type Scene = {
  readonly slack: SandboxSlack;
  readonly stories: Stories;
  readonly facts: Facts;
  readonly stage: Stage;
  readonly teller: Teller;
  /** The first webhook of this kind, once it was answered. */
  readonly webhook: (status: Notification['status']) => Promise<Notification>;
};

/**
 * Starts the story `hdc-cuda` of `stories` and plays it to its end. Throws `StoryBroken` at the first thing that does
 * not come to pass.
 */
export async function tellGpuStory(parts: {
  readonly slack: SandboxSlack;
  readonly stories: Stories;
  readonly world: World;
  readonly teller: Teller;
  /** For each thing that should come to pass. */
  readonly deadlineMs?: number;
}): Promise<void> {
  const { slack, stories, teller } = parts;
  const stage = createStage(slack, parts.deadlineMs ?? 15_000);
  const webhook = (status: Notification['status']): Promise<Notification> =>
    stage.see(`Alertmanager’s “${status}” accepted by the webhook`, () => {
      const sent = stories.notifications.filter((one) => one.story === storyId && one.status === status);
      const refused = sent.find(({ code }) => code >= 300);
      if (refused) throw new StoryBroken('the webhook’s answer to be 202', [String(refused.code)]);
      return sent.find(({ code }) => code === 202);
    });
  // The stage looks again whenever the workspace changes; here other things may have come to pass.
  const unlisten = stories.onChange(() => slack.workspace.changed());
  try {
    await tell({ slack, stories, teller, stage, webhook, facts: factsOf(parts.world, stories) });
  } finally {
    unlisten();
  }
}

const factsOf = (world: World, stories: Stories): Facts => ({
  batchSize() {
    const spec = world.get('deployments', namespace, 'hdc-gpu')?.spec.template.spec;
    return (spec && variableOf(spec, variable)) ?? 'not set';
  },
  readyPods: () => servingPods(world, namespace, 'hdc-gpu').length,
  neededGib: () => stories.look().find(({ id }) => id === storyId)?.signal?.value ?? 0,
});

async function tell(scene: Scene): Promise<void> {
  const { slack, facts, teller, stage } = scene;
  const { workspace } = slack;
  const show = async (channel: Channel, message: Message): Promise<void> => {
    await teller.message(workspace, channel, message);
  };

  const channel = await page(scene);
  await diagnosis(scene, channel);

  await teller.chapter('A change becomes a plan, and nothing has happened yet');
  const runbook = await stage.message(channel, 'posting', 'the runbook card', [command]);
  await teller.act('Alice', `presses “Plan…” at the step “kubectl set env … ${command}”.`);
  await stage.press(alice, channel, runbook, 'Plan…', command);
  const plan = await planThatWaits(stage, channel, command);
  await show(channel, plan);
  teller.fact(
    `The cluster is untouched: HDC_GPU_BATCH_SIZE is still ${facts.batchSize()}. The plan is what people approve.`,
  );

  await teller.chapter('Not everybody may approve');
  await teller.act('Alice', 'brings Gail into the channel, a guest account of the GPU vendor.');
  channel.members.add(guest);
  workspace.changed();
  await teller.act('Gail', 'presses “Approve”.');
  await stage.press(guest, channel, plan, 'Approve');
  await stage.see('the card saying why Gail’s vote does not count', () => stage.textOf(plan).includes('did not count'));
  await show(channel, plan);
  if (facts.batchSize() !== '100') throw new StoryBroken('an untouched cluster', [facts.batchSize()]);
  teller.fact(`Refused, with the reason on the card. HDC_GPU_BATCH_SIZE is still ${facts.batchSize()}.`);

  await teller.chapter('Bob approves, and Firebreak does exactly that');
  await teller.act('Bob', 'presses “Approve”.');
  await stage.press(bob, channel, plan, 'Approve');
  const run = await watchRun(scene, channel, []);
  if (facts.batchSize() !== '50') throw new StoryBroken('HDC_GPU_BATCH_SIZE to be 50', [facts.batchSize()]);
  teller.fact(`In the cluster: HDC_GPU_BATCH_SIZE=${facts.batchSize()}, ${facts.readyPods()} pods ready.`);

  await teller.chapter('The alert clears when the right thing was done, and not before');
  const resolved = await scene.webhook('resolved');
  await teller.event(
    `Alertmanager sees no pod out of memory and sends “resolved”: ${resolved.code} after ${resolved.tookMs} ms.`,
  );
  await stage.see('“Alert cleared” on the run', () => stage.textOf(run).includes('Alert cleared'));
  await show(channel, run);
  const offer = await stage.message(channel, 'offer', 'the offer to resolve the incident');
  await show(channel, offer);

  await teller.chapter('The way back was kept from the start');
  await stage.see('the large inputs worked off', () => facts.neededGib() < 20, backlogMs);
  await teller.event('The backlog of large inputs is worked off: batches of 100 fit again from now on.');
  await teller.act('Alice', 'presses “Undo…” on the run.');
  await stage.press(alice, channel, run, 'Undo…');
  const undo = await planThatWaits(stage, channel, 'Undo');
  await show(channel, undo);
  await teller.act('Bob', 'presses “Approve”.');
  await stage.press(bob, channel, undo, 'Approve');
  await watchRun(scene, channel, [run.ts]);
  if (facts.batchSize() !== '100') throw new StoryBroken('HDC_GPU_BATCH_SIZE to be 100 again', [facts.batchSize()]);
  teller.fact(`Back as it was: HDC_GPU_BATCH_SIZE=${facts.batchSize()}, ${facts.readyPods()} pods ready, no alert.`);

  await teller.act('Bob', 'presses “Resolve the incident”.');
  await stage.press(bob, channel, offer, 'Resolve the incident');
  const card = await stage.message(channel, 'incident', 'the card saying “Resolved”', ['Resolved']);
  await show(channel, card);
}

async function page({ slack, stories, teller, stage, webhook }: Scene): Promise<Channel> {
  const { workspace } = slack;
  await teller.chapter('A page becomes an incident');
  await teller.event('A backlog of large inputs arrives: a batch of 100 needs 56 GiB, and a GPU has 40.');
  stories.start(storyId);
  const firing = await webhook('firing');
  await teller.event(
    `Alertmanager sends ${labels['alertname'] ?? ''} (severity ${labels['severity'] ?? ''}) to POST /webhooks/alertmanager: ${firing.code} after ${firing.tookMs} ms.`,
  );
  const channel = await stage.channel('inc-1-');
  const card = await stage.message(channel, 'incident', 'the incident card');
  const responders = ['U0ALICE', 'U0BOB', 'U0CAROL'];
  await stage.see(
    'the card pinned, the topic set and the responders invited',
    () =>
      channel.pins.some(({ ts }) => ts === card.ts) &&
      channel.topic !== '' &&
      responders.every((one) => channel.members.has(one)),
  );
  teller.fact(`Channel #${channel.name} is open. Topic: ${channel.topic}`);
  const people = responders.map((id) => workspace.users.get(id)?.realName ?? id);
  teller.fact(`Invited: ${people.join(', ')}.`);
  await teller.message(workspace, channel, card);
  return channel;
}

async function diagnosis({ slack, teller, stage }: Scene, channel: Channel): Promise<void> {
  const { workspace } = slack;
  await teller.chapter('The runbook is there, and its diagnosis has run by itself');
  const runbook = await stage.message(channel, 'posting', 'the runbook card', [command]);
  const answers = await stage.see(`${readsExpected} answers of read-only steps`, () => {
    const steps = channel.messages.filter((one) => kindOf(one) === 'step' && stage.textOf(one).includes('exit code'));
    return steps.length >= readsExpected ? steps : undefined;
  });
  await stage.message(channel, 'step', '“CUDA out of memory” in a pod’s log', ['CUDA out of memory']);
  // They run side by side; read in the runbook's order.
  answers.sort((a, b) => stage.textOf(a).localeCompare(stage.textOf(b)));
  await teller.message(workspace, channel, runbook);
  for (const answer of answers) await teller.message(workspace, channel, answer);
  teller.fact('Nobody typed a command: these steps only read, so they need no approval.');
}

/** A plan about this that carries its buttons. */
const planThatWaits = (stage: Stage, channel: Channel, words: string): Promise<Message> =>
  stage.message(channel, 'proposal', `a plan about ${words} that waits for approval`, [words, '[ Approve ]']);

/** Shows each state of the newest run until it is verified. */
async function watchRun(
  { slack, teller, stage }: Scene,
  channel: Channel,
  earlier: readonly string[],
): Promise<Message> {
  const run = await stage.see('the run in the thread', () =>
    channel.messages.find((one) => kindOf(one) === 'run' && !earlier.includes(one.ts)),
  );
  for (let seen = ''; !seen.includes('Verified'); ) {
    await stage.see('the rollout going on until it is verified', () => stage.textOf(run) !== seen);
    seen = stage.textOf(run);
    await teller.message(slack.workspace, channel, run);
  }
  return run;
}
