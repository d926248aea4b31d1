/**
 * A Kubernetes API server of its own, in this process, on loopback: the real wire protocol over a small world whose
 * deployments roll out, pods crash and budgets block. What it does not do: docs/sandbox.md.
 */
import type { AddressInfo } from 'node:net';
import { createAdmission } from './admit/admit.ts';
import { type AuditEvent, createAudit } from './audit.ts';
import { createManualClock, realClock } from './clock.ts';
import type { PodRule } from './controllers/behaviour.ts';
import { createControllers } from './controllers/controllers.ts';
import { createFaults, type Faults } from './faults.ts';
import { answerExec } from './http/exec.ts';
import type { Denial } from './http/asker.ts';
import { createHttpServer } from './http/server.ts';
import { createPodLogs } from './pod-logs.ts';
import { createPrograms, type Programs } from './programs.ts';
import { createKubernetesSentinels } from '../sentinels.ts';
import { createStore } from './store.ts';
import { createUsage } from './usage.ts';
import { createWorld, type World } from './world.ts';

export type KubernetesOptions = {
  /** `manual` stands still until `advance`. Default `real`. */
  readonly clock?: 'real' | 'manual';
  /** Where a manual clock starts, in milliseconds since the epoch. */
  readonly startAt?: number;
  /** From a pod's schedule to its being ready. Default 300. */
  readonly rolloutMs?: number;
  /** From a pod's deletion to its end. Default 100. */
  readonly terminateMs?: number;
  /** The first wait of a crash loop. Default 1,000; a real kubelet waits 10 s. */
  readonly backOffMs?: number;
  /** From a node's trouble to the eviction of its pods. Default 5,000; a real pod tolerates it for 300 s. */
  readonly evictMs?: number;
  /** How long an autoscaler goes by the most that it wanted before it scales down. Default 300,000, as a real one. */
  readonly scaleDownMs?: number;
  /** The audit log is appended to this file as well. */
  readonly auditFile?: string;
  /** Requests need this bearer token; the kubeconfig carries it. */
  readonly token?: string;
  /** False: the cluster has no metrics server. */
  readonly metrics?: boolean;
  /** Words in what is written fail on purpose (sentinels.ts). Default false. */
  readonly sentinels?: boolean;
  /** 0, the default, takes a free port. */
  readonly port?: number;
};

export type SandboxKubernetes = {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly port: number;
  /** YAML for KUBECONFIG, context `sandbox`; `namespace` is the context's default. */
  kubeconfig(namespace?: string): string;
  readonly world: World;
  /** What `kubectl exec` finds in containers, and what it ran. */
  readonly programs: Programs;
  readonly faults: Faults;
  /** Refused with 403; push and splice as the test goes on. */
  readonly deny: Denial[];
  /** Every write so far and the newest few thousand reads, in the order of the answers. */
  readonly audit: readonly AuditEvent[];
  /** Calls back after each request is in `audit`, until the returned function is called. */
  onRequest(listener: () => void): () => void;
  /** Moves a manual clock; pods that become due do their next thing. Throws on a real clock. */
  advance(ms: number): void;
  /** Resolves when the world is at rest: nothing is rolling out. Moves a manual clock as far as needed. */
  settle(deadlineMs?: number): Promise<void>;
  /** Closes every connection and timer. Safe to call twice. */
  stop(): Promise<void>;
};

export async function startKubernetes(options: KubernetesOptions = {}): Promise<SandboxKubernetes> {
  const manual = options.clock === 'manual' ? createManualClock(options.startAt ?? Date.UTC(2026, 0, 5, 9)) : undefined;
  const clock = manual ?? realClock;
  const store = createStore(clock);
  const logs = createPodLogs();
  const rules: PodRule[] = [];
  const usage = createUsage();
  const timings = {
    rolloutMs: options.rolloutMs ?? 300,
    terminateMs: options.terminateMs ?? 100,
    backOffMs: options.backOffMs ?? 1000,
    runMs: 50,
    evictMs: options.evictMs ?? 5000,
    scaleDownMs: options.scaleDownMs ?? 300_000,
  };
  // Controllers lag behind a write, as real ones do: the answer shows the old status.
  const metrics = options.metrics !== false;
  const reactionMs = manual ? 0 : 5;
  const controllers = createControllers({ store, clock, logs, rules, usage, metrics, timings, reactionMs });
  const world = createWorld({ store, clock, logs, controllers, rules, usage });
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) world.namespace(name);
  world.node('node-1');

  const audit = createAudit(options.auditFile);
  const faults = createFaults(options.sentinels ? createKubernetesSentinels() : undefined);
  const deny: Denial[] = [];
  const server = createHttpServer({
    store,
    clock,
    logs,
    audit,
    faults,
    denials: deny,
    token: options.token,
    usage: metrics ? usage : undefined,
    admissionFor: (method, uri) =>
      createAdmission({ store, clock, mutate: (object, resource) => faults.mutate(object, resource, method, uri) }),
  });
  const programs = createPrograms();
  const endExecs = answerExec(server, { store, clock, audit, faults, denials: deny, token: options.token, programs });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  // A listening TCP server has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  let stopping: Promise<void> | undefined;

  return {
    url,
    port,
    world,
    programs,
    faults,
    deny,
    audit: audit.events,
    onRequest: (listener) => audit.onAppend(listener),
    kubeconfig: (namespace) => kubeconfigText(url, options.token, namespace),
    advance(ms) {
      if (!manual) throw new Error('advance needs clock: manual');
      manual.advance(ms);
    },
    async settle(deadlineMs = 10_000) {
      if (manual) {
        manual.advance(0);
        for (let waited = 0; !controllers.isIdle(); waited += 10) {
          if (waited > 3_600_000) throw new Error('the sandbox does not come to rest within an hour of its own time');
          manual.advance(10);
        }
        return;
      }
      if (!controllers.isIdle()) await whenIdle((done) => controllers.onIdle(done), deadlineMs);
    },
    stop() {
      stopping ??= new Promise((resolve) => {
        controllers.stop();
        endExecs();
        server.close(() => resolve());
        server.closeAllConnections();
      });
      return stopping;
    },
  };
}

function whenIdle(onIdle: (done: () => void) => () => void, deadlineMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      unlisten();
      reject(new Error(`the sandbox did not come to rest within ${deadlineMs} ms`));
    }, deadlineMs);
    const unlisten = onIdle(() => {
      clearTimeout(timer);
      unlisten();
      resolve();
    });
  });
}

// @kubernetes/client-node refuses plain HTTP unless TLS verification is off.
function kubeconfigText(url: string, token: string | undefined, namespace: string | undefined): string {
  return [
    'apiVersion: v1',
    'kind: Config',
    'current-context: sandbox',
    'clusters:',
    `  - { name: sandbox, cluster: { server: "${url}", insecure-skip-tls-verify: true } }`,
    'contexts:',
    `  - { name: sandbox, context: { cluster: sandbox, user: sandbox${namespace === undefined ? '' : `, namespace: ${namespace}`} } }`,
    'users:',
    `  - { name: sandbox, user: {${token === undefined ? '' : ` token: ${JSON.stringify(token)} `}} }`,
    '',
  ].join('\n');
}
