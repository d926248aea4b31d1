/** Views of every kind, with one text put into every place that is untrusted. */
import type { Alert } from '../../../src/domain/alert.ts';
import type { Capture, CapturedPod } from '../../../src/domain/capture.ts';
import type { ActionClass } from '../../../src/domain/action.ts';
import type { Freeze } from '../../../src/domain/freeze.ts';
import type { Incident } from '../../../src/domain/incident.ts';
import type { Run } from '../../../src/domain/outcome.ts';
import type { Page } from '../../../src/domain/page.ts';
import type { Plan } from '../../../src/domain/plan.ts';
import type { Posting, Proposal, Reading } from '../../../src/domain/posting.ts';
import type { Procedure, Step } from '../../../src/domain/runbook.ts';
import type { StepStatus, View } from '../../../src/domain/view.ts';

export const at = new Date('2026-11-22T06:00:00Z');

export function anIncident(text: string, more: Partial<Incident> = {}): Incident {
  return {
    id: 'inc-1',
    number: 7,
    key: 'largeforge/{}',
    service: text,
    title: text,
    severity: 'P1',
    state: 'open',
    openedAt: at,
    ...more,
  };
}

function anAlert(text: string, more: Partial<Alert> = {}): Alert {
  return {
    fingerprint: 'f1',
    name: text,
    status: 'firing',
    labels: { alertname: text, pod: text, [text]: text },
    annotations: { summary: text },
    startsAt: at,
    generatorUrl: text,
    ...more,
  };
}

export function aPage(text: string, more: Partial<Page> = {}): Page {
  return {
    id: 'Q1',
    service: 'PSERVICE',
    number: 12,
    title: text,
    url: text,
    status: 'triggered',
    urgency: 'high',
    priority: text,
    assignees: Array.from({ length: 20 }, () => ({ id: 'PUSER', name: text, email: text })),
    createdAt: at,
    incidentId: 'inc-1',
    asOf: at,
    asOfEvent: text,
    ...more,
  };
}

export const aFreeze = (text: string): Freeze => ({ scope: text, since: at, by: text, byName: text, reason: text });

export function aStep(
  text: string,
  more: { class?: ActionClass; parameters?: number; read?: true; live?: true } = {},
): Step {
  const parameters = Array.from({ length: more.parameters ?? 0 }, (_, n) => ({
    name: `P${n}`,
    type: 'pod' as const,
    from: 'placeholder' as const,
  }));
  return {
    id: 'INC-1/1',
    line: 12,
    endLine: 13,
    phase: 'remedy',
    label: text,
    condition: text,
    source: text,
    kind: 'action',
    action: more.read
      ? { type: 'logs', of: { resource: 'pods', name: 'web' } }
      : { type: 'scale', target: { resource: 'deployments', name: 'web' }, replicas: 1 },
    class: more.class ?? 'change',
    ...(more.live && { live: more.live }),
    parameters,
  };
}

function aManualStep(text: string): Step {
  return {
    id: 'INC-1/2',
    line: 20,
    endLine: 20,
    phase: 'diagnosis',
    label: text,
    source: text,
    kind: 'manual',
    reason: { code: 'external-tool', text },
  };
}

export function aProcedure(text: string, steps: readonly Step[]): Procedure {
  return {
    id: text,
    title: text,
    line: 3,
    alerts: [text],
    severity: { word: text, scale: 'P1' },
    escalation: [text],
    summary: text,
    steps,
  };
}

export function aPosting(text: string): Posting {
  return {
    id: 'post-1',
    service: text,
    runbookDigest: 'd'.repeat(64),
    procedureId: text,
    channel: 'C1',
    requestedBy: 'U0ALICE',
  };
}

