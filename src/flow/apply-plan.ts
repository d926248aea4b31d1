/**
 * An effect with two transactions around it. T1 checks everything again, takes the run one way and stores the exact
 * bytes; then the request goes out; T2 records one outcome. A worker that finds a run already taken never starts
 * afresh: it reads back what the one before it may have done. Handles `apply-plan`.
 *
 * Whoever stores an attempt holds the claim of the work meanwhile. So of a worker that stood still until its lease had
 * lapsed nothing is stored or sent for the first time behind the back of the one that took over, and a "no" to a first
 * request means that nothing happened.
 *
 * A plan of several objects is one run and one claim of the work for each part: the T2 of a part leaves the work due
 * again, and whoever claims it next finds in the run which part is next. Between waves (waves.ts) it only looks.
 *
 * What pods would leave behind is read before the object is, and stored with the attempt that ends them.
 */
import { actorOf, type Reach } from './reach.ts';
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { ActingAs, WhoActs } from '../domain/acting-as.ts';
import type { Captured } from '../domain/capture.ts';
import { digestOf } from '../domain/digest.ts';
import { invariant, OperationError } from '../domain/errors.ts';
import { everyService, freezeOf, freezeText } from '../domain/freeze.ts';
import type { Attempt, EffectRequest, Run } from '../domain/outcome.ts';
import type { Vote } from '../domain/person.ts';
import { partsOf, type Plan, type PlanPart } from '../domain/plan.ts';
import type { Service } from '../domain/policy.ts';
import type { Work } from '../domain/work.ts';
import { capturePods } from './capture-pods.ts';
import { type AttemptBook, type CarriedOut, carryOut } from './carry-out.ts';
import { type Electorate, electorateOf, type Poll, pollOf, settlePlan, tally } from './decide-plan.ts';
import { startsOf } from './freeze-changes.ts';
import { holdWave } from './hold-wave.ts';
import type { Ledger, LedgerTransaction } from './ledger.ts';
import type { Membership } from './membership.ts';
import { noteRun } from './pager/note-run.ts';
import { effectsOf, partDeadlineMs } from './parts.ts';
import type { Actor, EffectPlan, Prepared, World } from './ports.ts';
import { announceRun, recordCapture, recordPart, stopRun } from './record-run.ts';
import { waitsMs } from './waves.ts';
import { personOf, whoActsFor, whyAnother } from './who-acts.ts';
import type { Handler } from './work.ts';

/** Some 30 s of asking before a part is given up: nothing of it was sent. */
const prepareTriesMax = 6;

type Parts = World & { ledger: Ledger; membership: Membership; reachOf: (service: Service) => Reach };
/** A part that is about to be carried out, or that ended before anything was sent. */
type Taken = { readonly run: Run; readonly part: number } & (
  | { readonly request: EffectRequest; readonly book: AttemptBook; readonly deadlineAt: Date }
  | { readonly refused: string }
  /** It is as it should be without us: the pod to evict is gone. */
  | { readonly done: string }
);

function effectAt(plan: Plan, part: number): EffectPlan {
  const effect = effectsOf(plan)[part];
  invariant(effect, 'a part is one of its plan');
  return effect;
}

