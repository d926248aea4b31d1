/**
 * An effect with two transactions around it. T1 checks everything again, takes the run one way and stores the exact
 * bytes; then the request goes out; T2 records one outcome. A worker that finds a run already taken never starts
 * afresh: it reads back what the one before it may have done. Handles `apply-plan`.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { digestOf } from '../domain/digest.ts';
import { invariant, OperationError } from '../domain/errors.ts';
import { everyService, freezeOf, freezeText } from '../domain/freeze.ts';
import type { Attempt, EffectRequest, Run } from '../domain/outcome.ts';
import type { Plan } from '../domain/plan.ts';
import type { Service } from '../domain/policy.ts';
import { type AttemptBook, type CarriedOut, carryOut } from './carry-out.ts';
import { type Electorate, electorateOf, type Poll, pollOf, redrawPlan, settlePlan, tally } from './decide-plan.ts';
import { startsOf } from './freeze-changes.ts';
import type { Ledger, LedgerTransaction } from './ledger.ts';
import type { Membership } from './membership.ts';
import { messageKey } from './messages.ts';
import { noteRun } from './pager/note-run.ts';
import type { Cluster, EffectPlan, Prepared, World } from './ports.ts';
import { incidentOf } from './propose-plan.ts';
import type { Handler } from './work.ts';

/** No request of a run is sent later than this after T1. */
const runDeadlineMs = 30_000;

type Parts = World & { ledger: Ledger; membership: Membership; clusterOf: (name: string) => Cluster };
type Taken = { readonly run: Run; readonly request: EffectRequest; readonly book: AttemptBook };

export const effectOf = (plan: Plan): EffectPlan => ({
  id: plan.id,
  action: plan.content.action,
  class: plan.content.class,
  target: plan.content.target,
  changes: plan.content.changes,
});

export function createApplyPlan(parts: Parts): Handler {
  const { ledger, membership, clusterOf, services, policy, clock, newId, failpoint, log } = parts;

  /** Undefined: the plan ended without a run. */
  async function takeRun(plan: Plan, service: Service, poll: Poll): Promise<Taken | undefined> {
    const [electorate, prepared] = await Promise.all([
      electorateOf(membership, service, plan, poll),
      prepare(plan, service),
    ]);

    const taken = await ledger.transaction(async (tx) => {
      // Two plans that start at once would each see the other's run not there yet, and neither a freeze being set.
      // First that of all services: a freeze of all may come from a process that does not know this one yet.
      await tx.lock(startsOf(everyService), 'shared');
      await tx.lock(startsOf(service.name));
      const locked = await tx.planForUpdate(plan.id);
      if (locked?.state !== 'approved') return undefined;
      const now = await tx.now();
      const obstacle = await obstacleOf(tx, { plan: locked, service, electorate, now });
      const refusal = obstacle ?? (prepared.kind === 'refused' ? prepared.text : undefined);
      if (refusal !== undefined || prepared.kind !== 'ready') {
        const reason = refusal ?? 'the cluster already holds this plan’s marker, though no run of ours is recorded';
        await settlePlan(tx, locked, { state: 'cancelled', reason, actor: 'firebreak', now });
        return undefined;
      }
      const run: Run = {
        id: newId('run'),
        planId: plan.id,
        startedAt: now,
        deadlineAt: new Date(now.getTime() + runDeadlineMs),
        differences: [],
      };
      if (!(await tx.insertRun(run))) return undefined;
      const auditId = randomUUID();
      await tx.insertAttempt({ auditId, runId: run.id, request: prepared.request, startedAt: now });
      await announce(tx, locked, run);
      failpoint('t1:before-commit');
      return { run, request: prepared.request, book: bookOf(run, prepared.request, { auditId, maybeSent: false }, []) };
    });
    failpoint('t1:after-commit');
    return taken;
  }

  /** A cluster that says no for good has not been touched: the plan ends here, and people are told why. */
  async function prepare(plan: Plan, service: Service): Promise<Prepared> {
    try {
      return await clusterOf(service.cluster).prepare(effectOf(plan));
    } catch (error) {
      if (error instanceof OperationError && !error.retryable) return { kind: 'refused', text: error.message };
      throw error;
    }
  }

  /** Everything that was true when people voted is asked again, by the database's clock. */
  async function obstacleOf(
    tx: LedgerTransaction,
    at: { plan: Plan; service: Service; electorate: Electorate; now: Date },
  ): Promise<string | undefined> {
    const { plan, service, electorate, now } = at;
    if (!plan.approvalExpiresAt || now >= plan.approvalExpiresAt)
      return 'the approval ran out before the change could start';
    const freeze = freezeOf(await tx.freezes(), service.name);
    if (freeze) return freezeText(freeze);
    if (plan.content.policyDigest !== policy.digest)
      return 'the policy changed after the vote; propose the change again';
    const { namespace, resource } = plan.content.target;
    if (namespace === undefined) {
      if (!policy.clusterScoped.includes(resource)) return `the policy does not allow changes of ${resource}`;
    } else {
      if (!service.namespaces.includes(namespace)) return `${service.name} no longer has the namespace ${namespace}`;
      if (policy.protectedNamespaces.includes(namespace)) return `${namespace} is protected by the policy`;
    }
    if (!plan.undoOf && (await tx.runsInLastHour(service.name)) >= policy.limits.changesPerHour) {
      return `${service.name} has had ${policy.limits.changesPerHour} changes in the last hour, the policy's limit`;
    }
    const votes = await tx.votesOf(plan.id);
    const tallied = tally(plan, votes, electorate, policy);
    if (tallied && tallied.doubt.size > 0) throw unsureWhoIsOnCall();
    if (tallied?.decision.verdict !== 'approved') return 'a vote that was needed no longer counts (membership changed)';
    return undefined;
  }

  function bookOf(
    run: Run,
    request: EffectRequest,
    open: AttemptBook['open'],
    earlier: readonly Attempt[],
  ): AttemptBook {
    return {
      open,
      earlierAnswered: earlier.every((attempt) => attempt.answer !== undefined && attempt.answer !== 'ambiguous'),
      async again() {
        const auditId = randomUUID();
        await ledger.transaction(async (tx) =>
          tx.insertAttempt({ auditId, runId: run.id, request, startedAt: await tx.now() }),
        );
        return auditId;
      },
      async answered(auditId, answer, status) {
        await ledger.transaction((tx) => tx.answerAttempt(auditId, answer, status));
      },
    };
  }

  /** A run that was taken before: by us before a crash, or by a worker whose lease lapsed. */
  async function resume(plan: Plan, run: Run): Promise<Taken> {
    const attempts = await ledger.transaction((tx) => tx.attemptsOf(run.id));
    const last = attempts.at(-1);
    invariant(last, 'a run is taken together with its first attempt');
    log.info({ planId: plan.id, runId: run.id, attempts: attempts.length }, 'run resumed');
    const open = { auditId: last.auditId, maybeSent: true };
    return { run, request: last.request, book: bookOf(run, last.request, open, attempts.slice(0, -1)) };
  }

  return async (work) => {
    const { plan, run, poll, skewMs } = await ledger.transaction(async (tx) => {
      const plan = await tx.plan(work.subject);
      return {
        plan,
        // Deadlines are by the database's clock.
        skewMs: (await tx.now()).getTime() - clock.now().getTime(),
        run: await tx.runOfPlan(work.subject),
        poll: plan && (await pollOf(tx, plan)),
      };
    });
    invariant(plan && poll, 'work names a plan that exists');
    invariant(digestOf(plan.canonical) === plan.digest, 'the stored plan is the one that was approved');
    const service = services.find((candidate) => candidate.name === plan.service);
    if (run?.outcome || (!run && plan.state !== 'approved')) return async () => undefined;
    if (!service) return async (tx) => cancelUnconfigured(tx, plan, run);

    const taken = run ? await resume(plan, run) : await takeRun(plan, service, poll);
    if (!taken) return async () => undefined;
    const cluster = clusterOf(service.cluster);
    const result = await carryOut({
      cluster,
      plan: effectOf(plan),
      request: taken.request,
      book: taken.book,
      deadlineAt: taken.run.deadlineAt,
      now: () => new Date(clock.now().getTime() + skewMs),
      pause: setTimeout,
      failpoint,
    });
    log.info({ planId: plan.id, runId: taken.run.id, outcome: result.outcome }, 'plan carried out');
    return async (tx) => {
      await recordOutcome(tx, plan, taken.run, result);
      await noteRun(tx, newId, plan, taken.run.id);
      failpoint('t2:before-commit');
    };
  };

  async function cancelUnconfigured(tx: LedgerTransaction, plan: Plan, run: Run | undefined): Promise<undefined> {
    invariant(
      !run,
      'a service with a run under way was removed from firebreak.yaml; put it back until the run has ended',
    );
    return settlePlan(tx, plan, {
      state: 'cancelled',
      reason: `${plan.service} is no longer configured`,
      actor: 'firebreak',
      now: await tx.now(),
    });
  }
}