export function aPlan(text: string, more: Partial<Plan> & { class?: ActionClass; undo?: 'none' } = {}): Plan {
  const { class: kind = 'change', undo, ...rest } = more;
  const action = { type: 'scale', target: { resource: 'deployments', name: text }, replicas: 1 } as const;
  return {
    id: 'plan-1',
    proposalId: 'prop-1',
    service: text,
    content: {
      id: 'plan-1',
      action,
      target: {
        cluster: text,
        clusterUid: 'c0ffee00-0000',
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        resource: 'deployments',
        namespace: text,
        name: text,
        uid: 'deadbeef-0000',
      },
      changes: [
        { path: '/spec/replicas', label: text, before: text, after: text },
        { path: '/x', label: 'env PASSWORD', before: 'hunter2', after: 'hunter3', masked: true },
      ],
      affected: { pods: 3, podNames: [text], budgets: [text] },
      class: kind,
      classReason: text,
      warnings: [text],
      undo: undo === 'none' ? { kind: 'none', why: text } : { kind: 'action', action, text },
      preview: { kind: 'none', why: text },
      policyDigest: 'p'.repeat(64),
      runbookDigest: 'r'.repeat(64),
      expiresAt: at.toISOString(),
    },
    digest: '0123456789abcdef'.repeat(4),
    canonical: '{}',
    state: 'proposed',
    requestedBy: 'U0ALICE',
    expiresAt: at,
    stateReason: text,
    nonces: { approve: 'nonce-approve-1', deny: 'nonce-deny-1' },
    ...rest,
  };
}

/** Of one pod: as much as is ever kept. */
const aCapturedPod = (text: string): CapturedPod => ({
  namespace: text,
  name: text,
  state: text,
  events: Array.from({ length: 20 }, () => text),
  logs: [{ container: text, previous: true, text: text.repeat(200), isCut: true }],
  missing: [text, text, text],
});

/** The same plan about 60 pods, of which two go at a time. */
export const inWaves = (plan: Plan): Plan => ({
  ...plan,
  id: 'plan-abcdefghij0123456789',
  content: {
    ...plan.content,
    waves: 2,
    changes: [],
    parts: Array.from({ length: 60 }, () => ({
      action: { type: 'delete-pod', target: { resource: 'pods', name: plan.content.target.name } },
      target: plan.content.target,
      changes: plan.content.changes,
    })),
  },
});

export function aProposal(text: string, more: Partial<Proposal> = {}): Proposal {
  return {
    id: 'prop-1',
    postingId: 'post-1',
    ordinal: 1,
    parameters: { [text]: text },
    requestedBy: text,
    state: 'planned',
    reason: text,
    ...more,
  };
}

export function aReading(text: string, more: Partial<Reading> = {}): Reading {
  return {
    id: 'read-1',
    postingId: 'post-1',
    ordinal: 1,
    parameters: { [text]: text },
    requestedBy: 'U0ALICE',
    state: 'done',
    text,
    exitCode: 0,
    truncated: true,
    tookMs: 1234,
    ...more,
  };
}

export function aRun(text: string, more: Partial<Run> = {}): Run {
  return {
    id: 'run-1',
    planId: 'plan-1',
    startedAt: at,
    deadlineAt: at,
    outcome: 'succeeded',
    outcomeText: text,
    finishedAt: at,
    verification: 'passed',
    verificationText: text,
    progress: text,
    differences: [text],
    output: { text, exitCode: 0 },
    ...more,
  };
}

const statuses: readonly StepStatus[] = [
  'idle',
  'running',
  'done',
  'failed',
  'planning',
  'proposed',
  'approved',
  'applied',
];

