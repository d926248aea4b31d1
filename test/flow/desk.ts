/**
 * The flow from a step's button to the cluster, on the embedded ledger and the stand-in cluster, without a chat and
 * without a queue: a test asks for the work that is due and does it, so that everything happens in a known order.
 */
import type { Reach } from '../../src/flow/reach.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.ts';
import { newId } from '../../src/flow/new-id.ts';
import { InvariantError, OperationError } from '../../src/domain/errors.ts';
import type { Member } from '../../src/domain/person.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { Policy, Service } from '../../src/domain/policy.ts';
import type { WorkKind } from '../../src/domain/work.ts';
import { createApplyPlan } from '../../src/flow/apply-plan.ts';
import { createDecidePlan } from '../../src/flow/decide-plan.ts';
import { createInteractions } from '../../src/flow/gestures/interactions.ts';
import { createExpirePlan } from '../../src/flow/keep-time.ts';
import { createMembership } from '../../src/flow/membership.ts';
import type { OnCallPerson } from '../../src/flow/pager/on-call.ts';
import type { Cluster, Directory, World } from '../../src/flow/ports.ts';
import { createSightOf } from '../../src/flow/home/sight.ts';
import { createProposePlan } from '../../src/flow/propose-plan.ts';
import { postProcedure } from '../../src/flow/post-runbook.ts';
import { createVerifyPlan } from '../../src/flow/verify-plan.ts';
import { createWorker, type Handler } from '../../src/flow/work.ts';
import { compileRunbook } from '../../src/runbook/compile.ts';
import { isEffect } from '../../src/sandbox/kubernetes/audit.ts';
import { startKubernetes } from '../../src/sandbox/kubernetes/start.ts';
import { openTestLedger, silent, type TestLedger } from '../ledger.ts';
import { policy as basePolicy, service as baseService } from './alerts.ts';

const runbook = compileRunbook(
  [
    '# Shop',
    '',
    '## Web is slow',
    '',
    '```bash',
    'kubectl scale deployment/web --replicas=5',
    'kubectl scale deployment/web --replicas=1',
    'kubectl rollout restart deployment/web',
    'kubectl set env deployment/web BATCH=50',
    'kubectl scale deployment/gone --replicas=2',
    'kubectl scale deployment/dns --replicas=4 -n kube-system',
    'kubectl scale deployment/<deployment> --replicas=<count>',
    'kubectl set image deployment/web web=workload:v2',
    'kubectl set image deployment/web web=registry.example.com/web:v9',
    'kubectl rollout undo deployment/web',
    'kubectl rollout pause deployment/web',
    'kubectl rollout resume deployment/web',
    'kubectl delete pod db-0',
    'kubectl cordon node-1',
    'kubectl uncordon node-1',
    'kubectl exec deployment/web -- migrate up',
    'kubectl delete pods -l app=web',
    'kubectl annotate deployment/web note=checked',
    '```',
    '',
    '```bash',
    'FOUND=$(kubectl get pods -l app=web -o name)',
    'kubectl logs $FOUND',
    '```',
  ].join('\n'),
  { path: 'shop.md' },
);

const person = (slack: string, over: Partial<Member> = {}): Member => ({
  slack,
  identity: `${slack.slice(2).toLowerCase()}@example.com`,
  mapped: true,
  name: slack.slice(2),
  standing: 'member',
  ...over,
});

export type Desk = Awaited<ReturnType<typeof openDesk>>;

