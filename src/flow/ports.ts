/** What the flow needs of the outside, besides the ledger. Adapters implement these; tests hold them to contracts. */
import type { ActingAs, WhoActs } from '../domain/acting-as.ts';
import type { ActionClass, ParameterType } from '../domain/action.ts';
import type { ChangeAction, ClusterChange, SingleChange } from '../domain/change-action.ts';
import type { Captured } from '../domain/capture.ts';
import type { ObjectReference } from '../domain/object-reference.ts';
import type { ClusterRead, SingleRead } from '../domain/read-action.ts';
import type { Alert } from '../domain/alert.ts';
import type { EffectRequest, RunOutput } from '../domain/outcome.ts';
import type { OnCall, PagerUser, PageSnapshot } from '../domain/page.ts';
import type { Member } from '../domain/person.ts';
import type { FieldChange, PlanFacts, Target } from '../domain/plan.ts';
import type { Runbook } from '../domain/runbook.ts';
import type { Policy, Service } from '../domain/policy.ts';
import type { Lane, Work } from '../domain/work.ts';
import type { HomeView, View } from '../domain/view.ts';

export interface Clock {
  now(): Date;
}

/** Random, unguessable ids: `prefix-` and 20 characters of a-z and 0-9. */
export type NewId = (prefix: string) => string;

/** Wakes workers. Best effort: what is lost here is found by the sweeper. Never throws. */
export interface Queue {
  wake(work: readonly { readonly id: string; readonly lane: Work['lane']; readonly delayMs?: number }[]): Promise<void>;
}

/** Runs reads of its kinds and gives the text and exit code that the author's program would, before filters. */
export interface Reader<A = SingleRead> {
  /** What the other side refuses is text with an exit code; throws when it cannot be asked at all. */
  read(action: A, context: ReadContext): Promise<ReadAnswer>;
}

/** Carries out changes of its kinds. Nothing is sent twice inside; what to do after a lost answer is the flow's decision. */
export interface Actor<A = ChangeAction> {
  /** Resolves a change against the live objects and asks the server with dryRun=All. Writes nothing. */
  resolve(action: A, context: ResolveContext): Promise<Resolution>;
  /**
   * Reads the object again and builds the bytes to send, with tests on uid, generation and every before-value (a DELETE:
   * the uid). `acting` may come later than the rest; the request says so, and whether it may be sent has been asked.
   */
  prepare(plan: EffectPlan, acting?: Promise<ActingAs | undefined>): Promise<Prepared>;
  /** In whose name a change of this approver's is sent. Absent: always as the account that is configured. */
  readonly whoActs?: (approver: Pick<Member, 'identity' | 'mapped' | 'name'>) => WhoActs;
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
  /**
   * Of pods that this plan deletes too and that are still there: how many are of the same controller and serve nobody.
   * Its replacement need not wait for those.
   */
  unready?(plan: EffectPlan, others: readonly EffectPlan[]): Promise<number>;
  /** What would be lost with the pods that a change ends. What cannot be had is said in the answer. */
  capture?(plan: EffectPlan, options: CaptureOptions): Promise<Captured>;
}

/** One Kubernetes cluster. All errors are `OperationError`s with a `cluster-…` code. */
export interface Cluster extends Reader<ClusterRead>, Actor<ClusterChange> {
  /** uid of the kube-system namespace. */
  uid(): Promise<string>;
  /** What an operator's command without a namespace means: the kubeconfig's own. */
  contextNamespace(): Promise<string>;
  /** Live names for a parameter, sorted, at most 100. */
  candidates(
    type: ParameterType,
    scope: { namespace: string; of?: ObjectReference<string> },
  ): Promise<readonly string[]>;
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
  /** The two streams go to different places: what goes to the error stream has to be told apart, in `errorText`. */
  readonly apart?: boolean;
};

export type ReadAnswer = {
  readonly text: string;
  /** The end of `text` that the program writes to its error stream: notes and errors. */
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
  /** Plural cluster-scoped kinds that may be changed; undefined for an operator's own kubeconfig: any. */
  readonly clusterScoped?: readonly string[];
  /** Where images may come from; empty or undefined: the repository of the current one. */
  readonly imageRepositories?: readonly string[];
  /** Of an undo: what it undoes. Whoever changed that since keeps what they made: the undo is refused. */
  readonly undoes?: readonly Undone[];
  /** The clock's time for `restartedAt`. */
  readonly now: Date;
};

