import { expect, it } from '@jest/globals';
import { compileRunbook } from '../../../src/runbook/compile.ts';
import { rightsOfStep } from '../../../src/runbook/rights/rights.ts';
import type { NeededRight } from '../../../src/runbook/rights/rights-kinds.ts';

function stepOf(command: string) {
  const { procedures } = compileRunbook(`# A\n\n## B\n\n\`\`\`bash\n${command}\n\`\`\`\n`, { path: 'a.md' });
  const [step] = procedures.flatMap((procedure) => procedure.steps);
  if (step?.kind !== 'action') throw new Error(`${command} is manual`);
  return step;
}

function inWords({ verb, resource, group, namespace, within, name, undo, own, url }: NeededRight): string {
  const kind = url ?? (own ? 'its namespace' : resource);
  const where = within ?? namespace;
  return [
    verb,
    `${kind}${group === undefined ? '.?' : group === '' ? '' : `.${group}`}`,
    ...(name === undefined ? [] : [name]),
    ...(where === undefined ? [] : [`in ${where}`]),
    ...(undo ? ['(undo)'] : []),
  ].join(' ');
}

const all = (command: string): readonly NeededRight[] => rightsOfStep(stepOf(command));
const texts = (rights: readonly NeededRight[]): string[] => [...new Set(rights.map(inWords))].sort();
const needed = (command: string): string[] => texts(all(command).filter(({ optional }) => optional === undefined));
const optional = (command: string): string[] =>
  texts(all(command).filter((right) => right.optional !== undefined)).filter((text) => !needed(command).includes(text));

it.each([
  ['kubectl get pods', ['list pods'], []],
  ['kubectl get pod web-0', ['get pods'], ['get its namespace']],
  ['kubectl get pods -A', ['list pods in *'], []],
  [
    'kubectl get deploy,hpa -n shop',
    ['list deployments.apps in shop', 'list horizontalpodautoscalers.autoscaling in shop'],
    [],
  ],
  ['kubectl get deploy web --subresource=scale -o yaml', ['get deployments/scale.apps'], ['get its namespace']],
  ['kubectl get widgets.example.com', ['list widgets.example.com'], []],
  // What only the cluster knows.
  ['kubectl get widgets', ['list widgets.?'], []],
  ['kubectl get node n1', ['get nodes'], []],
  ['kubectl logs web-0', ['get pods', 'get pods/log'], ['get its namespace']],
  ['kubectl logs -l app=web', ['get pods/log', 'list pods'], []],
  ['kubectl logs deploy/web', ['get deployments.apps', 'get pods/log', 'list pods'], ['get its namespace']],
  ['kubectl describe pod web-0', ['get pods'], ['get its namespace', 'list events', 'list pods']],
  ['kubectl describe pod/web-0', ['get pods'], ['get its namespace', 'list events']],
  ['kubectl describe pods', ['list pods'], ['list events']],
  ['kubectl describe sts/db', ['get statefulsets.apps', 'list pods'], ['get its namespace', 'list events']],
  ['kubectl describe quota/a', ['get resourcequotas'], ['get its namespace']],
  [
    'kubectl describe svc/web',
    ['get services'],
    ['get its namespace', 'list endpointslices.discovery.k8s.io', 'list events'],
  ],
  [
    'kubectl describe node/n1',
    ['get nodes'],
    ['get leases.coordination.k8s.io in kube-node-lease', 'list events in *', 'list pods in *'],
  ],
  ['kubectl describe ns/shop', ['get namespaces', 'list limitranges in shop', 'list resourcequotas in shop'], []],
  ['kubectl events --for pod/web-0', ['list events'], []],
  ['kubectl top pods', ['list pods.metrics.k8s.io'], ['list pods']],
  ['kubectl top pod web-0', ['get pods.metrics.k8s.io'], []],
  ['kubectl top nodes', ['list nodes', 'list nodes.metrics.k8s.io'], []],
  ['kubectl rollout status deploy/web', ['get deployments.apps'], ['get its namespace']],
  ['kubectl rollout history sts/db', ['get statefulsets.apps', 'list controllerrevisions.apps'], ['get its namespace']],
  ['kubectl wait --for=condition=Ready pod -l app=web', ['get pods', 'list pods'], []],
  ['kubectl exec web-0 -- df -h', ['create pods/exec', 'get pods', 'get pods/exec'], ['get its namespace']],
  ['kubectl cluster-info', ['list services in kube-system'], []],
  ['kubectl get --raw /readyz/etcd', ['get /readyz/etcd'], []],
  ['kubectl get --raw /apis/metrics.k8s.io/v1beta1/nodes', ['list nodes.metrics.k8s.io'], []],
  // Open to every account.
  ['kubectl get --raw /healthz', [], []],
  ['kubectl auth can-i delete pods', [], []],
  ['kubectl version', [], []],
  ['curl https://shop.example.com/health', [], []],
])('%s needs %j, and can do without %j', (command, expected, optionally) => {
  expect(needed(command)).toEqual(expected);
  expect(optional(command)).toEqual(optionally);
});

