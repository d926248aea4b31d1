/**
 * Every change verb of the typed layer, once: a command, the objects that it starts from, and how its effect is counted
 * on the cluster. Suites about what must hold for every verb walk through this table. Pods are made so that nothing runs
 * them (but for `exec`), so that many copies of a case can stand beside each other at little cost.
 */
import type { ChangeAction } from '../../src/domain/change-action.ts';
import { bindAction } from '../../src/runbook/bind.ts';
import { compileKubectl } from '../../src/runbook/kubectl/kubectl.ts';
import { isRead } from '../../src/domain/action.ts';
import { changeOf as compiled } from '../contracts/cluster-operator.ts';
import {
  configMap,
  cronJob,
  type Manifest,
  node,
  podOn,
  podTemplate,
  runningPod,
  simple,
  workload,
} from './verb-objects.ts';

/** Where one copy of a case stands. `suffix` is unique in the namespace. */
export type Place = { readonly namespace: string; readonly suffix: string; readonly widgets: string };

/**
 * How the API server keeps a second request from having an effect: `cas` by the tests of a patch, `by-name` by a uid or
 * a name that is taken, `opaque` not at all.
 */
export type Guarded = 'cas' | 'by-name' | 'opaque';

export type VerbCase = {
  readonly name: string;
  readonly guarded: Guarded;
  /** Made in this order. The first one is what `history` changes. */
  readonly objects: (at: Place) => readonly Manifest[];
  /** Merge patches of the first object, each seen by its controller before the next: revisions to go back to. */
  readonly history?: readonly object[];
  /** Names of pods of the first object that have to be there (running, for an opaque effect). */
  readonly pods?: (at: Place) => readonly string[];
  /** As an author writes it. `evict` is no command of kubectl's; see `changeOf`. */
  readonly command: (at: Place) => string;
  /** The comment behind a `kubectl edit`. */
  readonly nextComment?: string;
  /** One for each request that the plan carries out; 1 when absent. */
  readonly parts?: number;
  /** What the command makes outside of the namespace, as paths. */
  readonly leaves?: (at: Place) => readonly string[];
};

export const partsIn = ({ parts = 1 }: VerbCase): number => parts;

/** The action that the case's command compiles to; throws when it does not. */
export function changeOf(verb: VerbCase, at: Place): ChangeAction {
  const command = verb.command(at);
  const [, evicted] = /^kubectl evict (\S+)$/.exec(command) ?? [];
  if (evicted !== undefined) return { type: 'evict', target: { resource: 'pods', name: evicted } };
  if (verb.nextComment === undefined) return compiled(command);
  const made = compileKubectl(command.split(' ').slice(1), { nextComment: verb.nextComment });
  if ('refused' in made) throw new Error(`${command}: ${made.refused.text}`);
  const bound = bindAction(made.action, [], {});
  if (!bound.ok || isRead(bound.action)) throw new Error(`${command} is no change`);
  return bound.action;
}

export const nodeName = ({ namespace, suffix }: Place): string => `${namespace}-${suffix}`;

const kinds = { deployment: 'Deployment', sts: 'StatefulSet', rs: 'ReplicaSet', ds: 'DaemonSet' } as const;
const newer = { spec: { template: { spec: { containers: [{ name: 'app', image: 'workload:v2' }] } } } };

