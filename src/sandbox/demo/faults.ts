/** Trouble that people switch on in the page: each waits for the next call that fits, strikes, and is off again. */
import { isObject, type JsonObject, textOf } from '../kubernetes/json.ts';
import type { SandboxKubernetes } from '../kubernetes/start.ts';
import type { SandboxPagerDuty } from '../pagerduty/start.ts';
import type { SandboxSlack } from '../slack/start.ts';
import { StoryRefused } from '../story/story.ts';
import type { FaultControl } from './host.ts';
import type { FaultLook } from './protocol.ts';
import { createListeners } from '../listeners.ts';

type Parts = {
  readonly slack: Pick<SandboxSlack, 'faults'>;
  /** Absent: a real cluster, in which nothing fails on purpose. */
  readonly kubernetes?: Pick<SandboxKubernetes, 'faults' | 'world'> | undefined;
  readonly pagerduty?: Pick<SandboxPagerDuty, 'faults'> | undefined;
  /** Ends Firebreak's process where it stands and starts it again. Returns at once and does not throw. */
  readonly restart?: (() => void) | undefined;
};

/** `arm` gives a way to take it back, and calls `struck` when it strikes, `times` times in all. */
type Trouble = Pick<FaultLook, 'id' | 'system' | 'title' | 'effect'> & {
  /** 1 unless told. */
  readonly times?: number;
  arm(struck: () => void): { remove(): void };
};

/** Whatever asks for an effect. A question about rights is a POST, and no write. */
const writes = {
  method: ['POST', 'PUT', 'PATCH', 'DELETE'],
  path: /^(?!.*\/authorization\.k8s\.io\/)/,
  dryRun: false,
} as const;

export function createFaultControl(parts: Parts): FaultControl {
  const { slack, kubernetes, pagerduty, restart } = parts;
  const troubles: readonly Trouble[] = [
    ...slackTroubles(slack.faults),
    ...(kubernetes ? kubernetesTroubles(kubernetes) : []),
    ...(pagerduty ? pagerDutyTroubles(pagerduty.faults) : []),
    ...(restart ? [restartTrouble(slack, kubernetes, restart)] : []),
  ];
  const listeners = createListeners();
  const changed = (): void => listeners.tell();
  const armed = new Map<string, { left: number; remove(): void }>();
  const struck = new Map<string, number>();

  function strike(id: string): void {
    struck.set(id, (struck.get(id) ?? 0) + 1);
    const waiting = armed.get(id);
    if (waiting && --waiting.left <= 0) armed.delete(id);
    changed();
  }

  return {
    look: () =>
      troubles.map(({ id, system, title, effect }) => ({
        id,
        system,
        title,
        effect,
        armed: armed.has(id),
        struck: struck.get(id) ?? 0,
      })),
    onChange: listeners.add,
    arm(id) {
      const trouble = troubles.find((one) => one.id === id);
      if (!trouble) throw new StoryRefused(`There is no fault ${id} in this demo. Reload the page.`);
      if (armed.has(id)) return;
      const left = trouble.times ?? 1;
      const waiting = Array.from({ length: left }, () => trouble.arm(() => strike(id)));
      armed.set(id, { left, remove: () => waiting.forEach((one) => one.remove()) });
      changed();
    },
    disarm(id) {
      armed.get(id)?.remove();
      if (armed.delete(id)) changed();
    },
  };
}

function slackTroubles(faults: SandboxSlack['faults']): Trouble[] {
  const system = 'Slack';
  return [
    {
      id: 'slack-rate-limited',
      system,
      title: 'The next three posts: 429, Retry-After 2 s',
      effect: 'Posts wait for as long as Slack asked, then come in order; none is lost, none comes twice.',
      times: 3,
      arm: (onStrike) =>
        faults.add({ kind: 'rate-limited', method: 'chat.postMessage', retryAfterSeconds: 2, onStrike }),
    },
    {
      id: 'slack-lost-reply',
      system,
      title: 'The next post is done, its answer is lost',
      effect: 'Firebreak looks for the message by its key in the channel and finds it, so it is not posted twice.',
      arm: (onStrike) => faults.add({ kind: 'lost-reply', method: 'chat.postMessage', onStrike }),
    },
    {
      id: 'slack-timeout',
      system,
      title: 'The next update of a card hangs',
      effect: 'After 5 s Firebreak gives up waiting and sends the newest state of the card again.',
      arm: (onStrike) => faults.add({ kind: 'hang', method: 'chat.update', onStrike }),
    },
    {
      id: 'slack-500',
      system,
      title: 'The next post: status 500',
      effect: 'It may have been posted, so Firebreak looks in the channel first, then posts it.',
      arm: (onStrike) => faults.add({ kind: 'status-500', method: 'chat.postMessage', onStrike }),
    },
    {
      id: 'slack-name-taken',
      system,
      title: 'The name of the next channel is taken by a colleague',
      effect: 'The incident gets a channel whose name ends in -2; the colleague’s channel stays untouched.',
      arm: (onStrike) => faults.add({ kind: 'name-taken', method: 'conversations.create', onStrike }),
    },
  ];
}

