import { startKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { holdsCluster } from '../../contracts/cluster.ts';

holdsCluster('the stand-in', async () => {
  const sandbox = await startKubernetes({ rolloutMs: 400, terminateMs: 30, backOffMs: 50 });
  sandbox.world.namespace('contract');
  return {
    namespace: 'contract',
    images: { good: 'workload:v1', missing: 'missing:v1', bad: 'bad:v1' },
    patienceMs: 10_000,
    access: { kubeconfigText: sandbox.kubeconfig('contract') },
    async send({ method = 'GET', path, headers = {}, body }) {
      const response = await fetch(sandbox.url + path, { method, headers, ...(body === undefined ? {} : { body }) });
      return { status: response.status, headers: response.headers, text: await response.text() };
    },
    close: () => sandbox.stop(),
  };
});
