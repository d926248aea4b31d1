import type { SandboxSlack } from '../../../src/sandbox/slack/start.ts';
import type { DemoHost, Watched } from '../../../src/sandbox/demo/host.ts';
import type { FaultLook, JournalLook, StoryLook } from '../../../src/sandbox/demo/protocol.ts';
import { StoryRefused } from '../../../src/sandbox/story/story.ts';

/** Something to look at that a test changes with `set`. */
function watchable<Look>(first: Look): Watched<Look> & { set(next: Look): void; listeners: Set<() => void> } {
  const listeners = new Set<() => void>();
  let now = first;
  return {
    listeners,
    look: () => now,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set(next) {
      now = next;
      for (const listener of listeners) listener();
    },
  };
}

const story: StoryLook = {
  id: 'hdc-cuda',
  system: 'HD-Compute-Toolkit',
  title: 'CUDA out of memory',
  summary: 'Too large a batch.',
  via: 'Alertmanager',
  namespace: 'hdc',
  state: 'calm',
  signal: null,
};
const fault: FaultLook = {
  id: 'slack-429',
  system: 'Slack',
  title: 'Too many requests',
  effect: 'The card comes later.',
  armed: false,
  struck: 0,
};
const noObjects = {
  nodes: [],
  deployments: [],
  replicaSets: [],
  pods: [],
  events: [],
  autoscalers: [],
  budgets: [],
  podMetrics: [],
};

/** A host around a Slack stand-in whose other parts are plain values, and a list of what was asked of them. */
export function fakeHost(slack: SandboxSlack) {
  const asked: string[] = [];
  const stories = watchable<readonly StoryLook[]>([story]);
  const faults = watchable<readonly FaultLook[]>([fault]);
  const cluster = watchable({ kind: 'stand-in' as const, name: 'sandbox', writes: [], objects: noObjects });
  const journal = watchable<JournalLook>({ verified: { ok: true, sealed: 0, unsealed: 0 }, rows: [], total: 0 });
  const sources = { stories, faults, cluster, journal };
  const host: DemoHost = {
    slack,
    cluster,
    stories: {
      ...stories,
      start(id) {
        asked.push(`start ${id}`);
        if (stories.look()[0]?.state !== 'calm') throw new StoryRefused('It runs already.');
        stories.set([{ ...story, state: 'broken' }]);
      },
      reset: (id) => asked.push(`reset ${id}`),
      guide: (person) => ({ text: `${person}, start a story.`, step: 1, steps: 5 }),
    },
    pager: undefined,
    faults: { ...faults, arm: (id) => asked.push(`arm ${id}`), disarm: (id) => asked.push(`disarm ${id}`) },
    journal: {
      ...journal,
      verify: async () => {
        asked.push('verify');
      },
    },
    commands: [{ command: '/runbook', description: 'Finds a runbook', usage: '[name]', examples: [] }],
    cast: { U0ALICE: 'Responder, on call', U0BOB: 'Approver', U0GUEST: 'Guest' },
  };
  return { host, asked, sources };
}