export async function openDesk({ open = openTestLedger }: { open?: () => Promise<TestLedger> } = {}) {
  const opened = await open();
  const { ledger, db } = opened;
  const kubernetes = await startKubernetes({ clock: 'manual' });
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-desk-'));
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, kubernetes.kubeconfig());
  const cluster = connectCluster({ name: 'main', log: silent, kubeconfig, settleMs: 0 });

  const people = new Map<string, Member>();
  const groups = new Map<string, string[]>();
  const directory: Directory & { away: boolean; shared: boolean } = {
    away: false,
    shared: false,
    isShared: async () => directory.shared,
    async member(user) {
      if (directory.away) throw new OperationError('chat-ambiguous', 'Slack is away', { retryable: true });
      const found = people.get(user);
      if (!found) throw new OperationError('chat-rejected', 'Slack refused users.info', { retryable: false });
      return found;
    },
    async groupMembers(group) {
      const found = groups.get(group);
      if (!found) throw new OperationError('chat-rejected', 'Slack refused usergroups', { retryable: false });
      return found;
    },
    byEmail: async (email) => [...people.values()].find(({ identity }) => identity === email)?.slack,
  };
  /** Who is on call by PagerDuty. */
  const rota: { away: boolean; people: OnCallPerson[] } = { away: false, people: [] };
  const onCall = async () => {
    if (rota.away) throw new OperationError('pager-unavailable', 'PagerDuty is away', { retryable: true });
    return rota.people;
  };
  const skew = { ms: 0 };
  const unexpected: Handler = (work) => Promise.reject(new InvariantError(`no ${work.kind} was expected`));

  /** Everything that is built from the configuration, as a start with it does. */
  function start(policy: Policy, service: Service, over: Partial<Cluster> = {}) {
    const world: World = {
      services: [service],
      policy,
      clock: { now: () => new Date(Date.now() + skew.ms) },
      newId,
      log: silent,
      failpoint: () => undefined,
    };
    const membership = createMembership({ directory, policy, log: silent, onCall });
    const reachOf = (): Reach => ({ cluster: { ...cluster, ...over } });
    const parts = { ...world, ledger, membership, directory, reachOf };
    const handlers = {
      'open-incident': unexpected,
      'furnish-channel': unexpected,
      'post-runbook': unexpected,
      'read-step': unexpected,
      'propose-plan': createProposePlan(parts),
      'decide-plan': createDecidePlan(parts),
      'apply-plan': createApplyPlan(parts),
      'verify-plan': createVerifyPlan(parts),
      'expire-plan': createExpirePlan(),
      publish: async () => async () => undefined,
    } satisfies Partial<Record<WorkKind, Handler>>;
    const interactions = createInteractions({
      ...parts,
      runbooks: { of: async () => ({ runbooks: [runbook], problems: [] }) },
      publish: { handler: handlers.publish, refresh: async () => undefined },
      sightOf: createSightOf({ services: [service], membership, privateChannels: false }),
    });
    return { worker: createWorker({ ledger, handlers, log: silent }), interactions };
  }
  let policy = basePolicy;
  let service = baseService('shop', { namespaces: ['shop', 'kube-system'] });
  let clusterOver: Partial<Cluster> = {};
  let running = start(policy, service);
  let requests = 0;
  const gesture = (user: string) => ({ user, channel: 'C0INC', deliveryKey: `request-${++requests}` });
  let postingId = '';

  /** Does the due work of these kinds, and what follows from it, until none is left. */
  async function work(...kinds: readonly WorkKind[]): Promise<void> {
    for (let round = 0; round < 50; round++) {
      const due = await ledger.dueWork(500);
      const rows = await db.selectFrom('work').select(['id', 'kind']).where('doneAt', 'is', null).execute();
      const kindOf = new Map(rows.map((row) => [row.id, row.kind]));
      // A row that was done between the two questions has no kind any more.
      const wanted = due.filter(({ id }) => kinds.includes(kindOf.get(id) ?? 'publish'));
      if (wanted.length === 0) return;
      for (const { id } of wanted) await running.worker.perform(id);
    }
    throw new Error(`work of ${kinds.join(', ')} does not end`);
  }

  const stepOf = (command: string): number => {
    const index = runbook.procedures[0]?.steps.findIndex(({ source }) => source.includes(command)) ?? -1;
    if (index < 0) throw new Error(`the runbook has no step ${command}`);
    return index + 1;
  };

  async function ask(user: string, command: string): Promise<string> {
    const answer = await running.interactions.useStep({
      ...gesture(user),
      place: { postingId, ordinal: stepOf(command) },
    });
    if (answer.kind !== 'accepted') throw new Error(`${command} was not accepted: ${JSON.stringify(answer)}`);
    const row = await db.selectFrom('proposal').select('id').orderBy('seq', 'desc').limit(1).executeTakeFirstOrThrow();
    return row.id;
  }

  return {
    ledger,
    db,
    kubernetes,
    cluster,
    people,
    groups,
    directory,
    rota,
    skew,
    work,
    gesture,
    stepOf,
    ask,
    get interactions() {
      return running.interactions;
    },
    get postingId() {
      return postingId;
    },

    /** A fresh `web` of 3 pods, the usual people, nothing asked for yet. */
    async reset(): Promise<void> {
      kubernetes.faults.clear();
      kubernetes.deny.splice(0);
      skew.ms = 0;
      directory.away = false;
      directory.shared = false;
      rota.away = false;
      rota.people.splice(0);
      people.clear();
      for (const slack of ['U0ALICE', 'U0BOB', 'U0CAROL', 'U0DAVE']) people.set(slack, person(slack));
      people.set('U0BOB2', person('U0BOB2', { identity: 'bob@example.com' }));
      people.set('U0GUEST', person('U0GUEST', { standing: 'guest' }));
      people.set('U0BOT', person('U0BOT', { standing: 'bot' }));
      people.set('U0GONE', person('U0GONE', { standing: 'deactivated' }));
      people.set('U0OTHER', person('U0OTHER', { standing: 'stranger' }));
      people.set('U0NOMAIL', person('U0NOMAIL', { identity: 'slack:U0NOMAIL', mapped: false }));
      groups.set('S0RESPOND', ['U0ALICE', 'U0BOB', 'U0BOB2', 'U0CAROL', 'U0NOMAIL', 'U0GUEST', 'U0BOT', 'U0GONE']);
      groups.set('S0SRE', ['U0CAROL']);
      await sql`update work set done_at = now() where done_at is null`.execute(db);
      await sql`update run set started_at = started_at - interval '2 hours'`.execute(db);
      policy = basePolicy;
      service = baseService('shop', { namespaces: ['shop', 'kube-system'] });
      clusterOver = {};
      running = start(policy, service);
      for (const [namespace, name] of [
        ['shop', 'web'],
        ['kube-system', 'dns'],
      ] as const) {
        if (kubernetes.world.get('deployments', namespace, name))
          kubernetes.world.remove('deployments', namespace, name);
        kubernetes.world.deployment({ namespace, name, image: 'workload:v1', replicas: 3, env: { BATCH: '100' } });
      }
      const [procedure] = runbook.procedures;
      if (!procedure) throw new Error('the runbook has a procedure');
      const posted = await ledger.transaction((tx) =>
        postProcedure(tx, newId, { runbook, procedure, service: 'shop', channel: 'C0INC', requestedBy: 'U0ALICE' }),
      );
      postingId = posted.postingId;
    },

    /** Starts again with another configuration. */
    reconfigure(over: { policy?: Partial<Policy>; service?: Partial<Service>; cluster?: Partial<Cluster> }): void {
      policy = { ...policy, ...over.policy };
      service = { ...service, ...over.service };
      clusterOver = { ...clusterOver, ...over.cluster };
      running = start(policy, service, clusterOver);
    },

    async plan(command: string, user = 'U0ALICE'): Promise<Plan> {
      const proposalId = await ask(user, command);
      await work('propose-plan');
      const plan = await ledger.transaction((tx) => tx.planOfProposal(proposalId));
      if (!plan) throw new Error(`${command} became no plan`);
      return plan;
    },
    vote: (user: string, plan: Plan, verdict: 'approve' | 'deny' = 'approve') =>
      running.interactions.vote({ ...gesture(user), nonce: plan.nonces[verdict] }),
    /** What waits for its next try is due at once. */
    dueNow: (kind: WorkKind) =>
      db
        .updateTable('work')
        .set({ dueAt: new Date(0) })
        .where('doneAt', 'is', null)
        .where('kind', '=', kind)
        .execute(),
    stateOf: async (plan: Plan) => {
      const { now, run } = await ledger.transaction(async (tx) => ({
        now: await tx.plan(plan.id),
        run: await tx.runOfPlan(plan.id),
      }));
      return { state: now?.state, reason: now?.stateReason, outcome: run?.outcome, text: run?.outcomeText };
    },
    votesOf: (plan: Plan) => ledger.transaction((tx) => tx.votesOf(plan.id)),
    attemptsOf: async (plan: Plan) =>
      ledger.transaction(async (tx) => {
        const run = await tx.runOfPlan(plan.id);
        return run ? tx.attemptsOf(run.id) : [];
      }),
    web: () => {
      const web = kubernetes.world.get('deployments', 'shop', 'web');
      return {
        replicas: web?.spec.replicas,
        marker: web?.metadata.annotations?.['firebreak.dev/plan'],
        batch: web?.spec.template.spec.containers[0]?.env?.[0]?.value,
        generation: web?.metadata.generation,
      };
    },
    /** Writes that asked for an effect, in the API server's own log. */
    writes: () => kubernetes.audit.filter(isEffect),

    async close(): Promise<void> {
      await cluster.close();
      await kubernetes.stop();
      await opened.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
