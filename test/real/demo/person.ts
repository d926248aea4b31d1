/** What somebody at the demo's page does, by what they read there. */
import type { Locator, Page } from 'playwright-core';

export type FirstName = 'Alice' | 'Bob' | 'Carol' | 'Gail';

/** A place in the cluster's panel, and what it says. */
export type Sight = { readonly within: string; readonly says?: RegExp; readonly lacks?: RegExp };

export function createVisitor(page: Page) {
  const thread = page.getByRole('region', { name: 'Thread' });
  const channel = page.getByRole('region', { name: /^Channel / });
  const dialog = page.locator('dialog[open]');
  const panel = page.locator('.panel');
  const story = (id: string): Locator => page.locator(`.side-story[data-story="${id}"]`);
  const button = (label: string | RegExp, within: Locator): Locator =>
    within.getByRole('button', { name: label }).last();

  async function becomes(firstName: FirstName): Promise<void> {
    await page.locator('fieldset.people label', { hasText: firstName }).click();
    await page.locator('.people-title strong', { hasText: firstName }).waitFor();
  }
  /** A form opens only within 3 s of the gesture (Slack's own rule); whoever sees none asks again, as a person would. */
  async function opensForm(asks: () => Promise<void>, form: Locator): Promise<void> {
    for (let times = 1; times < 4; times += 1) {
      await asks();
      const isOpen = await form.waitFor({ timeout: 8_000 }).then(
        () => true,
        () => false,
      );
      if (isOpen) return;
    }
    await asks();
    await form.waitFor();
  }
  /** Presses a button in the open thread that asks before it does anything, and says yes. */
  async function confirms(label: 'Approve' | 'Undo…'): Promise<void> {
    await button(label, thread).click();
    await dialog.locator('footer button').last().click();
    await dialog.waitFor({ state: 'hidden' });
  }

  return {
    page,
    thread,
    channel,
    dialog,
    panel,
    /** Acts as somebody else from now on; the page then shows what they see. */
    becomes,
    confirms,
    opensForm,
    /** Starts a story; the page opens the incident's channel once there is one. */
    async starts(id: string): Promise<void> {
      await page.locator('[data-middle="stories"]').first().click();
      await page.locator(`[data-start="${id}"]`).click();
      await page.getByRole('region', { name: /^Channel inc-/ }).waitFor();
    },
    /** Puts a story's part of the cluster back. */
    async resets(id: string): Promise<void> {
      await page.locator('[data-middle="stories"]').first().click();
      await page.locator(`[data-reset="${id}"]`).click();
    },
    /** Types a line below the channel and sends it. */
    async says(line: string): Promise<void> {
      const composer = channel.getByRole('textbox', { name: /^Message #/ });
      await composer.fill(line);
      await composer.press('Enter');
    },
    async presses(label: string | RegExp, within: Locator = page.locator('main')): Promise<void> {
      await button(label, within).click();
    },
    /** The step with this command on the runbook's card: its button asks for a plan. */
    async plans(command: string, fill: Readonly<Record<string, string>> = {}): Promise<void> {
      const step = channel.locator('.sl-section').filter({ hasText: command }).filter({ hasText: 'Plan…' }).last();
      const asks = (): Promise<void> => step.getByRole('button', { name: 'Plan…' }).click();
      const fields = Object.entries(fill);
      const [first] = fields;
      if (first === undefined) return asks();
      await opensForm(asks, dialog.getByLabel(first[0]).first());
      for (const [name, value] of fields) {
        const field = dialog.getByLabel(name).first();
        if ((await field.and(page.locator('select')).count()) > 0) await field.selectOption(value);
        else await field.fill(value);
      }
      await dialog.locator('footer button').last().click();
    },
    /** The thread below the message of the step with this command. */
    async opensThread(command: string): Promise<void> {
      const message = channel
        .locator('.sl-message')
        .filter({ hasText: command })
        .filter({ has: page.getByRole('button', { name: /\d+ repl/ }) })
        .last();
      await message.getByRole('button', { name: /\d+ repl/ }).click();
      await thread.waitFor();
    },
    /** Votes for the plan that is open in the thread, as this person, and reads that the vote was taken. */
    async approves(firstName: FirstName): Promise<void> {
      await becomes(firstName);
      await confirms('Approve');
      await thread
        .locator('.sl-message')
        .last()
        .getByText(new RegExp(`approved by @${firstName}`))
        .or(thread.getByText(/Applied ·/).last())
        .first()
        .waitFor();
    },
    /** Resolves when the open thread says this, so many times. */
    async reads(text: string | RegExp, times = 1): Promise<void> {
      await thread
        .getByText(text)
        .nth(times - 1)
        .waitFor();
    },
    /** Throws when the open thread offers a way back. */
    async cannotUndo(): Promise<void> {
      await thread.getByRole('button', { name: 'Undo…' }).waitFor({ state: 'detached', timeout: 1_000 });
    },
    async seesInCluster({ within, says, lacks }: Sight): Promise<void> {
      await panel
        .locator(within)
        .filter({ ...(says && { hasText: says }), ...(lacks && { hasNotText: lacks }) })
        .first()
        .waitFor();
    },
    /** The state of a story's alert, as the sidebar says it. */
    async waitsFor(id: string, state: 'firing' | 'cleared' | 'calm'): Promise<void> {
      await story(id).locator(`.state[data-state="${state}"]`).waitFor();
    },
    /** The state of a story's alert at this moment. */
    alertOf: (id: string): Promise<string | null> => story(id).locator('.state').getAttribute('data-state'),
    async invites(firstName: FirstName): Promise<void> {
      await channel.locator('summary', { hasText: 'members' }).click();
      await channel.getByRole('button', { name: `Invite ${firstName}` }).click();
    },
    async opensTab(name: 'Cluster' | 'Journal' | 'Break things' | 'PagerDuty'): Promise<void> {
      await page.getByRole('tab', { name }).click();
    },
  };
}

export type Visitor = ReturnType<typeof createVisitor>;
