/** What people do in another order than the straight one: again, on a detour, or before anything is wrong. */
import { describe, expect, it } from '@jest/globals';
import { continualMemory } from '../../../src/sandbox/story/continual-memory.ts';
import { gaudiHpu } from '../../../src/sandbox/story/gaudi-hpu.ts';
import { hdcCuda } from '../../../src/sandbox/story/hdc-cuda.ts';
import { largeforgeDown } from '../../../src/sandbox/story/largeforge-down.ts';
import { largeforgeLatency } from '../../../src/sandbox/story/largeforge-latency.ts';
import { pipelineStart } from '../../../src/sandbox/story/pipeline-start.ts';
import { lookAtRule, quietRule, type RuleState } from '../../../src/sandbox/story/rule.ts';
import { usualTimes } from '../../../src/sandbox/story/stories.ts';
import type { Story } from '../../../src/sandbox/story/story.ts';
import { type Rehearsal, rehearse, rehearseWith } from './rehearsal.ts';

type Act = (stage: Rehearsal) => void;
type Play = {
  readonly story: Story;
  readonly solve: Act;
  readonly detour: Act;
  /** Where the solution alone does not help after the detour. */
  readonly undoDetour?: Act;
};

const plays: readonly Play[] = [
  {
    story: hdcCuda,
    solve: (stage) => stage.setVariable('hdc-gpu', 'HDC_GPU_BATCH_SIZE', '50'),
    detour: (stage) => stage.scale('hdc-gpu', 6),
    // There are four GPUs, and the pods that wait for one are in the way of the new ones.
    undoDetour: (stage) => stage.scale('hdc-gpu', 3),
  },
  {
    story: continualMemory,
    solve: (stage) => stage.setVariable('continual-trainer', 'BATCH_SIZE', '16'),
    detour: (stage) => stage.setImage('continual-trainer', 'continual/tiny-transformer:1.4-missing'),
    undoDetour: (stage) => stage.setImage('continual-trainer', 'continual/tiny-transformer:1.3'),
  },
  {
    story: gaudiHpu,
    solve: (stage) => stage.restart('gaudi3-scale-trainer'),
    detour: (stage) => stage.scale('gaudi3-scale-api', 8),
  },
  {
    story: pipelineStart,
    solve: (stage) => stage.rollBack('multimodal-pipeline'),
    detour: (stage) => stage.scale('multimodal-pipeline', 6),
  },
  {
    story: largeforgeLatency,
    solve: (stage) => stage.scale('largeforge-inference', 5),
    detour: (stage) => stage.restart('largeforge-inference'),
  },
  {
    story: largeforgeDown,
    solve(stage) {
      stage.cordon('largeforge-expert-1');
      stage.restart('largeforge-expert');
    },
    detour: (stage) => stage.restart('largeforge-expert'),
  },
];

const atDemoPace = (story: Story): Promise<Rehearsal> =>
  rehearseWith({ rolloutMs: 900, terminateMs: 400, backOffMs: 2_000 }, story);

/** As its button does. */
function start({ running }: Rehearsal): void {
  running.reset();
  running.start();
}

describe.each(plays.map((play) => ({ ...play, id: play.story.id })))('$id', ({ story, solve, detour, undoDetour }) => {
  const { limit } = story.signal;
  async function broken(): Promise<Rehearsal> {
    const stage = await atDemoPace(story);
    stage.pass(10);
    start(stage);
    stage.pass(20);
    return stage;
  }

  it('breaks again when it is started again after it was solved', async () => {
    const stage = await broken();

    solve(stage);
    const solved = stage.after(30);
    start(stage);

    expect(solved).toBeLessThanOrEqual(limit);
    expect(stage.after(30)).toBeGreaterThan(limit);
  });

  it('breaks again when it is started at once after a reset', async () => {
    const stage = await broken();

    stage.running.reset();
    start(stage);

    expect(stage.after(30)).toBeGreaterThan(limit);
  });

  it('is over by the solution after a detour, at the latest when that is taken back', async () => {
    const stage = await broken();

    detour(stage);
    const astray = stage.pass(20);
    solve(stage);
    const between = stage.after(30);
    undoDetour?.(stage);

    expect(Math.min(...astray.slice(-20))).toBeGreaterThan(limit);
    expect(between > limit).toBe(undoDetour !== undefined);
    expect(stage.after(30)).toBeLessThanOrEqual(limit);
  });

  it('breaks when it is started after somebody has changed it while all was well', async () => {
    const stage = await atDemoPace(story);
    stage.pass(10);
    // There is no revision to go back to yet.
    if (story !== pipelineStart) solve(stage);
    detour(stage);
    stage.pass(20);

    start(stage);

    expect(stage.after(30)).toBeGreaterThan(limit);
  });

  it('fires all through the detour, by the rule and the pace of the demo', async () => {
    const stage = await atDemoPace(story);
    stage.pass(10);
    start(stage);
    let now = 0;
    let rule: RuleState = quietRule;
    const phases = (seconds: number): string[] =>
      stage.pass(seconds).map((value) => {
        now += 500;
        rule = lookAtRule(rule, { holds: value > limit, now, times: usualTimes });
        return rule.phase;
      });
    const before = phases(30).at(-1);
    detour(stage);

    expect(before).toBe('firing');
    expect(new Set(phases(60))).toEqual(new Set(['firing']));
  });
});

it('continual-memory fires all through a restart, though fresh trainers need little at first', async () => {
  const stage = await atDemoPace(continualMemory);
  const { limit } = continualMemory.signal;
  stage.pass(10);
  start(stage);
  stage.pass(30);

  stage.restart('continual-trainer');
  const values = stage.pass(60);

  const dips = values.map((value) => (value > limit ? '-' : 'x')).join('');
  const longest = Math.max(...(dips.match(/x+/g) ?? ['']).map((dip) => dip.length));
  // As many ticks of half a second as the rule waits for.
  expect(longest * 500).toBeLessThan(usualTimes.keepFiringForMs);
  expect(values.at(-1)).toBeGreaterThan(limit);
});

it('the pods of each story run on its own nodes when all of them are there', async () => {
  const stage = await rehearse(hdcCuda, continualMemory, gaudiHpu, pipelineStart, largeforgeLatency, largeforgeDown);

  const { world } = stage.kubernetes;
  const nodesOf = (deployment: string) => [
    ...new Set(
      world
        .list('pods')
        .filter(({ metadata }) => metadata.name.startsWith(`${deployment}-`))
        .map(({ spec }) => spec.nodeName ?? 'none'),
    ),
  ];
  expect(nodesOf('continual-trainer')).toEqual(['trainer-node-a']);
  expect(nodesOf('gaudi3-scale-trainer').toSorted()).toEqual(['gaudi-node-a', 'gaudi-node-b']);
  expect(nodesOf('gaudi3-scale-api')).toEqual(['node-1']);
  expect(nodesOf('hdc-gpu').toSorted()).toEqual(['gpu-node-a', 'gpu-node-b']);
  expect(nodesOf('hdc-toolkit')).toEqual(expect.arrayContaining(['node-1']));
});
