/** One story on a stand-in of its own with a manual clock, ticked every half second as the demo does. */
import type { Pod } from '../../../src/sandbox/kubernetes/objects.ts';
import type { JsonObject } from '../../../src/sandbox/kubernetes/json.ts';
import type { KubernetesOptions, SandboxKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import type { RunningStory, Story } from '../../../src/sandbox/story/story.ts';
import { startSandbox } from '../kubernetes/sandbox.ts';

const startAt = Date.UTC(2026, 0, 5, 9);
const tickMs = 500;

export type Rehearsal = {
  readonly kubernetes: SandboxKubernetes;
  readonly running: RunningStory;
  /** Every value of the signal in that time, oldest first. */
  pass(seconds: number): number[];
  /** The last value after that time. */
  after(seconds: number): number;
  /** What `kubectl scale` does. */
  scale(name: string, replicas: number): void;
  /** What `kubectl rollout restart` does. */
  restart(name: string): void;
  /** What `kubectl set env` does; the container has no other variable. */
  setVariable(name: string, variable: string, value: string): void;
  /** What `kubectl set image` does. */
  setImage(name: string, image: string): void;
  /** What `kubectl cordon` does. */
  cordon(node: string): void;
  /** What `kubectl rollout undo` does: the template of the revision before the newest. */
  rollBack(name: string): void;
  pods(app: string): Pod[];
  logs(pod: Pod): Promise<string>;
};

export const rehearse = (...stories: readonly [Story, ...Story[]]): Promise<Rehearsal> =>
  rehearseWith({ rolloutMs: 400, terminateMs: 200 }, ...stories);

/** At a pace of one's own. */
export async function rehearseWith(
  pace: Pick<KubernetesOptions, 'rolloutMs' | 'terminateMs' | 'backOffMs'>,
  ...stories: readonly [Story, ...Story[]]
): Promise<Rehearsal> {
  const kubernetes = await startSandbox({ startAt, ...pace });
  const { world } = kubernetes;
  const [first, ...others] = stories;
  const running = first.build(world);
  const beside = others.map((story) => story.build(world));
  await kubernetes.settle();
  let at = startAt;
  let restarts = 0;
  const { namespace } = first;

  const template = (object: JsonObject): JsonObject =>
    // Only deployments are given, and each has a template.
    (object['spec'] as JsonObject)['template'] as JsonObject;
  const container = (object: JsonObject): JsonObject =>
    // Every template has containers.
    ((template(object)['spec'] as JsonObject)['containers'] as JsonObject[])[0] as JsonObject;
  function pass(seconds: number): number[] {
    return Array.from({ length: (seconds * 1000) / tickMs }, () => {
      at += tickMs;
      kubernetes.advance(tickMs);
      for (const one of beside) one.tick(new Date(at));
      return running.tick(new Date(at));
    });
  }
  return {
    kubernetes,
    running,
    pass,
    after: (seconds) => pass(seconds).at(-1) ?? Number.NaN,
    scale(name, replicas) {
      world.edit('deployments', namespace, name, (object) => {
        (object['spec'] as JsonObject)['replicas'] = replicas; // every deployment has a spec
      });
    },
    restart(name) {
      world.edit('deployments', namespace, name, (object) => {
        const annotations = { 'kubectl.kubernetes.io/restartedAt': String(++restarts) };
        template(object)['metadata'] = { ...(template(object)['metadata'] as JsonObject), annotations }; // labels are there
      });
    },
    setVariable(name, variable, value) {
      world.edit('deployments', namespace, name, (object) => {
        container(object)['env'] = [{ name: variable, value }];
      });
    },
    setImage(name, image) {
      world.edit('deployments', namespace, name, (object) => {
        container(object)['image'] = image;
      });
    },
    cordon(node) {
      world.edit('nodes', '', node, (object) => {
        (object['spec'] as JsonObject)['unschedulable'] = true; // every node has a spec
      });
    },
    rollBack(name) {
      const revision = (set: { metadata: { annotations?: Record<string, string> } }) =>
        Number(set.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
      const sets = world
        .list('replicasets', namespace)
        .filter(({ metadata }) => metadata.name.startsWith(`${name}-`))
        .sort((a, b) => revision(b) - revision(a));
      const before = sets[1]?.spec.template;
      if (!before) throw new Error(`${name} has no revision to go back to`);
      world.edit('deployments', namespace, name, (object) => {
        // Stored templates are JSON.
        const old = structuredClone(before) as unknown as JsonObject;
        delete ((old['metadata'] as JsonObject)['labels'] as JsonObject)['pod-template-hash'];
        (object['spec'] as JsonObject)['template'] = old;
      });
    },
    pods: (app) => world.pods(namespace, { app }).filter(({ metadata }) => metadata.deletionTimestamp === undefined),
    async logs({ metadata }) {
      const url = `${kubernetes.url}/api/v1/namespaces/${namespace}/pods/${metadata.name}/log`;
      const [current, previous] = await Promise.all([fetch(url), fetch(`${url}?previous=true`)]);
      return `${await current.text()}${previous.ok ? await previous.text() : ''}`;
    },
  };
}
