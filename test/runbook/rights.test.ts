import { expect, it } from '@jest/globals';
import { compileRunbook } from '../../src/runbook/compile.ts';
import { rightsOf } from '../../src/runbook/rights.ts';

function rights(command: string): string[] {
  const { procedures } = compileRunbook(`# A\n\n## B\n\n\`\`\`bash\n${command}\n\`\`\`\n`, { path: 'a.md' });
  const [step] = procedures.flatMap((procedure) => procedure.steps);
  if (step?.kind !== 'action') throw new Error(`${command} is manual`);
  return rightsOf(step.action).map(
    ({ verb, resource, group, within }) => `${verb} ${resource}${group && `.${group}`}${within ? ` in ${within}` : ''}`,
  );
}

it.each([
  ['kubectl get pods', ['list pods']],
  ['kubectl get pod web-0', ['get pods']],
  ['kubectl get deploy,hpa', ['list deployments.apps', 'list horizontalpodautoscalers.autoscaling']],
  ['kubectl get widgets.example.com', ['list widgets.example.com']],
  ['kubectl get widgets', []],
  ['kubectl logs web-0', ['get pods', 'get pods', 'list pods', 'get pods/log']],
  ['kubectl logs -l app=web', ['get pods', 'list pods', 'get pods/log']],
  ['kubectl describe pod web-0', ['get pods', 'list pods', 'list events']],
  ['kubectl rollout status deploy/web', ['get deployments.apps']],
  ['kubectl rollout history sts/db', ['get statefulsets.apps', 'list controllerrevisions.apps']],
  ['kubectl get pods -A', ['list pods in *']],
  ['kubectl top nodes', ['get nodes.metrics.k8s.io', 'list nodes.metrics.k8s.io', 'get nodes', 'list nodes']],
  [
    'kubectl describe svc web',
    ['get services', 'list services', 'list events', 'list endpointslices.discovery.k8s.io'],
  ],
  [
    'kubectl describe node n1',
    [
      'get nodes',
      'list nodes',
      'list events in *',
      'list pods in *',
      'get leases.coordination.k8s.io in kube-node-lease',
    ],
  ],
])('%s needs %j', (command, expected) => {
  expect(rights(command)).toEqual(expected);
});

it.each([
  ['kubectl scale statefulset/db --replicas=3', 'patch statefulsets.apps'],
  ['kubectl rollout restart deploy/web', 'patch deployments.apps'],
  ['kubectl set env daemonset/agent A=b', 'patch daemonsets.apps'],
  ['kubectl set image deploy/web web=nginx:2', 'patch deployments.apps'],
  ['kubectl delete pod web-0', 'delete pods'],
  ['kubectl cordon node-1', 'patch nodes'],
])('%s needs to %s, and to look at what is around it', (command, write) => {
  const found = rights(command);

  expect(found).toContain(write);
  expect(found.some((right) => right.startsWith('list pods'))).toBe(true);
  expect(found.filter((right) => /^(patch|delete)/.test(right))).toEqual([write]);
});