type Words = (at: Place) => string;
/** A case about one object whose name is the case's short name and the suffix. */
const about = (
  name: string,
  guarded: Guarded,
  object: (name: string, at: Place) => Manifest,
  command: (name: string, at: Place) => string,
  more: Partial<VerbCase> = {},
): VerbCase => {
  const slug = name.replaceAll(' ', '-');
  const named: Words = ({ suffix }) => `${slug}-${suffix}`;
  return {
    name,
    guarded,
    objects: (at) => [object(named(at), at)],
    command: (at) => command(named(at), at),
    ...more,
  };
};
const onWorkload = (
  verb: string,
  short: keyof typeof kinds,
  words: (reference: string) => string,
  more: Partial<VerbCase> & { spec?: object } = {},
): VerbCase => {
  const { spec = {}, ...rest } = more;
  return about(
    `${verb} ${short}`,
    'cas',
    (name) => workload(kinds[short], name, spec),
    (name) => `kubectl ${words(`${short}/${name}`)}`,
    rest,
  );
};
const onNode = (name: string, spec: object, words: Words): VerbCase => ({
  name,
  guarded: 'cas',
  objects: (at) => [node(nodeName(at), spec)],
  command: (at) => `kubectl ${words(at)}`,
});
const deployment = (name: string): Manifest => workload('Deployment', name);
const here = (manifest: object): string => `kubectl apply -f - <<'EOF'\n${JSON.stringify(manifest)}\nEOF`;

