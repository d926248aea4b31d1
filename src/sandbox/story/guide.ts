/** What somebody might try next, by what has happened so far. It only looks, and nothing waits for it. */
import type { GuideLook, StoryLook } from '../demo/protocol.ts';
import type { Workspace } from '../slack/workspace.ts';
import { type IncidentFacts, incidentFacts } from './incident-facts.ts';
import type { Story } from './story.ts';

/** Pick, wait, read and plan, approve, watch, clear, undo or resolve, look around. */
const steps = 8;
type Advice = Pick<GuideLook, 'text' | 'at'> & { readonly step: number };

type Scene = {
  readonly story: Story;
  readonly state: StoryLook['state'];
  readonly facts: IncidentFacts | undefined;
  readonly workspace: Workspace;
  readonly person: string;
};

export function guide(view: {
  readonly stories: readonly Story[];
  readonly looks: readonly StoryLook[];
  readonly workspace: Workspace;
  /** Id of who looks. */
  readonly person: string;
}): GuideLook {
  const scenes = view.stories.map((story): Scene => {
    const state = view.looks.find(({ id }) => id === story.id)?.state ?? 'calm';
    return { story, state, facts: incidentFacts(view.workspace, story), ...view };
  });
  const scene = sceneInFront(scenes);
  if (!scene) {
    const first = scenes[0]?.story;
    return {
      text: 'Everything is well. Start one of the stories: something breaks in the cluster, and monitoring pages.',
      ...(first && { at: { story: first.id } }),
      step: 1,
      steps,
    };
  }
  const { text, at, step } = adviceFor(scene, scenes);
  return { story: scene.story.id, text, ...(at && { at }), step, steps };
}

/** What burns comes first, then what is unfinished, then what is done; among equals the newest incident. */
function sceneInFront(scenes: readonly Scene[]): Scene | undefined {
  const rank = ({ state, facts }: Scene): number => {
    if (state === 'firing' || state === 'broken' || state === 'clearing') return 3;
    if (state === 'cleared') return facts?.isResolved === true ? 1 : 2;
    return facts !== undefined && !facts.isResolved ? 2 : 0;
  };
  const openedAt = ({ facts }: Scene): number => facts?.channel.createdAtMs ?? 0;
  return scenes
    .filter((scene) => rank(scene) > 0)
    .toSorted((a, b) => rank(b) - rank(a) || openedAt(b) - openedAt(a))[0];
}

function adviceFor(scene: Scene, all: readonly Scene[]): Advice {
  const { story, state, facts } = scene;
  if (!facts || (facts.isResolved && state !== 'cleared' && state !== 'calm')) return waiting(scene);
  const { proposal, run } = facts;
  const isNewer = proposal !== undefined && (run === undefined || proposal.message.ts > run.message.ts);
  if (isNewer && proposal.state === 'waiting') return approving(scene, proposal);
  if (isNewer && proposal.state === 'making') {
    return {
      text: 'Firebreak looks at the live object and asks the API server for a dry run. The plan comes in a moment; nothing is changed by it.',
      at: { channel: facts.channel.id, ts: proposal.message.ts },
      step: 4,
    };
  }
  const isStarting = isNewer && proposal.state === 'approved';
  if (isStarting || (run && !run.isOver)) {
    const meanwhile = !isStarting && run?.canBeUndone ? ' If pods hang, *Undo…* on the run works already.' : '';
    return {
      text: `The change is being rolled out: watch the pods. Firebreak watches them too, and says on the run when they are ready.${meanwhile}`,
      at: { view: 'cluster' },
      step: 5,
    };
  }
  if (state === 'cleared' || state === 'calm') return afterwards(scene, facts, all);
  if (state === 'clearing') {
    return {
      text: `The cause is gone: ${signalOf(story)} is within its limit. The alert is resolved when it stays so for three seconds.`,
      at: { channel: facts.channel.id },
      step: 6,
    };
  }
  return planning(scene, facts);
}

const signalOf = ({ signal }: Story): string => `_${signal.label}_`;

function waiting({ story, facts }: Scene): Advice {
  if (facts?.isResolved) {
    return {
      text: `${signalOf(story)} is above its limit. When it was below in between, ${story.via} tells Firebreak, and a channel opens. When the incident was resolved while the alert fired, monitoring has nothing new to tell: reset the story and start it again.`,
      at: { story: story.id },
      step: 2,
    };
  }
  return {
    text: `${story.summary} When ${signalOf(story)} has been above its limit for a second, ${story.via} pages, and a channel opens by itself.`,
    at: { story: story.id },
    step: 2,
  };
}

