/** The demo as its users meet it: the command in a process of its own, and its page in Debian's Chromium. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const root = join(import.meta.dirname, '../../..');
const startMs = 60_000;
const stopMs = 5_000;
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export type Demo = {
  readonly url: string;
  /** From the start of the process to the line with the address, in milliseconds. */
  readonly readyMs: number;
  /** Everything it printed. */
  said(): string;
  /** Ctrl-C. Gives the exit code; throws when it has not ended after 5 s. */
  stop(): Promise<number | null>;
};

/** `npm run demo -- ARGS` on a free port, with more in its environment. */
export async function startDemo(
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Demo> {
  const began = performance.now();
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'src/main.ts', 'demo', '--port', '0', ...args],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_OPTIONS: '', ...env } },
  );
  let said = '';
  const ended = new Promise<number | null>((resolve) =>
    // As a shell says it: a process that the signal itself ended has no code of its own.
    child.once('exit', (code, signal) => resolve(signal === 'SIGINT' ? 130 : code)),
  );
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no address within ${startMs} ms:\n${said}`)), startMs);
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      const [, found] = /^(http:\/\/127\.0\.0\.1:\d+\/\S*)\n/m.exec(said) ?? [];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    void ended.then((code) => {
      clearTimeout(timer);
      reject(new Error(`the demo ended with ${code}:\n${said}`));
    });
  });
  return { url, readyMs: performance.now() - began, said: () => said, stop: () => stop(child, ended) };
}

async function stop(child: ChildProcess, ended: Promise<number | null>): Promise<number | null> {
  child.kill('SIGINT');
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the demo went on for ${stopMs} ms after Ctrl-C`));
    }, stopMs);
  });
  try {
    return await Promise.race([ended, late]);
  } finally {
    clearTimeout(timer);
  }
}

export type Browser = {
  /** A page of its own window size; closed with the browser. */
  open(
    url: string,
    look?: { readonly width?: number; readonly height?: number; readonly dark?: boolean },
  ): Promise<Page>;
  /** What a page asked for that is not the demo's own, and what it complained of. */
  readonly faults: readonly string[];
  /** Closes the pages, so that the next test has the machine for itself. */
  closePages(): Promise<void>;
  close(): Promise<void>;
};

/** Chromium with an empty profile of its own. */
export async function startBrowser(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
  const contexts: BrowserContext[] = [];
  const faults: string[] = [];
  async function closePages(): Promise<void> {
    for (const context of contexts.splice(0)) await context.close();
  }
  return {
    faults,
    async open(url, { width = 1440, height = 900, dark = false } = {}) {
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: dark ? 'dark' : 'light',
        // The rules of the page's own Content-Security-Policy hold in the tests too.
        bypassCSP: false,
        reducedMotion: 'reduce',
      });
      contexts.push(context);
      const page = await context.newPage();
      page.setDefaultTimeout(30_000);
      const own = new URL(url).origin;
      page.on('request', (request) => {
        if (!request.url().startsWith(own) && !request.url().startsWith('data:'))
          faults.push(`asked for ${request.url()}`);
      });
      page.on('pageerror', (error) => faults.push(`threw ${error.stack ?? error.message}`));
      page.on('console', (message) => {
        if (message.type() === 'error') faults.push(`said ${message.text()}`);
      });
      await page.goto(url);
      return page;
    },
    closePages,
    async close() {
      await closePages();
      await browser.close();
    },
  };
}

/** The serious and critical faults that axe finds, each as `rule: where`. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    type Result = { violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[] };
    // `axe` is global once its source has run.
    const { axe } = globalThis as unknown as { axe: { run(): Promise<Result> } };
    return (await axe.run()).violations;
  });
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
    );
}

/** Where pictures go when FIREBREAK_PICTURES names a folder; else none is taken. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['FIREBREAK_PICTURES'];
  if (folder === undefined || folder === '') return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
