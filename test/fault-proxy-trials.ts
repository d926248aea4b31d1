/** One change of each kind of effect, ready to be made again and again, and how it is carried out through a fault proxy. */
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { markerAnnotation } from '../src/adapters/kubernetes/change/patch.ts';
import { connectCluster } from '../src/adapters/kubernetes/cluster.ts';
import type { ObjectChange } from '../src/domain/change-action.ts';
import { carryOut } from '../src/flow/carry-out.ts';
import type { Cluster, EffectPlan } from '../src/flow/ports.ts';
import type { ServerForCluster } from './contracts/cluster.ts';
import { bodyOf, corePath, deploymentPath, textOf } from './contracts/kubernetes-server-subject.ts';
import { eventually } from './eventually.ts';
import { type Cut, type FaultProxy, openFaultProxy } from './fault-proxy.ts';
import { silent } from './ledger.ts';

/** A server, the way to it through a proxy of its own, and names that no other lane uses. */
export type Lane = {
  readonly server: ServerForCluster;
  readonly name: string;
  readonly proxy: FaultProxy;
  readonly cluster: Cluster;
  close(): Promise<void>;
};

export type Trial = {
  readonly plan: EffectPlan;
  readonly cut: Cut | undefined;
  readonly struck: boolean;
  readonly outcome: string;
  readonly text: string;
  readonly auditIds: readonly string[];
  /** The object is as the plan wants it, with its mark; of a command nobody can see that. */
  readonly stands: boolean;
};

/** A plan that was not tried yet, on an object as it was when it was made. */
type Next = () => Promise<EffectPlan>;
export type Kind = 'cas' | 'by-name create' | 'by-name delete' | 'opaque';

export async function openLane(server: ServerForCluster, name: string): Promise<Lane> {
  const config = new KubeConfig();
  if ('kubeconfig' in server.access) config.loadFromFile(server.access.kubeconfig);
  else config.loadFromString(server.access.kubeconfigText);
  const [context] = config.contexts;
  const current = config.getCurrentCluster();
  if (!context || !current) throw new Error('the kubeconfig names no cluster');
  const { hostname, port, protocol } = new URL(current.server);
  const proxy = await openFaultProxy({ host: hostname, port: Number(port) });
  config.clusters = [{ ...current, server: `${protocol}//127.0.0.1:${proxy.port}` }];
  const cluster = connectCluster({ name: 'main', kubeconfigText: config.exportConfig(), log: silent });
  return {
    server,
    name,
    proxy,
    cluster,
    async close() {
      await cluster.close();
      await proxy.close();
    },
  };
}

/** A reader that is held up for so long has certainly been sent everything that will be. */
const holdMs = 40;
const patienceMs = 15_000;

/** As the flow does it between T1 and T2. The cut is in the exchange of the first request, and the first alone. */
export async function carryThrough(lane: Lane, plan: EffectPlan, cut: Cut | undefined): Promise<Trial> {
  const { server, cluster, proxy } = lane;
  // The cut before may have come behind the last byte, on a connection that looks well.
  const prepared = await eventually('the cluster can be asked', () => cluster.prepare(plan).catch(() => undefined));
  if (prepared.kind !== 'ready') throw new Error(`${plan.id} is not ready: ${JSON.stringify(prepared)}`);
  // The pool lets go of the connection behind an answer in a later turn; then the next request takes it again.
  await setImmediate();
  const auditIds: string[] = [];
  const again = async (): Promise<string> => {
    const auditId = randomUUID();
    auditIds.push(auditId);
    return auditId;
  };
  let sends = 0;
  let struck = false;
  const { outcome, text } = await carryOut({
    cluster: {
      readBack: (...args) => cluster.readBack(...args),
      send: (effect, request, options) => {
        const timeoutMs = cut?.how === 'hold' && sends === 1 ? holdMs : patienceMs;
        return cluster.send(effect, request, { ...options, timeoutMs });
      },
    },
    plan,
    request: prepared.request,
    book: {
      open: { auditId: await again(), maybeSent: false },
      earlierAnswered: true,
      again,
      answered: async () => undefined,
    },
    deadlineAt: new Date(Date.now() + patienceMs),
    now: () => new Date(),
    pause: async () => undefined,
    failpoint: (name) => {
      if (name === 'request:before' && ++sends === 1) proxy.arm(cut, looksFirst(plan));
      if (name === 'request:after' && sends === 1) struck = proxy.disarm();
    },
  });
  proxy.release();
  return { plan, cut, struck, outcome, text, auditIds, stands: await stands(server, plan) };
}

/** Before a command its pod is read, before something is made the cluster is asked who it is: no byte of the effect. */
const looksFirst = ({ action }: EffectPlan): number => (action.type === 'exec' || action.type === 'create' ? 1 : 0);

