/** The stage on the real things: Kubernetes, Debian's Alertmanager, PostgreSQL and Redis. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { isEffect } from '../../src/sandbox/kubernetes/audit.ts';
import { eventually } from '../eventually.ts';
import { type RealAlertmanager, startAlertmanager } from '../real/alertmanager.ts';
import { openRealLedger } from '../real/databases.ts';
import { connectKubernetes } from '../real/kubernetes-api.ts';
import { openAuditLog } from './audit-log.ts';
import { expectStatus, makeAccount, makeDeployment, patienceMs } from './real-objects.ts';
import type { StageAlerts, StageCluster, StageStores } from './stage.ts';

type Deployment = {
  readonly spec: {
    readonly replicas: number;
    readonly template: {
      readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
      readonly spec: { readonly containers: readonly { readonly env?: readonly { name: string; value?: string }[] }[] };
    };
  };
  readonly status: { readonly readyReplicas?: number; readonly updatedReplicas?: number };
};

/**
 * Needs KUBECONFIG of somebody who may make namespaces and roles, and AUDIT_LOG. Makes the namespaces anew. The app gets
 * an account of its own, by whose name its writes are known, whatever else goes on in the cluster.
 */
export async function realCluster(namespaces: readonly string[]): Promise<StageCluster> {
  const auditLog = process.env['AUDIT_LOG'];
  if (!auditLog) throw new Error('AUDIT_LOG is not set: name the file that the API server writes its audit log to.');
  const log = await openAuditLog(auditLog);
  const api = await connectKubernetes();
  const account = await makeAccount(api, namespaces).catch(async (error: unknown) => {
    await api.close();
    throw error;
  });
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-kubeconfig-'));
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, account.kubeconfig, { mode: 0o600 });

  const deploymentNow = async (namespace: string, name: string): Promise<Deployment> => {
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
    // The API server keeps to apps/v1.
    return JSON.parse((await expectStatus(api.send({ path }), [200], path)).text) as Deployment;
  };

  return {
    kubeconfig,
    async deployment(spec) {
      await makeDeployment(api, spec);
      await eventually(
        `${spec.name} is ready`,
        async () => (await deploymentNow(spec.namespace, spec.name)).status.readyReplicas === spec.replicas,
        patienceMs,
      );
    },
    async state(namespace, name) {
      const { spec, status } = await deploymentNow(namespace, name);
      const { metadata, spec: pod } = spec.template;
      return {
        replicas: spec.replicas,
        env: Object.fromEntries((pod.containers[0]?.env ?? []).map((entry) => [entry.name, entry.value ?? ''])),
        restartedAt: metadata.annotations?.['kubectl.kubernetes.io/restartedAt'],
        ready: status.readyReplicas ?? 0,
      };
    },
    async writes() {
      const events = await log.since();
      return events
        .filter(({ user, stage }) => user.username === account.username && stage === 'ResponseComplete')
        .filter(isEffect)
        .map(({ auditID, verb, requestURI, responseStatus }) => ({
          auditId: auditID,
          verb,
          uri: requestURI,
          code: responseStatus.code,
        }));
    },
    async close() {
      await account.remove();
      await api.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function realAlerts(): StageAlerts {
  let alertmanager: RealAlertmanager | undefined;
  // As Prometheus does: without it Alertmanager takes the time at which the alert ends.
  const startsAt = new Date();
  const running = (): RealAlertmanager => {
    if (!alertmanager) throw new Error('connect() says where the alerts go; call it first.');
    return alertmanager;
  };
  return {
    async connect(webhookUrl, token) {
      await alertmanager?.stop();
      alertmanager = await startAlertmanager({ webhookUrl, token, groupBy: ['alertname', 'namespace'] });
    },
    fire: (labels, annotations = {}) => running().fire([{ labels, annotations, startsAt }]),
    resolve: (labels) => running().resolve([{ labels, startsAt }]),
    async close() {
      await alertmanager?.stop();
    },
  };
}

export async function realStores(): Promise<StageStores & { readonly redis: Pick<RealRedis, 'flush'> }> {
  const ledger = await openRealLedger();
  const redis = await realRedis();
  return {
    database: ledger.db,
    redisUrl: redis.url,
    redis,
    async close() {
      await redis.close();
      await ledger.close();
    },
  };
}

/** Long enough for any suite; then a database that a killed suite had is free again. */
const claimSeconds = 900;
const claimKey = 'firebreak-test:claimed';

export type RealRedis = {
  readonly url: string;
  /** Takes everything away, as a restart without persistence would. */
  flush(): Promise<void>;
  close(): Promise<void>;
};

/** A numbered database of the Redis at REDIS_URL that was empty and is now this suite's. */
export async function realRedis(): Promise<RealRedis> {
  const server = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';
  // 0 is what everybody uses who does not choose; Redis has 16 unless configured otherwise.
  for (let number = 15; number > 0; number -= 1) {
    const url = new URL(server);
    url.pathname = `/${number}`;
    const redis = new Redis(url.href);
    const claim = () => redis.set(claimKey, process.pid, 'EX', claimSeconds, 'NX');
    if ((await redis.dbsize()) > 0 || (await claim()) !== 'OK') {
      redis.disconnect();
      continue;
    }
    return {
      url: url.href,
      async flush() {
        await redis.multi().flushdb().set(claimKey, process.pid, 'EX', claimSeconds).exec();
      },
      async close() {
        await redis.flushdb();
        redis.disconnect();
      },
    };
  }
  throw new Error(`None of the databases 1 to 15 of ${server} is empty. Empty one that nobody needs.`);
}
