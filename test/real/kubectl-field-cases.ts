/** The commands of the twins in kubectl-fields.test.ts, and the objects that they start from. */
import type { PlanFacts } from '../../src/domain/plan.ts';

export type Extra = { readonly stdin?: string; readonly nextComment?: string };

const container = (name: string, more: object = {}): object => ({ name, image: 'workload:v1', ...more });
const deployment = (name: string, more: object = {}): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels: { team: 'web' } },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        initContainers: [container('prep')],
        containers: [
          container('app', { env: [{ name: 'A', value: '1' }], ports: [{ containerPort: 80 }] }),
          container('side'),
        ],
      },
    },
    ...more,
  },
});
const configMap = (name: string, data: object): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});
const cronJob = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'nightly' },
  spec: {
    schedule: '0 0 1 1 *',
    jobTemplate: {
      metadata: { labels: { kind: 'nightly' }, annotations: { note: 'x' } },
      spec: {
        backoffLimit: 1,
        suspend: true,
        template: { spec: { restartPolicy: 'Never', containers: [container('job')] } },
      },
    },
  },
};
const hpa = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web-hpa' },
  spec: { minReplicas: 1, maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'gone' } },
};
const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'front' },
  spec: { clusterIP: 'None', selector: { app: 'blue' }, ports: [{ port: 80 }] },
};