export function createApplyPlan(parts: Parts): Handler {
  const { ledger, membership, reachOf, services, policy, clock, newId, failpoint, log } = parts;

  /** Undefined: the plan ended without a run. */
  async function takeRun(work: Work, plan: Plan, service: Service, poll: Poll): Promise<Taken | undefined> {
    const electing = electorateOf(membership, service, plan, poll);
    const choosing = electing.then((electorate) => chooseWho(service, { plan, votes: poll.votes, electorate }));
    const acting = choosing.then(personOf);
    const [electorate, who, actingAs, { captured, prepared }] = await Promise.all([
      electing,
      choosing,
      acting,
      capture(plan, 0, service).then(async (captured) => ({
        captured,
        prepared: await prepare(plan, 0, service, acting),
      })),
    ]);
    const several = partsOf(plan.content).length;
    const deadlineMs = partDeadlineMs(plan.content.action);

    const taken = await ledger.transaction(async (tx) => {
      // Two plans that start at once would each see the other's run not there yet, and neither a freeze being set.
      // First that of all services: a freeze of all may come from a process that does not know this one yet.
      await tx.lock(startsOf(everyService), 'shared');
      await tx.lock(startsOf(service.name));
      await tx.holdWork(work);
      const locked = await tx.planForUpdate(plan.id);
      if (locked?.state !== 'approved') return undefined;
      const now = await tx.now();
      const obstacle = await obstacleOf(tx, { plan: locked, service, electorate, who, now });
      const whyNot = prepared.kind === 'ready' ? undefined : whyNotReady(prepared);
      // One object of several that moved ends alone; the others are still what was approved.
      const refusal = obstacle ?? (several > 1 ? undefined : whyNot);
      if (refusal !== undefined) {
        await settlePlan(tx, locked, { state: 'cancelled', reason: refusal, actor: 'firebreak', now });
        return undefined;
      }
      const run: Run = {
        id: newId('run'),
        planId: plan.id,
        startedAt: now,
        deadlineAt: new Date(now.getTime() + deadlineMs * several + waitsMs(plan.content)),
        differences: [],
        ...(actingAs === undefined ? {} : { actingAs }),
      };
      if (!(await tx.insertRun(run))) return undefined;
      const started = await startPart(tx, { work, run, part: 0, prepared, deadlineMs });
      await announceRun(tx, locked, run);
      if (captured && 'request' in started) await recordCapture(tx, locked, started, captured);
      failpoint('t1:before-commit');
      return started;
    });
    failpoint('t1:after-commit');
    return taken;
  }

  /** The attempt is stored with the bytes that will be sent, before they are. */
  async function startPart(
    tx: LedgerTransaction,
    at: { work: Work; run: Run; part: number; prepared: Prepared; deadlineMs: number },
  ): Promise<Taken> {
    const { work, run, part, prepared, deadlineMs } = at;
    if (prepared.kind === 'landed' && prepared.text !== undefined) return { run, part, done: prepared.text };
    if (prepared.kind !== 'ready') return { run, part, refused: whyNotReady(prepared) };
    const { request } = prepared;
    const auditId = randomUUID();
    const now = await tx.now();
    await tx.insertAttempt({ auditId, runId: run.id, part, request, startedAt: now });
    const book = bookOf({ work, run, part, request }, { auditId, maybeSent: false }, []);
    return { run, part, request, book, deadlineAt: new Date(now.getTime() + deadlineMs) };
  }

  /**
   * The part behind those that have ended. What may have come since T1 stops here: a freeze, another policy, the end of
   * the run's time. A cluster that cannot be asked ends the part after a while, so that no run stays open for ever.
   */
  async function takePart(work: Work, plan: Plan, run: Run, service: Service): Promise<Taken> {
    const part = run.parts?.length ?? 0;
    const captured = await capture(plan, part, service, run);
    const acting = Promise.resolve(run.actingAs);
    const prepared = await prepare(plan, part, service, acting).catch((error: unknown): Prepared => {
      if (!(error instanceof OperationError) || work.attempts < prepareTriesMax) throw error;
      return { kind: 'refused', text: `${error.message} Nothing was sent.` };
    });
    return ledger.transaction(async (tx) => {
      await tx.lock(startsOf(everyService), 'shared');
      await tx.lock(startsOf(service.name));
      await tx.holdWork(work);
      const freeze = freezeOf(await tx.freezes(), service.name);
      const late =
        (await tx.now()) >= run.deadlineAt ? 'the time of the run was over, and nothing was sent' : undefined;
      const refused = late ?? (freeze && freezeText(freeze)) ?? whyForbidden(plan, service, part);
      if (refused !== undefined) return { run, part, refused };
      const started = await startPart(tx, {
        work,
        run,
        part,
        prepared,
        deadlineMs: partDeadlineMs(plan.content.action),
      });
      if (captured && 'request' in started) await recordCapture(tx, plan, started, captured);
      return started;
    });
  }

  const capture = (plan: Plan, part: number, service: Service, run?: Run): Promise<Captured | undefined> =>
    capturePods(() => actorOf(reachOf(service), plan.content.action), effectAt(plan, part), {
      kept: async () => (run ? ledger.transaction((tx) => tx.capturesOf(run.id)) : []),
      namespaces: service.namespaces,
      log,
    });

  /** A cluster that says no for good has not been touched: this ends here, and people are told why. */
  async function prepare(
    plan: Plan,
    part: number,
    service: Service,
    acting: Promise<ActingAs | undefined>,
  ): Promise<Prepared> {
    try {
      return await actorOf(reachOf(service), plan.content.action).prepare(effectAt(plan, part), acting);
    } catch (error) {
      if (error instanceof OperationError && !error.retryable) return { kind: 'refused', text: error.message };
      throw error;
    }
  }

  /** Everything that was true when people voted is asked again, by the database's clock. */
  async function obstacleOf(
    tx: LedgerTransaction,
    at: { plan: Plan; service: Service; electorate: Electorate; who: WhoActs | undefined; now: Date },
  ): Promise<string | undefined> {
    const { plan, service, electorate, who, now } = at;
    if (!plan.approvalExpiresAt || now >= plan.approvalExpiresAt)
      return 'the approval ran out before the change could start';
    const freeze = freezeOf(await tx.freezes(), service.name);
    if (freeze) return freezeText(freeze);
    const forbidden = whyForbidden(plan, service);
    if (forbidden !== undefined) return forbidden;
    if (!plan.undoOf && (await tx.runsInLastHour(service.name)) >= policy.limits.changesPerHour) {
      return `${service.name} has had ${policy.limits.changesPerHour} changes in the last hour, the policy's limit`;
    }
    const votes = await tx.votesOf(plan.id);
    const tallied = tally(plan, votes, electorate, policy);
    if (tallied && tallied.doubt.size > 0) throw unsureWhoIsOnCall();
    if (tallied?.decision.verdict !== 'approved') return 'a vote that was needed no longer counts (membership changed)';
    return whyAnother(plan.content, who, chooseWho(service, { plan, votes, electorate }));
  }

  function chooseWho(
    service: Service,
    chosen: { plan: Plan; votes: readonly Vote[]; electorate: Electorate },
  ): WhoActs | undefined {
    try {
      return whoActsFor(actorOf(reachOf(service), chosen.plan.content.action), { ...chosen, policy });
    } catch (error) {
      // Nothing to send it with is configured: `prepare` says so.
      if (error instanceof OperationError) return undefined;
      throw error;
    }
  }

  /** By the policy that this process has: of one part, or of any. */
  function whyForbidden(plan: Plan, service: Service, part?: number): string | undefined {
    if (plan.content.policyDigest !== policy.digest)
      return 'the policy changed after the vote; propose the change again';
    if (!isInCluster(plan)) return undefined;
    const parts = partsOf(plan.content).filter((_, index) => part === undefined || index === part);
    return parts.map((each) => whyOutside(each, service)).find((why) => why !== undefined);
  }

  function whyOutside({ action, target }: PlanPart, service: Service): string | undefined {
    const { namespace, resource } = target;
    if (namespace === undefined) {
      if (!policy.clusterScoped.includes(resource)) return `the policy does not allow changes of ${resource}`;
      const isOthers =
        resource === 'namespaces' && target.apiVersion === 'v1' && !service.namespaces.includes(target.name);
      return isOthers ? `${service.name} no longer has the namespace ${target.name}` : undefined;
    }
    // Only a drain evicts, and a node's pods are everybody's: the node is what the policy has to allow.
    const drained = action.type === 'evict' && policy.clusterScoped.includes('nodes');
    if (!drained && !service.namespaces.includes(namespace))
      return `${service.name} no longer has the namespace ${namespace}`;
    return policy.protectedNamespaces.includes(namespace) ? `${namespace} is protected by the policy` : undefined;
  }

  function bookOf(
    { work, run, part, request }: { work: Work; run: Run; part: number; request: EffectRequest },
    open: AttemptBook['open'],
    earlier: readonly Attempt[],
  ): AttemptBook {
    return {
      open,
      earlierAnswered: earlier.every((attempt) => attempt.answer !== undefined && attempt.answer !== 'ambiguous'),
      async again() {
        const auditId = randomUUID();
        await ledger.transaction(async (tx) => {
          await tx.holdWork(work);
          await tx.insertAttempt({ auditId, runId: run.id, part, request, startedAt: await tx.now() });
        });
        return auditId;
      },
      async answered(auditId, answer, status) {
        await ledger.transaction((tx) => tx.answerAttempt(auditId, answer, status));
      },
    };
  }

  /** A run that was taken before: by us before a crash, for the part before, or by a worker whose lease lapsed. */
  async function resume(work: Work, plan: Plan, run: Run, service: Service): Promise<Taken> {
    const part = run.parts?.length ?? 0;
    const attempts = (await ledger.transaction((tx) => tx.attemptsOf(run.id))).filter((each) => each.part === part);
    const [first] = attempts;
    const last = attempts.at(-1);
    if (!first || !last) return takePart(work, plan, run, service);
    log.info({ planId: plan.id, runId: run.id, part, attempts: attempts.length }, 'run resumed');
    const { request } = last;
    const book = bookOf(
      { work, run, part, request },
      { auditId: last.auditId, maybeSent: true },
      attempts.slice(0, -1),
    );
    const deadlineAt = new Date(first.startedAt.getTime() + partDeadlineMs(plan.content.action));
    return { run, part, request, book, deadlineAt };
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
    if (!service) return async (tx) => endUnconfigured(tx, plan, run);

    const actor = (): Actor => actorOf(reachOf(service), plan.content.action);
    const held = run && (await holdWave(parts, { plan, run, effects: effectsOf(plan) }, actor));
    if (held) return held;
    const taken = run ? await resume(work, plan, run, service) : await takeRun(work, plan, service, poll);
    if (!taken) return async () => undefined;
    const result = 'request' in taken ? await send(plan, service, taken, skewMs) : unsent(taken);
    log.info({ planId: plan.id, runId: taken.run.id, part: taken.part, outcome: result.outcome }, 'plan carried out');
    return async (tx) => {
      const isOver = await recordPart(tx, plan, taken, result);
      if (isOver) await noteRun(tx, newId, plan, taken.run.id);
      failpoint('t2:before-commit');
      return isOver ? undefined : { againInMs: 0 };
    };
  };

  async function send(
    plan: Plan,
    service: Service,
    taken: Extract<Taken, { request: EffectRequest }>,
    skewMs: number,
  ): Promise<CarriedOut> {
    let cluster: Actor;
    try {
      cluster = actorOf(reachOf(service), plan.content.action);
    } catch (error) {
      // Taken out of firebreak.yaml since the request was stored; before that, `prepare` had found it there.
      if (!(error instanceof OperationError)) throw error;
      const last = { auditId: taken.book.open.auditId, answer: 'ambiguous', status: undefined } as const;
      const text = `${error.message} Nobody can tell whether it was sent before.`;
      return { outcome: 'unknown', text, differences: [], last };
    }
    return carryOut({
      cluster,
      plan: effectAt(plan, taken.part),
      request: taken.request,
      book: taken.book,
      deadlineAt: taken.deadlineAt,
      now: () => new Date(clock.now().getTime() + skewMs),
      pause: setTimeout,
      failpoint,
    });
  }

  /** Nobody knows its cluster any more: what is left is not tried, and what may have been sent cannot be looked for. */
  async function endUnconfigured(tx: LedgerTransaction, plan: Plan, run: Run | undefined): Promise<undefined> {
    const reason = `${plan.service} is no longer configured`;
    if (!run) return settlePlan(tx, plan, { state: 'cancelled', reason, actor: 'firebreak', now: await tx.now() });
    const part = run.parts?.length ?? 0;
    const open = (await tx.attemptsOf(run.id)).findLast((attempt) => attempt.part === part);
    if (open) {
      const last = { auditId: open.auditId, answer: 'ambiguous', status: undefined } as const;
      const text = `${reason}. Nobody can tell whether it was sent before.`;
      await recordPart(tx, plan, { run, part }, { outcome: 'unknown', text, differences: [], last });
    } else await stopRun(tx, plan, run, reason);
    await noteRun(tx, newId, plan, run.id);
    return undefined;
  }
}

/** Asked again until the approval runs out. */
const unsureWhoIsOnCall = (): OperationError =>
  new OperationError('pager-unavailable', 'PagerDuty cannot say who is on call, and a vote depends on it.', {
    retryable: true,
  });

const isInCluster = ({ content: { action } }: Plan): boolean =>
  action.type !== 'http-send' && action.type !== 'docker-change';

const whyNotReady = (prepared: Exclude<Prepared, { kind: 'ready' }>): string =>
  prepared.kind === 'refused'
    ? prepared.text
    : (prepared.text ?? 'the cluster already holds this plan’s marker, though no run of ours is recorded');

/** Nothing was sent, so there is no attempt. */
const unsent = (taken: { readonly refused: string } | { readonly done: string }): Omit<CarriedOut, 'last'> =>
  'done' in taken
    ? { outcome: 'succeeded', text: taken.done, differences: [] }
    : { outcome: 'refused', text: taken.refused, differences: [] };
