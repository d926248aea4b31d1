/**
 * Plans that people approved, in a real PostgreSQL, and the processes that may carry them out: each has a pool of
 * connections and a connection to the cluster of its own, as if they ran on different machines.
 */
import { connectCluster } from '../../src/adapters/kubernetes/cluster.ts';
import { openPostgres } from '../../src/adapters/postgres/connection.ts';
import { createLedger } from '../../src/adapters/postgres/ledger.ts';
import type { ChangeAction, ClusterChange } from '../../src/domain/change-action.ts';
import { sealPlan } from '../../src/domain/digest.ts';
import { invariant } from '../../src/domain/errors.ts';
import type { Attempt, Run } from '../../src/domain/outcome.ts';
import type { Member } from '../../src/domain/person.ts';
import { type Plan, type PlanContent, planLifetimeMs } from '../../src/domain/plan.ts';
import type { Policy, Service } from '../../src/domain/policy.ts';
import type { Work, WorkKind } from '../../src/domain/work.ts';
import { createApplyPlan } from '../../src/flow/apply-plan.ts';
import { createDecidePlan } from '../../src/flow/decide-plan.ts';
import type { Ledger } from '../../src/flow/ledger.ts';
import { createMembership } from '../../src/flow/membership.ts';
import { newId } from '../../src/flow/new-id.ts';
import type { Cluster, Directory, World } from '../../src/flow/ports.ts';
import { createWorker, type Handler } from '../../src/flow/work.ts';
import type { ServerForCluster } from '../contracts/cluster.ts';
import { policy as basePolicy, service as baseService } from '../flow/alerts.ts';
import { silent } from '../ledger.ts';
import { openRealLedger } from './databases.ts';

export const policy: Policy = {
  ...basePolicy,
  approvers: { slack: ['U0BOB'], onCall: [] },
  destructive: { approvals: 1, selfApproval: 'never' },
  clusterScoped: ['nodes', 'namespaces'],
  limits: { changesPerHour: 1_000, podsPerPlan: 50 },
};

const person = (slack: string): Member => ({
  slack,
  identity: `${slack.toLowerCase()}@example.com`,
  mapped: true,
  name: slack,
  standing: 'member',
});
/** Everybody is a member. */
export const directory: Directory = {
  member: async (user) => person(user),
  groupMembers: async () => [],
  byEmail: async () => undefined,
  isShared: async () => false,
};

export type Lease = { readonly leaseMs: number; readonly renewEveryMs: number };
export type Machine = {
  readonly cluster: Cluster;
  /** As a worker that is woken for it. */
  perform(workId: string, lease?: Lease): Promise<void>;
  /** As a worker that claimed it, stood still, and does not know that its lease has lapsed. */
  goOn(work: Work): Promise<void>;
};
export type ApprovedPlan = { readonly plan: Plan; readonly workId: string };

export type Office = {
  readonly machines: readonly Machine[];
  /** One more, with another configuration. Closed with the office. */
  hire(over: { readonly policy?: Partial<Policy>; readonly service?: Partial<Service> }): Machine;
  readonly ledger: Ledger;
  /** Of its database; a worker in a process of its own opens it. */
  readonly url: string;
  /** Those that plans were approved for so far. */
  readonly services: readonly Service[];
  /** Plans the change, has it approved by somebody else, and leaves the work to apply it to be done. */
  approve(change: ChangeAction, where: { service: string; namespaces: readonly string[] }): Promise<ApprovedPlan>;
  /** The work is over, for good or for bad. */
  isOver(workId: string): Promise<boolean>;
  recordOf(
    plan: Plan,
  ): Promise<{ run: Run | undefined; attempts: readonly Attempt[]; state: Plan['state'] | undefined }>;
  close(): Promise<void>;
};

