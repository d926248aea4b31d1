import type { ActingAs } from './acting-as.ts';

/** How a run ends. Whether the change worked is the verification's business, not the run's. */
export type Outcome =
  | 'succeeded'
  /** Some of several objects. */
  | 'partial'
  /** Certainly no effect. */
  | 'failed'
  /** The world moved, or the API server said no: certainly no effect. */
  | 'refused'
  /** It may have happened. A person has to look. */
  | 'unknown';

/** What became of one part of a plan of several objects. */
export type PartOutcome = {
  /** From 0, as in the plan. */
  readonly part: number;
  readonly outcome: Exclude<Outcome, 'partial'>;
  readonly text: string;
  readonly differences: readonly string[];
  /** When it ended, by the ledger's clock (ISO 8601): what comes in waves waits from then on. */
  readonly at?: string;
};

export type RunOutput = { readonly text: string; readonly exitCode: number };

export type VerificationState = 'watching' | 'passed' | 'failed' | 'gave-up';

/** The execution of one approved plan. */
export type Run = {
  readonly id: string;
  readonly planId: string;
  readonly startedAt: Date;
  /** No request is sent after this. */
  readonly deadlineAt: Date;
  readonly outcome?: Outcome;
  /** One sentence for people. */
  readonly outcomeText?: string;
  readonly finishedAt?: Date;
  readonly verification?: VerificationState;
  readonly verificationText?: string;
  /** The rollout's progress as last seen. */
  readonly progress?: string;
  /** What the server made of it that the plan did not say (a mutating webhook). */
  readonly differences: readonly string[];
  /** Of a command or a request that people approved as it is: what it printed, masked, and how it ended. */
  readonly output?: RunOutput;
  /** Of a plan of several objects: those that have ended, in order. */
  readonly parts?: readonly PartOutcome[];
  /** In whose name its requests are sent; absent: as the bot's own account. */
  readonly actingAs?: ActingAs;
};

/** One request that may have an effect. Its bytes are stored before they are sent. */
export type Attempt = {
  /** Sent as `Audit-ID`, so that a lost answer can be found in the API server's log. */
  readonly auditId: string;
  readonly runId: string;
  /** From 1 within the run. */
  readonly ordinal: number;
  /** Which part of the plan, from 0. */
  readonly part: number;
  readonly request: EffectRequest;
  readonly startedAt: Date;
  readonly answer?: AttemptAnswer;
};

export type AttemptAnswer = 'accepted' | 'rejected' | 'ambiguous';

/** The exact bytes of one write. */
export type EffectRequest = {
  readonly method: 'PATCH' | 'DELETE' | 'POST' | 'PUT';
  /** Path and query below the API server's address; of a request that goes elsewhere the whole URL. */
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
  /** `/metadata/generation` read just before T1, and part of the patch's tests. Nodes have none; a DELETE tests the uid. */
  readonly generation?: number;
  /** The marker that a PATCH without a generation found before; absent: none. */
  readonly markBefore?: string;
  /** In whose name it is sent, each time; absent: as the account itself. */
  readonly as?: ActingAs;
};
