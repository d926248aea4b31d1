/**
 * jest's global set-up for `npm run test:real`. Tests find the real things through the environment:
 *
 *   KUBECONFIG, KUBECTL, AUDIT_LOG   a cluster: the one named, else for each lane one of our own (test/real/cluster)
 *   DATABASE_URL                     a PostgreSQL where databases may be created
 *   REDIS_URL                        a Redis
 *   ALERTMANAGER                     path of the program
 *
 * The tear-down takes down what was brought up here, and nothing else.
 */
import { execFile, execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { access, mkdtemp } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { Client } from 'pg';

const run = promisify(execFile);
const clusterScript = join(import.meta.dirname, 'cluster/cluster');
const releases: (() => void)[] = [];

/** Runs before all suites. jest calls the lanes workers. */
export async function setUp({ maxWorkers }: { readonly maxWorkers: number }): Promise<void> {
  try {
    await Promise.all([findPostgres(), findRedis(), findAlertmanager()]);
    await findClusters(maxWorkers);
  } catch (error) {
    release();
    throw error;
  }
}

/** Runs after all suites, and when the set-up fails half-way. */
export function release(): void {
  for (const undo of releases.splice(0).toReversed()) undo();
}

const isThere = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** `name`'s value, or the fallback, which the tests then see too. */
function settle(name: string, fallback: string): string {
  const value = process.env[name] || fallback;
  process.env[name] = value;
  return value;
}

async function findPostgres(): Promise<void> {
  const url = settle('DATABASE_URL', `postgres://${userInfo().username}@127.0.0.1:5432/postgres`);
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    await client.query('select 1');
  } catch (error) {
    throw missing('PostgreSQL', 'DATABASE_URL', 'services', error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function findRedis(): Promise<void> {
  const url = settle('REDIS_URL', 'redis://127.0.0.1:6379');
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: 5_000, retryStrategy: () => null });
  redis.on('error', () => undefined); // connect() rejects with the same error
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    throw missing('Redis', 'REDIS_URL', 'services', error);
  } finally {
    redis.disconnect();
  }
}

async function findAlertmanager(): Promise<void> {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const installed = join(cache, 'firebreak-test/alertmanager/usr/bin/prometheus-alertmanager');
  const path = settle('ALERTMANAGER', (await isThere(installed)) ? installed : 'prometheus-alertmanager');
  try {
    await run(path, ['--version']);
  } catch (error) {
    throw missing("Debian's prometheus-alertmanager", 'ALERTMANAGER', 'packages', error);
  }
}

/** One cluster for each lane, since suites cordon nodes and end API servers; a cluster that is named serves one lane. */
async function findClusters(lanes: number): Promise<void> {
  const named = process.env['KUBECONFIG'];
  if (named) {
    if (lanes > 1) throw new Error('KUBECONFIG names one cluster: run with --maxWorkers=1.');
    return useCluster(named, '');
  }
  for (let lane = 1; lane <= lanes; lane += 1) await useCluster(await startCluster(), `LANE_${lane}_`);
}

/** The path of its kubeconfig. */
async function startCluster(): Promise<string> {
  const state = await mkdtemp(join(tmpdir(), 'firebreak-cluster-'));
  const env = { ...process.env, CLUSTER_DIR: state };
  // Also when somebody interrupts the tests: jest tears nothing down then.
  const down = (): void => {
    execFileSync(clusterScript, ['down'], { env, stdio: 'ignore' });
    rmSync(state, { recursive: true, force: true });
  };
  const interrupted = (): never => process.exit(130);
  process.once('exit', down).once('SIGINT', interrupted).once('SIGTERM', interrupted);
  releases.push(() => {
    process.off('exit', down).off('SIGINT', interrupted).off('SIGTERM', interrupted);
    down();
  });
  // 20 minutes: compiling Kubernetes with a cold cache takes about 10 on two cores.
  const up = await run(clusterScript, ['up'], { env, timeout: 20 * 60_000 }).catch((error: unknown) => {
    throw missing('The test cluster', 'KUBECONFIG', 'cluster', error);
  });
  return up.stdout.trim().split('\n').at(-1) ?? '';
}

/** Writes `<prefix>KUBECONFIG` and `<prefix>AUDIT_LOG`, when the cluster answers; jest-lane-environment.js reads them. */
async function useCluster(kubeconfig: string, prefix: string): Promise<void> {
  const programs = (await run(clusterScript, ['programs'])).stdout.trim();
  const built = join(programs, 'kubectl');
  const kubectl = settle('KUBECTL', (await isThere(built)) ? built : 'kubectl');
  const audit = join(dirname(kubeconfig), 'log/audit.log');
  process.env[`${prefix}KUBECONFIG`] = kubeconfig;
  if (!process.env[`${prefix}AUDIT_LOG`] && (await isThere(audit))) process.env[`${prefix}AUDIT_LOG`] = audit;
  try {
    const env = { ...process.env, KUBECONFIG: kubeconfig };
    await run(kubectl, ['get', '--raw', '/readyz', '--request-timeout=10s'], { env });
  } catch (error) {
    throw missing(`The cluster of ${kubeconfig}, asked with ${kubectl},`, 'KUBECONFIG and KUBECTL', 'cluster', error);
  }
}

function missing(what: string, variables: string, step: 'packages' | 'services' | 'cluster', cause: unknown): Error {
  const stderr = typeof cause === 'object' && cause !== null && 'stderr' in cause ? String(cause.stderr).trim() : '';
  const reason = stderr.split('\n').at(-1) || (cause instanceof Error ? cause.message : String(cause));
  return new Error(
    `${what} does not answer (${reason}). Run: eval "$(test/real/install ${step})", or point ${variables} at your own.`,
    { cause },
  );
}
