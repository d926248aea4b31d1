/**
 * Names that want to be a path: whatever is done with one, no request reaches the API server but those that the command
 * is about, with this very name, encoded. What the server understood is in its audit log, and that is what is judged.
 */
import fc from 'fast-check';
import { type Action, isRead, type ParameterType } from '../../src/domain/action.ts';
import type { ClusterChange } from '../../src/domain/change-action.ts';
import { OperationError } from '../../src/domain/errors.ts';
import type { ClusterRead } from '../../src/domain/read-action.ts';
import { effectsOf } from '../../src/flow/parts.ts';
import { newId } from '../../src/flow/new-id.ts';
import type { Cluster, EffectPlan } from '../../src/flow/ports.ts';
import { bindAction } from '../../src/runbook/bind.ts';
import { compileWords } from '../../src/runbook/command.ts';

/** Stand in the words below for the name and the namespace; of both there is an object. */
export const safe = { name: 'safe-name', namespace: 'safe-namespace' } as const;

export const nasty: readonly string[] = [
  '.',
  '..',
  '../secrets/x?',
  '../../kube-system/secrets',
  '..%2fsecrets%2fx',
  '%2e%2e/secrets',
  'a/b',
  'a%2fb',
  'a%252fb',
  'x?watch=true',
  'x#y',
  'x y',
  ' x',
  'x\n',
  'x\r\nHost: y',
  'x\0y',
  'x\\..\\y',
  'x;y',
  'x&dryRun=All',
  'x,metadata.namespace=kube-system',
  'x=y',
  'x/log',
  'x/proxy/',
  'x:y',
  'system:node:x',
  'system:node',
  'cluster-admin',
  'a.b.c',
  'a..b',
  'A',
  'ünï',
  'x\u202ey',
  '\ud83d\ude00',
  '{.items}',
  '*',
  '<x>',
  '$(x)',
  '-x',
  '--x',
  'x'.repeat(253),
  'x'.repeat(300),
  'constructor',
  '__proto__',
];
const tokens = '.. . / % %2f %2e ? # & = , : ; \\ | a x - _ pods secrets log proxy namespaces kube-system \n é'.split(
  ' ',
);

const hostileName = fc.oneof(
  fc.constantFrom(...nasty),
  fc.array(fc.constantFrom(...tokens), { minLength: 1, maxLength: 8 }).map((parts) => parts.join('')),
  fc.string({ minLength: 1, maxLength: 20, unit: 'binary' }),
);

const reads = [
  'get pod NAME',
  'get pods/NAME deploy/NAME',
  'get role NAME',
  'get clusterrole NAME',
  'get node NAME',
  'get NAME',
  'get widgets.NAME x',
  'get deploy NAME --subresource=status',
  'get --raw /api/v1/NAME',
  'get --raw /apis/NAME/v1',
  'describe pod NAME',
  'describe deployment/NAME',
  'describe node NAME',
  'describe role NAME',
  'describe clusterrole NAME',
  'describe ns NAME',
  'describe pvc NAME',
  'logs NAME',
  'logs deploy/NAME',
  'logs NAME -c NAME',
  'exec NAME -- ls',
  'exec deploy/NAME -- df',
  'top pod NAME',
  'top node NAME',
  'rollout status deploy/NAME --watch=false',
  'rollout history sts/NAME',
  'events --for pod/NAME',
  'wait pod/NAME --for=delete --timeout=1s',
  'auth can-i get pods/NAME',
];
const changes = [
  'scale deployment NAME --replicas=0',
  'scale sts/NAME --replicas=1',
  'rollout restart deploy/NAME',
  'rollout undo deploy/NAME',
  'rollout pause deploy NAME',
  'set image deploy/NAME app=workload:v2',
  'set env deploy/NAME A=b',
  'set resources deploy/NAME --limits=memory=64Mi',
  'label cm NAME a=b',
  'annotate cm NAME a=b',
  'patch cm NAME --type=merge -p {"data":{"b":"c"}}',
  'taint nodes NAME a=b:NoSchedule',
  'cordon NAME',
  'drain NAME',
  'delete pod NAME',
  'delete cm NAME',
  'delete job/NAME',
  'create cm NAME --from-literal=a=b',
  'create job NAME --from=cronjob/NAME',
  'autoscale deploy NAME --max=3',
  'autoscale deploy NAME --max=3 --name=NAME',
  'exec NAME -- mkdir /tmp/x',
];

/** `words`: an author wrote it; `parameter`: somebody filled it in; the others come past all checks of the compiler. */
const routes = ['words', 'parameter', 'action', 'plan', 'candidates'] as const;
export type Trial = {
  readonly name: string;
  /** `safe.namespace` stands for the suite's own. */
  readonly namespace: string;
  readonly command: string;
  readonly route: (typeof routes)[number];
};

export const trial: fc.Arbitrary<Trial> = fc.record({
  name: hostileName,
  namespace: fc.oneof({ weight: 3, arbitrary: fc.constant<string>(safe.namespace) }, hostileName),
  command: fc.constantFrom(...reads, ...changes),
  route: fc.constantFrom(...routes),
});