/** One part of a run that is to be undone, and what the server made of it then that the plan did not say. */
export type Undone = EffectPlan & { readonly differences: readonly string[] };

export type Resolution =
  | { readonly kind: 'resolved'; readonly facts: PlanFacts }
  /** The object is already as the action wants it. */
  | { readonly kind: 'no-change'; readonly text: string }
  /** With what to do next, for people. */
  | { readonly kind: 'refused'; readonly text: string };

/** The part of a plan that its effect needs. */
export type EffectPlan = {
  /** The plan's, or `plan.N` of a later part: what the marker says. */
  readonly id: string;
  readonly action: SingleChange;
  /** What people voted on; a reason for it that is gone by now ends the plan. */
  readonly class: ActionClass;
  readonly target: Target;
  readonly changes: readonly FieldChange[];
};

/** At most so many pods and bytes; when the signal aborts, what there is by then. */
export type CaptureOptions = {
  readonly signal: AbortSignal;
  readonly podsMax: number;
  readonly bytesMax: number;
};

export type Prepared =
  | { readonly kind: 'ready'; readonly request: EffectRequest }
  /** The object is gone, is another one, or a before-value moved: certainly no effect. */
  | { readonly kind: 'refused'; readonly text: string }
  /** Our marker and the after-values are already there. */
  | { readonly kind: 'landed'; readonly text?: string };

export type EffectAnswer =
  /** 2xx. `differences`: what the server stored that the plan did not say, as sentences. */
  | {
      readonly kind: 'accepted';
      readonly status: number;
      readonly differences: readonly string[];
      /** What an opaque effect printed, and how its program ended. */
      readonly output?: RunOutput;
    }
  /** A 4xx of the API server to a first send: nothing happened. */
  | { readonly kind: 'rejected'; readonly status: number; readonly text: string }
  /** Time-out, reset, 5xx, 429: it may have happened. `retryAfterMs`: how long the server wants to be left alone. */
  | {
      readonly kind: 'ambiguous';
      readonly status?: number;
      readonly text: string;
      readonly retryAfterMs?: number | undefined;
    };

export type ReadBack =
  | {
      readonly kind: 'landed';
      readonly differences: readonly string[];
      /** What is certain, when it is less than "our request did it". */
      readonly text?: string;
    }
  /** Same uid and generation, before-values as planned, no marker. */
  | { readonly kind: 'untouched' }
  /** It changed without our marker: nobody can tell. */
  | { readonly kind: 'moved'; readonly text: string };

export type RolloutProgress = {
  /** `lost`: nobody can be asked any more. */
  readonly state: 'rolling' | 'done' | 'failed' | 'lost';
  /** `2 of 3 updated replicas are available`. */
  readonly text: string;
  readonly ready: number;
  readonly wanted: number;
};

/**
 * The chat that people see. Errors: `chat-rate-limited` (certainly nothing happened; `retryAfterMs` is when it is its
 * turn), `chat-ambiguous` (it may have happened), `chat-rejected`.
 *
 * `lane` is how urgent a call is when the chat's limits are near; `decision` when it is absent. `beforeSend` runs when the
 * call has its turn and before it is sent: what must be noted before an effect is not noted for one that is postponed.
 */
export interface Chat {
  createChannel(
    name: string,
    options?: { readonly beforeSend?: () => Promise<void> },
  ): Promise<{ kind: 'created'; channel: string } | { kind: 'taken' }>;
  /** A live channel with exactly this name, and whether this app made it. */
  findChannel(name: string): Promise<{ channel: string; ours: boolean } | undefined>;
  archiveChannel(channel: string): Promise<void>;
  /** False: it is archived, deleted, or private and without us. */
  isLive(channel: string): Promise<boolean>;
  /** The next four may be repeated without harm. */
  setTopic(channel: string, topic: string): Promise<void>;
  addBookmarks(channel: string, bookmarks: readonly { title: string; link: string }[]): Promise<void>;
  invite(channel: string, slackUsers: readonly string[]): Promise<void>;
  pin(channel: string, ts: string): Promise<void>;
  post(message: {
    channel: string;
    threadTs?: string;
    key: string;
    view: View;
    lane?: Lane;
    beforeSend?: () => Promise<void>;
  }): Promise<{ ts: string }>;
  /** Looks for a message with this key in the channel's or thread's recent history. */
  findMessage(where: {
    channel: string;
    threadTs?: string;
    key: string;
    lane?: Lane;
  }): Promise<{ ts: string } | undefined>;
  /** `chat-message-gone`: somebody deleted it. `chat-channel-gone`, of `post` too: the channel is archived. */
  update(message: { channel: string; ts: string; view: View; lane?: Lane }): Promise<void>;
  /** Replaces what this person sees on the App Home. May be repeated without harm. */
  publishHome(user: string, home: HomeView): Promise<void>;
  /** What people wrote in the channel and its threads after `since`, oldest first; at most a thousand messages. */
  saidSince(channel: string, since: Date): Promise<readonly Said[]>;
  /** Seen by one person only; lost when it fails. */
  tell(where: { channel: string; user: string; threadTs?: string }, text: string): Promise<void>;
}

