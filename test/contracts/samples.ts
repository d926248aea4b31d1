/** Domain values for the ledger's contract: `least` has no optional key, `most` has all of them. */
import canonicalize from 'canonicalize';
import { randomUUID } from 'node:crypto';
import type { Alert } from '../../src/domain/alert.ts';
import type { Incident } from '../../src/domain/incident.ts';
import type { Run } from '../../src/domain/outcome.ts';
import type { Plan, PlanContent } from '../../src/domain/plan.ts';
import type { Posting, Proposal, Reading } from '../../src/domain/posting.ts';

export const uid = (prefix: string): string => `${prefix}-${randomUUID().slice(0, 13)}`;

/** Milliseconds must survive. */
export const noon = new Date('2026-03-01T12:00:00.123Z');
export const later = new Date('2026-03-01T12:05:00.456Z');

export const leastIncident = (over: Partial<Omit<Incident, 'number'>> = {}): Omit<Incident, 'number'> => ({
  id: uid('inc'),
  key: uid('key'),
  service: 'shop',
  title: 'HighErrorRate',
  severity: 'P1',
  state: 'open',
  openedAt: noon,
  ...over,
});

export const mostIncident = (): Omit<Incident, 'number'> =>
  leastIncident({
    state: 'resolved',
    acknowledgedBy: 'U0ALICE',
    resolvedAt: later,
    clearedAt: noon,
    channel: uid('C'),
    channelAskedAt: noon,
  });

export const firing = (fingerprint: string, over: Partial<Alert> = {}): Alert => ({
  fingerprint,
  name: 'HighErrorRate',
  status: 'firing',
  labels: { namespace: 'shop', severity: 'critical' },
  annotations: { summary: 'it burns' },
  startsAt: noon,
  ...over,
});

export const leastPosting = (over: Partial<Posting> = {}): Posting => ({
  id: uid('post'),
  service: 'shop',
  runbookDigest: 'd1',
  procedureId: 'INC-001',
  channel: 'C1',
  requestedBy: 'firebreak',
  ...over,
});

export const leastReading = (over: Partial<Reading> = {}): Reading => ({
  id: uid('read'),
  postingId: uid('post'),
  ordinal: 2,
  parameters: { POD: 'web-0' },
  requestedBy: 'U0ALICE',
  state: 'waiting',
  ...over,
});

const scale = {
  type: 'scale',
  target: { resource: 'deployments', group: 'apps', name: 'web' },
  replicas: 3,
  namespace: 'shop',
} as const;

export const leastProposal = (over: Partial<Proposal> = {}): Proposal => ({
  id: uid('prop'),
  postingId: uid('post'),
  ordinal: 3,
  parameters: {},
  requestedBy: 'U0ALICE',
  state: 'planning',
  ...over,
});

export const mostProposal = (): Proposal => leastProposal({ reason: 'why', undoOf: uid('run'), action: scale });

export function leastPlan(over: Partial<Plan> = {}): Plan {
  const id = over.id ?? uid('plan');
  const content: PlanContent = {
    id,
    action: scale,
    target: {
      cluster: 'main',
      clusterUid: 'c-uid',
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      resource: 'deployments',
      namespace: 'shop',
      name: 'web',
      uid: 'o-uid',
    },
    changes: [{ path: '/spec/replicas', label: 'replicas', before: 2, after: 3 }],
    affected: { pods: 2, podNames: ['web-a', 'web-b'], budgets: [] },
    class: 'change',
    warnings: ['an autoscaler sets this', 'it holds NUL \0'],
    undo: { kind: 'none', why: 'it is a test' },
    preview: { kind: 'dry-run' },
    policyDigest: 'p1',
    runbookDigest: 'r1',
    expiresAt: later.toISOString(),
  };
  return {
    id,
    proposalId: uid('prop'),
    service: 'shop',
    content,
    digest: 'digest',
    canonical: canonicalize(content) ?? '',
    state: 'proposed',
    requestedBy: 'U0ALICE',
    expiresAt: later,
    nonces: { approve: uid('yes'), deny: uid('no') },
    ...over,
  };
}

export const mostPlan = (): Plan =>
  leastPlan({
    incidentId: uid('inc'),
    undoOf: uid('run'),
    approvalExpiresAt: later,
    decidedAt: noon,
    stateReason: 'denied by somebody',
  });

export const leastRun = (planId: string, over: Partial<Run> = {}): Run => ({
  id: uid('run'),
  planId,
  startedAt: noon,
  deadlineAt: later,
  differences: [],
  ...over,
});

export const mostRun = (planId: string): Run =>
  leastRun(planId, {
    outcome: 'succeeded',
    outcomeText: 'scaled',
    finishedAt: later,
    verification: 'watching',
    verificationText: '1 of 3',
    progress: '1 of 3',
    differences: ['a webhook set x'],
    actingAs: { user: 'oidc:alice@example.com', groups: ['oncall'] },
  });
