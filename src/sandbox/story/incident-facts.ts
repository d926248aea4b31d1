/** What has happened in the channel of a story's incident, read off its messages as anybody sees them. */
import { elementsOf, isObject } from '../slack/block-kit/check.ts';
import type { Channel, Message, Workspace } from '../slack/workspace.ts';
import { kindOf } from './stage.ts';
import type { Story } from './story.ts';

export type IncidentFacts = {
  readonly channel: Channel;
  readonly isResolved: boolean;
  /** Changes are frozen: nothing is planned or approved until that is lifted. */
  readonly isFrozen: boolean;
  /** The newest runbook card. */
  readonly runbook: Message | undefined;
  /** Read-only steps that have answered. */
  readonly answers: number;
  /** The newest plan, or the reason why there is none. */
  readonly proposal:
    | {
        readonly message: Message;
        readonly state: 'making' | 'waiting' | 'approved' | 'refused' | 'over';
        readonly isUndo: boolean;
        readonly requestedBy: string | undefined;
        /** Its source and changes, as JSON. */
        readonly words: string;
      }
    | undefined;
  /** The newest change that was carried out. */
  readonly run:
    | {
        readonly message: Message;
        readonly isOver: boolean;
        readonly canBeUndone: boolean;
      }
    | undefined;
  /** The newest run that can still be taken back. */
  readonly undoable: Message | undefined;
  readonly offer: Message | undefined;
};

/** The newest channel with a card about the story's alert. */
export function incidentChannel(workspace: Workspace, story: Pick<Story, 'alert'>): Channel | undefined {
  const alertname = story.alert.labels['alertname'] ?? '';
  return [...workspace.channels.values()]
    .filter(({ messages }) => messages.some((one) => kindOf(one) === 'incident' && says(one, alertname)))
    .toSorted((a, b) => b.createdAtMs - a.createdAtMs)[0];
}

export function incidentFacts(workspace: Workspace, story: Pick<Story, 'alert'>): IncidentFacts | undefined {
  const channel = incidentChannel(workspace, story);
  if (!channel) return undefined;
  const newest = (kind: string): Message | undefined => channel.messages.findLast((one) => kindOf(one) === kind);
  const card = newest('incident');
  return {
    channel,
    // A resolved incident's card has no button left.
    isResolved: card !== undefined && labelsOf(card).length === 0,
    isFrozen: card !== undefined && says(card, '🧊 *Frozen:*'),
    runbook: newest('posting'),
    answers: channel.messages.filter((one) => kindOf(one) === 'step' && says(one, 'exit code')).length,
    proposal: proposalOf(newest('proposal')),
    run: runOf(newest('run')),
    undoable: channel.messages.findLast((one) => kindOf(one) === 'run' && labelsOf(one).includes('Undo…')),
    offer: newest('offer'),
  };
}

function proposalOf(message: Message | undefined): IncidentFacts['proposal'] {
  if (!message) return undefined;
  const words = JSON.stringify(message.blocks ?? []);
  return {
    message,
    words,
    state: proposalState(message, words),
    isUndo: words.includes('*Undo:* *'),
    requestedBy: /asked for by <@([UW][A-Z0-9]+)/.exec(words)?.[1],
  };
}

function proposalState(message: Message, words: string): NonNullable<IncidentFacts['proposal']>['state'] {
  if (labelsOf(message).some((label) => label.startsWith('Approve'))) return 'waiting';
  if (words.includes('No plan was made')) return 'refused';
  if (words.includes('Planning, nothing is changed')) return 'making';
  return words.includes('✅ Approved') ? 'approved' : 'over';
}

function runOf(message: Message | undefined): IncidentFacts['run'] {
  if (!message) return undefined;
  const isOpen = says(message, 'Being applied') || says(message, 'Watching the rollout');
  return {
    message,
    isOver: !isOpen,
    canBeUndone: labelsOf(message).includes('Undo…'),
  };
}

const says = (message: Message, words: string): boolean => JSON.stringify(message.blocks ?? []).includes(words);

const labelsOf = (message: Message): string[] =>
  (message.blocks ?? [])
    .flatMap(elementsOf)
    .flatMap(({ type, text }) => (type === 'button' && isObject(text) ? [String(text.text)] : []));
