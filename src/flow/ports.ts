/** What the flow needs of the outside, besides the ledger. Adapters implement these; tests hold them to contracts. */
import type { ChangeAction, ObjectReference, ParameterType, ReadAction } from '../domain/action.ts';
import type { EffectRequest } from '../domain/outcome.ts';
import type { Member } from '../domain/person.ts';
import type { FieldChange, PlanFacts, Target } from '../domain/plan.ts';
import type { Runbook } from '../domain/runbook.ts';
import type { Policy, Service } from '../domain/policy.ts';
import type { Work } from '../domain/work.ts';
import type { View } from '../domain/view.ts';

export interface Clock {
  now(): Date;
}

/** Random, unguessable ids: `prefix-` and 20 characters of a-z and 0-9. */
export type NewId = (prefix: string) => string;

/** Wakes workers. Best effort: what is lost here is found by the sweeper. Never throws. */
export interface Queue {
  wake(work: readonly { readonly id: string; readonly lane: Work['lane']; readonly delayMs?: number }[]): Promise<void>;
}

/** One Kubernetes cluster. All errors are `OperationError`s with a `cluster-…` code. */
export interface Cluster {
  /** uid of the kube-system namespace. */
  uid(): Promise<string>;
  /** What an operator's command without a namespace means: the kubeconfig's own. */
  contextNamespace(): Promise<string>;
  /**
   * Runs a read and gives the text and exit code that kubectl would (before filters).
   * `kubectl`'s own error text goes to `text` with exit code 1 when the server says no (NotFound, Forbidden …).
   */
  read(action: ReadAction, context: ReadContext): Promise<ReadAnswer>;
  /** Live names for a parameter, sorted, at most 100. */
  candidates(
    type: ParameterType,
    scope: { namespace: string; of?: ObjectReference<string> },
  ): Promise<readonly string[]>;
  /** Resolves a change against the live objects and asks the server with dryRun=All. Writes nothing. */
  resolve(action: ChangeAction, context: ResolveContext): Promise<Resolution>;
  /** Reads the object again and builds the bytes to send, with tests on uid, generation and every before-value. */
  prepare(plan: EffectPlan): Promise<Prepared>;
  /** Sends once. Never throws: what happened is the answer. */
  send(
    plan: EffectPlan,
    request: EffectRequest,
    options: { auditId: string; timeoutMs: number },
  ): Promise<EffectAnswer>;
  /** After an ambiguous answer: did it land? Throws when the cluster cannot be asked. */
  readBack(plan: EffectPlan, request: EffectRequest): Promise<ReadBack>;
  /** How the rollout that follows a change stands. */
  observe(plan: EffectPlan): Promise<RolloutProgress>;
  close(): Promise<void>;
}

export type ReadContext = {
  /** For actions that name none. */
  readonly defaultNamespace: string;
  /** The service's; undefined for an operator's own kubeconfig, which may read anywhere. */
  readonly allowedNamespaces?: readonly string[];
  readonly signal: AbortSignal;
  /** Bytes of text kept; the rest is cut and said. */
  readonly textLimit: number;
};

export type ReadAnswer = {
  readonly text: string;
  /** The end of `text` that kubectl writes to its error stream: notes and errors. Never with filters behind the read. */
  readonly errorText?: string;
  readonly exitCode: number;
  readonly truncated: boolean;
};

export type ResolveContext = {
  readonly defaultNamespace: string;
  /** Undefined for an operator's own kubeconfig. */
  readonly allowedNamespaces?: readonly string[];
  readonly protectedNamespaces: readonly string[];
  readonly podsPerPlan: number;
  /** The clock's time for `restartedAt`. */
  readonly now: Date;
};

export type Resolution =
  | { readonly kind: 'resolved'; readonly facts: PlanFacts }
  /** The object is already as the action wants it. */
  | { readonly kind: 'no-change'; readonly text: string }
  /** With what to do next, for people. */
  | { readonly kind: 'refused'; readonly text: string };

/** The part of a plan that its effect needs. */
export type EffectPlan = {
  readonly id: string;
  readonly action: ChangeAction;
  readonly target: Target;
  readonly changes: readonly FieldChange[];
};

