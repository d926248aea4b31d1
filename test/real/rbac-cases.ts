/** What an account with exactly the printed roles has to be able to do: every verb, the rare turns of each, and the reads. */
import { isRead } from '../../src/domain/action.ts';
import type { Cluster } from '../../src/flow/ports.ts';
import { bindAction } from '../../src/runbook/bind.ts';
import { compileCommand } from '../../src/runbook/command.ts';
import { operatorOn } from '../contracts/cluster-operator.ts';
import { bodiesOf } from './rbac-stage.ts';
import { eventually } from '../eventually.ts';
import { configMap, type Manifest, node, podTemplate, simple, workload } from './verb-objects.ts';
import type { VerbStage } from './verb-stage.ts';
import { changeOf, nodeName, type Place, type VerbCase, verbCases } from './verbs.ts';

export type Outcome = { readonly ok: boolean; readonly text: string };

export type Case = {
  readonly name: string;
  /** As it stands in the runbook. */
  readonly source: (at: Place) => string;
  standUp(stage: VerbStage, at: Place): Promise<void>;
  run(cluster: Cluster, at: Place): Promise<Outcome>;
};

/** The bounds of a service, which a command line does not have. */
function asService(cluster: Cluster, at: Place): Cluster {
  const allowedNamespaces = [at.namespace, nodeName(at)];
  const bounds = { allowedNamespaces, protectedNamespaces: ['kube-system'], podsPerPlan: 50, clusterScoped };
  return {
    ...cluster,
    read: (action, context) => cluster.read(action, { ...context, allowedNamespaces }),
    resolve: (action, context) => cluster.resolve(action, { ...context, ...bounds }),
  };
}
export const clusterScoped = ['nodes', 'namespaces'];

const drainOfOthers = 'drain of others';

/** From the plan to a look at what follows, and the plan of its undo, carried out. */
function change(verb: VerbCase, standUp?: Case['standUp']): Case {
  return {
    name: verb.name,
    source: (at) => `${verb.command(at)}${verb.nextComment === undefined ? '' : `\n# ${verb.nextComment}`}`,
    standUp: standUp ?? ((stage, at) => stage.standUp(verb, at)),
    async run(cluster, at) {
      const operator = operatorOn(asService(cluster, at));
      const texts: string[] = [];
      const carryOut = async (action: Parameters<typeof operator.plan>[0]) => {
        const planned = await operator.plan(action, at.namespace);
        texts.push(JSON.stringify(planned));
        if (planned.kind !== 'planned') return { ok: planned.kind === 'no-change' };
        const run = await operator.apply(planned.plan);
        texts.push(run.text, JSON.stringify(run.parts ?? []));
        if (run.outcome !== 'succeeded') return { ok: false };
        // One look: pods that no scheduler takes are never ready. What goes with a finalizer needs a few.
        await operator.watch(planned.plan, verb.name === drainOfOthers ? 1_000 : 0, (text) => texts.push(text));
        return { ok: true, undo: planned.plan.undo };
      };
      const done = await carryOut(changeOf(verb, at));
      const undone = done.ok && done.undo?.kind === 'action' ? await carryOut(done.undo.action) : done;
      return { ok: undone.ok, text: texts.join('\n') };
    },
  };
}

const read = (source: string | ((at: Place) => string), anyExit = false): Case => {
  const command = (at: Place): string => (typeof source === 'string' ? source : source(at));
  return {
    name: command({ namespace: 'NS', suffix: 'x', widgets: 'GROUP' }),
    source: command,
    standUp: async () => undefined,
    async run(cluster, at) {
      const compiled = compileCommand(command(at));
      if (compiled.kind !== 'action') throw new Error(`${command(at)}: ${compiled.reason.text}`);
      const bound = bindAction(compiled.action, compiled.parameters, {});
      if (!bound.ok || !isRead(bound.action)) throw new Error(`${command(at)} is no read`);
      const { text, exitCode } = await operatorOn(asService(cluster, at)).read(bound.action, at.namespace);
      return { ok: anyExit ? !/forbidden/i.test(text) : exitCode === 0, text };
    },
  };
};

/** What a form offers for a placeholder. */
const names = (type: 'pod' | 'node' | 'namespace', source: string): Case => ({
  name: source,
  source: () => source,
  standUp: async () => undefined,
  async run(cluster, at) {
    const found = await cluster.candidates(type, { namespace: at.namespace });
    return { ok: true, text: found.join() };
  },
});

