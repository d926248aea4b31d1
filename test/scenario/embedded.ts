/** The stage on npm packages alone: embedded stores and stand-ins that speak the real protocols. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedRedis } from '../../src/adapters/bullmq/embedded-redis.ts';
import { isEffect } from '../../src/sandbox/kubernetes/audit.ts';
import { type KubernetesOptions, type SandboxKubernetes, startKubernetes } from '../../src/sandbox/kubernetes/start.ts';
import { openTestLedger } from '../ledger.ts';
import { postAlerts } from './post-alerts.ts';
import type { StageAlerts, StageCluster, StageStores } from './stage.ts';

export async function sandboxCluster(
  options: Pick<KubernetesOptions, 'backOffMs'> = {},
): Promise<StageCluster & { readonly kubernetes: SandboxKubernetes }> {
  const kubernetes = await startKubernetes(options);
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-kubeconfig-'));
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, kubernetes.kubeconfig());
  return {
    kubernetes,
    kubeconfig,
    async deployment({ env, ...spec }) {
      kubernetes.world.deployment({ ...spec, image: 'workload:v1', ...(env ? { env } : {}) });
      await kubernetes.settle();
    },
    async state(namespace, name) {
      const deployment = kubernetes.world.get('deployments', namespace, name);
      const entries = deployment?.spec.template.spec.containers[0]?.env ?? [];
      return {
        replicas: deployment?.spec.replicas ?? -1,
        env: Object.fromEntries(entries.map((entry) => [entry.name, entry.value ?? ''])),
        restartedAt: deployment?.spec.template.metadata.annotations?.['kubectl.kubernetes.io/restartedAt'],
        ready: deployment?.status?.readyReplicas ?? 0,
      };
    },
    async writes() {
      return kubernetes.audit.filter(isEffect).map(({ auditID, verb, requestURI, responseStatus }) => ({
        auditId: auditID,
        verb,
        uri: requestURI,
        code: responseStatus.code,
      }));
    },
    async close() {
      await kubernetes.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function postedAlerts(): StageAlerts {
  let target = { url: '', token: '' };
  const startsAt = new Date().toISOString();
  return {
    async connect(url, token) {
      target = { url, token };
    },
    fire: (labels, annotations = {}) => postAlerts(target, [{ labels, annotations, startsAt }]),
    resolve: (labels) => postAlerts(target, [{ labels, annotations: {}, startsAt, endsAt: new Date().toISOString() }]),
    close: async () => undefined,
  };
}

export async function embeddedStores(): Promise<StageStores> {
  const ledger = await openTestLedger();
  const redis = await startEmbeddedRedis();
  return {
    database: ledger.db,
    redisUrl: redis.url,
    async close() {
      await redis.stop();
      await ledger.close();
    },
  };
}
