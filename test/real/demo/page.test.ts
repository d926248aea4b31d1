/** The demo's page beside its stories: reachable by everybody, in every width and theme. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { accessibilityFaults, type Browser, type Demo, startBrowser, startDemo } from './browser.ts';

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

it.each([
  { width: 1440, height: 900, dark: false },
  { width: 1440, height: 900, dark: true },
  { width: 390, height: 844, dark: false },
])('has no serious accessibility fault at $width × $height, dark: $dark', async (look) => {
  const page = await browser.open(demo.url, look);
  await page.getByRole('heading', { name: 'Stories' }).first().waitFor();

  expect(await accessibilityFaults(page)).toEqual([]);
});