/** The delete of the pods that a controller has made: who it is, is looked at. */
const deletesPodsOf = (short: string, objects: (name: string, at: Place) => readonly Manifest[]): Case => {
  const named = ({ suffix }: Place): string => `owned-${short}-${suffix}`;
  const verb: VerbCase = {
    name: `delete the pods of a ${short}`,
    guarded: 'by-name',
    objects: (at) => objects(named(at), at),
    command: (at) => `kubectl delete pod -l app=${named(at)}`,
  };
  return change(verb, async (stage, at) => {
    await stage.standUp(verb, at);
    const path = `/api/v1/namespaces/${at.namespace}/pods?labelSelector=app%3D${named(at)}`;
    await eventually('it has a pod', async () => (await bodiesOf(stage.server, path)).length > 0);
  });
};

const nodeWith = (at: Place): Manifest => ({
  ...node(nodeName(at), {}),
  metadata: { name: nodeName(at), labels: { stands: at.suffix } },
});
const onItsNode = (at: Place): object => ({
  nodeSelector: { stands: at.suffix },
  tolerations: [{ operator: 'Exists' }],
});
const one = (
  name: string,
  object: (name: string, at: Place) => Manifest,
  command: (name: string, at: Place) => string,
  more: Partial<VerbCase> = {},
): Case => {
  const named = ({ suffix }: Place): string => `${name.replaceAll(' ', '-')}-${suffix}`;
  return change({
    name,
    guarded: 'cas',
    objects: (at) => [object(named(at), at)],
    command: (at) => command(named(at), at),
    ...more,
  });
};

const rareChanges: readonly Case[] = [
  deletesPodsOf('rs', (name) => [workload('ReplicaSet', name, { replicas: 1 })]),
  deletesPodsOf('rc', (name) => [
    simple('v1', 'ReplicationController', name, {
      replicas: 1,
      selector: { app: name },
      template: podTemplate({}, { app: name }),
    }),
  ]),
  deletesPodsOf('job', (name) => [
    simple('batch/v1', 'Job', name, { template: podTemplate({ restartPolicy: 'Never' }, { app: name }) }),
  ]),
  deletesPodsOf('ds', (name, at) => [
    nodeWith(at),
    workload('DaemonSet', name, { template: podTemplate(onItsNode(at), { app: name }) }),
  ]),
  one(
    'label pod',
    (name) => workload('StatefulSet', name, { replicas: 1 }),
    (name) => `kubectl label pod ${name}-0 team=ops`,
    { pods: ({ suffix }) => [`label-pod-${suffix}-0`] },
  ),
  one(
    'label node',
    (_, at) => node(nodeName(at), {}),
    (_, at) => `kubectl label node ${nodeName(at)} team=ops`,
  ),
  one(
    'taint that ends pods',
    (_, at) => node(nodeName(at), {}),
    (_, at) => `kubectl taint nodes ${nodeName(at)} firebreak.dev/verb=x:NoExecute`,
  ),
  one(
    'delete bound claim',
    (name) =>
      simple('v1', 'PersistentVolumeClaim', name, {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Mi' } },
        storageClassName: '',
        volumeName: `gone-${name}`,
      }),
    (name) => `kubectl delete pvc ${name}`,
    { guarded: 'by-name' },
  ),
];

/**
 * Pods of other services on the node: one of a DaemonSet, which stays, and one of each other controller. They are adopted
 * by controllers that come after them, so that they are on the node at once.
 */
const drainElsewhere = (other: string): Case => {
  const command = (at: Place): string => `kubectl drain ${nodeName(at)} --force --ignore-daemonsets`;
  const verb: VerbCase = { name: drainOfOthers, guarded: 'by-name', objects: (at) => [nodeWith(at)], command };
  return change(verb, async (stage, at) => {
    await stage.standUp(verb, at);
    const send = async (method: string, path: string, body: object, contentType = 'application/json') => {
      const headers = { 'Content-Type': contentType };
      const answer = await stage.server.send({ method, path, headers, body: JSON.stringify(body) });
      if (answer.status > 299) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    };
    const pods = `/api/v1/namespaces/${other}/pods`;
    for (const { plural, root, pod, spec } of adopters(at)) {
      await send('POST', pods, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: pod, labels: { app: pod } },
        spec: {
          nodeName: nodeName(at),
          terminationGracePeriodSeconds: 0,
          tolerations: [{ operator: 'Exists' }],
          restartPolicy: plural === 'jobs' ? 'Never' : 'Always',
          containers: [{ name: 'app', image: 'workload:v1' }],
        },
      });
      // As if it had run, so that there would be a log.
      const status = { containerStatuses: [{ name: 'app', state: { running: {} }, image: '', imageID: '' }] };
      await send('PATCH', `${pods}/${pod}/status`, { status }, 'application/merge-patch+json');
      await send('POST', `/${root}/namespaces/${other}/${plural}`, {
        metadata: { name: pod.replace(/-0$/, '') },
        spec: {
          ...spec,
          template: podTemplate(
            { ...onItsNode(at), ...(plural === 'jobs' && { restartPolicy: 'Never' }) },
            { app: pod },
          ),
        },
      });
      await eventually(`${pod} has its owner`, async () =>
        (await bodiesOf(stage.server, `${pods}?labelSelector=app%3D${pod}`)).some(
          ({ metadata }) => metadata?.['ownerReferences'] !== undefined,
        ),
      );
    }
  });
};

