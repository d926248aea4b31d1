/**
 * The ledger is the only authority (PostgreSQL). Everything that is decided is committed here before anyone is told.
 * One method is one small statement; a flow composes them in one transaction.
 */
import type { Alert } from '../domain/alert.ts';
import type { Capture } from '../domain/capture.ts';
import type { Freeze } from '../domain/freeze.ts';
import type { Incident } from '../domain/incident.ts';
import type { Json } from '../domain/json.ts';
import type { Attempt, AttemptAnswer, Run } from '../domain/outcome.ts';
import type { Page, PageNote, PagerOrder } from '../domain/page.ts';
import type { Vote } from '../domain/person.ts';
import type { Plan } from '../domain/plan.ts';
import type { Message, Posting, Proposal, Reading } from '../domain/posting.ts';
import type { Runbook } from '../domain/runbook.ts';
import type { NewWork, Work } from '../domain/work.ts';

export interface Ledger {
  /**
   * Runs in one transaction (read committed); commits when the function returns, rolls back when it throws.
   * Serialization failures and lost connections are thrown as a retryable `OperationError`; nothing is retried inside.
   * Work that was enqueued inside is offered to the queue after the commit.
   */
  transaction<T>(run: (tx: LedgerTransaction) => Promise<T>): Promise<T>;
  /** Takes due, unclaimed (or lapsed) work for `leaseMs` by the database's clock. Undefined: not due, done, or taken. */
  claimWork(id: string, leaseMs: number): Promise<Work | undefined>;
  /** Extends the lease; false when it was lost. */
  renewWork(work: Work, leaseMs: number): Promise<boolean>;
  /** Ids of due, unclaimed work, oldest first within lane order; what the sweeper re-adds. */
  dueWork(limit: number): Promise<readonly { readonly id: string; readonly lane: Work['lane'] }[]>;
  /** Lag of the oldest due work in milliseconds by lane, and counts; for /metrics and /readyz. */
  backlog(): Promise<readonly { readonly lane: Work['lane']; readonly due: number; readonly oldestMs: number }[]>;
  /** Messages that do not show the newest state yet, by lane, and for how long the oldest; for /metrics. */
  outbox(): Promise<readonly { readonly lane: Work['lane']; readonly waiting: number; readonly oldestMs: number }[]>;
  /** Takes away rows that nobody needs any more; never of the journal. In small transactions of its own. */
  prune(keep: { readonly days: number }): Promise<Pruned>;
}

/** How many rows; `incidents` counts those whose details went. */
export type Pruned = Readonly<
  Record<'work' | 'deliveries' | 'alerts' | 'notes' | 'viewers' | 'incidents' | 'postings' | 'runbooks', number>
>;

type Patch<T, K extends keyof T> = Partial<Pick<T, K>>;

export interface LedgerTransaction {
  /** `clock_timestamp()`: the time now, not the transaction's start. */
  now(): Promise<Date>;
  /** Serializes transactions that name the same thing, until this one ends; those that share it only wait for others. */
  lock(name: string, hold?: 'shared'): Promise<void>;

  /** Records an accepted request. False: this key was accepted before, so do nothing more. */
  acceptDelivery(delivery: { source: string; key: string; summary: Json }): Promise<boolean>;

  /** The newest incident of this key, open or not. */
  latestIncident(key: string): Promise<Incident | undefined>;
  incident(id: string): Promise<Incident | undefined>;
  incidentOfChannel(channel: string): Promise<Incident | undefined>;
  openIncidents(limit: number): Promise<readonly Incident[]>;
  /** Acknowledged since before `until`, with pages that are all resolved; newest first. */
  incidentsBehindPages(until: Date, limit: number): Promise<readonly Incident[]>;
  /** Numbers it. */
  insertIncident(incident: Omit<Incident, 'number'>): Promise<Incident>;
  /** A key whose value is `undefined` is left; `null` clears it. */
  updateIncident(
    id: string,
    patch: Patch<Incident, 'title' | 'state' | 'stateAt' | 'severity'> & {
      channel?: string | null;
      channelAskedAt?: Date | null;
      acknowledgedBy?: string | null;
      resolvedAt?: Date | null;
      clearedAt?: Date | null;
    },
  ): Promise<void>;

  page(id: string): Promise<Page | undefined>;
  /** Oldest first. */
  pagesOf(incidentId: string): Promise<readonly Page[]>;
  /** Not resolved, of these PagerDuty services. */
  unresolvedPages(services: readonly string[]): Promise<readonly Page[]>;
  /** Inserts or replaces by id. */
  putPage(page: Page): Promise<void>;
  /** False: it is known. */
  putNote(note: PageNote): Promise<boolean>;
  /** Oldest first. */
  notesOf(pageId: string): Promise<readonly PageNote[]>;
  insertOrder(order: Omit<PagerOrder, 'requestedAt'>): Promise<void>;
  order(id: string): Promise<PagerOrder | undefined>;
  updateOrder(id: string, patch: Patch<PagerOrder, 'state' | 'reason'>): Promise<void>;
  /** Oldest first. */
  ordersOf(incidentId: string): Promise<readonly PagerOrder[]>;

