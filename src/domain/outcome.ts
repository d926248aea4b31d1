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
};

/** One request that may have an effect. Its bytes are stored before they are sent. */
export type Attempt = {
  /** Sent as `Audit-ID`, so that a lost answer can be found in the API server's log. */
  readonly auditId: string;
  readonly runId: string;
  readonly ordinal: number;
  readonly request: EffectRequest;
  readonly startedAt: Date;
  readonly answer?: AttemptAnswer;
};

export type AttemptAnswer = 'accepted' | 'rejected' | 'ambiguous';

/** The exact bytes of one write. */
export type EffectRequest = {
  readonly method: 'PATCH' | 'DELETE';
  /** Path and query below the API server's address. */
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
  /** `/metadata/generation` read just before T1, and part of the patch's tests. Nodes have none; a DELETE tests the uid. */
  readonly generation?: number;
  /** The marker that a PATCH without a generation found before; absent: none. */
  readonly markBefore?: string;
};
