/** One “story” for each deployment of a real cluster: a test alert about it, sent and cleared with a button. */
import type { GuideLook, StoryLook } from '../../sandbox/demo/protocol.ts';
import type { Alert } from '../../sandbox/story/alert.ts';
import { startAlertmanager } from '../../sandbox/story/alertmanager.ts';
import { incidentFacts } from '../../sandbox/story/incident-facts.ts';
import { StoryRefused } from '../../sandbox/story/story.ts';
import type { RealSource } from './real-objects.ts';
import type { Given, Setting } from './setting.ts';
import { createListeners } from '../../sandbox/listeners.ts';

export type RealStories = Setting['stories'] & { stop(): Promise<void> };

type TestAlert = { wanted: 'firing' | 'resolved'; told: 'firing' | 'resolved' | undefined; startsAt: Date };

/** The part of the runbook that answers every test alert. */
const runbookUrl = 'kubernetes-basics.md#a-deployment-needs-a-look';
const times = { groupWaitMs: 100, groupIntervalMs: 500, retryMs: 500 };

export async function createRealStories(
  parts: Pick<Given, 'slack' | 'alertmanagerToken'> & {
    readonly source: RealSource;
    readonly namespace: string;
  },
): Promise<RealStories> {
  const { slack, source, namespace } = parts;
  const listeners = createListeners();
  const tests = new Map<string, TestAlert>();
  const changed = (): void => listeners.tell();
  const alertmanager = await startAlertmanager({
    token: parts.alertmanagerToken,
    times,
    onSent({ labels }, { status, code }) {
      const test = tests.get(labels['deployment'] ?? '');
      if (test && code >= 200 && code < 300) test.told = status;
      changed();
    },
  });

  const alertOf = (deployment: string): Alert => ({
    // A name of its own for each, so that each is an incident of its own; and none begins with another.
    labels: { alertname: `TestAlert(${deployment})`, namespace, deployment, severity: 'warning' },
    annotations: {
      summary: `Somebody wants to try Firebreak on the deployment ${deployment}; nothing is wrong with it`,
      runbook_url: runbookUrl,
    },
  });
  const factsOf = (deployment: string) => incidentFacts(slack.workspace, { alert: alertOf(deployment) });

  function look(): StoryLook[] {
    return source.deployments().map((deployment) => {
      const channel = tests.has(deployment) ? factsOf(deployment)?.channel.id : undefined;
      return {
        id: deployment,
        system: `Deployment ${namespace}/${deployment}`,
        title: 'A test alert',
        summary: 'Sends a test alert about this deployment; nothing is broken by it. Reset sends that it is over.',
        via: 'Alertmanager',
        namespace,
        state: stateOf(tests.get(deployment)),
        signal: null,
        ...(channel === undefined ? {} : { channel }),
      };
    });
  }

  function put(deployment: string, wanted: TestAlert['wanted']): void {
    const before = tests.get(deployment);
    const startsAt = wanted === 'firing' || !before ? new Date() : before.startsAt;
    tests.set(deployment, { wanted, told: before?.told, startsAt });
    const alert = { ...alertOf(deployment), startsAt };
    alertmanager.put(
      wanted === 'firing' ? { ...alert, status: 'firing' } : { ...alert, status: 'resolved', endsAt: new Date() },
    );
    changed();
  }

  return {
    look,
    onChange(listener) {
      const stops = [listeners.add(listener), source.onChange(listener)];
      return () => stops.forEach((stop) => stop());
    },
    start(id) {
      if (!source.deployments().includes(id)) throw new StoryRefused(`There is no deployment ${id} any more.`);
      if (tests.get(id)?.wanted === 'firing')
        throw new StoryRefused('This test alert fires already. Reset says that it is over.');
      put(id, 'firing');
    },
    reset(id) {
      if (tests.get(id)?.wanted === 'firing') put(id, 'resolved');
    },
    guide: () => guideTo(look(), factsOf),
    connect: (url) => alertmanager.connect(url),
    stop: () => alertmanager.stop(),
  };
}

function stateOf(test: TestAlert | undefined): StoryLook['state'] {
  if (!test) return 'calm';
  if (test.wanted === 'firing') return test.told === 'firing' ? 'firing' : 'broken';
  return test.told === 'firing' ? 'clearing' : 'cleared';
}

const steps = 4;

function guideTo(
  stories: readonly StoryLook[],
  factsOf: (deployment: string) => ReturnType<typeof incidentFacts>,
): GuideLook {
  const story = stories.find(({ state }) => state !== 'calm' && state !== 'cleared');
  if (!story) {
    const first = stories[0];
    return {
      text: first
        ? 'This is a *real cluster*: what is approved here is really done there. Send a test alert about one of its deployments.'
        : 'This namespace has no deployment. Make one with kubectl, or choose another namespace with -n.',
      ...(first && { at: { story: first.id } }),
      step: 1,
      steps,
    };
  }
  const facts = factsOf(story.id);
  const at = { channel: facts?.channel.id ?? '', ...(facts?.runbook && { ts: facts.runbook.ts }) };
  const about = { story: story.id, steps, ...(facts ? { at } : {}) };
  if (!facts?.runbook)
    return { ...about, text: 'A channel opens, and the general runbook reads what there is to see.', step: 2 };
  if (!facts.run)
    return {
      ...about,
      text: 'Read the diagnosis, and press *Plan…* at a step. A plan changes nothing; an *approved* one is carried out on the real cluster.',
      step: 3,
    };
  return {
    ...about,
    text: 'The change was made. Where there is a way back, *Undo…* on the run plans it; *Reset* of the story says that the alert is over.',
    step: 4,
  };
}
