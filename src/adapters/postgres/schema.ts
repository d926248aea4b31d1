/**
 * Row types, as Kysely needs them. Columns are snake_case in the database and camelCase here (CamelCasePlugin), so a
 * row differs from its domain type only in `null` for absent keys and in what the database adds.
 *
 * Documents are of type `json` and not `jsonb`: the text stays as it was written, which a digest or a hash needs, and
 * what others send may hold escapes (NUL, lone surrogates) that `jsonb` refuses.
 */
import type { ColumnType, Generated } from 'kysely';
import type { ActingAs } from '../../domain/acting-as.ts';
import type { ChangeAction } from '../../domain/change-action.ts';
import type { Alert } from '../../domain/alert.ts';
import type { CapturedPod } from '../../domain/capture.ts';
import type { Incident } from '../../domain/incident.ts';
import type { Json } from '../../domain/json.ts';
import type {
  AttemptAnswer,
  EffectRequest,
  Outcome,
  PartOutcome,
  RunOutput,
  VerificationState,
} from '../../domain/outcome.ts';
import type { Page, PagerOrder } from '../../domain/page.ts';
import type { Vote } from '../../domain/person.ts';
import type { PlanState } from '../../domain/plan.ts';
import type { MessageKind, Proposal, Reading } from '../../domain/posting.ts';
import type { Procedure } from '../../domain/runbook.ts';
import type { Lane, WorkKind } from '../../domain/work.ts';

/** Read parsed, written as JSON text. */
type Document<T> = ColumnType<T, string, string>;
/** bigserial and bigint: pg reads them as text. */
type BigSerial = ColumnType<string, never, never>;

