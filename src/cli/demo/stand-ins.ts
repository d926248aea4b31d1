/** The setting without anything real: the stand-ins for Kubernetes and PagerDuty, and the stories in them. */
import { createStandInSource } from '../../sandbox/demo/stand-in-cluster.ts';
import { createPagerLook } from '../../sandbox/demo/pager-look.ts';
import { startKubernetes } from '../../sandbox/kubernetes/start.ts';
import { defaultUsers } from '../../sandbox/pagerduty/cast.ts';
import { startPagerDuty } from '../../sandbox/pagerduty/start.ts';
import { continualMemory } from '../../sandbox/story/continual-memory.ts';
import { gaudiHpu } from '../../sandbox/story/gaudi-hpu.ts';
import { hdcCuda } from '../../sandbox/story/hdc-cuda.ts';
import { largeforgeDown } from '../../sandbox/story/largeforge-down.ts';
import { largeforgeLatency } from '../../sandbox/story/largeforge-latency.ts';
import { pipelineStart } from '../../sandbox/story/pipeline-start.ts';
import { createStories, type Stories } from '../../sandbox/story/stories.ts';
import type { Story } from '../../sandbox/story/story.ts';
import { type Given, pagerDutyAccount, type Release, releaseAll, type Setting } from './setting.ts';

const allStories: readonly Story[] = [
  hdcCuda,
  gaudiHpu,
  continualMemory,
  pipelineStart,
  largeforgeLatency,
  largeforgeDown,
];

export type StandIns = Setting & Required<Pick<Setting, 'kubernetes' | 'pagerduty'>> & { readonly stories: Stories };

/**
 * @param parts.onFailure hears of a story that failed, and of news that were not taken and are sent again
 * @param parts.told one story alone, at five times the pace: for somebody who reads along and presses nothing
 */
export async function openStandIns(
  parts: Pick<Given, 'slack' | 'alertmanagerToken'> & {
    readonly onFailure: (error: Error) => void;
    readonly told?: Story;
  },
): Promise<StandIns> {
  const releases: Release[] = [];
  const { told } = parts;
  const stories = told ? [told] : allStories;
  try {
    // Slow enough that a rollout can be watched, quick enough for a story.
    const kubernetes = await startKubernetes(
      told
        ? { rolloutMs: 450, terminateMs: 150 }
        : { rolloutMs: 900, terminateMs: 400, backOffMs: 2_000, sentinels: true },
    );
    releases.push(() => kubernetes.stop());
    const { escalationPolicy, service, integrationKey } = pagerDutyAccount;
    const pagerduty = await startPagerDuty({
      users: defaultUsers,
      escalationPolicies: [{ id: escalationPolicy, name: 'Pipeline on call', levels: [['PALICE1'], ['PCAROL1']] }],
      services: [{ id: service, name: 'Multimodal pipeline', escalationPolicy, integrationKey }],
      // While Firebreak is started again, nobody wants to wait for PagerDuty's usual 10 s.
      retryMs: 1_000,
      sentinels: true,
    });
    releases.push(() => pagerduty.stop());
    const running = await createStories({
      slack: parts.slack,
      world: kubernetes.world,
      stories,
      alertmanager: { token: parts.alertmanagerToken },
      pagerduty: {
        enqueueUrl: `${pagerduty.apiUrl}/v2/enqueue`,
        routingKeys: Object.fromEntries(
          stories.filter(({ via }) => via === 'PagerDuty').map(({ id }) => [id, integrationKey]),
        ),
      },
      onFailure: parts.onFailure,
      ...(told && { tickMs: 100, times: { forMs: 200, groupIntervalMs: 200 } }),
    });
    releases.push(() => running.stop());
    return {
      kubernetes,
      pagerduty,
      cluster: createStandInSource(kubernetes),
      stories: running,
      pager: createPagerLook(pagerduty),
      async config() {
        const { demoConfig } = await import('./config.ts');
        return demoConfig({ kubeconfigText: kubernetes.kubeconfig(), alertmanagerUrl: running.alertmanagerUrl });
      },
      stop: () => releaseAll(releases),
    };
  } catch (error) {
    await releaseAll(releases);
    throw error;
  }
}