  freezes(): Promise<readonly Freeze[]>;
  /** Inserts or replaces by scope. */
  putFreeze(freeze: Omit<Freeze, 'since'>): Promise<void>;
  /** False: there was none. */
  liftFreeze(scope: string): Promise<boolean>;

  /** Notes that somebody looks at their App Home now. */
  seeHome(slackUser: string): Promise<void>;
  /** Who opened theirs since then, newest first. */
  homeViewers(since: Date, limit: number): Promise<readonly string[]>;

  /** Until when everything that the source said is in the ledger. */
  sourceCheck(source: string): Promise<{ readonly checkedAt: Date; readonly note?: string } | undefined>;
  /** Of sources that are asked no more. */
  forgetSources(sources: readonly string[]): Promise<void>;
  sourceChecks(): Promise<readonly { readonly source: string; readonly checkedAt: Date; readonly note?: string }[]>;
  putSourceCheck(source: string, check: { readonly checkedAt: Date; readonly note?: string }): Promise<void>;

  /** What is known of these fingerprints in a scope (the incident key, or the group key of what matched no service). */
  knownAlerts(
    scope: string,
    fingerprints: readonly string[],
  ): Promise<ReadonlyMap<string, Pick<Alert, 'startsAt' | 'endsAt' | 'status'>>>;
  /** The same for many pairs at once, in no order. */
  knownAmong(
    asked: readonly AlertName[],
  ): Promise<readonly (AlertName & Pick<Alert, 'startsAt' | 'endsAt' | 'status'>)[]>;
  /** Inserts or replaces by (scope, fingerprint); thousands at once. */
  putAlerts(scope: string, incidentId: string | undefined, alerts: readonly Alert[]): Promise<void>;
  /** What the source lists as firing now, of the alerts that the incidents of these services have. */
  noteListed(source: string, seen: { services: readonly string[]; fingerprints: readonly string[] }): Promise<void>;
  /** Firing alerts that the source listed once and has not listed since then, oldest first. */
  absentAlerts(
    source: string,
    since: Date,
    limit: number,
  ): Promise<readonly { readonly scope: string; readonly alert: Alert }[]>;

  alertGroup(hash: string): Promise<GroupRecord | undefined>;
  alertGroupsLike(receiver: string, labels: string): Promise<readonly GroupRecord[]>;
  /** Of many pairs of receiver and labels at once. */
  alertGroupsAmong(names: readonly Pick<GroupRecord, 'receiver' | 'labels'>[]): Promise<readonly GroupRecord[]>;
  /** Does nothing when the hash is known. */
  putAlertGroup(group: GroupRecord): Promise<void>;
  /** Receivers of Alertmanager that have delivered here. */
  alertReceivers(): Promise<readonly string[]>;

  /** Firing first, then newest; at most `limit`. */
  alertsOf(incidentId: string, limit: number): Promise<{ firing: number; total: number; alerts: readonly Alert[] }>;

  saveRunbook(runbook: Runbook): Promise<void>;
  runbook(digest: string): Promise<Runbook | undefined>;

  insertPosting(posting: Posting): Promise<void>;
  posting(id: string): Promise<Posting | undefined>;
  postingsOf(incidentId: string): Promise<readonly Posting[]>;

  insertReading(reading: Reading): Promise<void>;
  reading(id: string): Promise<Reading | undefined>;
  updateReading(
    id: string,
    patch: Patch<Reading, 'state' | 'text' | 'exitCode' | 'truncated' | 'tookMs'>,
  ): Promise<void>;
  readingsOf(postingId: string): Promise<readonly Reading[]>;

  insertProposal(proposal: Proposal): Promise<void>;
  proposal(id: string): Promise<Proposal | undefined>;
  updateProposal(id: string, patch: Patch<Proposal, 'state' | 'reason'>): Promise<void>;
  proposalsOf(postingId: string): Promise<readonly Proposal[]>;

  insertPlan(plan: Plan): Promise<void>;
  plan(id: string): Promise<Plan | undefined>;
  /** The same row, locked until the transaction ends. */
  planForUpdate(id: string): Promise<Plan | undefined>;
  planOfProposal(proposalId: string): Promise<Plan | undefined>;
  /** Locked until the transaction ends. */
  planOfNonce(nonce: string): Promise<Plan | undefined>;
  updatePlan(
    id: string,
    patch: Patch<Plan, 'state' | 'approvalExpiresAt' | 'decidedAt' | 'stateReason'>,
  ): Promise<void>;
  plansOf(incidentId: string): Promise<readonly Plan[]>;
  /** What waits for votes, oldest first. */
  proposedPlans(limit: number): Promise<readonly Plan[]>;
  /** Approved plans of these services whose approval still holds and that have no run; locked until the transaction ends. */
  approvedPlansForUpdate(services: readonly string[]): Promise<readonly Plan[]>;

