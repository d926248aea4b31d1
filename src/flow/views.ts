/** From the ledger to what a message shows: always the newest state, so a late redraw is never a wrong one. */
import type { Incident } from '../domain/incident.ts';
import type { Plan } from '../domain/plan.ts';
import type { Message, Proposal, Reading } from '../domain/posting.ts';
import type { Policy, Service } from '../domain/policy.ts';
import { freezeOf } from '../domain/freeze.ts';
import { gateOf } from '../domain/decision.ts';
import type { Run } from '../domain/outcome.ts';
import type {
  IncidentCardView,
  NoteView,
  ProposalView,
  RunbookCardView,
  RunbookChoiceView,
  RunView,
  StepStatus,
  StepView,
  View,
} from '../domain/view.ts';
import type { LedgerTransaction } from './ledger.ts';
import { parsePlace } from './messages.ts';
import { undoableOf } from './parts.ts';
import { placedStep } from './steps.ts';

const alertsShown = 5;
const pagesShown = 3;

export type Views = (tx: LedgerTransaction, message: Message) => Promise<View | undefined>;

/** Undefined: what it would show is gone. */
export function createViews({
  services,
  policy,
  asksPager = false,
}: {
  services: readonly Service[];
  policy: Policy;
  /** PagerDuty is configured. */
  asksPager?: boolean;
}): Views {
  const pagedTooOf = (service: Service | undefined): { pagedToo?: true } =>
    asksPager && service?.pager?.escalationPolicy !== undefined ? { pagedToo: true } : {};

  async function incidentCard(tx: LedgerTransaction, id: string): Promise<IncidentCardView | undefined> {
    const incident = await tx.incident(id);
    if (!incident) return undefined;
    const { firing, total, alerts } = await tx.alertsOf(id, alertsShown);
    const service = services.find((candidate) => candidate.name === incident.service);
    const pendingPlans = (await tx.plansOf(id)).filter((plan) => plan.state === 'proposed');
    const posting = (await tx.postingsOf(id)).at(-1);
    const runbook = posting && (await tx.runbook(posting.runbookDigest));
    const procedure = runbook?.procedures.find((candidate) => candidate.id === posting?.procedureId);
    const freeze = freezeOf(await tx.freezes(), incident.service);
    return {
      kind: 'incident-card',
      incident,
      firing,
      total,
      alerts,
      responders: [...new Set([...(service?.responders.onCall ?? []), ...(service?.responders.slack ?? [])])],
      pendingPlans,
      pages: (await tx.pagesOf(id)).toReversed().slice(0, pagesShown),
      asksPager,
      ...pagedTooOf(service),
      ...(freeze ? { freeze } : {}),
      nextStep: nextStep(incident, {
        failed: await failedVerification(tx, id),
        firing,
        total,
        pending: pendingPlans.length,
        hasRunbook: procedure !== undefined,
      }),
      ...(runbook && procedure ? { runbook: { title: procedure.title, path: runbook.path } } : {}),
    };
  }

  async function runbookCard(tx: LedgerTransaction, id: string): Promise<RunbookCardView | undefined> {
    const posting = await tx.posting(id);
    const runbook = posting && (await tx.runbook(posting.runbookDigest));
    const procedure = runbook?.procedures.find((candidate) => candidate.id === posting?.procedureId);
    if (!posting || !runbook || !procedure) return undefined;
    const state = await activityOf(tx, id);
    return {
      kind: 'runbook-card',
      posting,
      path: runbook.path,
      procedure,
      status: procedure.steps.map((_, index) => statusOf(index + 1, state)),
    };
  }

  async function choice(tx: LedgerTransaction, message: Message): Promise<RunbookChoiceView | undefined> {
    const posted = await tx.postingsOf(message.subject);
    // Written by post-runbook into the message's own row.
    const candidates = JSON.parse(message.text ?? '[]') as RunbookChoiceView['candidates'];
    return { kind: 'runbook-choice', incidentId: message.subject, candidates: posted.length > 0 ? [] : candidates };
  }

  async function step(tx: LedgerTransaction, subject: string): Promise<StepView | undefined> {
    const place = parsePlace(subject);
    const placed = place && (await placedStep(tx, place, services));
    if (!placed) return undefined;
    const activity = await activityOf(tx, placed.posting.id);
    const reading = activity.readings.findLast(
      (candidate) => candidate.ordinal === placed.place.ordinal && candidate.state !== 'waiting',
    );
    return {
      kind: 'step',
      place: placed.place,
      step: placed.step,
      status: statusOf(placed.place.ordinal, activity),
      ...(reading ? { reading } : {}),
    };
  }

  async function proposal(tx: LedgerTransaction, id: string): Promise<ProposalView | undefined> {
    const asked = await tx.proposal(id);
    const placed = asked && (await placedStep(tx, asked, services));
    if (!asked || !placed) return undefined;
    const plan = await tx.planOfProposal(id);
    const gate = plan && gateOf(policy, plan.content.class);
    const freeze = freezeOf(await tx.freezes(), placed.service.name);
    return {
      kind: 'proposal',
      proposal: asked,
      step: placed.step,
      path: placed.runbook.path,
      votes: plan ? await tx.votesOf(plan.id) : [],
      ...(plan ? { plan } : {}),
      ...(freeze ? { freeze } : {}),
      ...(plan && gate
        ? {
            mayApprove: {
              needed: gate.approvals,
              responders: [...new Set([...placed.service.responders.slack, ...placed.service.responders.onCall])],
              approvers: policy.approvers.slack,
              ...pagedTooOf(placed.service),
              class: plan.content.class,
            },
          }
        : {}),
    };
  }

  async function run(tx: LedgerTransaction, id: string): Promise<RunView | undefined> {
    const found = await tx.run(id);
    const plan = found && (await tx.plan(found.planId));
    if (!found || !plan) return undefined;
    const { firing, alerts } = plan.incidentId
      ? await tx.alertsOf(plan.incidentId, alertsShown)
      : { firing: 0, alerts: [] };
    const incident = plan.incidentId ? await tx.incident(plan.incidentId) : undefined;
    const cleared = incident?.clearedAt && incident.clearedAt >= found.startedAt ? alerts[0] : undefined;
    return {
      kind: 'run',
      run: found,
      plan,
      undoAvailable: undoableOf(plan.content, found) !== undefined,
      ...(cleared && incident?.clearedAt ? { cleared: { name: cleared.name, at: incident.clearedAt } } : {}),
      ...(plan.incidentId ? { alertStillFiring: firing > 0 } : {}),
    };
  }

  return async (tx, message) => {
    const { subject } = message;
    switch (message.kind) {
      case 'incident-card':
        return incidentCard(tx, subject);
      case 'runbook-card':
        return runbookCard(tx, subject);
      case 'runbook-choice':
        return choice(tx, message);
      case 'step':
        return step(tx, subject);
      case 'proposal':
        return proposal(tx, subject);
      case 'run':
        return run(tx, subject);
      case 'captures': {
        const captures = await tx.capturesOf(subject);
        return captures.length > 0 ? { kind: 'captures', runId: subject, captures } : undefined;
      }
      case 'notice':
        return { kind: 'notice', text: message.text ?? '' };
      case 'note':
        // Written by `writeNote` into the message's own row.
        return { kind: 'note', ...(JSON.parse(message.text ?? '{}') as Omit<NoteView, 'kind'>) };
      case 'reading': {
        const reading = await tx.reading(subject);
        const placed = reading && (await placedStep(tx, reading, services));
        return reading && placed && { kind: 'reading', step: placed.step, reading };
      }
      case 'resolve-offer': {
        const incident = await tx.incident(subject);
        const clearedAt = new Date(Number(message.key.split(':').at(-1)));
        return incident && { kind: 'resolve-offer', incident, clearedAt };
      }
      default:
        return message.kind satisfies never;
    }
  };
}

