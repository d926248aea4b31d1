import { startKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { startSlack } from '../../../src/sandbox/slack/start.ts';
import { createStories, type StoriesOptions } from '../../../src/sandbox/story/stories.ts';
import type { Story } from '../../../src/sandbox/story/story.ts';
import { eventually } from '../../eventually.ts';
import { startRecordingApp } from '../slack/app.ts';

/** Stories in a small cluster, told to a listener that keeps every webhook. Everything goes some twenty times faster. */
export async function openTheatre(
  stories: readonly Story[],
  options: Pick<StoriesOptions, 'times' | 'pagerduty' | 'onFailure'> = {},
) {
  const kubernetes = await startKubernetes({ rolloutMs: 20, terminateMs: 10, backOffMs: 20 });
  const slack = await startSlack();
  const app = await startRecordingApp();
  const { world } = kubernetes;
  const running = await createStories({
    slack,
    world,
    stories,
    tickMs: 20,
    alertmanager: { token: 'a-token', webhookUrl: app.url },
    ...options,
    times: {
      forMs: 40,
      keepFiringForMs: 100,
      groupWaitMs: 5,
      groupIntervalMs: 10,
      retryMs: 10,
      ...options.times,
    },
  });
  await kubernetes.settle();
  const look = (id: string) => {
    const found = running.look().find((one) => one.id === id);
    if (!found) throw new Error(`no story ${id}`);
    return found;
  };
  return {
    kubernetes,
    world,
    slack,
    app,
    stories: running,
    look,
    /** The webhooks so far, as JSON. */
    heard: (): Webhook[] => app.heard.map(({ body }) => JSON.parse(body) as Webhook),
    state: (id: string, ...wanted: string[]) =>
      eventually(`${id} is ${wanted.join(' or ')}`, () => wanted.includes(look(id).state)),
    /** Ticks go by: what has not come to pass now does not come by itself soon. */
    async ticks(id: string, count: number): Promise<void> {
      let seen = 0;
      const unlisten = running.onChange(() => (seen += 1));
      await eventually(`${count} ticks of ${id}`, () => seen >= count);
      unlisten();
    },
    async close(): Promise<void> {
      await running.stop();
      await Promise.all([kubernetes.stop(), slack.stop(), app.stop()]);
    },
  };
}

export type Theatre = Awaited<ReturnType<typeof openTheatre>>;

/** As far as the tests look at it. */
export type Webhook = {
  readonly status: string;
  readonly groupKey: string;
  readonly alerts: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly startsAt: string;
    readonly endsAt: string;
    readonly fingerprint: string;
  }[];
};

/** As a colleague with kubectl: a variable of a deployment's first container. */
export function setVariable(
  { world }: Theatre,
  place: { namespace: string; deployment: string },
  name: string,
  value: string,
): void {
  world.change('deployments', place.namespace, place.deployment, (deployment) => {
    const [container] = deployment.spec.template.spec.containers;
    if (container) container.env = [...(container.env ?? []).filter((one) => one.name !== name), { name, value }];
    const generation = (deployment.metadata.generation ?? 1) + 1;
    return { ...deployment, metadata: { ...deployment.metadata, generation } };
  });
}

/** `kubectl rollout restart`. */
export function restart({ world }: Theatre, place: { namespace: string; deployment: string }): void {
  world.change('deployments', place.namespace, place.deployment, (deployment) => {
    const { template } = deployment.spec;
    const annotations = { ...template.metadata.annotations, 'kubectl.kubernetes.io/restartedAt': `${Date.now()}` };
    const generation = (deployment.metadata.generation ?? 1) + 1;
    return {
      ...deployment,
      metadata: { ...deployment.metadata, generation },
      spec: { ...deployment.spec, template: { ...template, metadata: { ...template.metadata, annotations } } },
    };
  });
}
