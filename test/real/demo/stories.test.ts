/** Each story through the page, as people would: fire, read, plan, approve as somebody else, see it roll, undo. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, type Demo, picture, startBrowser, startDemo } from './browser.ts';
import { createVisitor, type FirstName, type Sight, type Visitor } from './person.ts';

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
afterEach(async () => {
  await browser.closePages();
  expect(browser.faults).toEqual([]);
});

type Step = { readonly command: string; readonly fill?: Readonly<Record<string, string>> };

type Told = {
  readonly id: string;
  readonly incident: RegExp;
  /** The steps that solve it, in order. */
  readonly steps: readonly [Step, ...Step[]];
  /** What the cluster shows once it is solved. */
  readonly changed: Sight;
  /** The way back from the first step: who has to agree, and what the cluster shows then. */
  readonly undo: { readonly voters: readonly FirstName[]; readonly undone: Sight } | 'cannot be undone';
  /** What this story shows besides; it begins in the incident's channel. */
  readonly before?: (visitor: Visitor) => Promise<void>;
  /** The same, once the alert has cleared. */
  readonly after?: (visitor: Visitor) => Promise<void>;
};

const stories: readonly Told[] = [
  {
    id: 'hdc-cuda',
    incident: /inc-\d+-hdc-cuda/,
    before: takeTheDetour,
    steps: [{ command: 'HDC_GPU_BATCH_SIZE=50' }],
    changed: { within: '[data-workload="hdc/hdc-gpu"]', says: /HDC_GPU_BATCH_SIZE\s*50 was 100/ },
    after: readTheJournal,
    undo: { voters: ['Alice'], undone: { within: '[data-workload="hdc/hdc-gpu"]', lacks: /was 100/ } },
  },
  {
    id: 'gaudi-hpu',
    incident: /inc-\d+-hpu/,
    steps: [{ command: 'rollout restart deployment/gaudi3-scale-trainer' }],
    changed: { within: '[data-workload="gaudi3-scale/gaudi3-scale-trainer"]', says: /Revision 2/ },
    undo: 'cannot be undone',
  },
  {
    id: 'continual-memory',
    incident: /inc-\d+-continualhighmemory/,
    steps: [{ command: 'BATCH_SIZE=16' }],
    changed: { within: '[data-workload="continual/continual-trainer"]', says: /BATCH_SIZE\s*16 was 32/ },
    undo: { voters: ['Alice'], undone: { within: '[data-workload="continual/continual-trainer"]', lacks: /was 32/ } },
  },
  {
    id: 'pipeline-start',
    incident: /inc-\d+-pipeline/,
    before: (visitor) => readThePage(visitor, /Triggered|Acknowledged/),
    steps: [{ command: 'kubectl rollout undo deployment/multimodal-pipeline' }],
    changed: { within: '[data-workload="pipeline-production/multimodal-pipeline"]', says: /v0\.1/ },
    after: (visitor) => readThePage(visitor, /Resolved/),
    undo: {
      voters: ['Alice'],
      undone: { within: '[data-workload="pipeline-production/multimodal-pipeline"]', says: /v0\.2\.0/ },
    },
  },
  {
    id: 'largeforge-latency',
    incident: /inc-\d+-high-?latency/,
    steps: [{ command: '--replicas=5' }],
    changed: { within: '[data-workload="largeforge/largeforge-inference"]', says: /5\/5 ready/ },
    // Fewer replicas are destructive: two people, one of them an approver.
    undo: {
      voters: ['Alice', 'Carol'],
      undone: { within: '[data-workload="largeforge/largeforge-inference"]', says: /2\/2 ready/ },
    },
  },
  {
    id: 'largeforge-down',
    incident: /inc-\d+-expert/,
    steps: [
      { command: 'kubectl cordon', fill: { 'node-name': 'largeforge-expert-1' } },
      { command: 'rollout restart deployment/largeforge-expert' },
    ],
    changed: { within: '.node', says: /largeforge-expert-1.*Cordoned/s },
    undo: { voters: ['Alice'], undone: { within: '.node:has-text("largeforge-expert-1")', lacks: /Cordoned/ } },
  },
];

