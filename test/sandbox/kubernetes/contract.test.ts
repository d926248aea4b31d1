import { startKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { holdsKubernetesServer } from '../../contracts/kubernetes-server.ts';

holdsKubernetesServer('the stand-in', async () => {
  const sandbox = await startKubernetes({ rolloutMs: 60, terminateMs: 30, backOffMs: 250 });
  sandbox.world.namespace('contract');
  return {
    namespace: 'contract',
    images: { good: 'workload:v1', missing: 'missing:v1', bad: 'bad:v1' },
    patienceMs: 10_000,
    fillMemory(pod, memory) {
      sandbox.world.setUsage('contract', pod, { cpu: '10m', memory });
    },
    async send({ method = 'GET', path, headers = {}, body }) {
      const response = await fetch(sandbox.url + path, { method, headers, ...(body === undefined ? {} : { body }) });
      return { status: response.status, headers: response.headers, text: await response.text() };
    },
    close: () => sandbox.stop(),
  };
});
