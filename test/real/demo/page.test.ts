/** The demo's page beside its stories: reachable by everybody, in every width and theme, and honest when refused. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { eventually } from '../../eventually.ts';
import { accessibilityFaults, type Browser, type Demo, picture, startBrowser, startDemo } from './browser.ts';
import { createVisitor, type Visitor } from './person.ts';

let demo: Demo;
let browser: Browser;
/** An incident with a plan that waits for votes: the address of its channel, and of the plan's thread in it. */
let incident: { readonly name: string; readonly address: string; readonly thread: string };

beforeAll(async () => {
  demo = await startDemo();
  browser = await startBrowser();
  const visitor = createVisitor(await browser.open(demo.url));
  await visitor.becomes('Alice');
  await visitor.starts('continual-memory');
  const address = visitor.page.url();
  await visitor.plans('BATCH_SIZE=16');
  await visitor.opensThread('BATCH_SIZE=16');
  await visitor.reads('Waiting for approval');
  const name = (await visitor.channel.getAttribute('aria-label'))?.replace('Channel ', '') ?? '';
  incident = { name, address, thread: visitor.page.url() };
  await browser.closePages();
});
afterAll(async () => {
  await browser?.close();
  await demo?.stop();
});
afterEach(async () => {
  await browser.closePages();
  expect(browser.faults).toEqual([]);
});

/** Somebody whose window is new, at this address. */
async function visit(address = demo.url, look: Parameters<Browser['open']>[1] = {}): Promise<Visitor> {
  return createVisitor(await browser.open(address, look));
}

/** The same address with other parts of the page in front. */
function at(fields: Readonly<Record<string, string>>): string {
  const [base, hash] = incident.address.split('#');
  const all = new URLSearchParams(hash);
  for (const [name, value] of Object.entries(fields)) all.set(name, value);
  return `${base}#${all.toString()}`;
}

const closes = async ({ page, dialog }: Visitor): Promise<void> => {
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
};

/** Each part of the page, how to come to it from the one before, and what is awaited there. */
const parts: readonly { readonly name: string; readonly open: (visitor: Visitor) => Promise<void> }[] = [
  {
    name: 'stories',
    async open({ page }) {
      await page.goto(at({ in: 'stories' }));
      await page.getByRole('heading', { name: 'Stories' }).first().waitFor();
    },
  },
  {
    name: 'incident',
    async open({ page, channel }) {
      await page.goto(incident.address);
      await channel.getByText('BATCH_SIZE=16').last().waitFor();
    },
  },
  {
    name: 'new-incident',
    async open(visitor) {
      await visitor.opensForm(() => visitor.says('/incident new'), visitor.dialog.getByText('What is wrong?'));
    },
  },
  {
    name: 'thread',
    async open(visitor) {
      await closes(visitor);
      await visitor.page.goto(incident.thread);
      await visitor.reads('Waiting for approval');
    },
  },
  {
    name: 'details',
    async open(visitor) {
      const details = (): Promise<void> => visitor.presses('Details', visitor.thread);
      await visitor.opensForm(details, visitor.dialog.getByText('Digest (SHA-256'));
    },
  },
  {
    name: 'confirmation',
    async open(visitor) {
      await closes(visitor);
      await visitor.presses('Approve', visitor.thread);
      await visitor.dialog.getByText('Not yet').waitFor();
    },
  },
  {
    name: 'home',
    async open(visitor) {
      await closes(visitor);
      await visitor.page.goto(at({ in: 'home' }));
      await visitor.page.getByRole('region', { name: 'Home page' }).getByText('On call').first().waitFor();
    },
  },
  {
    name: 'cluster',
    async open({ page, panel }) {
      await page.goto(at({ tab: 'cluster', front: 'panel' }));
      await panel.getByText('continual-trainer').first().waitFor();
    },
  },
  {
    name: 'journal',
    async open({ page, panel }) {
      await page.goto(at({ tab: 'journal', front: 'panel' }));
      await panel.getByText('The chain holds').waitFor();
    },
  },
  {
    name: 'break-things',
    async open({ page, panel }) {
      await page.goto(at({ tab: 'faults', front: 'panel' }));
      await panel.getByRole('button', { name: /^Arm/ }).first().waitFor();
    },
  },
];

