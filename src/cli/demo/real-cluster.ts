/** The setting on a real cluster: nothing breaks here, and what is approved is really done. */
import { openConnection } from '../../adapters/kubernetes/connection.ts';
import { loadConfig } from '../../adapters/kubernetes/credentials.ts';
import { inspectCluster } from '../../adapters/kubernetes/inspect.ts';
import { OperationError } from '../../domain/errors.ts';
import { UsageError } from '../usage.ts';
import { createRealSource } from './real-objects.ts';
import { createRealStories, type RealStories } from './real-stories.ts';
import { type Given, protectedNamespaces, type Release, releaseAll, type Setting } from './setting.ts';

export type RealOptions = {
  readonly kubeconfig: string;
  readonly context: string | undefined;
  readonly namespace: string | undefined;
};

/** What is looked at before anything starts. */
export type RealCluster = RealOptions & {
  readonly namespace: string;
  /** `kind-dev, https://127.0.0.1:6443`. */
  readonly name: string;
  /** What this kubeconfig may not do, for people. */
  readonly lacks: readonly string[];
};

const firstAnswerMs = 5_000;

/** Throws `OperationError` or `UsageError`, which say what to do. Reads, and writes nothing. */
export async function findRealCluster(options: RealOptions): Promise<RealCluster> {
  const reach = reachOf(options);
  const config = await loadConfig(reach);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined)
    throw new OperationError(
      'config-invalid',
      `${options.kubeconfig} names no cluster. Is it a kubeconfig? \`kubectl --kubeconfig ${options.kubeconfig} config get-contexts\` lists its contexts; choose one with --context.`,
      { retryable: false },
    );
  const connection = openConnection(reach);
  try {
    const namespace = options.namespace ?? (await connection.contextNamespace());
    if (protectedNamespaces.includes(namespace))
      throw new UsageError(
        `The namespace ${namespace} belongs to the cluster itself, so the demo stays out of it. Choose another one with -n.`,
      );
    await connection.get('/version', { timeoutMs: firstAnswerMs });
    return {
      ...options,
      namespace,
      name: `${config.getCurrentContext()}, ${server}`,
      lacks: await missingRights(reach, namespace),
    };
  } finally {
    await connection.close();
  }
}

type Reach = { readonly name: string; readonly kubeconfig: string; readonly context?: string };

const reachOf = ({ kubeconfig, context }: RealOptions): Reach => ({
  name: kubeconfig,
  kubeconfig,
  ...(context === undefined ? {} : { context }),
});

async function missingRights(reach: Reach, namespace: string): Promise<string[]> {
  const apps = { group: 'apps', namespace };
  const wanted = [
    { verb: 'list', resource: 'deployments', ...apps, isNeeded: true },
    { verb: 'list', resource: 'replicasets', ...apps, isNeeded: true },
    { verb: 'list', resource: 'pods', namespace, isNeeded: true },
    { verb: 'get', resource: 'pods/log', namespace, isNeeded: false },
    { verb: 'list', resource: 'events', namespace, isNeeded: false },
    { verb: 'list', resource: 'nodes', isNeeded: false },
    { verb: 'patch', resource: 'deployments', ...apps, isNeeded: false },
  ];
  const inspection = inspectCluster(reach);
  try {
    const answers = await Promise.all(wanted.map((right) => inspection.may(right)));
    const lacking = wanted.filter((_, index) => answers[index] === false);
    const words = ({ verb, resource }: (typeof wanted)[number]): string => `${verb} ${resource}`;
    const needed = lacking.filter(({ isNeeded }) => isNeeded);
    if (needed.length > 0)
      throw new OperationError(
        'cluster-denied',
        `This kubeconfig may not ${needed.map(words).join(', ')} in the namespace ${namespace}. Choose a namespace with -n, a context with --context, or ask for the role “view” there.`,
        { retryable: false },
      );
    return lacking.map(words);
  } finally {
    await inspection.close();
  }
}

export type RealSetting = Setting & { readonly stories: RealStories };

export async function openRealCluster(cluster: RealCluster, { slack, alertmanagerToken }: Given): Promise<RealSetting> {
  const releases: Release[] = [];
  const { namespace, name, kubeconfig, context } = cluster;
  const source = createRealSource({ connection: openConnection(reachOf(cluster)), name, namespace });
  releases.push(() => source.stop());
  try {
    await source.read();
    const stories = await createRealStories({ slack, alertmanagerToken, source, namespace });
    releases.push(() => stories.stop());
    return {
      cluster: source,
      stories,
      pager: undefined,
      async config() {
        const { realConfig } = await import('./real-config.ts');
        return realConfig({ namespace, kubeconfig, context });
      },
      opened: (database) => source.open(database),
      stop: () => releaseAll(releases),
    };
  } catch (error) {
    await releaseAll(releases);
    throw error;
  }
}