/** Objects that the safe name stands for, so that there are plans whose names can be changed afterwards. */
const template = {
  metadata: { labels: { app: safe.name } },
  spec: { schedulerName: 'nobody', containers: [{ name: 'app', image: 'workload:v1' }] },
};
const once = { ...template, spec: { ...template.spec, restartPolicy: 'Never' } };
const replicated = { replicas: 0, selector: { matchLabels: { app: safe.name } }, template };
export const safeObjects = [
  ['v1', 'ConfigMap', { data: { a: 'b' } }],
  ['v1', 'Pod', { spec: template.spec }],
  ['apps/v1', 'Deployment', { spec: { ...replicated, replicas: 1 } }],
  ['apps/v1', 'StatefulSet', { spec: { ...replicated, serviceName: safe.name } }],
  ['batch/v1', 'Job', { spec: { suspend: true, template: once } }],
  [
    'batch/v1',
    'CronJob',
    { spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: { template: once } } } },
  ],
].map(([apiVersion, kind, more]) => ({ apiVersion, kind, metadata: { name: safe.name }, ...Object(more) }) as Manifest);

type Manifest = { readonly apiVersion: string; readonly kind: string; readonly metadata: { readonly name: string } };

/** Gives the paths of the requests that were prepared: only they may have an effect. Throws only what is a bug. */
export async function attempt(
  cluster: Cluster,
  { name, namespace, command, route }: Trial,
  own: string,
): Promise<readonly string[]> {
  const compiled = compileWords(wordsOf(command, route === 'words' ? { name, namespace } : places[route], own));
  const paths: string[] = [];
  try {
    if (route === 'candidates') {
      for (const type of ['pod', 'container', 'deployment'] as ParameterType[]) {
        await cluster.candidates(type, { namespace: inOwn(namespace, own), of: { resource: 'deployments', name } });
      }
      return paths;
    }
    if (compiled.kind !== 'action') return paths;
    const values = Object.fromEntries(
      compiled.parameters.map((one) => [one.name, one.type === 'namespace' ? inOwn(namespace, own) : name]),
    );
    const bound = bindAction(compiled.action, compiled.parameters, values);
    if (!bound.ok) return paths;
    const action = route === 'action' ? renamed(bound.action, { name, namespace }, own) : bound.action;
    if (isRead(action)) {
      const options = { defaultNamespace: own, signal: AbortSignal.timeout(10_000), textLimit: 20_000 };
      await cluster.read(action as ClusterRead, options);
      return paths;
    }
    const resolution = await cluster.resolve(action as ClusterChange, {
      defaultNamespace: own,
      protectedNamespaces: ['kube-system'],
      podsPerPlan: 50,
      clusterScoped: ['nodes'],
      now: new Date(),
    });
    if (resolution.kind !== 'resolved') return paths;
    const id = newId('plan');
    const content = { ...resolution.facts, id, action: action as ClusterChange };
    for (const effect of effectsOf({
      id,
      content: { ...content, policyDigest: '', runbookDigest: '', expiresAt: '' },
    })) {
      paths.push(...(await carryOut(cluster, route === 'plan' ? renamed(effect, { name, namespace }, own) : effect)));
    }
  } catch (error) {
    const isPastChecks = route === 'action' || route === 'plan';
    if (!(error instanceof OperationError) && !isPastChecks) throw error;
  }
  return paths;
}

async function carryOut(cluster: Cluster, effect: EffectPlan): Promise<readonly string[]> {
  const prepared = await cluster.prepare(effect);
  await cluster.observe(effect);
  if (prepared.kind !== 'ready') return [];
  await cluster.send(effect, prepared.request, { auditId: crypto.randomUUID(), timeoutMs: 10_000 });
  await cluster.readBack(effect, prepared.request);
  return [prepared.request.path];
}

const places = {
  parameter: { name: '<pod-name>', namespace: '<namespace>' },
  action: safe,
  plan: safe,
  candidates: safe,
} as const;
export const inOwn = (namespace: string, own: string): string => (namespace === safe.namespace ? own : namespace);

const wordsOf = (command: string, { name, namespace }: Pick<Trial, 'name' | 'namespace'>, own: string): string[] => [
  'kubectl',
  ...command.split(' ').map((word) => word.replaceAll('NAME', () => name)),
  '-n',
  inOwn(namespace, own),
];

/** The same with other names at every place. */
function renamed<T extends Action | EffectPlan>(value: T, to: Pick<Trial, 'name' | 'namespace'>, own: string): T {
  const rename = (here: unknown): unknown => {
    if (typeof here === 'string') {
      if (here === own) return inOwn(to.namespace, own);
      return here.replaceAll(safe.name, () => to.name);
    }
    if (Array.isArray(here)) return here.map(rename);
    if (typeof here !== 'object' || here === null) return here;
    return Object.fromEntries(Object.entries(here).map(([key, inner]) => [key, rename(inner)]));
  };
  // Only texts are other ones.
  return rename(value) as T;
}

/** Each nasty name in the commands that name objects most often, so that none hangs on luck. */
export const fixedTrials: readonly Trial[] = nasty.flatMap((name) =>
  [
    'get role NAME',
    'describe clusterrole NAME',
    'get pod NAME',
    'logs NAME',
    'delete pod NAME',
    'scale sts/NAME --replicas=1',
  ].flatMap((command) =>
    (['words', 'action'] as const).map((route) => ({ name, namespace: safe.namespace, command, route })),
  ),
);
