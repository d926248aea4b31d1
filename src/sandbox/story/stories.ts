/**
 * Runs the stories: all systems stand in one world, a tick moves their load on and looks at their alerts, and each
 * alert goes out over HTTP as monitoring would send it. Nothing here knows what solves a story.
 *
 *   calm → broken → firing → clearing → cleared      start · the alert fires · the cause is gone · the alert is over
 *
 * A story that was put back ends as `calm`, and one whose cause comes back goes on with `broken`.
 */
import type { StoryControl } from '../demo/host.ts';
import type { StoryLook } from '../demo/protocol.ts';
import type { World } from '../kubernetes/world.ts';
import type { SandboxSlack } from '../slack/start.ts';
import type { AlertSink } from './alert.ts';
import { startAlertmanager } from './alertmanager.ts';
import { guide } from './guide.ts';
import { incidentChannel } from './incident-facts.ts';
import type { Notification, NotifierTimes } from './notifier.ts';
import { createPagerMonitor } from './pager-monitor.ts';
import { lookAtRule, quietRule, type RuleState, type RuleTimes } from './rule.ts';
import { type RunningStory, type Story, StoryRefused } from './story.ts';
import { createListeners } from '../listeners.ts';

const historyMax = 60;
const notificationsMax = 200;
/** As the demo tells its stories. */
export const usualTimes: RuleTimes & NotifierTimes = {
  forMs: 1_000,
  keepFiringForMs: 3_000,
  groupWaitMs: 200,
  groupIntervalMs: 1_000,
  retryMs: 500,
};

export type StoriesOptions = {
  readonly slack: SandboxSlack;
  readonly world: World;
  readonly stories: readonly Story[];
  readonly alertmanager: {
    /** Bearer token of the app's webhook. */
    readonly token: string;
    /** `http://127.0.0.1:8080/webhooks/alertmanager`; may be given later with `connect`. */
    readonly webhookUrl?: string;
    /** Of its API; 0, the default, takes a free port. */
    readonly port?: number;
  };
  /** Where stories that come by PagerDuty go. */
  readonly pagerduty?: {
    /** `http://127.0.0.1:8090/v2/enqueue`. */
    readonly enqueueUrl: string;
    /** Integration keys of PagerDuty's services, by the id of the story. */
    readonly routingKeys: Readonly<Record<string, string>>;
  };
  /** 500 unless told. */
  readonly tickMs?: number;
  readonly times?: Partial<RuleTimes & NotifierTimes>;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Hears of news that were not taken, which are sent again, and of a story that failed in a tick. */
  readonly onFailure?: (error: Error) => void;
};

export type Stories = StoryControl & {
  /** Of Alertmanager's API, for the key `alertmanager: { url }` of a service. */
  readonly alertmanagerUrl: string;
  /** The app listens here from now on. */
  connect(webhookUrl: string): void;
  /** Requests to the app or PagerDuty with their answers, oldest first; the newest 200. */
  readonly notifications: readonly (Notification & { readonly story: string })[];
  /** Ends timers, requests and the listener. Safe to call twice. */
  stop(): Promise<void>;
};

type Scene = {
  readonly story: Story;
  readonly running: RunningStory;
  readonly sink: AlertSink;
  readonly history: number[];
  rule: RuleState;
  isStarted: boolean;
  hasFired: boolean;
};