const isWithinWidth = (page: Page): Promise<boolean> =>
  page.evaluate<boolean>('document.scrollingElement.scrollWidth <= innerWidth');

describe('every part of the page', () => {
  it.each([
    { look: 'light', width: 1440, height: 900, dark: false },
    { look: 'dark', width: 1440, height: 900, dark: true },
    { look: 'phone', width: 390, height: 844, dark: false },
    { look: 'dark-phone', width: 390, height: 844, dark: true },
  ])('has no serious accessibility fault and no sideways scroll: $look', async ({ look, ...size }) => {
    const visitor = await visit(demo.url, size);
    const found: Record<string, unknown> = {};
    const right: Record<string, unknown> = {};
    for (const { name, open } of parts) {
      await open(visitor);
      await picture(visitor.page, `page-${look}-${name}`);
      found[name] = {
        faults: await accessibilityFaults(visitor.page),
        isWithinWidth: await isWithinWidth(visitor.page),
      };
      right[name] = { faults: [], isWithinWidth: true };
    }

    expect(found).toEqual(right);
  });
});

const hasFocus = async (page: Page, selector: string): Promise<boolean> =>
  (await page.locator(selector).and(page.locator(':focus')).count()) === 1;

/** Presses Tab until this has the focus, as somebody without a mouse. */
async function tabsTo(page: Page, selector: string): Promise<void> {
  await page.locator(selector).first().waitFor();
  for (let presses = 0; presses < 200; presses += 1) {
    if (await hasFocus(page, selector)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`200 presses of Tab did not reach ${selector}`);
}

/** Arrows down to the option with this name; each key waits until the one before was drawn. */
async function movesTo(page: Page, name: string): Promise<void> {
  const chosen = page.getByRole('option', { selected: true });
  for (;;) {
    const before = (await chosen.allTextContents()).join('');
    if (before.includes(name)) return;
    await page.keyboard.press('ArrowDown');
    await (before === '' ? chosen : chosen.filter({ hasNotText: before })).waitFor();
  }
}

describe('the keyboard alone', () => {
  it('starts a story, reaches its channel, runs a completed command, and closes a modal', async () => {
    const visitor = await visit();
    const { page, channel, dialog } = visitor;
    const composer = '[aria-label="Message #general"], [aria-label^="Message #inc-"]';

    await tabsTo(page, '[data-start="hdc-cuda"]');
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: /^Channel inc-\d+-hdc/ }).waitFor();
    await tabsTo(page, composer);
    await page.keyboard.type('/runb');
    await page.getByRole('option', { name: '/runbook', selected: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: '/runbook gpu-oom' }).waitFor();
    await movesTo(page, '/runbook gpu-oom');
    await page.keyboard.press('Enter');
    const isCompleted = async () => (await page.locator(composer).inputValue()) === '/runbook gpu-oom';
    await eventually('the command is completed', isCompleted);
    await page.keyboard.press('Enter');
    await channel.getByText('HDC_GPU_BATCH_SIZE=50').nth(1).waitFor();

    await visitor.opensForm(async () => {
      await page.keyboard.type('/incident new');
      await page.keyboard.press('Enter');
    }, dialog.getByText('What is wrong?'));
    await closes(visitor);
    expect(await hasFocus(page, composer)).toBe(true);
  });
});