type Activity = {
  readonly readings: readonly Reading[];
  readonly proposals: readonly {
    readonly proposal: Proposal;
    readonly plan: Plan | undefined;
    readonly run: Run | undefined;
  }[];
};

async function activityOf(tx: LedgerTransaction, postingId: string): Promise<Activity> {
  const proposals = [];
  for (const proposal of await tx.proposalsOf(postingId)) {
    const plan = proposal.state === 'planned' ? await tx.planOfProposal(proposal.id) : undefined;
    proposals.push({ proposal, plan, run: plan && (await tx.runOfPlan(plan.id)) });
  }
  return { readings: await tx.readingsOf(postingId), proposals };
}

/** Of the newest thing that was done with the step. */
function statusOf(ordinal: number, { readings, proposals }: Activity): StepStatus {
  const asked = proposals.findLast(({ proposal }) => proposal.ordinal === ordinal);
  if (asked) {
    if (asked.run?.outcome) return asked.run.outcome === 'succeeded' ? 'applied' : 'failed';
    if (asked.run) return 'running';
    if (asked.plan?.state === 'proposed') return 'proposed';
    if (asked.plan?.state === 'approved') return 'approved';
    if (asked.proposal.state === 'planning') return 'planning';
    return 'idle';
  }
  const reading = readings.findLast((candidate) => candidate.ordinal === ordinal);
  if (!reading) return 'idle';
  if (reading.state === 'waiting') return 'running';
  return reading.state === 'done' ? 'done' : 'failed';
}

/** Of the newest change, when it did not work and nothing was done about it since. */
async function failedVerification(tx: LedgerTransaction, incidentId: string): Promise<string | undefined> {
  const last = (await tx.plansOf(incidentId)).findLast(({ state }) => state === 'approved');
  const run = last && (await tx.runOfPlan(last.id));
  if (run?.verification !== 'failed') return undefined;
  const way = last?.content.undo.kind === 'action' ? 'Decide in its thread whether to undo it' : 'It cannot be undone';
  return `The last change did not work: ${short(run.verificationText ?? 'its verification failed')}. ${way}.`;
}
const sentenceMax = 240;
const short = (text: string): string =>
  (text.length > sentenceMax ? `${text.slice(0, sentenceMax - 1)}…` : text).replace(/\.$/, '');

function nextStep(
  incident: Incident,
  now: { failed: string | undefined; firing: number; total: number; pending: number; hasRunbook: boolean },
): string {
  if (incident.state === 'resolved') return 'Nothing. Write down what was learned while it is fresh.';
  if (now.pending > 0) return 'A plan waits for approval.';
  if (now.failed !== undefined) return now.failed;
  if (now.total > 0 && now.firing === 0) return 'All alerts have cleared. Resolve the incident when you agree.';
  if (incident.state === 'open') return 'Acknowledge, then read the diagnosis below.';
  return now.hasRunbook ? 'Work through the runbook below.' : 'Type /runbook and a few words to find a runbook.';
}