function planning({ story, workspace, person }: Scene, facts: IncidentFacts): Advice {
  const { channel, runbook, run, proposal, answers } = facts;
  if (isOutsider(workspace, person)) {
    const other = colleague(workspace, facts, [person]);
    return {
      text: `You look through the eyes of ${nameOf(workspace, person)}, a guest, who may plan nothing. Act as ${nameOf(workspace, other)} to go on.`,
      ...(other !== undefined && { at: { person: other } }),
      step: 3,
    };
  }
  if (!runbook || answers === 0) {
    return {
      text: `Open *#${channel.name}*: the incident’s card is pinned, the responders are in, and the runbook runs its read-only diagnosis by itself.`,
      at: { channel: channel.id },
      step: 3,
    };
  }
  if (facts.isFrozen) {
    return {
      text: `Changes are frozen, so no plan is made and no vote counts. \`/incident unfreeze\` in *#${channel.name}* lifts it.`,
      at: { channel: channel.id },
      step: 3,
    };
  }
  const at = { channel: channel.id, ts: runbook.ts };
  const { solution, next, otherwise, reason } = story.hints;
  const press = `press *Plan…* at the step with \`${solution}\``;
  if (run && next !== undefined && wasAbout(proposal, solution)) {
    return { text: `That was half of it. Now press *Plan…* at the step with \`${next}\`.`, at, step: 3 };
  }
  if (run && wasAbout(proposal, solution)) {
    const what =
      otherwise ??
      'If it does not, an earlier change is in its way: take that one back with *Undo…* on its run, or reset the story.';
    return {
      text: `That is the step that helps. ${signalOf(story)} may need some seconds to come down. ${what}`,
      at: { view: 'cluster' },
      step: 6,
    };
  }
  if (run && proposal?.state === 'approved' && proposal.isUndo) {
    return { text: `A change was taken back, and the alert fires. Now ${press}.`, at, step: 3 };
  }
  if (run?.canBeUndone) {
    return {
      text: `The alert still fires, so that was not it. Take it back with *Undo…* on the run, then ${press}.`,
      at: { channel: channel.id, ts: run.message.ts },
      step: 3,
    };
  }
  if (run && proposal?.state === 'approved') {
    return { text: `The alert still fires, so that was not it. Now ${press}.`, at, step: 3 };
  }
  if (proposal?.state === 'refused') {
    return {
      text: `No plan was made, and the card says why. When it is no longer so, ${press}.`,
      at: { channel: channel.id, ts: proposal.message.ts },
      step: 3,
    };
  }
  return { text: `Read the diagnosis. ${reason} So ${press}; nothing happens before somebody approves.`, at, step: 3 };
}

const wasAbout = (proposal: IncidentFacts['proposal'], words: string): boolean =>
  proposal?.state === 'approved' && !proposal.isUndo && proposal.words.includes(words);

function approving(scene: Scene, proposal: NonNullable<IncidentFacts['proposal']>): Advice {
  const { workspace, person, facts } = scene;
  const { requestedBy, message, words } = proposal;
  // `adviceFor` only comes here with facts; the channel is theirs.
  const at = facts && { channel: facts.channel.id, ts: message.ts };
  const advice = (text: string, to: GuideLook['at'] = at): Advice => ({ text, ...(to && { at: to }), step: 4 });
  const voters = [...words.matchAll(/approved by <@([UW][A-Z0-9]+)/g)].flatMap(([, id]) => id ?? []);
  const asker = requestedBy === undefined ? [] : [requestedBy];
  const other = facts && colleague(workspace, facts, [person, ...asker, ...voters]);
  if (isOutsider(workspace, person) && facts?.channel.members.has(person) === false) {
    return advice(
      `${nameOf(workspace, person)} is a guest and sees channels by invitation only: act as ${nameOf(workspace, other)}, and invite them to *#${facts.channel.name}* or press *Approve*.`,
      other === undefined ? at : { person: other },
    );
  }
  if (isOutsider(workspace, person)) {
    return advice(
      words.includes(`<@${person}>`)
        ? `Refused: the vote of ${nameOf(workspace, person)} does not count, and the card says why. Act as ${nameOf(workspace, other)} to approve.`
        : `Press *Approve* as ${nameOf(workspace, person)}, a guest, to see a vote that does not count.`,
      words.includes(`<@${person}>`) && other !== undefined ? { person: other } : at,
    );
  }
  if (voters.includes(person) || requestedBy === person) {
    return advice(
      `The plan is what is approved, value by value. It was asked for by ${nameOf(workspace, requestedBy)}: act as somebody else, such as ${nameOf(workspace, other)}, and press *Approve*. Invite a guest to see a vote that does not count.`,
      other === undefined ? at : { person: other },
    );
  }
  return advice(
    'Read the plan: what it is now, what it will be, whom it affects, and the way back. Then press *Approve*.',
  );
}

function afterwards({ story, state }: Scene, facts: IncidentFacts, all: readonly Scene[]): Advice {
  const { channel, undoable, offer, isResolved, proposal } = facts;
  if (!isResolved) {
    const isUndone = proposal?.isUndo === true && proposal.state === 'approved';
    if (state === 'calm') {
      return {
        text: `The story was put back, and its alert is over. Resolve the incident in *#${channel.name}*.`,
        at: { channel: channel.id, ...(offer && { ts: offer.ts }) },
        step: 7,
      };
    }
    return {
      text: isUndone
        ? 'The change was taken back, with a plan of its own. Now press *Resolve the incident*.'
        : `The alert is over. ${story.hints.undo} Or press *Resolve the incident*.`,
      at: { channel: channel.id, ...placeOf(isUndone ? offer : (undoable ?? offer)) },
      step: 7,
    };
  }
  const another = all.find((one) => one.state === 'calm' && one.facts === undefined)?.story;
  const { step, effect } = story.hints.detour;
  return {
    text: `All of it is in the *journal*, sealed in a chain. ${
      another ? `Next: *${another.system}*. ` : ''
    }Or start this story again and try \`${step}\`: ${effect} \`/runbook gpu-oom\` shows a runbook without an incident.`,
    at: { view: 'journal' },
    step: 8,
  };
}

const placeOf = (message: { readonly ts: string } | undefined): { ts?: string } => (message ? { ts: message.ts } : {});

function isOutsider({ users }: Workspace, person: string): boolean {
  const user = users.get(person);
  return user !== undefined && (user.isRestricted || user.isUltraRestricted || user.isStranger);
}

/** Somebody of the channel who works here and is none of these. */
function colleague(workspace: Workspace, { channel }: IncidentFacts, not: readonly string[]): string | undefined {
  return [...channel.members].find(
    (id) => !not.includes(id) && workspace.users.get(id)?.isBot === false && !isOutsider(workspace, id),
  );
}

const nameOf = ({ users }: Workspace, id: string | undefined): string =>
  (id === undefined ? undefined : users.get(id)?.realName) ?? 'a colleague';
