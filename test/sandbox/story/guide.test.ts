import { describe, expect, it } from '@jest/globals';
import type { StoryLook } from '../../../src/sandbox/demo/protocol.ts';
import { addChannel, createWorkspace, type Channel, type Workspace } from '../../../src/sandbox/slack/workspace.ts';
import { guide } from '../../../src/sandbox/story/guide.ts';
import { gaudiHpu } from '../../../src/sandbox/story/gaudi-hpu.ts';
import { pipelineStart } from '../../../src/sandbox/story/pipeline-start.ts';
import { hdcCuda } from '../../../src/sandbox/story/hdc-cuda.ts';
import { completeUser, defaultUsers } from '../../../src/sandbox/slack/cast.ts';

type State = StoryLook['state'];
type Card = { readonly kind: string; readonly text: string; readonly buttons?: readonly string[] };

const stories = [hdcCuda, gaudiHpu];
const lookOf = (id: string, state: State): StoryLook => {
  const story = stories.find((one) => one.id === id);
  if (!story) throw new Error(`no story ${id}`);
  const { system, title, summary, via, namespace } = story;
  return { id, system, title, summary, via, namespace, state, signal: null };
};

function workspaceWith(cards: readonly Card[]): { workspace: Workspace; channel: Channel } {
  const workspace = createWorkspace({
    team: { id: 'T1', name: 'team', domain: 'team' },
    app: { id: 'A1', botUserId: 'U0BOT', botId: 'B1' },
    now: () => 1_000_000,
  });
  for (const user of [...defaultUsers, { id: 'U0BOT', name: 'firebreak', isBot: true }]) {
    workspace.users.set(user.id, completeUser(user, 'T1'));
  }
  const members = ['U0BOT', 'U0ALICE', 'U0BOB', 'U0CAROL'];
  const channel = addChannel(workspace, { name: 'inc-1-cuda', creator: 'U0BOT', members });
  for (const { kind, text, buttons = [] } of cards) {
    const elements = buttons.map((label) => ({ type: 'button', text: { type: 'plain_text', text: label } }));
    channel.messages.push({
      type: 'message',
      user: 'U0BOT',
      ts: workspace.nextTs(),
      text,
      blocks: [
        { type: 'section', block_id: 'a', text: { type: 'mrkdwn', text } },
        ...(elements.length > 0 ? [{ type: 'actions', block_id: 'b', elements }] : []),
      ],
      metadata: { event_type: 'firebreak', event_payload: { key: `${kind}:x` } },
      parsing: { linkNames: false, parse: 'none', unfurlLinks: false, unfurlMedia: false },
    });
  }
  return { workspace, channel };
}

const open: Card = { kind: 'incident', text: '🔥 firing *HDC_CudaOutOfMemory*', buttons: ['Acknowledge', 'Resolve'] };
const resolved: Card = { kind: 'incident', text: '✅ resolved *HDC_CudaOutOfMemory*' };
const runbook: Card = { kind: 'posting', text: 'Runbook', buttons: ['Plan…'] };
const answer: Card = { kind: 'step', text: 'CUDA out of memory\n✅ exit code 0' };
const votes = ['Approve', 'Deny', 'Details'];
const asked = 'asked for by <@U0ALICE>: Halve the batch size';
const waits: Card = { kind: 'proposal', text: `🗳️ Waiting for approval, ${asked}`, buttons: votes };
const triedByGuest: Card = { ...waits, text: `${waits.text}\n👍 approved by <@U0GUEST>, *did not count*` };
const triedByBob: Card = { ...waits, text: `${waits.text}\n👍 approved by <@U0BOB>` };
const making: Card = { kind: 'proposal', text: '⏳ Planning, nothing is changed by this' };
const refused: Card = { kind: 'proposal', text: '🚫 *No plan was made.* Nothing was changed.' };
const approved: Card = { kind: 'proposal', text: `✅ Approved, ${asked}` };
const undone: Card = { kind: 'proposal', text: `↩️ *Undo:* *Set environment*, ✅ Approved, ${asked}` };
const halved: Card = { kind: 'proposal', text: `${approved.text}, HDC_GPU_BATCH_SIZE=50` };
const unhalved: Card = { ...halved, text: `↩️ *Undo:* *Set environment*, ${halved.text}` };
const frozen: Card = { ...open, text: `${open.text}\n🧊 *Frozen:* \`hdc\` by <@U0BOB>` };
const standstill: Card = { kind: 'proposal', text: `🗳️ ${asked}\nNo votes are taken until it is lifted.` };
const rolling: Card = { kind: 'run', text: '✅ Applied ⏳ *Watching the rollout.*', buttons: ['Undo…'] };
const verified: Card = { kind: 'run', text: '✅ Applied ✅ *Verified:* 3 of 3', buttons: ['Undo…'] };
const restarted: Card = { kind: 'run', text: '✅ Applied ✅ *Verified:* 3 of 3' };
const offer: Card = { kind: 'offer', text: 'Is it over?', buttons: ['Resolve the incident'] };
const read = [open, runbook, answer];

