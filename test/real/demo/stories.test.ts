/** Each story through the page, as people would: fire, read, plan, approve as somebody else, see it roll, undo. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, type Demo, picture, startBrowser, startDemo } from './browser.ts';
import { createVisitor, type Visitor } from './person.ts';

let demo: Demo;
let browser: Browser;
beforeAll(async () => {
  demo = await startDemo();
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await demo?.stop();
});
afterEach(() => {
  expect(browser.faults).toEqual([]);
});

type Told = {
  readonly id: string;
  readonly incident: RegExp;
  /** The steps that solve it, in order, with what they ask for. */
  readonly steps: readonly { readonly command: string; readonly fill?: Readonly<Record<string, string>> }[];
  /** What the cluster shows once it is solved. */
  readonly changed: RegExp;
  /** Absent: it cannot be undone. */
  readonly undone?: RegExp;
};

const stories: readonly Told[] = [
  {
    id: 'hdc-cuda',
    incident: /inc-\d+-hdc-cuda/,
    steps: [{ command: 'HDC_GPU_BATCH_SIZE=50' }],
    changed: /HDC_GPU_BATCH_SIZE\s*50 was 100/,
    undone: /100/,
  },
  {
    id: 'gaudi-hpu',
    incident: /inc-\d+-hpu/,
    steps: [{ command: 'rollout restart deployment/gaudi3-scale-trainer' }],
    changed: /Revision 2/,
  },
  {
    id: 'continual-memory',
    incident: /inc-\d+-continualhighmemory/,
    steps: [{ command: 'BATCH_SIZE=16' }],
    changed: /BATCH_SIZE\s*16 was 32/,
    undone: /32/,
  },
  {
    id: 'pipeline-start',
    incident: /inc-\d+-pipeline/,
    steps: [{ command: 'kubectl rollout undo deployment/multimodal-pipeline' }],
    changed: /v0\.1/,
    undone: /v0\.2\.0/,
  },
  {
    id: 'largeforge-latency',
    incident: /inc-\d+-high-?latency/,
    steps: [{ command: '--replicas=5' }],
    changed: /5\/5 ready/,
    undone: /2\/2 ready/,
  },
  {
    id: 'largeforge-down',
    incident: /inc-\d+-expert/,
    steps: [
      { command: 'kubectl cordon', fill: { 'node-name': 'largeforge-expert-1' } },
      { command: 'rollout restart deployment/largeforge-expert' },
    ],
    changed: /Cordoned/i,
    undone: /largeforge-expert-1/,
  },
];

/** From “Plan…” to the result, the plan asked for by Alice. */
async function carryOut(visitor: Visitor, step: Told['steps'][number]): Promise<void> {
  await visitor.becomes('Alice');
  await visitor.plans(step.command);
  if (step.fill !== undefined) {
    for (const [name, value] of Object.entries(step.fill))
      await visitor.dialog.getByLabel(name).first().selectOption(value);
    await visitor.dialog.locator('footer button').last().click();
  }
  await visitor.opensThread(step.command);
  await visitor.reads('Waiting for approval');
  await visitor.becomes('Bob');
  await visitor.confirms('Approve');
  await visitor.reads(/Applied/);
}

describe.each(stories)('the story $id', (told) => {
  it('fires, is solved with its runbook, and is taken back', async () => {
    const page = await browser.open(demo.url);
    const visitor = createVisitor(page);
    await visitor.starts(told.id);
    await visitor.waitsFor(told.id, 'firing');
    expect(await page.getByRole('region', { name: /^Channel inc-/ }).getAttribute('aria-label')).toMatch(told.incident);
    await page
      .getByText(told.steps[0]?.command ?? '')
      .first()
      .waitFor();
    await picture(page, `${told.id}-incident`);

    for (const step of told.steps) await carryOut(visitor, step);

    await visitor.waitsFor(told.id, 'cleared');
    await visitor.reads(/Verified/);
    await page.locator('.panel').getByText(told.changed).first().waitFor();
    await picture(page, `${told.id}-solved`);
  });
});