/** Asked again until the approval runs out. */
const unsureWhoIsOnCall = (): OperationError =>
  new OperationError('pager-unavailable', 'PagerDuty cannot say who is on call, and a vote depends on it.', {
    retryable: true,
  });

async function announce(tx: LedgerTransaction, plan: Plan, run: Run): Promise<void> {
  await tx.journal({
    kind: 'run.started',
    planId: plan.id,
    actor: 'firebreak',
    ...incidentOf(plan),
    data: { run: run.id, digest: plan.digest },
  });
  const proposal = await tx.proposal(plan.proposalId);
  const card = proposal && (await tx.message(messageKey.proposal(proposal.id)));
  if (!proposal || !card) return;
  const threadKey = card.threadKey ?? card.key;
  await tx.putMessage(
    { key: messageKey.run(run.id), kind: 'run', subject: run.id, channel: card.channel, threadKey },
    'decision',
  );
  await redrawPlan(tx, plan);
}

/** T2: the outcome, the journal and what follows, in one transaction with the end of the work. */
async function recordOutcome(tx: LedgerTransaction, plan: Plan, run: Run, result: CarriedOut): Promise<void> {
  const { outcome, text, differences, last } = result;
  await tx.answerAttempt(last.auditId, last.answer, last.status);
  const follows = outcome === 'succeeded' || outcome === 'partial';
  await tx.updateRun(run.id, {
    outcome,
    outcomeText: text,
    differences,
    finishedAt: await tx.now(),
    ...(follows ? { verification: 'watching' as const } : {}),
  });
  await tx.journal({
    kind: `run.${outcome}`,
    planId: plan.id,
    actor: 'firebreak',
    ...incidentOf(plan),
    data: { run: run.id, digest: plan.digest, text: text.slice(0, 500), auditId: last.auditId },
  });
  if (follows) await tx.enqueue({ kind: 'verify-plan', subject: run.id, lane: 'status', delayMs: 300 });
  await tx.touchMessage(messageKey.run(run.id), 'decision');
  await redrawPlan(tx, plan);
}