describe('the guide', () => {
  it.each<{
    when: string;
    state: State;
    cards: readonly Card[];
    person?: string;
    isInvited?: boolean;
    says: string;
    step: number;
    at: { story: string } | { view: string } | { person: string } | { channel: string; ts?: string; which?: number };
  }>([
    { when: 'nothing was started', state: 'calm', cards: [], says: 'Start one of', step: 1, at: { story: 'hdc-cuda' } },
    { when: 'no channel is there yet', state: 'broken', cards: [], says: 'pages', step: 2, at: { story: 'hdc-cuda' } },
    {
      when: 'the channel is new',
      state: 'firing',
      cards: [open],
      says: 'Open *#inc-1-cuda*',
      step: 3,
      at: { channel: 'CHANNEL' },
    },
    {
      when: 'diagnosis is there',
      state: 'firing',
      cards: read,
      says: 'HDC_GPU_BATCH_SIZE=50',
      step: 3,
      at: { channel: 'CHANNEL', ts: 'posting' },
    },
    {
      when: 'a guest reads it',
      state: 'firing',
      cards: read,
      person: 'U0GUEST',
      says: 'a guest',
      step: 3,
      at: { person: 'U0ALICE' },
    },
    {
      when: 'a plan is being made',
      state: 'firing',
      cards: [...read, making],
      says: 'dry run',
      step: 4,
      at: { channel: 'CHANNEL', ts: 'proposal' },
    },
    {
      when: 'no plan was made',
      state: 'firing',
      cards: [...read, refused],
      says: 'No plan was made',
      step: 3,
      at: { channel: 'CHANNEL', ts: 'proposal' },
    },
    {
      when: 'her own plan waits',
      state: 'firing',
      cards: [...read, waits],
      says: 'act as somebody else, such as Bob',
      step: 4,
      at: { person: 'U0BOB' },
    },
    {
      when: 'a plan of somebody else waits',
      state: 'firing',
      cards: [...read, waits],
      person: 'U0BOB',
      says: 'press *Approve*',
      step: 4,
      at: { channel: 'CHANNEL', ts: 'proposal' },
    },
    {
      when: 'a guest hears of a plan',
      state: 'firing',
      cards: [...read, waits],
      person: 'U0GUEST',
      says: 'by invitation only: act as Bob Lindqvist',
      step: 4,
      at: { person: 'U0BOB' },
    },
    {
      when: 'a guest in the channel sees a plan',
      state: 'firing',
      cards: [...read, waits],
      person: 'U0GUEST',
      isInvited: true,
      says: 'to see a vote that does not count',
      step: 4,
      at: { channel: 'CHANNEL', ts: 'proposal' },
    },
    {
      when: 'a guest has tried to approve',
      state: 'firing',
      cards: [...read, triedByGuest],
      person: 'U0GUEST',
      isInvited: true,
      says: 'Refused',
      step: 4,
      at: { person: 'U0BOB' },
    },
    {
      when: 'one of two has approved',
      state: 'firing',
      cards: [...read, triedByBob],
      person: 'U0BOB',
      says: 'such as Carol Reyes',
      step: 4,
      at: { person: 'U0CAROL' },
    },
    {
      when: 'it was approved',
      state: 'firing',
      cards: [...read, approved],
      says: 'rolled out',
      step: 5,
      at: { view: 'cluster' },
    },
    {
      when: 'it rolls out',
      state: 'clearing',
      cards: [...read, approved, rolling],
      says: 'rolled out',
      step: 5,
      at: { view: 'cluster' },
    },
    {
      when: 'it helped nobody',
      state: 'firing',
      cards: [...read, approved, verified],
      says: 'that was not it',
      step: 3,
      at: { channel: 'CHANNEL', ts: 'run' },
    },
    {
      when: 'the step that helps was carried out, and the value has not come down yet',
      state: 'firing',
      cards: [...read, halved, verified],
      says: 'That is the step that helps. _GPU memory that a batch needs_ may need some seconds',
      step: 6,
      at: { view: 'cluster' },
    },
    {
      when: 'the step that helps hangs behind an earlier change',
      state: 'firing',
      cards: [...read, approved, verified, halved, verified],
      says: 'an earlier change is in its way',
      step: 6,
      at: { view: 'cluster' },
    },
    {
      when: 'the step that helps was taken back, and the alert fires again',
      state: 'firing',
      cards: [...read, halved, verified, unhalved, verified],
      says: 'was taken back, and the alert fires',
      step: 3,
      at: { channel: 'CHANNEL', ts: 'posting' },
    },
    {
      when: 'it rolls out, and hangs perhaps',
      state: 'firing',
      cards: [...read, approved, rolling],
      says: '*Undo…* on the run works already',
      step: 5,
      at: { view: 'cluster' },
    },
    {
      when: 'changes are frozen',
      state: 'firing',
      cards: [frozen, runbook, answer],
      says: '`/incident unfreeze`',
      step: 3,
      at: { channel: 'CHANNEL' },
    },
    {
      when: 'changes are frozen while a plan waits',
      state: 'firing',
      cards: [frozen, runbook, answer, standstill],
      says: '`/incident unfreeze`',
      step: 3,
      at: { channel: 'CHANNEL' },
    },
    {
      when: 'a restart came after what can be undone',
      state: 'cleared',
      cards: [...read, approved, verified, approved, restarted, offer],
      says: '*Undo…*',
      step: 7,
      at: { channel: 'CHANNEL', ts: 'run', which: 0 },
    },
    {
      when: 'a restart helped nobody',
      state: 'firing',
      cards: [...read, approved, restarted],
      says: 'that was not it',
      step: 3,
      at: { channel: 'CHANNEL', ts: 'posting' },
    },
    {
      when: 'the cause is gone',
      state: 'clearing',
      cards: [...read, approved, verified],
      says: 'within its limit',
      step: 6,
      at: { channel: 'CHANNEL' },
    },
    {
      when: 'the alert is over',
      state: 'cleared',
      cards: [...read, approved, verified, offer],
      says: '*Undo…*',
      step: 7,
      at: { channel: 'CHANNEL', ts: 'run' },
    },
    {
      when: 'it was undone',
      state: 'cleared',
      cards: [...read, approved, verified, offer, undone, verified],
      says: 'taken back',
      step: 7,
      at: { channel: 'CHANNEL', ts: 'offer' },
    },
    {
      when: 'the story was put back',
      state: 'calm',
      cards: [...read, offer],
      says: 'was put back',
      step: 7,
      at: { channel: 'CHANNEL', ts: 'offer' },
    },
    {
      when: 'the incident is resolved',
      state: 'cleared',
      cards: [resolved, runbook, answer, approved, verified],
      says: '*journal*',
      step: 8,
      at: { view: 'journal' },
    },
    {
      when: 'it fires again after that',
      state: 'firing',
      cards: [resolved, runbook, answer],
      says: 'reset the story and start it again',
      step: 2,
      at: { story: 'hdc-cuda' },
    },
  ])('says what to try when $when', ({ state, cards, person = 'U0ALICE', isInvited = false, says, step, at }) => {
    const { workspace, channel } = workspaceWith(cards);
    if (isInvited) channel.members.add(person);

    const advice = guide({
      stories,
      looks: [lookOf('hdc-cuda', state), lookOf('gaudi-hpu', 'calm')],
      workspace,
      person,
    });

    // The newest of its kind unless told.
    const tsOf = (kind: string, which = -1): string | undefined =>
      channel.messages.filter(({ metadata }) => metadata?.event_payload['key'] === `${kind}:x`).at(which)?.ts;
    const place = 'ts' in at ? { channel: channel.id, ts: tsOf(at.ts, at.which) } : at;
    expect(advice.text).toContain(says);
    expect(advice).toMatchObject({
      step,
      steps: 8,
      at: 'channel' in at && !('ts' in at) ? { channel: channel.id } : place,
    });
  });

  it('is about what burns, not about what is done', () => {
    const { workspace } = workspaceWith([open, runbook, answer, approved, verified, offer]);
    const looks = [lookOf('hdc-cuda', 'cleared'), lookOf('gaudi-hpu', 'firing')];

    expect(guide({ stories, looks, workspace, person: 'U0ALICE' }).story).toBe('gaudi-hpu');
  });

  it('names another step where the one that helps may find nothing to go back to', () => {
    const undo = { kind: 'proposal', text: `${approved.text}, ${pipelineStart.hints.solution}` };
    const { workspace } = workspaceWith([
      { ...open, text: '🔥 firing *Pipeline Not Starting*' },
      runbook,
      answer,
      undo,
      verified,
    ]);
    const { id, system, title, summary, via, namespace } = pipelineStart;
    const look = { id, system, title, summary, via, namespace, state: 'firing', signal: null } as const;

    const advice = guide({ stories: [pipelineStart], looks: [look], workspace, person: 'U0ALICE' });

    expect(advice.text).toContain('`kubectl set image`, version `v0.1.4`');
  });

  it('knows what to say without any story', () => {
    const { workspace } = workspaceWith([]);

    expect(guide({ stories: [], looks: [], workspace, person: 'U0ALICE' })).toMatchObject({ step: 1, steps: 8 });
  });
});