/** `wrap` stands before each machine's cluster. */
export async function openOffice(
  access: ServerForCluster['access'],
  { machines: count, wrap = (cluster) => cluster }: { machines: number; wrap?: (cluster: Cluster) => Cluster },
): Promise<Office> {
  const opened = await openRealLedger({ connectionsMax: 10 });
  const { ledger, db } = opened;
  const services: Service[] = [];
  const closes: (() => Promise<void>)[] = [() => opened.close()];

  function startMachine(over: Parameters<Office['hire']>[0] = {}): Machine {
    const ownPolicy = { ...policy, ...over.policy };
    const connection = openPostgres({ url: opened.url, log: silent, connectionsMax: 8 });
    const own = createLedger({ db: connection.db, log: silent, onEnqueued: () => undefined });
    const cluster = wrap(connectCluster({ name: 'main', log: silent, ...access }));
    closes.push(
      () => connection.close(),
      () => cluster.close(),
    );
    const world: World = {
      services: over.service === undefined ? services : services.map((one) => ({ ...one, ...over.service })),
      policy: ownPolicy,
      clock: { now: () => new Date() },
      newId,
      log: silent,
      failpoint: () => undefined,
    };
    const membership = createMembership({ directory, policy: ownPolicy, log: silent });
    const parts = { ...world, ledger: own, membership, reachOf: () => ({ cluster }) };
    const handlers = {
      'decide-plan': createDecidePlan(parts),
      'apply-plan': createApplyPlan(parts),
    } satisfies Partial<Record<WorkKind, Handler>>;
    return {
      cluster,
      perform: (workId, lease = { leaseMs: 20_000, renewEveryMs: 5_000 }) =>
        createWorker({ ledger: own, handlers, log: silent, ...lease }).perform(workId),
      goOn: (work) =>
        createWorker({ ledger: { ...own, claimWork: async () => work }, handlers, log: silent }).perform(work.id),
    };
  }
  const machines = Array.from({ length: count }, () => startMachine());
  const workOf = async (kind: WorkKind, subject: string): Promise<string> =>
    (
      await db
        .selectFrom('work')
        .select('id')
        .where('kind', '=', kind)
        .where('subject', '=', subject)
        .executeTakeFirstOrThrow()
    ).id;

  return {
    machines,
    hire: startMachine,
    ledger,
    url: opened.url,
    services,
    async approve(change, { service, namespaces }) {
      const [machine] = machines;
      invariant(machine, 'an office has a machine');
      if (!services.some(({ name }) => name === service)) {
        services.push(baseService(service, { namespaces, responders: { slack: ['U0ALICE', 'U0BOB'], onCall: [] } }));
      }
      const resolution = await machine.cluster.resolve(change as ClusterChange, {
        defaultNamespace: namespaces[0] ?? 'default',
        allowedNamespaces: namespaces,
        protectedNamespaces: policy.protectedNamespaces,
        podsPerPlan: policy.limits.podsPerPlan,
        clusterScoped: policy.clusterScoped,
        now: new Date(),
      });
      if (resolution.kind !== 'resolved') throw new Error(`${resolution.kind}: ${resolution.text}`);
      const expiresAt = new Date(Date.now() + planLifetimeMs);
      const content: PlanContent = {
        ...resolution.facts,
        id: newId('plan'),
        action: change,
        policyDigest: policy.digest,
        runbookDigest: 'none',
        expiresAt: expiresAt.toISOString(),
      };
      const plan: Plan = {
        id: content.id,
        proposalId: newId('prop'),
        service,
        content,
        ...sealPlan(content),
        state: 'proposed',
        requestedBy: 'U0ALICE',
        expiresAt,
        nonces: { approve: newId('yes'), deny: newId('no') },
      };
      await ledger.transaction(async (tx) => {
        await tx.insertPlan(plan);
        await tx.insertVote({ planId: plan.id, voter: 'U0BOB', verdict: 'approve' });
        await tx.enqueue({ kind: 'decide-plan', subject: plan.id, lane: 'decision' });
      });
      await machine.perform(await workOf('decide-plan', plan.id));
      return { plan, workId: await workOf('apply-plan', plan.id) };
    },
    async isOver(workId) {
      const row = await db
        .selectFrom('work')
        .select(['doneAt', 'failedAt', 'error'])
        .where('id', '=', workId)
        .executeTakeFirstOrThrow();
      if (row.failedAt !== null) throw new Error(`the work failed for good: ${row.error}`);
      return row.doneAt !== null || row.failedAt !== null;
    },
    recordOf: (plan) =>
      ledger.transaction(async (tx) => {
        const run = await tx.runOfPlan(plan.id);
        return { run, attempts: run ? await tx.attemptsOf(run.id) : [], state: (await tx.plan(plan.id))?.state };
      }),
    async close() {
      for (const release of closes.toReversed()) await release();
    },
  };
}