const yaml = (name: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  a: ${JSON.stringify(value)}\n`;
const applied = (name: string, containers: object[], more: object = {}): string =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: { x: '<&>'.length.toString() }, annotations: { html: '<a & b>' }, ...more },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers } },
    },
  });

type Case = {
  readonly name: string;
  readonly start?: readonly object[];
  /** Run by kubectl in both namespaces before. */
  readonly first?: readonly (readonly [readonly string[], string?])[];
  readonly words: readonly string[];
  readonly extra?: Extra;
  readonly object: string;
  readonly class: PlanFacts['class'];
  /** What kubectl runs when it cannot run the words themselves. */
  readonly theirs?: readonly string[];
};

export const cases: readonly Case[] = [
  {
    name: 'a strategic patch of env',
    start: [deployment('p1')],
    words: [
      'patch',
      'deploy',
      'p1',
      '-p',
      '{"spec":{"template":{"spec":{"containers":[{"name":"app","env":[{"name":"B","value":"2"}]}]}}}}',
    ],
    object: 'deploy/p1',
    class: 'change',
  },
  {
    name: 'a strategic patch that deletes a container',
    start: [deployment('p2')],
    words: [
      'patch',
      'deployment/p2',
      '--patch',
      '{"spec":{"template":{"spec":{"containers":[{"name":"side","$patch":"delete"}]}}}}',
    ],
    object: 'deploy/p2',
    class: 'destructive',
  },
  {
    name: 'a merge patch of replicas',
    start: [deployment('p3')],
    words: ['patch', 'deployment', 'p3', '--type=merge', '-p', '{"spec":{"replicas":1,"paused":true}}'],
    object: 'deploy/p3',
    class: 'change',
  },
  {
    name: 'a JSON patch',
    start: [deployment('p4')],
    words: [
      'patch',
      'deploy',
      'p4',
      '--type',
      'json',
      '-p',
      '[{"op":"remove","path":"/spec/template/spec/containers/0/env/0"},{"op":"add","path":"/metadata/labels/new","value":"x"}]',
    ],
    object: 'deploy/p4',
    class: 'change',
  },
  {
    name: 'a patch written in YAML',
    start: [deployment('p5')],
    words: ['patch', 'deploy', 'p5', '-p', 'spec:\n  minReadySeconds: 3\n'],
    object: 'deploy/p5',
    class: 'destructive',
  },
  {
    name: 'a patch of HPA bounds',
    start: [hpa],
    words: ['patch', 'hpa', 'web-hpa', '-p', '{"spec":{"minReplicas":2,"maxReplicas":9}}'],
    object: 'hpa/web-hpa',
    class: 'change',
  },
  {
    name: 'a service selector switch',
    start: [service],
    words: ['patch', 'svc', 'front', '-p', '{"spec":{"selector":{"app":"green"}}}'],
    object: 'svc/front',
    class: 'destructive',
  },
  {
    name: 'a patch of config map data',
    start: [configMap('c1', { a: '1', b: '2' })],
    words: ['patch', 'cm', 'c1', '--type', 'merge', '-p', '{"data":{"a":"9","b":null,"c":"x\\ny"}}'],
    object: 'cm/c1',
    class: 'change',
  },
  {
    name: 'a patch that takes all labels away',
    start: [deployment('p6')],
    words: ['patch', 'deploy', 'p6', '-p', '{"metadata":{"labels":null,"annotations":{"a":"b"}}}'],
    object: 'deploy/p6',
    class: 'change',
  },
  {
    name: 'a label',
    start: [deployment('l1')],
    words: ['label', 'deploy/l1', 'team=ops', 'new=1', '--overwrite'],
    object: 'deploy/l1',
    class: 'change',
  },
  {
    name: 'a label that goes',
    start: [deployment('l2')],
    words: ['label', 'deployments', 'l2', 'team-'],
    object: 'deploy/l2',
    class: 'change',
  },
  {
    name: 'an annotation',
    start: [configMap('a1', { a: '1' })],
    words: ['annotate', 'cm', 'a1', 'note=a b=c', 'kubernetes.io/change-cause=x'],
    object: 'cm/a1',
    class: 'change',
  },
  {
    name: 'resources of every container',
    start: [deployment('r1')],
    words: ['set', 'resources', 'deploy/r1', '--limits=cpu=1000m,memory=512Mi', '--requests', 'cpu=0.5'],
    object: 'deploy/r1',
    class: 'change',
  },
  {
    name: 'resources of one container',
    start: [deployment('r2')],
    words: ['set', 'resources', 'deployment', 'r2', '-c=side', '--limits=memory=1Gi'],
    object: 'deploy/r2',
    class: 'change',
  },
  {
    name: 'an autoscaler with a goal',
    start: [deployment('s1')],
    words: ['autoscale', 'deployment', 's1', '--min=2', '--max=5', '--cpu-percent=80'],
    object: 'hpa/s1',
    class: 'change',
  },
  {
    name: 'an autoscaler with two goals',
    start: [deployment('s2')],
    words: ['autoscale', 'deploy/s2', '--max=5', '--cpu=70%', '--memory=60%', '--name=s2-auto'],
    object: 'hpa/s2-auto',
    class: 'change',
  },
  {
    name: 'an autoscaler without a goal',
    start: [deployment('s3')],
    words: ['autoscale', 'deploy/s3', '--max=5'],
    object: 'hpa/s3',
    class: 'change',
  },
  {
    name: 'a job of a cron job',
    start: [cronJob],
    words: ['create', 'job', 'by-hand', '--from=cronjob/nightly'],
    object: 'job/by-hand',
    class: 'change',
  },
  {
    name: 'a config map of literals',
    words: ['create', 'configmap', 'made', '--from-literal=a=b', '--from-literal', 'k=v=w'],
    object: 'cm/made',
    class: 'change',
  },
  {
    name: 'a deployment',
    words: ['create', 'deployment', 'fresh', '--image=workload:v1', '--replicas=0', '--port=80'],
    object: 'deploy/fresh',
    class: 'destructive',
  },
  {
    name: 'a created manifest',
    words: ['create', '-f', '-'],
    extra: { stdin: yaml('typed', 'x') },
    object: 'cm/typed',
    class: 'change',
  },
  {
    name: 'an applied manifest that is new',
    words: ['apply', '-f', '-'],
    extra: { stdin: applied('n1', [container('app')]) },
    object: 'deploy/n1',
    class: 'destructive',
  },
  {
    name: 'an apply over an apply',
    first: [
      [
        ['apply', '-f', '-'],
        applied('n2', [container('app', { env: [{ name: 'A', value: '1' }] })], { labels: { old: '1' } }),
      ],
    ],
    words: ['apply', '-f', '-'],
    extra: {
      stdin: applied('n2', [
        container('app', {
          env: [
            { name: 'A', value: '2' },
            { name: 'B', value: '3' },
          ],
        }),
        container('side'),
      ]),
    },
    object: 'deploy/n2',
    class: 'destructive',
  },
  {
    name: 'an apply over what was made by hand',
    start: [configMap('n3', { a: '1', z: '9' })],
    words: ['apply', '-f', '-'],
    extra: { stdin: yaml('n3', '2') },
    object: 'cm/n3',
    class: 'destructive',
  },
  {
    name: 'an apply that takes keys away',
    first: [[['apply', '-f', '-'], 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: n4}\ndata: {a: x, b: z}']],
    words: ['apply', '-f', '-'],
    extra: { stdin: yaml('n4', 'x') },
    object: 'cm/n4',
    class: 'destructive',
  },
  {
    name: 'an apply by the server',
    start: [configMap('n5', { a: '1', z: '9' })],
    words: ['apply', '--server-side', '-f', '-'],
    extra: { stdin: yaml('n5', '1') + '  b: "2"\n' },
    object: 'cm/n5',
    class: 'destructive',
  },
  {
    name: 'an edit of a number',
    start: [deployment('e1')],
    words: ['edit', 'deployment', 'e1'],
    extra: { nextComment: 'Set revisionHistoryLimit: 5' },
    object: 'deploy/e1',
    class: 'destructive',
    theirs: ['patch', 'deploy', 'e1', '-p', '{"spec":{"revisionHistoryLimit":5}}'],
  },
  {
    name: 'an edit inside of a text',
    start: [configMap('e2', { 'app.yaml': 'server:\n  maxNumSeqs: 64 # many\n  name: x\n', other: 'y' })],
    words: ['edit', 'configmap', 'e2'],
    extra: { nextComment: 'Set maxNumSeqs: 128' },
    object: 'cm/e2',
    class: 'change',
    theirs: [
      'patch',
      'cm',
      'e2',
      '--type=merge',
      '-p',
      JSON.stringify({ data: { 'app.yaml': 'server:\n  maxNumSeqs: 128 # many\n  name: x\n' } }),
    ],
  },
];