/** From “Plan…” to the result: asked for by Alice, approved by Bob. */
async function carryOut(visitor: Visitor, step: Step): Promise<void> {
  await visitor.becomes('Alice');
  await visitor.plans(step.command, step.fill);
  await visitor.opensThread(step.command);
  await visitor.reads('Waiting for approval');
  await visitor.approves('Bob');
  await visitor.reads(/Applied ·/);
}

/** A restart is tried first, and a guest who was asked in votes for it. */
async function takeTheDetour(visitor: Visitor): Promise<void> {
  await visitor.becomes('Alice');
  await visitor.plans('rollout restart deployment/hdc-gpu');
  await visitor.opensThread('rollout restart deployment/hdc-gpu');
  await visitor.reads('Waiting for approval');
  await visitor.invites('Gail');
  await visitor.becomes('Gail');
  await visitor.confirms('Approve');
  await visitor.reads(/approved by @Gail.* did not count: a guest cannot approve/);
  await picture(visitor.page, 'hdc-cuda-guest');
  await visitor.approves('Bob');
  await visitor.reads(/Applied ·/);
  await visitor.reads(/Verified: 3 of 3/);
  await visitor.reads('The alert is still firing.');
  await visitor.seesInCluster({ within: '[data-workload="hdc/hdc-gpu"]', says: /At rest.*Revision 2/s });
  expect(await visitor.alertOf('hdc-cuda')).toBe('firing');
  await picture(visitor.page, 'hdc-cuda-detour');
}

/** Who approved which plan stands in a chain that holds. */
async function readTheJournal(visitor: Visitor): Promise<void> {
  const [digest] = /(?<=digest\s*)[0-9a-f]{8}/.exec(await visitor.thread.innerText()) ?? [];
  await visitor.opensTab('Journal');
  await visitor.panel.getByText(/The chain holds: \d+ rows sealed/).waitFor();
  const rows = visitor.panel.locator('.journal-row').filter({ hasText: digest ?? 'no digest in the thread' });
  await rows
    .filter({ hasText: /Bob Lindqvist/ })
    .first()
    .waitFor();
  await rows
    .filter({ hasText: /Alice Okafor/ })
    .first()
    .waitFor();
  await picture(visitor.page, 'hdc-cuda-journal');
  await visitor.opensTab('Cluster');
}

async function readThePage(visitor: Visitor, status: RegExp): Promise<void> {
  await visitor.opensTab('PagerDuty');
  const page = visitor.panel.getByRole('article').filter({ has: visitor.page.locator('.page-status') });
  await page.filter({ hasText: status }).first().waitFor();
  await picture(visitor.page, `pipeline-start-page-${status.source.split('|')[0]}`);
  await visitor.opensTab('Cluster');
}

async function takeBack(visitor: Visitor, told: Told): Promise<void> {
  if (told.undo === 'cannot be undone') {
    await visitor.reads(/Cannot be undone:/);
    await visitor.cannotUndo();
    return;
  }
  if (told.steps.length > 1) await visitor.opensThread(told.steps[0].command);
  await visitor.becomes('Bob');
  await visitor.confirms('Undo…');
  await visitor.reads(/Undo: .*Waiting for approval/s);
  for (const voter of told.undo.voters) await visitor.approves(voter);
  await visitor.reads(/Applied ·/, 2);
  await visitor.seesInCluster(told.undo.undone);
  await picture(visitor.page, `${told.id}-undone`);
}

describe.each(stories)('the story $id', (told) => {
  it('fires, is solved with its runbook, and is taken back', async () => {
    const page = await browser.open(demo.url);
    const visitor = createVisitor(page);
    await visitor.starts(told.id);
    await visitor.waitsFor(told.id, 'firing');
    expect(await visitor.channel.getAttribute('aria-label')).toMatch(told.incident);
    await page.getByText(told.steps[0].command).first().waitFor();
    await picture(page, `${told.id}-incident`);

    await told.before?.(visitor);
    for (const step of told.steps) await carryOut(visitor, step);

    await visitor.waitsFor(told.id, 'cleared');
    await visitor.reads(/Verified:/);
    await visitor.seesInCluster(told.changed);
    await picture(page, `${told.id}-solved`);
    await told.after?.(visitor);

    await takeBack(visitor, told);
    await visitor.resets(told.id);
    await visitor.waitsFor(told.id, 'calm');
  });
});
