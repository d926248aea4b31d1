/**
 * One command by an operator, with their own kubeconfig: the same plan, the same tests, the same honest outcome as in
 * an incident, without a ledger server and without Slack. The operator's `--yes` is the sole vote, for any class but
 * forbidden.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type Action, type ChangeAction, isRead, type ReadAction } from '../domain/action.ts';
import { sealPlan } from '../domain/digest.ts';
import type { Outcome } from '../domain/outcome.ts';
import { type PlanContent, planLifetimeMs } from '../domain/plan.ts';
import { runFilters } from '../runbook/run-filters.ts';
import { carryOut } from './carry-out.ts';
import type { Clock, Cluster, NewId, ReadAnswer, RolloutProgress } from './ports.ts';

const readTimeoutMs = 120_000;
const textLimit = 64 * 1024 * 1024;
const runDeadlineMs = 30_000;

export type OperatorPlan = PlanContent & { readonly digest: string };

export type OperatorRun = {
  readonly outcome: Outcome;
  readonly exitCode: number;
  readonly text: string;
  readonly differences: readonly string[];
  readonly auditIds: readonly string[];
};

export type Planned =
  | { readonly kind: 'planned'; readonly plan: OperatorPlan }
  /** `no-change` is fine: the object is as the command wants it. */
  | { readonly kind: 'refused' | 'no-change'; readonly text: string };

/** Told before the request is sent and after its outcome is known; a ledger may keep it. */
export type OperatorJournal = {
  started(plan: OperatorPlan, auditId: string): Promise<void>;
  ended(plan: OperatorPlan, run: OperatorRun): Promise<void>;
};

export type Operator = {
  read(action: ReadAction, namespace: string): Promise<ReadAnswer>;
  plan(action: ChangeAction, namespace: string): Promise<Planned>;
  apply(plan: OperatorPlan): Promise<OperatorRun>;
  /** Calls back with each new state of the rollout until it ends or `timeoutMs` has passed. */
  watch(plan: OperatorPlan, timeoutMs: number, tell: (text: string) => void): Promise<RolloutProgress['state']>;
};

export const isReadAction = (action: Action): action is ReadAction => isRead(action);

export function createOperator({
  cluster,
  clock,
  newId,
  journal,
}: {
  cluster: Cluster;
  clock: Clock;
  newId: NewId;
  journal: OperatorJournal;
}): Operator {
  const effectOf = ({ id, action, class: planClass, target, changes }: OperatorPlan) => ({
    id,
    action,
    class: planClass,
    target,
    changes,
  });

  return {
    async read(action, namespace) {
      const raw = await cluster.read(action, {
        defaultNamespace: namespace,
        signal: AbortSignal.timeout(readTimeoutMs),
        textLimit,
      });
      return { ...raw, ...runFilters(action.filters ?? [], raw) };
    },

    async plan(action, namespace) {
      const now = clock.now();
      const resolution = await cluster.resolve(action, {
        defaultNamespace: namespace,
        protectedNamespaces: [],
        podsPerPlan: Number.MAX_SAFE_INTEGER,
        now,
      });
      if (resolution.kind !== 'resolved') return resolution;
      const { facts } = resolution;
      if (facts.class === 'forbidden')
        return { kind: 'refused', text: facts.classReason ?? 'Firebreak never runs this.' };
      const content: PlanContent = {
        ...facts,
        id: newId('plan'),
        action,
        policyDigest: 'operator',
        runbookDigest: 'operator',
        expiresAt: new Date(now.getTime() + planLifetimeMs).toISOString(),
      };
      return { kind: 'planned', plan: { ...content, digest: sealPlan(content).digest } };
    },

    async apply(plan) {
      const effect = effectOf(plan);
      const prepared = await cluster.prepare(effect);
      if (prepared.kind !== 'ready') {
        const text = prepared.kind === 'refused' ? prepared.text : 'the change is already there';
        return { outcome: 'refused', exitCode: 1, text, differences: [], auditIds: [] };
      }
      const first = randomUUID();
      const auditIds = [first];
      await journal.started(plan, first);
      const result = await carryOut({
        cluster,
        plan: effect,
        request: prepared.request,
        book: {
          open: { auditId: first, maybeSent: false },
          earlierAnswered: true,
          async again() {
            const auditId = randomUUID();
            auditIds.push(auditId);
            return auditId;
          },
          answered: async () => undefined,
        },
        deadlineAt: new Date(clock.now().getTime() + runDeadlineMs),
        now: () => clock.now(),
        pause: setTimeout,
        failpoint: () => undefined,
      });
      const { outcome, text, differences } = result;
      const run = { outcome, exitCode: outcome === 'succeeded' ? 0 : 1, text, differences, auditIds };
      await journal.ended(plan, run);
      return run;
    },

    async watch(plan, timeoutMs, tell) {
      const end = clock.now().getTime() + timeoutMs;
      let last = '';
      for (;;) {
        const progress = await cluster.observe(effectOf(plan));
        if (progress.text !== last) tell(progress.text);
        last = progress.text;
        if (progress.state !== 'rolling' || clock.now().getTime() >= end) return progress.state;
        await setTimeout(500);
      }
    },
  };
}
