/**
 * A worker in a process of its own, so that it can be killed. It does the due work of one ledger until it is.
 *
 * Plans may be held up at a place; when all of them are there, the process ends with SIGKILL. Standard output has a line
 * for each place that a plan (or its run, once that is watched) comes by: `PLAN PLACE`.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync, writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.ts';
import { openPostgres } from '../../src/adapters/postgres/connection.ts';
import { createLedger } from '../../src/adapters/postgres/ledger.ts';
import type { Service } from '../../src/domain/policy.ts';
import { createApplyPlan } from '../../src/flow/apply-plan.ts';
import { createExpirePlan } from '../../src/flow/keep-time.ts';
import type { Ledger } from '../../src/flow/ledger.ts';
import { createMembership } from '../../src/flow/membership.ts';
import { newId } from '../../src/flow/new-id.ts';
import type { Cluster, FailpointName } from '../../src/flow/ports.ts';
import { createVerifyPlan } from '../../src/flow/verify-plan.ts';
import { createWorker, type Handler } from '../../src/flow/work.ts';
import { createLog } from '../../src/log.ts';
import { directory, policy } from './approved-plans.ts';

export type Setting = {
  readonly url: string;
  readonly kubeconfig: string;
  readonly services: readonly Service[];
  /** By plan. `times`: the how manieth time it comes there. */
  readonly heldUp: Readonly<Record<string, { readonly at: FailpointName; readonly times: number }>>;
  /** It ends when any plan comes by any place for the so manieth time. */
  readonly endsAtPass?: number;
};

// Written by the test, which has the type.
const setting = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Setting;
const waiting = new Map(Object.entries(setting.heldUp).map(([plan, place]) => [plan, { ...place }]));
/** What is worked on, and where it is. */
const current = new AsyncLocalStorage<{ subject?: string; at?: FailpointName }>();
let passes = 0;

const end = (): void => void process.kill(process.pid, 'SIGKILL');
// A test that was killed itself leaves no worker behind.
process.stdin.resume().on('end', end);

function pass(at: FailpointName): void {
  const work = current.getStore();
  if (work?.subject === undefined) return;
  work.at = at;
  // Pipes are written at once, so that the last line before the end is there.
  writeSync(1, `${work.subject} ${at}\n`);
  if (++passes === setting.endsAtPass) end();
}

/** For ever, when this is where the plan is to be. */
async function holdUp(at: FailpointName): Promise<void> {
  const { subject = '' } = current.getStore() ?? {};
  const place = waiting.get(subject);
  if (place?.at !== at || --place.times > 0) return;
  waiting.delete(subject);
  writeSync(1, `${subject} ${at}\n`);
  if (waiting.size === 0) end();
  await new Promise(() => undefined);
}

const log = createLog({ level: 'error', to: 'stderr' });
// A plan that is held up inside of a transaction keeps its connection.
const { db } = openPostgres({ url: setting.url, log, connectionsMax: 40 });
const stored = createLedger({ db, log, onEnqueued: () => undefined });
const ledger: Ledger = {
  ...stored,
  async transaction(body) {
    return stored.transaction(async (tx) => {
      const given = await body(tx);
      const { at } = current.getStore() ?? {};
      if (at?.endsWith(':before-commit') === true) await holdUp(at);
      return given;
    });
  },
};
const connected = connectCluster({ name: 'main', log, kubeconfig: setting.kubeconfig });
const cluster: Cluster = {
  ...connected,
  async send(...args) {
    await holdUp('request:before');
    const answer = await connected.send(...args);
    await holdUp('request:after');
    return answer;
  },
};
const { services } = setting;
const world = { services, policy, clock: { now: () => new Date() }, newId, log, failpoint: pass };
const parts = {
  ...world,
  ledger,
  membership: createMembership({ directory, policy, log }),
  reachOf: () => ({ cluster }),
};

const known =
  (handler: Handler): Handler =>
  async (work, signal) => {
    const store = current.getStore();
    if (store) store.subject = work.subject;
    return handler(work, signal);
  };
const worker = createWorker({
  ledger,
  handlers: {
    'apply-plan': known(createApplyPlan(parts)),
    'verify-plan': known(createVerifyPlan(parts)),
    'expire-plan': createExpirePlan(),
    publish: async () => async () => undefined,
  },
  log,
  failpoint: pass,
  leaseMs: 1_500,
});

const underWay = new Set<string>();
for (;;) {
  // A busy pool is no reason to end.
  for (const { id } of await ledger.dueWork(500).catch(() => [])) {
    if (underWay.has(id)) continue;
    underWay.add(id);
    void current.run({}, () => worker.perform(id)).finally(() => underWay.delete(id));
  }
  await setTimeout(30);
}