async function stands(server: ServerForCluster, { id, action, target }: EffectPlan): Promise<boolean> {
  if (action.type === 'exec') return false;
  const folder = action.type === 'scale' ? deploymentPath(server) : corePath(server, target.resource);
  const received = await server.send({ path: `${folder}/${target.name}` });
  const { metadata, spec } = bodyOf(received);
  if (action.type === 'delete-pod') return received.status === 404 || metadata?.['deletionTimestamp'] !== undefined;
  const isMarked = received.status === 200 && textOf(metadata?.['annotations']?.[markerAnnotation]) === id;
  return isMarked && (action.type !== 'scale' || Number(spec?.['replicas']) === action.replicas);
}

export const kinds: Readonly<Record<Kind, (lane: Lane) => Promise<Next>>> = {
  /** Up and down between 1 and 2; paused from the start, it never has a pod. */
  async cas({ server, name, cluster }) {
    const labels = { app: name };
    const container = { name: 'app', image: server.images.good };
    const template = { metadata: { labels }, spec: { containers: [container] } };
    await post(server, deploymentPath(server), {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: { replicas: 1, paused: true, selector: { matchLabels: labels }, template },
    });
    let replicas = 1;
    const first = await planOf(server, cluster, {
      type: 'scale',
      target: { resource: 'deployments', name },
      replicas: 2,
    });
    return async () => {
      const before = replicas;
      replicas = 3 - replicas;
      return {
        ...first,
        id: `plan-${randomUUID()}`,
        action: { type: 'scale', target: { resource: 'deployments', name }, replicas },
        changes: first.changes.map((change) => ({ ...change, before, after: replicas })),
      };
    };
  },

  async 'by-name create'({ server, name, cluster }) {
    const manifestOf = (of: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: of, namespace: server.namespace },
      data: { mode: 'fast' },
    });
    const first = await planOf(server, cluster, {
      type: 'create',
      target: { resource: 'configmaps', name },
      manifest: manifestOf(name),
    });
    let made = 0;
    return async () => {
      const of = `${name}-${++made}`;
      return {
        ...first,
        id: `plan-${randomUUID()}`,
        target: { ...first.target, name: of },
        changes: first.changes.map((change) => ({ ...change, after: manifestOf(of) })),
      };
    };
  },

  /** Of pods that no scheduler takes: they are gone at once. */
  async 'by-name delete'({ server, name, cluster }) {
    let made = 0;
    const make = async () => {
      const of = `${name}-${++made}`;
      const { metadata } = await post(server, corePath(server, 'pods'), {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: of },
        spec: { schedulerName: 'nobody', containers: [{ name: 'app', image: server.images.good }] },
      });
      return { name: of, uid: textOf(metadata?.['uid']) };
    };
    const { name: firstName } = await make();
    const first = await planOf(server, cluster, {
      type: 'delete-pod',
      target: { resource: 'pods', name: firstName },
    });
    return async () => {
      const pod = await make();
      return {
        ...first,
        id: `plan-${randomUUID()}`,
        action: { type: 'delete-pod', target: { resource: 'pods', name: pod.name } },
        target: { ...first.target, ...pod },
        changes: first.changes.map((change) => ({ ...change, before: pod.uid })),
      };
    };
  },

  /** Leaves a file each time it runs. Needs the pod `inside`, running. */
  async opaque({ server, name, cluster }) {
    const commandOf = (trial: number): ObjectChange => ({
      type: 'exec',
      target: { resource: 'pods', name: 'inside' },
      argv: ['mktemp', `/tmp/${name}-${trial}-XXXXXX`],
    });
    const first = await planOf(server, cluster, commandOf(0));
    let made = 0;
    return async () => ({ ...first, id: `plan-${randomUUID()}`, action: commandOf(++made) });
  },
};

async function planOf(server: ServerForCluster, cluster: Cluster, action: ObjectChange): Promise<EffectPlan> {
  const resolution = await cluster.resolve(action, {
    defaultNamespace: server.namespace,
    protectedNamespaces: [],
    podsPerPlan: 50,
    now: new Date(),
  });
  if (resolution.kind !== 'resolved') throw new Error(`not resolved: ${resolution.text}`);
  const { target, changes, class: planClass } = resolution.facts;
  return { id: `plan-${randomUUID()}`, action, class: planClass, target, changes };
}

export async function post(server: ServerForCluster, path: string, body: object) {
  const headers = { 'Content-Type': 'application/json' };
  const received = await server.send({ method: 'POST', path, headers, body: JSON.stringify(body) });
  if (received.status !== 201) throw new Error(`POST ${path}: ${received.status} ${received.text}`);
  return bodyOf(received);
}