function kubernetesTroubles({ faults, world }: NonNullable<Parts['kubernetes']>): Trouble[] {
  const system = 'Kubernetes';
  const status = (code: 409 | 422 | 429 | 503, effect: string, more: { retryAfterSeconds?: number } = {}): Trouble => ({
    id: `kubernetes-${code}`,
    system,
    title: `The next write: ${code}${statusWords[code]}`,
    effect,
    arm: (onStrike) => faults.add({ kind: 'status', code, ...more, ...writes, onStrike }),
  });
  return [
    status(409, 'The cluster said no, so nothing was changed: the plan ends as refused, and may be proposed again.'),
    status(422, 'The cluster said no, so nothing was changed: the plan ends as refused, and may be proposed again.'),
    status(
      429,
      'Firebreak reads the object, sees that it is untouched, and sends the very same bytes again within its 30 s.',
      { retryAfterSeconds: 1 },
    ),
    status(
      503,
      'It may have happened: Firebreak reads the object, finds it untouched, and sends the same bytes again.',
    ),
    {
      id: 'kubernetes-lost-reply',
      system,
      title: 'The next write is done, its answer is lost',
      effect: 'Firebreak reads the object and finds the plan’s mark on it: done once, and recorded as succeeded.',
      arm: (onStrike) => faults.add({ kind: 'lost-reply', ...writes, onStrike }),
    },
    {
      id: 'kubernetes-timeout',
      system,
      title: 'The next write is done, and never answered',
      effect: 'After 8 s Firebreak reads the object and finds the plan’s mark on it: succeeded, and not sent again.',
      arm: (onStrike) => faults.add({ kind: 'hang', afterEffect: true, ...writes, onStrike }),
    },
    {
      id: 'kubernetes-reset',
      system,
      title: 'The next write: connection cut before anything is done',
      effect: 'Firebreak reads the object, finds it untouched, and sends the same bytes again.',
      arm: (onStrike) => faults.add({ kind: 'reset-before', ...writes, onStrike }),
    },
    {
      id: 'kubernetes-webhook',
      system,
      title: 'A webhook puts the old values back in the next write',
      effect: 'The write succeeds, and the card says which fields are not what was approved.',
      arm: (onStrike) =>
        faults.add({
          kind: 'mutate',
          resource: 'deployments',
          ...writes,
          times: 1,
          onStrike,
          change: (object) => putBack(object, liveOf(world, object)),
        }),
    },
    {
      id: 'kubernetes-dry-run-403',
      system,
      title: 'The next dry run: 403 Forbidden',
      effect:
        'No plan is made: people read that the cluster would not take this change, before anybody can approve it.',
      arm: (onStrike) => faults.add({ kind: 'status', code: 403, method: writes.method, path: 'dryRun=All', onStrike }),
    },
  ];
}

const statusWords = {
  409: ' Conflict',
  422: ' Unprocessable',
  429: ', Retry-After 1 s',
  503: ' Service Unavailable',
} as const;

function pagerDutyTroubles(faults: SandboxPagerDuty['faults']): Trouble[] {
  const system = 'PagerDuty';
  return [
    {
      id: 'pagerduty-rate-limited',
      system,
      title: 'The next change of a page: 429, code 2020',
      effect: 'Firebreak comes back when the limit is reset; pages follow a little later.',
      arm: (onStrike) =>
        faults.add({ kind: 'rate-limited', method: 'PUT', path: '/incidents/', resetSeconds: 2, onStrike }),
    },
    {
      id: 'pagerduty-lost-reply',
      system,
      title: 'The next note is added, its answer is lost',
      effect: 'Firebreak reads the notes, finds its own by its key, and adds no second one.',
      arm: (onStrike) => faults.add({ kind: 'lost-reply', method: 'POST', path: /\/notes$/, onStrike }),
    },
    {
      id: 'pagerduty-500',
      system,
      title: 'The next change of a page: status 500',
      effect: 'Firebreak reads the page before it asks again, so that nothing is done twice or reopened.',
      arm: (onStrike) => faults.add({ kind: 'status-500', method: 'PUT', path: '/incidents/', onStrike }),
    },
  ];
}

/** With a real cluster it ends at a post instead, for no write there is held up. */
function restartTrouble(slack: Parts['slack'], kubernetes: Parts['kubernetes'], restart: () => void): Trouble {
  const both = (struck: () => void) => () => {
    struck();
    restart();
  };
  return kubernetes
    ? {
        id: 'firebreak-restart',
        system: 'Firebreak',
        title: 'Firebreak ends in the middle of the next write',
        effect:
          'The write is done and nobody hears the answer. Started again, Firebreak finds the run in its ledger, reads the object, and records what happened; nothing is sent twice.',
        arm: (struck) => kubernetes.faults.add({ kind: 'hang', afterEffect: true, ...writes, onStrike: both(struck) }),
      }
    : {
        id: 'firebreak-restart',
        system: 'Firebreak',
        title: 'Firebreak ends in the middle of the next post',
        effect: 'Started again, Firebreak finds the message by its key in the channel, so it is not posted twice.',
        arm: (struck) => slack.faults.add({ kind: 'lost-reply', method: 'chat.postMessage', onStrike: both(struck) }),
      };
}

type World = SandboxKubernetes['world'];

function liveOf(world: World, object: JsonObject): JsonObject | undefined {
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  const live: unknown = world.get('deployments', textOf(metadata['namespace']), textOf(metadata['name']));
  return isObject(live) ? live : undefined;
}

/** Replicas, and of each container the image, the environment and the resources, as they are in `live`. */
function putBack(object: JsonObject, live: JsonObject | undefined): void {
  const [spec, before] = [object['spec'], live?.['spec']];
  if (!isObject(spec) || !isObject(before)) return;
  spec['replicas'] = before['replicas'] ?? 1;
  const old = containersIn(before);
  for (const container of containersIn(spec)) {
    const twin = old.find(({ name }) => name === container['name']);
    for (const field of twin ? ['image', 'env', 'resources'] : []) {
      if (twin?.[field] === undefined) delete container[field];
      else container[field] = structuredClone(twin[field]);
    }
  }
}

function containersIn(spec: JsonObject): JsonObject[] {
  const template = isObject(spec['template']) ? spec['template'] : {};
  const pod = isObject(template['spec']) ? template['spec'] : {};
  return Array.isArray(pod['containers']) ? pod['containers'].filter(isObject) : [];
}