function adopters(at: Place) {
  const named = (short: string): string => `${short}-${at.suffix}`;
  const selector = (short: string) => ({ selector: { matchLabels: { app: named(short) } } });
  const one = { replicas: 1 };
  return [
    {
      plural: 'daemonsets',
      root: 'apis/apps/v1',
      pod: named('ds'),
      spec: { ...selector('ds'), updateStrategy: { type: 'OnDelete' } },
    },
    { plural: 'replicasets', root: 'apis/apps/v1', pod: named('rs'), spec: { ...selector('rs'), ...one } },
    {
      plural: 'statefulsets',
      root: 'apis/apps/v1',
      pod: `${named('sts')}-0`,
      spec: { selector: { matchLabels: { app: `${named('sts')}-0` } }, serviceName: 'none', ...one },
    },
    {
      plural: 'replicationcontrollers',
      root: 'api/v1',
      pod: named('rc'),
      spec: { selector: { app: named('rc') }, ...one },
    },
    { plural: 'jobs', root: 'apis/batch/v1', pod: named('job'), spec: { ...selector('job'), manualSelector: true } },
  ];
}

/** What the reads find; one of each kind. */
export const surroundings: readonly Manifest[] = [
  workload('Deployment', 'web'),
  workload('StatefulSet', 'db'),
  workload('DaemonSet', 'agent'),
  workload('ReplicaSet', 'plain'),
  configMap('settings', { a: '1' }),
  simple('v1', 'Service', 'web', { selector: { app: 'web' }, ports: [{ port: 80 }] }),
  simple('networking.k8s.io/v1', 'Ingress', 'web', {
    defaultBackend: { service: { name: 'web', port: { number: 80 } } },
  }),
  simple('v1', 'PersistentVolumeClaim', 'data', {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1Mi' } },
  }),
  {
    ...simple('v1', 'Pod', 'logger', {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'app', image: 'workload:v1' }],
    }),
    metadata: { name: 'logger', labels: { app: 'logger' } },
  },
];

const reads: readonly Case[] = [
  read('kubectl get pods,services'),
  read('kubectl get deployment web'),
  read('kubectl get deployment web --subresource=status'),
  read('kubectl get nodes'),
  read(({ widgets }) => `kubectl get widgets.${widgets}`),
  read('kubectl logs logger'),
  read('kubectl logs -l app=logger'),
  read('kubectl describe pod logger'),
  // The beginning of a name.
  read('kubectl describe pod logg'),
  read('kubectl describe deployment/web'),
  read('kubectl describe sts/db'),
  read('kubectl describe ds/agent'),
  read('kubectl describe rs/plain'),
  read('kubectl describe cm/settings'),
  read('kubectl describe svc/web'),
  read('kubectl describe ingress/web'),
  read('kubectl describe pvc/data'),
  read('kubectl describe node/node-1'),
  read(({ namespace }) => `kubectl describe namespace/${namespace}`),
  read('kubectl events'),
  read('kubectl top pods -l app=none', true),
  read('kubectl top pod logger', true),
  read('kubectl top nodes'),
  read('kubectl top node node-1'),
  read('kubectl rollout status deployment/web'),
  read('kubectl rollout history deployment/web'),
  read('kubectl rollout history sts/db'),
  read('kubectl wait --for=condition=Ready pod/logger --timeout=20s'),
  read('kubectl wait --for=condition=Ready pod -l app=logger --timeout=20s'),
  read('kubectl exec logger -- ls /'),
  read('kubectl cluster-info'),
  read('kubectl get --raw /readyz/ping'),
  read('kubectl auth can-i get pods', true),
  read('kubectl api-resources'),
  read('kubectl version'),
  names('pod', 'kubectl logs <pod-name> --tail=1'),
  names('node', 'kubectl describe node <node-name>'),
  names('namespace', 'kubectl get pods -n <namespace>'),
];

/** An eviction by itself is no command; a drain makes them. */
export const casesWith = (other: string): readonly Case[] => [
  ...reads,
  ...verbCases.filter(({ name }) => name !== 'evict').map((verb) => change(verb)),
  ...rareChanges,
  drainElsewhere(other),
];
