import type { ChangeAction } from './change-action.ts';

/** A procedure posted to a channel. Buttons name the posting and the step's ordinal, so an old card means what it showed. */
export type Posting = {
  readonly id: string;
  readonly incidentId?: string;
  readonly service: string;
  readonly runbookDigest: string;
  readonly procedureId: string;
  readonly channel: string;
  /** A Slack user id, or `firebreak` when it was posted by the incident itself. */
  readonly requestedBy: string;
  /** What was given with the command, by parameter name: checked against the grammar, and offered in forms. */
  readonly parameters?: Readonly<Record<string, string>>;
};

/** One run of a read-only step. */
export type Reading = {
  readonly id: string;
  readonly postingId: string;
  /** From 1, the step's place in the procedure. */
  readonly ordinal: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly requestedBy: string;
  readonly state: 'waiting' | 'done' | 'failed';
  /** What the chain printed, masked, at most 64 KiB. */
  readonly text?: string;
  readonly exitCode?: number;
  /** The text was cut at the limit. */
  readonly truncated?: boolean;
  readonly tookMs?: number;
};

/** Somebody asked for a change; the plan is being made, or could not be. */
export type Proposal = {
  readonly id: string;
  readonly postingId: string;
  readonly ordinal: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly requestedBy: string;
  readonly state: 'planning' | 'planned' | 'refused';
  /** Why there is no plan, for people. */
  readonly reason?: string;
  /** Set when this is the undo of a run; then `action` is what to do. */
  readonly undoOf?: string;
  readonly action?: ChangeAction;
};

/** Which message is where. Publishing renders the newest state, so several touches become one update. */
export type Message = {
  readonly key: string;
  readonly kind: MessageKind;
  /** The id of what it shows. */
  readonly subject: string;
  readonly channel: string;
  /** The key of the message whose thread it is in. */
  readonly threadKey?: string;
  readonly ts?: string;
  /** Set before the first send: when there is still no `ts`, the channel's history is read before sending again. */
  readonly askedAt?: Date;
  readonly createdAt: Date;
  readonly revision: number;
  readonly publishedRevision: number;
  /** Somebody deleted it in the chat: it is not drawn again. */
  readonly goneAt?: Date;
  /** Of notices and notes, and the candidates of a choice. */
  readonly text?: string;
};

export type MessageKind =
  | 'incident-card'
  | 'runbook-card'
  | 'runbook-choice'
  | 'step'
  | 'reading'
  | 'proposal'
  | 'run'
  | 'captures'
  | 'notice'
  | 'note'
  | 'resolve-offer';