export type Prepared =
  | { readonly kind: 'ready'; readonly request: EffectRequest }
  /** The object is gone, is another one, or a before-value moved: certainly no effect. */
  | { readonly kind: 'refused'; readonly text: string }
  /** Our marker and the after-values are already there. */
  | { readonly kind: 'landed' };

export type EffectAnswer =
  /** 2xx. `differences`: what the server stored that the plan did not say, as sentences. */
  | { readonly kind: 'accepted'; readonly status: number; readonly differences: readonly string[] }
  /** A 4xx of the API server to a first send: nothing happened. */
  | { readonly kind: 'rejected'; readonly status: number; readonly text: string }
  /** Time-out, reset, 5xx, 429: it may have happened. */
  | { readonly kind: 'ambiguous'; readonly status?: number; readonly text: string };

export type ReadBack =
  | { readonly kind: 'landed'; readonly differences: readonly string[] }
  /** Same uid and generation, before-values as planned, no marker. */
  | { readonly kind: 'untouched' }
  /** It changed without our marker: nobody can tell. */
  | { readonly kind: 'moved'; readonly text: string };

export type RolloutProgress = {
  readonly state: 'rolling' | 'done' | 'failed';
  /** `2 of 3 updated replicas are available`. */
  readonly text: string;
  readonly ready: number;
  readonly wanted: number;
};

/** The chat that people see. Errors: `chat-rate-limited` (retryAfterMs), `chat-ambiguous` (it may have happened), `chat-rejected`. */
export interface Chat {
  createChannel(name: string): Promise<{ kind: 'created'; channel: string } | { kind: 'taken' }>;
  /** A live channel with exactly this name, and whether this app made it. */
  findChannel(name: string): Promise<{ channel: string; ours: boolean } | undefined>;
  archiveChannel(channel: string): Promise<void>;
  /** The next four may be repeated without harm. */
  setTopic(channel: string, topic: string): Promise<void>;
  addBookmarks(channel: string, bookmarks: readonly { title: string; link: string }[]): Promise<void>;
  invite(channel: string, slackUsers: readonly string[]): Promise<void>;
  pin(channel: string, ts: string): Promise<void>;
  post(message: { channel: string; threadTs?: string; key: string; view: View }): Promise<{ ts: string }>;
  /** Looks for a message with this key in the channel's or thread's recent history. */
  findMessage(where: { channel: string; threadTs?: string; key: string }): Promise<{ ts: string } | undefined>;
  update(message: { channel: string; ts: string; view: View }): Promise<void>;
  /** Seen by one person only; lost when it fails. */
  tell(where: { channel: string; user: string; threadTs?: string }, text: string): Promise<void>;
}

/** People, as the chat knows them; answers are at most 60 s old and failures are thrown, so that doubt never approves. */
export interface Directory {
  member(slackUser: string): Promise<Member>;
  /** Slack user ids. */
  groupMembers(group: string): Promise<readonly string[]>;
  /** Whether people of another organisation are in the channel: no approvals there. */
  isShared(channel: string): Promise<boolean>;
}

/** The service's runbook files, compiled. Files that cannot be read are reported by name, never silently left out. */
export interface Runbooks {
  of(service: Service): Promise<{ readonly runbooks: readonly Runbook[]; readonly problems: readonly string[] }>;
}

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Crash tests end the process at these places; see test/crash. In production it does nothing. */
export type Failpoint = (name: FailpointName) => void;

/** Every boundary between two things that can be lost apart from each other. */
export const failpointNames = [
  'receive:before-commit',
  'receive:after-commit',
  'wake:before',
  'wake:after',
  'channel:before-create',
  'channel:after-create',
  'vote:before-commit',
  'vote:after-commit',
  'decide:before-commit',
  'decide:after-commit',
  't1:before-commit',
  't1:after-commit',
  'request:before',
  'request:after',
  't2:before-commit',
  't2:after-commit',
  'publish:before-send',
  'publish:after-send',
  'verify:watching',
] as const;
export type FailpointName = (typeof failpointNames)[number];

/** What every part of the flow is given. */
export type World = {
  readonly services: readonly Service[];
  readonly policy: Policy;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Log;
  readonly failpoint: Failpoint;
};