/** One or more of every kind. */
export function viewsWith(text: string): readonly View[] {
  const many = <T>(one: T): T[] => Array.from({ length: 20 }, () => one);
  const steps = [
    ...statuses.map(() => aStep(text)),
    aManualStep(text),
    aStep(text, { class: 'destructive', parameters: 2 }),
  ];
  const mayApprove = {
    needed: 2,
    responders: [text, 'U0ALICE'],
    approvers: ['S0SRE'],
    pagedToo: true,
    class: 'destructive',
  } as const;
  const vote = {
    planId: 'plan-1',
    voter: text,
    verdict: 'approve',
    ordinal: 1,
    at,
    counted: false,
    reason: text,
  } as const;
  const crowded = aPlan(text, { class: 'destructive', undo: 'none' });
  const crowdedPlan: Plan = {
    ...crowded,
    content: {
      ...crowded.content,
      changes: many(crowded.content.changes[0] ?? { path: '', label: text }),
      warnings: many(text),
      affected: { pods: 50, podNames: many(text), budgets: many(text) },
    },
  };
  return [
    {
      kind: 'incident-card',
      incident: anIncident(text, { acknowledgedBy: text }),
      firing: 30,
      total: 40,
      alerts: many(anAlert(text)),
      responders: many(text),
      runbook: { title: text, path: text },
      pendingPlans: many(aPlan(text)),
      freeze: aFreeze(text),
      pages: many(aPage(text)),
      asksPager: true,
      pagedToo: true,
      nextStep: text,
    },
    {
      kind: 'incident-card',
      incident: anIncident(text, { state: 'resolved', resolvedAt: at, clearedAt: at }),
      firing: 0,
      total: 1,
      alerts: [anAlert(text, { status: 'resolved', endsAt: at })],
      responders: [],
      pendingPlans: [],
      pages: [],
      asksPager: false,
      nextStep: text,
    },
    { kind: 'runbook-card', posting: aPosting(text), path: text, procedure: aProcedure(text, steps), status: statuses },
    {
      kind: 'runbook-card',
      posting: aPosting(text),
      path: text,
      procedure: aProcedure(
        text,
        Array.from({ length: 120 }, () => aStep(text)),
      ),
      status: [],
    },
    { kind: 'runbook-card', posting: aPosting(text), path: text, procedure: aProcedure(text, []), status: [] },
    {
      kind: 'runbook-choice',
      incidentId: 'inc-1',
      candidates: many({ runbookDigest: 'd'.repeat(64), procedureId: text, title: text, path: text }),
    },
    ...statuses.map(
      (status): View => ({ kind: 'step', place: { postingId: 'post-1', ordinal: 1 }, step: aStep(text), status }),
    ),
    { kind: 'step', place: { postingId: 'post-1', ordinal: 1 }, step: aManualStep(text), status: 'idle' },
    {
      kind: 'step',
      place: { postingId: 'post-1', ordinal: 1 },
      step: aStep(text),
      status: 'done',
      reading: aReading(text.repeat(5)),
    },
    { kind: 'runbook-choice', incidentId: 'inc-1', candidates: [] },
    { kind: 'reading', step: aStep(text), reading: aReading(text) },
    { kind: 'reading', step: aStep(text, { read: true }), reading: aReading(text.repeat(40), { exitCode: 1 }) },
    { kind: 'reading', step: aStep(text), reading: { ...aReading(text), state: 'waiting' } },
    { kind: 'reading', step: aStep(text), reading: { ...aReading(text), state: 'failed' } },
    { kind: 'proposal', proposal: aProposal(text, { state: 'planning' }), step: aStep(text), path: text, votes: [] },
    { kind: 'proposal', proposal: aProposal(text, { state: 'refused' }), step: aStep(text), path: text, votes: [] },
    ...(['proposed', 'approved', 'denied', 'expired', 'superseded', 'cancelled'] as const).map(
      (state): View => ({
        kind: 'proposal',
        proposal: aProposal(text),
        step: aStep(text),
        path: text,
        plan: { ...crowdedPlan, state, decidedAt: at },
        votes: many(vote),
        freeze: aFreeze(text),
        mayApprove,
      }),
    ),
    ...(['succeeded', 'partial', 'failed', 'refused', 'unknown'] as const).map(
      (outcome): View => ({
        kind: 'run',
        run: aRun(text, { outcome, differences: many(text), actingAs: { user: text, groups: [text] } }),
        plan: aPlan(text),
        cleared: { name: text, at },
        undoAvailable: outcome === 'succeeded',
      }),
    ),
    {
      kind: 'captures',
      runId: 'run-1',
      captures: many<Capture>({ part: 0, capturedAt: at, pods: many(aCapturedPod(text)), missing: many(text) }),
    },
    { kind: 'captures', runId: 'run-1', captures: [{ part: 0, capturedAt: at, pods: [], missing: [text] }] },
    {
      kind: 'proposal',
      proposal: aProposal(text),
      step: aStep(text),
      path: text,
      plan: inWaves(crowdedPlan),
      votes: many(vote),
      mayApprove,
    },
    { kind: 'notice', text },
    { kind: 'note', by: text, text },
    { kind: 'note', by: 'U0ALICE', text: text.repeat(50) },
    { kind: 'resolve-offer', incident: anIncident(text), clearedAt: at },
  ];
}
