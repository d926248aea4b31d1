/**
 * A story: one of the five systems, healthy at first, what goes wrong with it, and what its alert looks at. The alert
 * alone decides when it is over; a story knows no runbook and no button.
 */
import type { World } from '../kubernetes/world.ts';

export type Story = {
  /** `hdc-cuda`. */
  readonly id: string;
  readonly system: string;
  readonly title: string;
  /** What goes wrong, in one or two sentences for the page. */
  readonly summary: string;
  readonly via: 'Alertmanager' | 'PagerDuty';
  readonly namespace: string;
  readonly alert: {
    /** `alertname` and `namespace` among them. */
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  /** What the alert looks at: it holds while `value > limit`. */
  readonly signal: { readonly label: string; readonly unit: string; readonly limit: number };
  /** What the page says to try: the words on the step that helps, and one that does not. */
  readonly hints: {
    /** Part of the command on the runbook card that solves it, such as `HDC_GPU_BATCH_SIZE=50`. */
    readonly solution: string;
    /** The same of the step after it, when one alone does not solve it. */
    readonly next?: string;
    /** What helps when it was carried out and did not: after a detour it may do something else. */
    readonly otherwise?: string;
    /** What diagnosis shows, and why that step. One or two sentences in mrkdwn. */
    readonly reason: string;
    /** A step that makes it worse or changes nothing, and what will be seen. */
    readonly detour: { readonly step: string; readonly effect: string };
    /** After it was solved: what to try with Undo. */
    readonly undo: string;
  };
  /** Puts the healthy system into the world, in its own namespace and on its own nodes. */
  build(world: World): RunningStory;
};

export type RunningStory = {
  /** The trouble begins: load, a bad release, a node. */
  start(): void;
  /** What `start` did is taken back, and what people changed too, as a colleague with kubectl would. */
  reset(): void;
  /** Called every half second: load, usage and logs follow. Gives what the alert looks at. */
  tick(now: Date): number;
};

/** Said to the person as it is. */
export class StoryRefused extends Error {}