/** Builds every story's system into the world, healthy. Throws when a story needs PagerDuty and there is none. */
export async function createStories(options: StoriesOptions): Promise<Stories> {
  const now = options.now ?? Date.now;
  const times = { ...usualTimes, ...options.times };
  const notifications: (Notification & { story: string })[] = [];
  const listeners = createListeners();
  const fail = options.onFailure ?? (() => undefined);

  function note(story: string, to: string, notification: Notification): void {
    notifications.push({ ...notification, story });
    notifications.splice(0, notifications.length - notificationsMax);
    const { code, status } = notification;
    const answer = code === 0 ? 'did not answer' : `answered ${code}`;
    if (code < 200 || code > 299) fail(new Error(`${to} ${answer} to “${status}” of ${story}; it is sent again`));
    changed();
  }
  const pagers = new Map(
    options.stories
      .filter(({ via }) => via === 'PagerDuty')
      .map((story) => [story.id, pagerSink(options, story, times, note)]),
  );
  const storyOf = (alertname: string | undefined): string =>
    options.stories.find(({ alert }) => alert.labels['alertname'] === alertname)?.id ?? '';

  const alertmanager = await startAlertmanager({
    ...options.alertmanager,
    times,
    onSent: ({ labels }, sent) => note(storyOf(labels['alertname']), 'the app', sent),
  });
  const sceneFor = (story: Story): Scene => ({
    story,
    running: story.build(options.world),
    sink: pagers.get(story.id) ?? alertmanager,
    history: [],
    rule: quietRule,
    isStarted: false,
    hasFired: false,
  });
  let scenes: Scene[];
  try {
    scenes = options.stories.map(sceneFor);
  } catch (error) {
    // Its listener would keep the process alive, and nobody could stop it.
    await alertmanager.stop();
    throw error;
  }
  const timer = setInterval(tick, options.tickMs ?? 500);
  let stopping: Promise<void> | undefined;

  function changed(): void {
    listeners.tell();
  }

  function tick(): void {
    for (const scene of scenes) {
      try {
        step(scene, now(), times);
      } catch (error) {
        fail(new Error(`the story ${scene.story.id} failed in a tick`, { cause: error }));
      }
    }
    changed();
  }

  function sceneOf(id: string): Scene {
    const scene = scenes.find(({ story }) => story.id === id);
    if (!scene) throw new StoryRefused(`There is no story “${id}”.`);
    return scene;
  }

  const look = (): StoryLook[] => scenes.map((scene) => lookOf(scene, options.slack));
  return {
    alertmanagerUrl: alertmanager.url,
    notifications,
    connect: (webhookUrl) => alertmanager.connect(webhookUrl),
    look,
    onChange: listeners.add,
    start(id) {
      const scene = sceneOf(id);
      const state = stateOf(scene);
      if (state !== 'calm' && state !== 'cleared') throw new StoryRefused(refusals[state]);
      // A calm one too: somebody may have changed it since, and then nothing would break.
      scene.running.reset();
      scene.hasFired = false;
      scene.isStarted = true;
      scene.running.start();
      changed();
    },
    reset(id) {
      const scene = sceneOf(id);
      scene.isStarted = false;
      scene.running.reset();
      changed();
    },
    guide: (personId) =>
      guide({ stories: options.stories, looks: look(), workspace: options.slack.workspace, person: personId }),
    stop() {
      clearInterval(timer);
      listeners.clear();
      stopping ??= stopAll([alertmanager, ...scenes.map(({ sink }) => sink)]);
      return stopping;
    },
  };
}

const refusals = {
  broken: 'This story has begun: its alert will fire in a moment. Reset it to start over.',
  firing: 'This story is going on: its alert fires. Solve it, or reset it to start over.',
  clearing: 'This story’s alert is about to clear. Wait a few seconds and start it again.',
} as const;

async function stopAll(sinks: readonly AlertSink[]): Promise<void> {
  await Promise.all([...new Set(sinks)].map((sink) => sink.stop()));
}

function pagerSink(
  { pagerduty }: StoriesOptions,
  { id }: Story,
  times: NotifierTimes,
  note: (story: string, to: string, notification: Notification) => void,
): AlertSink {
  const routingKey = pagerduty?.routingKeys[id];
  if (pagerduty === undefined || routingKey === undefined) {
    throw new Error(`the story ${id} comes by PagerDuty: give pagerduty.enqueueUrl and a routing key for it`);
  }
  const { enqueueUrl } = pagerduty;
  return createPagerMonitor({ enqueueUrl, routingKey, times, onSent: (_alert, sent) => note(id, 'PagerDuty', sent) });
}

function step(scene: Scene, now: number, times: RuleTimes): void {
  const { story, running, sink, history } = scene;
  // Two digits behind the point: nobody reads more off a graph.
  const value = Math.round(running.tick(new Date(now)) * 100) / 100;
  history.push(value);
  history.splice(0, history.length - historyMax);
  const before = scene.rule;
  scene.rule = lookAtRule(before, { holds: value > story.signal.limit, now, times });
  const { alert } = story;
  if (scene.rule.phase === 'firing' && before.phase !== 'firing') {
    scene.hasFired = true;
    sink.put({ ...alert, status: 'firing', startsAt: new Date(scene.rule.startsAt) });
  } else if (scene.rule.phase !== 'firing' && before.phase === 'firing') {
    sink.put({ ...alert, status: 'resolved', startsAt: new Date(before.startsAt), endsAt: new Date(now) });
  }
}

function stateOf({ story, history, rule, isStarted, hasFired }: Scene): StoryLook['state'] {
  if (rule.phase === 'firing') return (history.at(-1) ?? 0) > story.signal.limit ? 'firing' : 'clearing';
  if (rule.phase === 'pending') return 'broken';
  if (!isStarted) return 'calm';
  return hasFired ? 'cleared' : 'broken';
}

function lookOf(scene: Scene, slack: SandboxSlack): StoryLook {
  const { story, history } = scene;
  const { id, system, title, summary, via, namespace, signal } = story;
  const channel = incidentChannel(slack.workspace, story)?.id;
  const value = history.at(-1);
  return {
    id,
    system,
    title,
    summary,
    via,
    namespace,
    state: stateOf(scene),
    signal: value === undefined ? null : { ...signal, value, history: [...history] },
    ...(channel === undefined ? {} : { channel }),
  };
}