export const verbCases: readonly VerbCase[] = [
  onWorkload('scale', 'deployment', (it) => `scale ${it} --replicas=1`),
  onWorkload('scale', 'sts', (it) => `scale ${it} --replicas=1`),
  onWorkload('scale', 'rs', (it) => `scale ${it} --replicas=1`),
  onWorkload('restart', 'deployment', (it) => `rollout restart ${it}`),
  onWorkload('restart', 'sts', (it) => `rollout restart ${it}`),
  onWorkload('restart', 'ds', (it) => `rollout restart ${it}`),
  onWorkload('undo', 'deployment', (it) => `rollout undo ${it}`, { history: [newer] }),
  onWorkload('undo', 'sts', (it) => `rollout undo ${it}`, { history: [newer] }),
  onWorkload('undo', 'ds', (it) => `rollout undo ${it}`, { history: [newer] }),
  onWorkload('pause', 'deployment', (it) => `rollout pause ${it}`),
  onWorkload('resume', 'deployment', (it) => `rollout resume ${it}`, { spec: { paused: true } }),
  onWorkload('set image', 'deployment', (it) => `set image ${it} app=workload:v2`),
  onWorkload('set env', 'deployment', (it) => `set env ${it} MODE=fast`),
  onWorkload('set resources', 'deployment', (it) => `set resources ${it} --limits=memory=64Mi`),
  onWorkload('patch', 'deployment', (it) => `patch ${it} -p '{"spec":{"minReadySeconds":3}}'`),
  onWorkload(
    'json patch',
    'deployment',
    (it) => `patch ${it} --type=json -p '[{"op":"replace","path":"/spec/replicas","value":1}]'`,
  ),
  about(
    'merge patch',
    'cas',
    (name) => configMap(name, { a: '1' }),
    (name) => `kubectl patch cm ${name} --type=merge -p '{"data":{"a":"9"}}'`,
  ),
  about(
    'patch of a custom resource',
    'cas',
    (name, { widgets }) => ({ apiVersion: `${widgets}/v1`, kind: 'Widget', metadata: { name }, spec: { size: 1 } }),
    (name, { widgets }) => `kubectl patch widgets.${widgets} ${name} --type=merge -p '{"spec":{"size":2}}'`,
  ),
  about(
    'patch of an autoscaler',
    'cas',
    (name) =>
      simple('autoscaling/v2', 'HorizontalPodAutoscaler', name, {
        minReplicas: 1,
        maxReplicas: 3,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'gone' },
      }),
    (name) => `kubectl patch hpa ${name} -p '{"spec":{"minReplicas":2,"maxReplicas":9}}'`,
  ),
  about('set field', 'cas', deployment, (name) => `kubectl edit deployment ${name}`, {
    nextComment: 'Set revisionHistoryLimit: 5',
  }),
  about('label', 'cas', deployment, (name) => `kubectl label deploy/${name} team=ops --overwrite`),
  about(
    'annotate',
    'cas',
    (name) => configMap(name, { a: '1' }),
    (name) => `kubectl annotate cm ${name} note=x`,
  ),
  onNode('taint', {}, (at) => `taint nodes ${nodeName(at)} firebreak.dev/verb=x:NoSchedule`),
  onNode('cordon', {}, (at) => `cordon ${nodeName(at)}`),
  onNode('uncordon', { unschedulable: true }, (at) => `uncordon ${nodeName(at)}`),
  about(
    'apply to what is there',
    'cas',
    (name) => configMap(name, { a: '1' }),
    (name) => here(configMap(name, { a: '2', b: '3' })),
  ),
  {
    name: 'drain',
    guarded: 'by-name',
    objects: (at) => [
      node(nodeName(at), {}),
      ...['a', 'b'].map((letter) => podOn(`drain-${letter}-${at.suffix}`, nodeName(at))),
    ],
    command: (at) => `kubectl drain ${nodeName(at)} --force --ignore-daemonsets`,
    parts: 3,
  },
  about(
    'delete pod',
    'by-name',
    (name) => workload('StatefulSet', name, { replicas: 1 }),
    (name) => `kubectl delete pod ${name}-0`,
    { pods: ({ suffix }) => [`delete-pod-${suffix}-0`] },
  ),
  about(
    'evict',
    'by-name',
    (name) => workload('StatefulSet', name, { replicas: 1 }),
    (name) => `kubectl evict ${name}-0`,
    { pods: ({ suffix }) => [`evict-${suffix}-0`] },
  ),
  about('delete deployment', 'by-name', deployment, (name) => `kubectl delete deployment ${name}`),
  about(
    'delete job',
    'by-name',
    (name) => simple('batch/v1', 'Job', name, { suspend: true, template: podTemplate({ restartPolicy: 'Never' }) }),
    (name) => `kubectl delete job ${name}`,
  ),
  about(
    'delete pvc',
    'by-name',
    (name) =>
      simple('v1', 'PersistentVolumeClaim', name, {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Mi' } },
      }),
    (name) => `kubectl delete pvc ${name}`,
  ),
  about(
    'delete config map',
    'by-name',
    (name) => configMap(name, { a: '1' }),
    (name) => `kubectl delete cm ${name}`,
  ),
  {
    name: 'delete by selector',
    guarded: 'by-name',
    objects: ({ suffix }) =>
      ['a', 'b'].map((letter) => configMap(`selected-${letter}-${suffix}`, { a: '1' }, { set: suffix })),
    command: ({ suffix }) => `kubectl delete cm -l set=${suffix}`,
    parts: 2,
  },
  {
    name: 'apply of what is new',
    guarded: 'by-name',
    objects: () => [],
    command: ({ suffix }) => here(configMap(`applied-${suffix}`, { a: '1' })),
  },
  {
    name: 'create config map',
    guarded: 'by-name',
    objects: () => [],
    command: ({ suffix }) => `kubectl create configmap made-${suffix} --from-literal=a=b`,
  },
  {
    name: 'create deployment',
    guarded: 'by-name',
    objects: () => [],
    command: ({ suffix }) => `kubectl create deployment made-${suffix} --image=workload:v1 --replicas=0`,
  },
  {
    name: 'create namespace',
    guarded: 'by-name',
    objects: () => [],
    command: (at) => `kubectl create namespace ${nodeName(at)}`,
    leaves: (at) => [`/api/v1/namespaces/${nodeName(at)}`],
  },
  about('create job', 'by-name', cronJob, (name) => `kubectl create job by-hand-${name} --from=cronjob/${name}`),
  about('autoscale', 'by-name', deployment, (name) => `kubectl autoscale deployment ${name} --min=2 --max=5`),
  about(
    'exec',
    'opaque',
    runningPod,
    (name) => `kubectl exec ${name} -- sh -c 'echo once >> /tmp/effects; cat /tmp/effects'`,
    { pods: ({ suffix }) => [`exec-${suffix}`] },
  ),
];