describe('what people type', () => {
  it('is refused at the field when a form is not complete', async () => {
    const visitor = await visit(incident.address);
    const { dialog } = visitor;
    await visitor.opensForm(() => visitor.says('/incident new'), dialog.getByText('What is wrong?'));

    await visitor.presses('Open it', dialog);

    const title = dialog.getByRole('textbox', { name: 'What is wrong?' });
    await dialog.getByText('Please complete this required field.').nth(1).waitFor();
    expect(await title.getAttribute('aria-invalid')).toBe('true');
    const described = (await title.getAttribute('aria-describedby')) ?? 'nothing';
    expect(await visitor.page.locator(`[id="${described}"]`).innerText()).toContain(
      'Please complete this required field.',
    );
    await picture(visitor.page, 'page-form-errors');
    await title.fill('The labels are late');
    const isOneLeft = async () => (await dialog.getByText('Please complete this required field.').count()) === 1;
    await eventually('only the other field is still refused', isOneLeft);
    await closes(visitor);
  });

  it('is refused in Slack’s words when there is no such command', async () => {
    const visitor = await visit(incident.address);

    await visitor.says('/nonsense');

    const refusal = visitor.channel.locator('.sl-composer .sl-error');
    await refusal.waitFor();
    expect(await refusal.innerText()).toContain('/nonsense is not a valid command.');
  });

  it('is sent although Enter came before the text was drawn', async () => {
    const visitor = await visit(incident.address);
    await visitor.channel.getByText('BATCH_SIZE=16').first().waitFor();

    await visitor.page.evaluate(`(() => {
      const area = document.querySelector('[aria-label^="Message #inc-"]');
      area.value = '/no-such-command';
      area.dispatchEvent(new Event('input', { bubbles: true }));
      area.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    })()`);

    const refusal = visitor.channel.locator('.sl-composer .sl-error');
    await refusal.waitFor();
    expect(await refusal.innerText()).toContain('/no-such-command is not a valid command.');
  });

  it('is answered to the person alone where the answer is for them', async () => {
    const visitor = await visit(incident.address);
    await visitor.becomes('Bob');
    await visitor.says('/incident help');
    const answer = visitor.channel.locator('.sl-ephemeral');
    await answer.getByText('Only visible to you').first().waitFor();

    await visitor.becomes('Carol');
    await visitor.channel.getByText('BATCH_SIZE=16').first().waitFor();

    expect(await answer.count()).toBe(0);
    await visitor.becomes('Bob');
    await answer.first().waitFor();
  });
});

describe('where somebody is', () => {
  it('survives a reload', async () => {
    const visitor = await visit(incident.thread);
    await visitor.becomes('Carol');
    await visitor.opensTab('Journal');

    await visitor.page.reload();

    await visitor.page.locator('.people-title strong', { hasText: 'Carol' }).waitFor();
    await visitor.page.getByRole('region', { name: `Channel ${incident.name}` }).waitFor();
    await visitor.reads('Waiting for approval');
    await visitor.panel.getByText('The chain holds').waitFor();
    expect(visitor.page.url()).toContain('as=U0CAROL');
  });

  it('may be the app’s home, which lists the open incident and leads to it', async () => {
    const visitor = await visit(at({ in: 'home' }));
    const home = visitor.page.getByRole('region', { name: 'Home page' });

    await home.getByText(incident.name).first().click();

    await visitor.channel.waitFor();
    expect(await visitor.channel.getAttribute('aria-label')).toBe(`Channel ${incident.name}`);
  });
});

describe('trouble on purpose', () => {
  it('strikes once where it was armed, is counted, and changes nothing twice', async () => {
    const visitor = await visit(incident.thread);
    const fault = (id: string) =>
      visitor.panel.locator('.fault', { has: visitor.page.locator(`[data-fault="${id}"]`) });
    await visitor.opensTab('Break things');
    for (const id of ['kubernetes-409', 'slack-lost-reply']) {
      await fault(id).getByRole('button').click();
      await fault(id).getByText('Armed.').waitFor();
    }

    await visitor.becomes('Bob');
    await visitor.confirms('Approve');

    await visitor.reads('Refused, nothing was changed');
    for (const id of ['kubernetes-409', 'slack-lost-reply']) {
      await fault(id).getByText('Struck once.').waitFor();
      expect(await fault(id).getByText('Armed.').count()).toBe(0);
    }
    await picture(visitor.page, 'page-faults-struck');
    expect(await visitor.thread.getByText('Refused, nothing was changed').count()).toBe(1);
    await visitor.opensTab('Cluster');
    await visitor.seesInCluster({ within: '[data-workload="continual/continual-trainer"]', lacks: /BATCH_SIZE\s*16/ });
  });
});
