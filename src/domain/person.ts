/** Who a Slack user is, as far as permission goes. At most 60 s old when a decision is taken on it. */
export type Member = {
  readonly slack: string;
  /**
   * One for each human being: the e-mail address in lower case, or what `people:` says; `slack:U…` when there is
   * neither. Two accounts of one person are one identity.
   */
  readonly identity: string;
  /** Whether the identity is known by e-mail or `people:`; others cannot vote on destructive plans. */
  readonly mapped: boolean;
  readonly name: string;
  readonly standing: 'member' | 'guest' | 'stranger' | 'bot' | 'deactivated';
};

/** What a member may do for one service. */
export type Standing = {
  readonly member: Member;
  readonly responder: boolean;
  readonly approver: boolean;
  readonly onCall: boolean;
  /** PagerDuty could not be asked who is on call: what being on call by it grants is missing here. */
  readonly onCallUnknown?: true;
};

/** One person's approve or deny on one digest. */
export type Vote = {
  readonly planId: string;
  /** Slack user id of who clicked. */
  readonly voter: string;
  readonly verdict: 'approve' | 'deny';
  /** Ledger order. */
  readonly ordinal: number;
  readonly at: Date;
  /** Set when it was counted. */
  readonly counted?: boolean;
  /** Why it did not count, for people. */
  readonly reason?: string;
};
