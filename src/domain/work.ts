/**
 * Work is anything to be done later: a row in the ledger, never only a message in a queue.
 *
 *   due → claimed (a lease of `leaseMs`, renewed while the handler runs)
 *       → done | due again later | failed for good
 *
 * A lease that ran out may be taken over, so a handler may run twice; effects may not (see docs/architecture.md).
 */
export type WorkKind =
  | 'open-incident'
  | 'furnish-channel'
  | 'post-runbook'
  | 'read-step'
  | 'propose-plan'
  | 'decide-plan'
  | 'apply-plan'
  | 'verify-plan'
  | 'expire-plan'
  | 'draw-home'
  | 'retain'
  | 'sync-pager'
  | 'order-pager'
  | 'reconcile-chat'
  | 'reconcile'
  | 'publish';

/** Decisions and results go before status, status before chatter. */
export type Lane = 'decision' | 'status' | 'chatter';

export type Work = {
  readonly id: string;
  readonly kind: WorkKind;
  /** The id of the row that it is about. */
  readonly subject: string;
  readonly lane: Lane;
  /** How often it has been claimed, this claim included. */
  readonly attempts: number;
  /** Proves that the lease is still ours. */
  readonly claim: string;
};

export type NewWork = {
  readonly kind: WorkKind;
  readonly subject: string;
  readonly lane: Lane;
  readonly delayMs?: number;
  /** Work with the same serial is done one at a time, oldest first. */
  readonly serial?: string;
  /** Do nothing when the same kind and subject already waits unclaimed. */
  readonly coalesce?: true;
};
