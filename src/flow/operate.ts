/**
 * One command by an operator, with their own kubeconfig: the same plan, the same tests, the same honest outcome as in
 * an incident, without a ledger server and without Slack. The operator's `--yes` is the sole vote, for any class but
 * forbidden.
 */
import { actorOf, type Reach, type Remotes, runReading } from './reach.ts';
import { setTimeout } from 'node:timers/promises';
import { type Action, isRead } from '../domain/action.ts';
import type { Captured } from '../domain/capture.ts';
import type { ChangeAction } from '../domain/change-action.ts';
import type { ReadAction } from '../domain/read-action.ts';
import { sealPlan } from '../domain/digest.ts';
import type { Outcome } from '../domain/outcome.ts';
import { objectName, partsOf, type PlanContent, planLifetimeMs, type Target } from '../domain/plan.ts';
import { carryOutParts, type PartRun } from './operate-parts.ts';
import { effectsOf, together } from './parts.ts';
import type { Clock, Cluster, NewId, ReadAnswer, RolloutProgress } from './ports.ts';
import { observeParts } from './verify-plan.ts';

const readTimeoutMs = 120_000;
const textLimit = 64 * 1024 * 1024;

export type OperatorPlan = PlanContent & { readonly digest: string };

export type OperatorRun = {
  readonly outcome: Outcome;
  readonly exitCode: number;
  readonly text: string;
  readonly differences: readonly string[];
  readonly auditIds: readonly string[];
  /** Of a plan of several objects: those that were tried, in its order. */
  readonly parts?: readonly PartRun[];
  /** What a command or a request printed, masked. */
  readonly output?: string;
  /** What pods that it ended have left behind, masked. */
  readonly captures?: readonly Captured[];
};

export type Planned =
  | { readonly kind: 'planned'; readonly plan: OperatorPlan }
  /** `no-change` is fine: the object is as the command wants it. */
  | { readonly kind: 'refused' | 'no-change'; readonly text: string };

/** Told before each request is sent and after the run's outcome is known; a ledger may keep it. */
export type OperatorJournal = {
  started(plan: OperatorPlan, auditId: string, target: Target): Promise<void>;
  ended(plan: OperatorPlan, run: OperatorRun): Promise<void>;
};

export type Operator = {
  read(action: ReadAction, namespace: string): Promise<ReadAnswer>;
  plan(action: ChangeAction, namespace: string): Promise<Planned>;
  /** `tell` hears what was kept of pods before they end; of several objects a line when each has ended, and what is waited for. */
  apply(plan: OperatorPlan, tell?: (text: string) => void): Promise<OperatorRun>;
  /** Calls back with each new state of the rollout until it ends or `timeoutMs` has passed. */
  watch(plan: OperatorPlan, timeoutMs: number, tell: (text: string) => void): Promise<RolloutProgress['state']>;
};

export const isReadAction = (action: Action): action is ReadAction => isRead(action);

export function createOperator({
  cluster,
  remotes = {},
  clock,
  newId,
  journal,
}: {
  cluster: Cluster;
  remotes?: Remotes;
  clock: Clock;
  newId: NewId;
  journal: OperatorJournal;
}): Operator {
  const reach: Reach = { ...remotes, cluster };
  return {
    async read(action, namespace) {
      return runReading(reach, action, {
        defaultNamespace: namespace,
        signal: AbortSignal.timeout(readTimeoutMs),
        textLimit,
      });
    },

    async plan(action, namespace) {
      const now = clock.now();
      const resolution = await actorOf(reach, action).resolve(action, {
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

    async apply(plan, tell = () => undefined) {
      let started = false;
      const several = plan.parts !== undefined;
      const captures: Captured[] = [];
      let stopped: string | undefined;
      const parts = await carryOutParts(
        {
          actor: actorOf(reach, plan.action),
          clock,
          listener: {
            async sending({ target }, auditId) {
              started = true;
              await journal.started(plan, auditId, target);
            },
            ended({ target }, { outcome, text }) {
              if (several) tell(`${target.kind} ${objectName(target)} ${outcome}: ${text}`);
            },
            captured(captured) {
              captures.push(captured);
              for (const line of keptLines(captured)) tell(line);
            },
            waiting: (text) => tell(`waiting: ${text}`),
            stopped(text) {
              stopped = text;
            },
          },
        },
        plan,
      );
      const { outcome, text, differences } = together(partsOf(plan), parts, stopped);
      const [first] = parts;
      const output = several ? undefined : first?.output;
      const run: OperatorRun = {
        outcome,
        exitCode: outcome === 'succeeded' ? (output?.exitCode ?? 0) : 1,
        text,
        differences,
        auditIds: parts.flatMap(({ auditIds }) => auditIds),
        ...(several ? { parts } : {}),
        ...(output === undefined ? {} : { output: output.text }),
        ...(captures.length > 0 ? { captures } : {}),
      };
      if (started) await journal.ended(plan, run);
      return run;
    },

    async watch(plan, timeoutMs, tell) {
      const end = clock.now().getTime() + timeoutMs;
      let last = '';
      for (;;) {
        const progress = await observeParts(actorOf(reach, plan.action), effectsOf({ id: plan.id, content: plan }));
        if (progress.text !== last) tell(progress.text);
        last = progress.text;
        if (progress.state !== 'rolling' || clock.now().getTime() >= end) return progress.state;
        await setTimeout(500);
      }
    },
  };
}

/** `kept the last 200 log lines of web-1`. */
const keptLines = ({ pods, missing }: Captured): readonly string[] => [
  ...pods.flatMap((pod) => {
    const lines = pod.logs.reduce(
      (sum, { text }) => sum + (text === '' ? 0 : text.replace(/\n$/, '').split('\n').length),
      0,
    );
    const kept =
      lines === 0
        ? `${pod.name} has no log to keep`
        : `kept the last ${lines} log ${lines === 1 ? 'line' : 'lines'} of ${pod.name}`;
    return [kept, ...pod.missing.map(notKept)];
  }),
  ...missing.map(notKept),
];
const notKept = (what: string): string => `not kept: ${what}`;