export type Schema = {
  delivery: {
    id: BigSerial;
    source: string;
    key: string;
    summary: Document<Json>;
    receivedAt: Generated<Date>;
  };
  incident: {
    id: string;
    number: Generated<number>;
    key: string;
    service: string;
    title: string;
    severity: Incident['severity'];
    state: Incident['state'];
    openedAt: Date;
    acknowledgedBy: string | null;
    resolvedAt: Date | null;
    clearedAt: Date | null;
    channel: string | null;
    channelAskedAt: Date | null;
    stateAt: Date | null;
    prunedAt: ColumnType<never, never, null>;
  };
  alert: {
    scope: string;
    fingerprint: string;
    incidentId: string | null;
    name: string;
    status: Alert['status'];
    labels: Document<Alert['labels']>;
    annotations: Document<Alert['annotations']>;
    startsAt: Date;
    endsAt: Date | null;
    generatorUrl: string | null;
    listedBy: string | null;
    absentSince: Date | null;
  };
  runbook: {
    digest: string;
    path: string;
    title: string;
    procedures: Document<readonly Procedure[]>;
  };
  posting: {
    seq: BigSerial;
    id: string;
    incidentId: string | null;
    service: string;
    runbookDigest: string;
    procedureId: string;
    channel: string;
    requestedBy: string;
    parameters: ColumnType<Readonly<Record<string, string>> | null, string | undefined, never>;
  };
  reading: {
    seq: BigSerial;
    id: string;
    postingId: string;
    ordinal: number;
    parameters: Document<Reading['parameters']>;
    requestedBy: string;
    state: Reading['state'];
    text: string | null;
    exitCode: number | null;
    truncated: boolean | null;
    tookMs: number | null;
  };
  proposal: {
    seq: BigSerial;
    id: string;
    postingId: string;
    ordinal: number;
    parameters: Document<Proposal['parameters']>;
    requestedBy: string;
    state: Proposal['state'];
    reason: string | null;
    undoOf: string | null;
    action: ColumnType<ChangeAction | null, string | null, never>;
  };
  plan: {
    seq: BigSerial;
    id: string;
    proposalId: string;
    incidentId: string | null;
    service: string;
    digest: string;
    canonical: string;
    state: PlanState;
    requestedBy: string;
    undoOf: string | null;
    expiresAt: Date;
    approvalExpiresAt: Date | null;
    decidedAt: Date | null;
    stateReason: string | null;
    approveNonce: string;
    denyNonce: string;
  };
  vote: {
    ordinal: BigSerial;
    planId: string;
    voter: string;
    verdict: Vote['verdict'];
    at: Generated<Date>;
    counted: boolean | null;
    reason: string | null;
  };
  run: {
    seq: BigSerial;
    id: string;
    planId: string;
    startedAt: Date;
    deadlineAt: Date;
    outcome: Outcome | null;
    outcomeText: string | null;
    finishedAt: Date | null;
    verification: VerificationState | null;
    verificationText: string | null;
    progress: string | null;
    differences: Document<readonly string[]>;
    parts: Document<readonly PartOutcome[]> | null;
    output: Document<RunOutput> | null;
    actingAs: Document<ActingAs> | null;
  };
  capture: {
    runId: string;
    part: number;
    capturedAt: Date;
    pods: Document<readonly CapturedPod[]>;
    missing: Document<readonly string[]>;
  };
  attempt: {
    auditId: string;
    runId: string;
    ordinal: number;
    part: number;
    request: Document<EffectRequest>;
    startedAt: Date;
    answer: AttemptAnswer | null;
    status: number | null;
    answeredAt: Date | null;
  };
  message: {
    key: string;
    kind: MessageKind;
    subject: string;
    channel: string;
    threadKey: string | null;
    ts: string | null;
    askedAt: Date | null;
    createdAt: Generated<Date>;
    revision: Generated<number>;
    publishedRevision: Generated<number>;
    goneAt: Date | null;
    text: string | null;
  };
  work: {
    id: BigSerial;
    kind: WorkKind;
    subject: string;
    lane: Lane;
    serial: string | null;
    coalesces: Generated<boolean>;
    dueAt: Generated<Date>;
    attempts: Generated<number>;
    claimedBy: string | null;
    claimedUntil: Date | null;
    doneAt: Date | null;
    failedAt: Date | null;
    error: string | null;
    createdAt: Generated<Date>;
  };
  journal: {
    id: BigSerial;
    at: Generated<Date>;
    kind: string;
    incidentId: string | null;
    planId: string | null;
    actor: string;
    data: Document<Json>;
  };
  journalSeal: {
    seq: ColumnType<string, number, never>;
    journalId: ColumnType<string, string, never>;
    previous: string;
    hash: string;
  };
  /** Journal rows that no seal covers yet; a trigger fills it. */
  journalPending: {
    journalId: ColumnType<string, never, never>;
  };
  page: {
    id: string;
    incidentId: string;
    service: string;
    number: number;
    title: string;
    url: string;
    status: Page['status'];
    urgency: Page['urgency'];
    priority: string | null;
    incidentKey: string | null;
    escalationPolicy: string | null;
    assignees: Document<Page['assignees']>;
    createdAt: Date;
    asOf: Date;
    asOfEvent: string;
    marks: ColumnType<NonNullable<Page['marks']> | null, string | null, string | null>;
  };
  pageNote: {
    id: string;
    pageId: string;
    at: Date;
    by: string | null;
    text: string;
  };
  alertGroup: {
    hash: string;
    receiver: string;
    labels: string;
    scope: string;
  };
  pagerOrder: {
    seq: BigSerial;
    id: string;
    incidentId: string;
    order: Document<PagerOrder['order']>;
    requestedBy: string;
    requestedAt: Generated<Date>;
    state: PagerOrder['state'];
    reason: string | null;
  };
  freeze: {
    scope: string;
    since: Generated<Date>;
    by: string;
    byName: string | null;
    reason: string | null;
  };
  homeViewer: {
    slackUser: string;
    openedAt: Date;
  };
  sourceCheck: {
    source: string;
    checkedAt: Date;
    note: string | null;
  };
};
