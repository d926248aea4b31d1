/**
 * A process of its own that reads one long list and prints what that cost: `node reads-list.ts WHO NAMESPACE`.
 * Started by reads.ts. Everything is loaded and connected before it counts.
 */
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { connectCluster } from '../src/adapters/kubernetes/cluster.ts';
import type { GetAction } from '../src/domain/read-action.ts';

const [who = '', namespace = ''] = process.argv.slice(2);
const kubeconfig = process.env['KUBECONFIG'] ?? '';
/** What the bot keeps of a read. */
const textLimit = 4 * 1024 * 1024;

const config = new KubeConfig();
config.loadFromFile(kubeconfig);
const api = config.makeApiClient(CoreV1Api);
const log = { debug() {}, info() {}, warn() {}, error() {} };
const cluster = connectCluster({ name: 'main', kubeconfig, log });

const pods = (output: GetAction<string>['output'], name?: string): GetAction<string> => ({
  type: 'get',
  objects: [{ resource: 'pods', ...(name !== undefined && { name }) }],
  output,
});
const get = (action: GetAction<string>) =>
  cluster.read(action, { defaultNamespace: namespace, signal: AbortSignal.timeout(60_000), textLimit });

/** How many pods it came to know. */
const reads: Readonly<Record<string, () => Promise<number>>> = {
  table: async () => (await get(pods({ format: 'table' }))).text.split('\n').length - 2,
  names: async () => (await get(pods({ format: 'name' }))).text.split('\n').length - 1,
  peer: async () => (await api.listNamespacedPod({ namespace })).items.length,
};

await get(pods({ format: 'table' }, 'idle-0'));
await api.readNamespacedPod({ namespace, name: 'idle-0' });
globalThis.gc?.();
const before = process.memoryUsage.rss();
const startedAt = performance.now();
const count = (await reads[who]?.()) ?? 0;
const ms = performance.now() - startedAt;
// In KiB, the most that there ever was.
const peak = process.resourceUsage().maxRSS * 1024;
process.stdout.write(JSON.stringify({ count, ms, growth: Math.max(0, peak - before) }));
await cluster.close();
process.exit(0);
