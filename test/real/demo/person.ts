/** What somebody at the demo's page does, by what they read there. */
import type { Locator, Page } from 'playwright-core';

export function createVisitor(page: Page) {
  const thread = page.getByRole('region', { name: 'Thread' });
  const dialog = page.locator('dialog[open]');
  const story = (id: string): Locator => page.locator(`.side-story[data-story="${id}"]`);
  const button = (label: string | RegExp, within: Locator): Locator =>
    within.getByRole('button', { name: label }).last();

  return {
    page,
    thread,
    dialog,
    /** Acts as somebody else from now on; the page then shows what they see. */
    async becomes(firstName: string): Promise<void> {
      await page.locator('fieldset.people label', { hasText: firstName }).click();
      await page.locator('.people-title strong', { hasText: firstName }).waitFor();
    },
    /** Starts a story; the page opens the incident's channel once there is one. */
    async starts(id: string): Promise<void> {
      await page.locator('[data-middle="stories"]').first().click();
      await page.locator(`[data-start="${id}"]`).click();
      await page.getByRole('region', { name: /^Channel inc-/ }).waitFor();
    },
    async presses(label: string | RegExp, within: Locator = page.locator('main')): Promise<void> {
      await button(label, within).click();
    },
    /** The step with this command on the runbook's card: its button asks for a plan. */
    async plans(command: string): Promise<void> {
      const step = page.locator('.sl-section').filter({ hasText: command }).filter({ hasText: 'Plan…' }).last();
      await step.getByRole('button', { name: 'Plan…' }).click();
    },
    /** The thread below the message of the step with this command. */
    async opensThread(command: string): Promise<void> {
      const message = page
        .locator('.sl-message')
        .filter({ hasText: command })
        .filter({ has: page.getByRole('button', { name: /\d+ repl/ }) })
        .last();
      await message.getByRole('button', { name: /\d+ repl/ }).click();
      await thread.waitFor();
    },
    /** Presses a button in the open thread that asks before it does anything, and says yes. */
    async confirms(label: 'Approve' | 'Deny' | 'Undo…'): Promise<void> {
      await button(label, thread).click();
      await dialog.locator('footer button').last().click();
    },
    /** Resolves when the open thread says this. */
    async reads(text: string | RegExp): Promise<void> {
      await thread.getByText(text).last().waitFor();
    },
    /** The state of a story's alert, as the sidebar says it. */
    async waitsFor(id: string, state: 'firing' | 'cleared' | 'calm'): Promise<void> {
      await story(id).locator(`.state[data-state="${state}"]`).waitFor();
    },
    /** The state of a story's alert at this moment. */
    alertOf: (id: string): Promise<string | null> => story(id).locator('.state').getAttribute('data-state'),
    async opensTab(name: 'Cluster' | 'Journal' | 'Break things' | 'PagerDuty'): Promise<void> {
      await page.getByRole('tab', { name }).click();
    },
  };
}

export type Visitor = ReturnType<typeof createVisitor>;