/** A message that a person wrote, without its text. */
export type Said = {
  readonly ts: string;
  readonly at: Date;
  readonly user: string;
  readonly threadTs?: string;
  /** Names the bot, or begins like a command; else only a message. */
  readonly kind: 'mention' | 'command' | 'message';
};

/**
 * PagerDuty. `from` is the e-mail address of the PagerDuty user in whose name it is done; absent: the configured one.
 * Errors: `pager-rate-limited` (retryAfterMs), `pager-ambiguous` (it may have happened), `pager-rejected`,
 * `pager-unavailable` (certainly nothing happened). Nothing is retried inside.
 */
export interface Pager {
  page(id: string): Promise<PageSnapshot | undefined>;
  /** All that are not resolved, and those that changed since then; of these PagerDuty services. */
  pagesSince(services: readonly string[], since: Date): Promise<readonly PageSnapshot[]>;
  /** `unchanged`: it was already so (1001, 1002). An acknowledge of a resolved page would reopen it: read first. */
  setStatus(id: string, status: 'acknowledged' | 'resolved', from?: string): Promise<'changed' | 'unchanged'>;
  /** Oldest first. Undefined: there is no such page (any more). */
  notes(id: string): Promise<readonly { readonly id: string; readonly text: string }[] | undefined>;
  /** Not idempotent: look for the key in `notes` first. */
  addNote(id: string, text: string, from?: string): Promise<void>;
  escalate(id: string, level: number, from?: string): Promise<void>;
  /** PagerDuty user ids. */
  reassign(id: string, users: readonly string[], from?: string): Promise<void>;
  /** How many levels the policy has. */
  levelsOf(escalationPolicy: string): Promise<number>;
  /** Lowest level first. */
  onCall(escalationPolicy: string): Promise<readonly OnCall[]>;
  userByEmail(email: string): Promise<PagerUser | undefined>;
  /** The webhook subscriptions that deliver here (their address ends in our path). */
  subscriptions(): Promise<readonly PagerSubscription[]>;
  enableSubscription(id: string): Promise<void>;
}

export type PagerSubscription = {
  readonly id: string;
  readonly url: string;
  readonly active: boolean;
  /** PagerDuty switched it off for a day after dropped events. */
  readonly temporarilyDisabled: boolean;
};

/** One Alertmanager, asked for what its webhooks may not have said. Throws `source-unavailable`. */
export interface AlertSource {
  firing(): Promise<FiringAlerts>;
}

export type FiringAlerts = {
  /** Right after its start it knows nothing yet, and its silence says nothing. */
  readonly startedAt: Date;
  /** Of every alert that it holds, silenced and inhibited ones included. */
  readonly fingerprints: readonly string[];
  /** What it would send now, and to whom: not to Firebreak alone. */
  readonly groups: readonly FiringGroup[];
};

export type FiringGroup = {
  readonly receiver: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What its webhooks may carry as groupKey: one when its routes tell, several when they leave it open, or none. */
  readonly groupKeys: readonly string[];
  readonly alerts: readonly Alert[];
};

/** People, as the chat knows them; answers are at most 60 s old and failures are thrown, so that doubt never approves. */
export interface Directory {
  member(slackUser: string): Promise<Member>;
  /** Slack user ids. */
  groupMembers(group: string): Promise<readonly string[]>;
  /** The Slack user of an e-mail address, `people:` in firebreak.yaml first; undefined: there is none. */
  byEmail(email: string): Promise<string | undefined>;
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