it.each([
  ['kubectl scale statefulset/db --replicas=3', ['get statefulsets.apps', 'list pods', 'patch statefulsets.apps']],
  ['kubectl rollout restart deploy/web', ['get deployments.apps', 'list pods', 'patch deployments.apps']],
  [
    'kubectl rollout undo deploy/web',
    ['get deployments.apps', 'list pods', 'list replicasets.apps', 'patch deployments.apps'],
  ],
  [
    'kubectl rollout pause deploy/web',
    [
      'get deployments.apps',
      'get deployments.apps (undo)',
      'list pods (undo)',
      'patch deployments.apps',
      'patch deployments.apps (undo)',
    ],
  ],
  ['kubectl delete pod web-0', ['delete pods', 'get pods', 'list pods']],
  [
    'kubectl delete pod web-0 web-1',
    [
      'delete pods',
      'get daemonsets.apps',
      'get jobs.batch',
      'get pods',
      'get replicasets.apps',
      'get replicationcontrollers',
      'get statefulsets.apps',
      'list pods',
    ],
  ],
  ['kubectl delete deployment web', ['delete deployments.apps', 'get deployments.apps', 'list pods']],
  ['kubectl delete cm settings', ['delete configmaps', 'get configmaps']],
  ['kubectl delete cm -l app=web', ['delete configmaps', 'get configmaps', 'list configmaps']],
  ['kubectl label cm settings a=b', ['get configmaps', 'patch configmaps']],
  ['kubectl annotate deploy/web a=b', ['get deployments.apps', 'patch deployments.apps']],
  ['kubectl cordon n1', ['get nodes', 'patch nodes']],
  ['kubectl taint nodes n1 a=b:NoSchedule', ['get nodes', 'patch nodes']],
  ['kubectl taint nodes n1 a=b:NoExecute', ['get nodes', 'list pods in *', 'patch nodes']],
  [
    'kubectl autoscale deploy/web --min=1 --max=3',
    [
      'create horizontalpodautoscalers.autoscaling',
      'delete horizontalpodautoscalers.autoscaling (undo)',
      'get deployments.apps',
      'get horizontalpodautoscalers.autoscaling',
      'get horizontalpodautoscalers.autoscaling (undo)',
    ],
  ],
  [
    'kubectl create job again --from=cronjob/nightly',
    [
      'create jobs.batch',
      'delete jobs.batch (undo)',
      'get cronjobs.batch',
      'get jobs.batch',
      'get jobs.batch (undo)',
      'list pods (undo)',
    ],
  ],
  ['kubectl create namespace shop', ['create namespaces', 'get namespaces']],
  [
    'kubectl drain n1',
    [
      'create pods/eviction in *',
      'get daemonsets.apps in *',
      'get nodes',
      'get pods in *',
      'list pods in *',
      'patch nodes',
    ],
  ],
  [
    "kubectl exec deploy/web -- sh -c 'echo a > /tmp/x'",
    ['create pods/exec', 'get deployments.apps', 'get pods', 'get pods/exec', 'list pods'],
  ],
])('%s cannot do without %j', (command, expected) => {
  expect(needed(command)).toEqual(expected);
});

it.each([
  // A patch needs what its fields touch.
  [`kubectl patch deploy web -p '{"spec":{"minReadySeconds":3}}'`, 'list pods', false],
  [`kubectl patch deploy web -p '{"spec":{"replicas":3}}'`, 'list pods', true],
  [`kubectl patch deploy web -p '{"spec":{"replicas":3}}'`, 'list horizontalpodautoscalers.autoscaling', true],
  [`kubectl patch cm settings --type=merge -p '{"data":{"replicas":"3"}}'`, 'list pods', false],
  [`kubectl patch widgets.example.com w --type=merge -p '{"spec":{"replicas":3}}'`, 'list pods', true],
  ['kubectl label pod web-0 a=b', 'list networkpolicies.networking.k8s.io', true],
  ['kubectl label cm settings a=b', 'list networkpolicies.networking.k8s.io', false],
  ['kubectl label node n1 a=b', 'list daemonsets.apps in *', true],
  ['kubectl scale deploy/web --replicas=3', 'list horizontalpodautoscalers.autoscaling', true],
  ['kubectl scale deploy/web --replicas=3', 'list resourcequotas', true],
  ['kubectl rollout restart deploy/web', 'list horizontalpodautoscalers.autoscaling', false],
  ['kubectl delete pod web-0', 'get replicasets.apps', true],
  ['kubectl delete pod web-0', 'get pods/log', true],
])('%s looks at %s: %j', (command, right, expected) => {
  expect([...needed(command), ...optional(command)].includes(right)).toBe(expected);
});

it('counts the look-ups that fill parameters, and the names that a form lists for them', () => {
  const step = stepOf('kubectl top node "$(kubectl get cm where -o name)"');
  const named = stepOf('kubectl logs <pod-name> -n <namespace>');

  expect(texts(rightsOfStep(step))).toContain('get configmaps');
  expect(texts(rightsOfStep(named))).toEqual([
    'get its namespace in ?',
    'get pods in ?',
    'get pods/log in ?',
    'list namespaces in ?',
    'list pods in ?',
  ]);
});
