/**
 * The whole bot for a bench, in a process of its own as in production; Slack's stand-in is here, outside of it. Real
 * stores when the environment names them, else embedded ones.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SandboxSlack, type SlackOptions, startSlack } from '../src/sandbox/slack/start.ts';
import { serveArguments } from './bench.ts';
import type { FromBot, Stores, ToBot } from './bot-messages.ts';

export type Bot = {
  readonly slack: SandboxSlack;
  readonly stores: Stores;
  /** Of the bot's HTTP server; webhooks are let in with `alertmanagerToken`. */
  readonly url: string;
  /** Everything the bot said about a place that it passed, as it comes. */
  onPassed(listener: (passed: Extract<FromBot, { kind: 'passed' }>) => void): void;
  /** Nothing is left to do but what waits for its hour. */
  idle(): Promise<void>;
  /** Of the ledger. */
  count(): Promise<{ readonly incidents: number; readonly alerts: number }>;
  readonly pid: number;
  complaints(): readonly string[];
  close(): Promise<void>;
};

/** @param parts.slack without it Slack has no limits, and the bot does not pace itself */
export async function startBot(parts: { config: string; runbook: string; slack?: SlackOptions }): Promise<Bot> {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-bench-'));
  writeFileSync(join(folder, 'runbook.md'), parts.runbook);
  const file = join(folder, 'firebreak.yaml');
  writeFileSync(file, parts.config);
  const slack = await startSlack({
    rateLimits: parts.slack ? 'real' : 'off',
    ...parts.slack,
    channels: [{ id: 'C0BENCH', name: 'bench', members: ['U0ALICE', 'U0BOB', 'U0CAROL', 'U0BOT'] }],
  });

  const child = fork(join(import.meta.dirname, 'bot-process.ts'), [file], {
    env: { ...process.env, SLACK_BOT_TOKEN: slack.botToken, SLACK_SIGNING_SECRET: slack.signingSecret },
    // Benches print one line; what the bot has to say is in `complaints`.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // As in production.
    execArgv: serveArguments().filter((argument) => argument.startsWith('--')),
  });
  const complaints: string[] = [];
  const listeners = new Set<(message: FromBot) => void>();
  child.on('message', (message) => {
    // Only bot-process.ts is at the other end.
    for (const listener of listeners) listener(message as FromBot);
  });
  const ended = new Promise<never>((_, reject) => {
    child.once('exit', (code, signal) => reject(new Error(`The bot ended with ${code ?? signal}.`)));
  });
  ended.catch(() => undefined);
  const hear = <K extends FromBot['kind']>(kind: K): Promise<Extract<FromBot, { kind: K }>> => {
    const heard = Promise.withResolvers<Extract<FromBot, { kind: K }>>();
    const listener = (message: FromBot): void => {
      if (message.kind !== kind) return;
      listeners.delete(listener);
      // Its kind was just compared.
      heard.resolve(message as Extract<FromBot, { kind: K }>);
    };
    listeners.add(listener);
    return Promise.race([heard.promise, ended]);
  };
  const tell = (message: ToBot): void => void child.send(message);
  listeners.add((message) => {
    if (message.kind === 'complaint') complaints.push(message.line);
  });

  tell({ kind: 'start', slackUrl: slack.apiUrl, paced: parts.slack !== undefined });
  const { url, stores } = await hear('ready');
  slack.connect(`${url}/slack/events`);
  return {
    slack,
    stores,
    url,
    onPassed: (listener) =>
      void listeners.add((message) => {
        if (message.kind === 'passed') listener(message);
      }),
    async idle() {
      const idle = hear('idle');
      tell({ kind: 'tell-when-idle' });
      await idle;
    },
    async count() {
      const counted = hear('counted');
      tell({ kind: 'count' });
      return counted;
    },
    pid: child.pid ?? 0,
    complaints: () => complaints,
    async close() {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      tell({ kind: 'stop' });
      await exited;
      await slack.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
