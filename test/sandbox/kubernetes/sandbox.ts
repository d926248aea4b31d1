/** A stand-in for one test, closed after it. */
import { afterEach } from '@jest/globals';
import {
  type KubernetesOptions,
  type SandboxKubernetes,
  startKubernetes,
} from '../../../src/sandbox/kubernetes/start.ts';

const open: SandboxKubernetes[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((sandbox) => sandbox.stop()));
});

/** On a manual clock unless told otherwise. */
export async function startSandbox(options: KubernetesOptions = {}): Promise<SandboxKubernetes> {
  const sandbox = await startKubernetes({ clock: 'manual', ...options });
  open.push(sandbox);
  return sandbox;
}

export function patchJson(
  sandbox: SandboxKubernetes,
  path: string,
  operations: readonly object[],
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(sandbox.url + path, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/json-patch+json', ...headers },
    body: JSON.stringify(operations),
  });
}

export const webPath = '/apis/apps/v1/namespaces/shop/deployments/web';

/** A namespace with one deployment `web` of `replicas` pods, all ready. */
export async function withWeb(sandbox: SandboxKubernetes, replicas = 3): Promise<SandboxKubernetes> {
  sandbox.world.deployment({ namespace: 'shop', name: 'web', image: 'shop/web:v1', replicas, env: { BATCH: '100' } });
  await sandbox.settle();
  return sandbox;
}