  /** False when this voter has voted on this plan before. */
  insertVote(vote: Omit<Vote, 'ordinal' | 'at'>): Promise<boolean>;
  votesOf(planId: string): Promise<readonly Vote[]>;
  updateVote(planId: string, voter: string, patch: Patch<Vote, 'counted' | 'reason'>): Promise<void>;

  /** One way: false when the plan already has a run. */
  insertRun(run: Run): Promise<boolean>;
  run(id: string): Promise<Run | undefined>;
  runOfPlan(planId: string): Promise<Run | undefined>;
  updateRun(
    id: string,
    patch: Patch<
      Run,
      | 'outcome'
      | 'outcomeText'
      | 'finishedAt'
      | 'verification'
      | 'verificationText'
      | 'progress'
      | 'differences'
      | 'output'
      | 'parts'
    >,
  ): Promise<void>;
  runsOf(incidentId: string): Promise<readonly Run[]>;
  /** Runs of a service that started in the last hour and are not undos. */
  runsInLastHour(service: string): Promise<number>;

  insertAttempt(attempt: Omit<Attempt, 'ordinal'>): Promise<void>;
  answerAttempt(auditId: string, answer: AttemptAnswer, status?: number): Promise<void>;
  attemptsOf(runId: string): Promise<readonly Attempt[]>;

  /** With the attempt that it was kept before, so that a part has one as long as it has attempts. */
  insertCapture(runId: string, capture: Capture): Promise<void>;
  /** In the order of the parts. */
  capturesOf(runId: string): Promise<readonly Capture[]>;

  /** Creates the message when the key is new and asks for it to be published. */
  putMessage(
    message: Pick<Message, 'key' | 'kind' | 'subject' | 'channel' | 'threadKey' | 'text'>,
    lane: Work['lane'],
  ): Promise<void>;
  message(key: string): Promise<Message | undefined>;
  /** Its state changed: publish it again. Does nothing when there is no such message. */
  touchMessage(key: string, lane: Work['lane']): Promise<void>;
  updateMessage(key: string, patch: Patch<Message, 'ts' | 'askedAt' | 'publishedRevision' | 'goneAt'>): Promise<void>;
  /** What was not posted yet in a channel, and the message `also`, is to be posted in another one. Gives how many. */
  moveMessages(move: { from: string; to: string; also: string }): Promise<number>;

  enqueue(work: NewWork): Promise<void>;
  /** Nobody takes the work over until the transaction ends. Throws `lease-lost` when the claim is no longer ours. */
  holdWork(work: Work): Promise<void>;
  /** Throws `lease-lost` when the claim is no longer ours, which undoes the whole transaction. */
  completeWork(work: Work): Promise<void>;
  /** Due again after `delayMs`; the lease is given back. Throws `lease-lost` as above. */
  postponeWork(work: Work, delayMs: number, error?: string): Promise<void>;
  /**
   * It was not its turn: due again after `delayMs`, and this claim is no attempt. Asking for the same again does not
   * hurry it, unless in a more urgent lane. Throws `lease-lost` as above.
   */
  deferWork(work: Work, delayMs: number, reason: string): Promise<void>;
  /** Never tried again. Throws `lease-lost` as above. */
  failWork(work: Work, error: string): Promise<void>;

  /** Appends to the journal; a sealer numbers and chains it within a second. */
  journal(entry: JournalEntry): Promise<void>;
  /** The incident's timeline, oldest first. */
  timeline(incidentId: string, limit: number): Promise<readonly (JournalEntry & { readonly at: Date })[]>;
  /** The incident's newest entry of one kind. */
  newestEntry(incidentId: string, kind: string): Promise<(JournalEntry & { readonly at: Date }) | undefined>;
  /** Newest first. */
  newestEntries(
    incidentId: string,
    kind: string,
    limit: number,
  ): Promise<readonly (JournalEntry & { readonly at: Date })[]>;
}

/** An alert's key in the ledger. */
export type AlertName = { readonly scope: string; readonly fingerprint: string };

/** A group of alerts that a webhook or Alertmanager's API has told of. */
export type GroupRecord = {
  /** SHA-256 of its groupKey in hex; of what is known of it when that is not. */
  readonly hash: string;
  readonly receiver: string;
  /** SHA-256 of its labels in hex. */
  readonly labels: string;
  /** What stands after the service in its incidents' keys. */
  readonly scope: string;
};

export type JournalEntry = {
  /** `incident.opened`, `plan.approved`, `run.succeeded`, … */
  readonly kind: string;
  readonly incidentId?: string;
  readonly planId?: string;
  /** A Slack user id, `operator:<name>`, or `firebreak`. */
  readonly actor: string;
  readonly data: Json;
};
