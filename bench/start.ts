/**
 * From `firebreak serve` to its first good answer of /readyz, and what it costs to have it idle.
 *
 *   ours  what `npm run serve` runs, on a database that has its tables and the queue that REDIS_URL names
 *   peer  a bare Bolt app of the same Slack, until its port answers
 *
 * `ours` and `peer` are medians in `unit`; they take turns. `idleMb` is resident memory and `idleCpuPercent` the share
 * of one core, both after 15 s of rest and over 20 s; with a queue of its own (no REDIS_URL) that is in it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type SandboxSlack, startSlack } from '../src/sandbox/slack/start.ts';
import { freePort } from '../test/free-port.ts';
import { openRealLedger } from '../test/real/databases.ts';
import { type Bench, type Figures, MissingError, median, round, serveArguments } from './bench.ts';

const rounds = 7;
const patienceMs = 30_000;
const restMs = 15_000;
const watchedMs = 20_000;

type Started = { readonly child: ChildProcess; readonly tookMs: number };

export const start: Bench = async () => {
  if (!process.env['DATABASE_URL']) {
    throw new MissingError(
      'The bench start runs `firebreak serve`, which needs PostgreSQL, and DATABASE_URL is not set. Name a server where a database may be made.',
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-bench-start-'));
  // Makes the database and its tables; `serve` finds them done.
  const ledger = await openRealLedger();
  const slack = await startSlack({ rateLimits: 'off' });
  try {
    writeFileSync(join(folder, 'firebreak.yaml'), config);
    return await measure({ folder, databaseUrl: ledger.url, slack });
  } finally {
    await slack.stop();
    await ledger.close();
    rmSync(folder, { recursive: true, force: true });
  }
};

const config = `
clusters: { main: {} }
services:
  - name: shop
    match: { namespace: shop }
    namespaces: [shop]
    responders: { slack: [S0RESPOND] }
policy:
  approvers: { slack: [S0SRE] }
`;

type Parts = { readonly folder: string; readonly databaseUrl: string; readonly slack: SandboxSlack };

async function measure(parts: Parts): Promise<Figures> {
  const took = { ours: [] as number[], peer: [] as number[] };
  for (let turn = -1; turn < rounds; turn += 1) {
    for (const who of turn % 2 === 0 ? (['ours', 'peer'] as const) : (['peer', 'ours'] as const)) {
      const { child, tookMs } = await (who === 'ours' ? startOurs(parts) : startPeer(parts));
      await end(child);
      if (turn >= 0) took[who].push(tookMs);
    }
  }
  const { child } = await startOurs(parts);
  await pause(restMs);
  const idle = await watch(child.pid ?? 0);
  await end(child);
  const [ours, peer] = [median(took.ours), median(took.peer)];
  return {
    ours: round(ours, 0),
    peer: round(peer, 0),
    ratio: round(ours / peer, 3),
    unit: 'ms',
    worstMs: round(Math.max(...took.ours), 0),
    ...idle,
    rounds,
    queue: process.env['REDIS_URL'] ? 'redis' : 'embedded',
  };
}

async function startOurs({ folder, databaseUrl, slack }: Parts): Promise<Started> {
  const port = await freePort();
  const env = {
    ...process.env,
    DATABASE_URL: databaseUrl,
    FIREBREAK_CONFIG: join(folder, 'firebreak.yaml'),
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_SIGNING_SECRET: slack.signingSecret,
    SLACK_API_URL: slack.apiUrl,
    HOST: '127.0.0.1',
    PORT: String(port),
    LOG_LEVEL: 'warn',
  };
  return untilItAnswers(serveArguments(), env, `http://127.0.0.1:${port}/readyz`);
}

async function startPeer({ slack }: Parts): Promise<Started> {
  const port = await freePort();
  const program = `
    import bolt from '@slack/bolt';
    const app = new bolt.App({
      token: ${JSON.stringify(slack.botToken)}, signingSecret: ${JSON.stringify(slack.signingSecret)},
      clientOptions: { slackApiUrl: ${JSON.stringify(slack.apiUrl)} },
      customRoutes: [{ path: '/readyz', method: 'GET', handler: (_, response) => response.end() }],
    });
    await app.start({ port: ${port}, host: '127.0.0.1' });`;
  return untilItAnswers(['--input-type=module', '--eval', program], process.env, `http://127.0.0.1:${port}/readyz`);
}

async function untilItAnswers(args: readonly string[], env: NodeJS.ProcessEnv, url: string): Promise<Started> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: join(import.meta.dirname, '..'),
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  while (performance.now() - startedAt < patienceMs) {
    const answered = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answered) return { child, tookMs: performance.now() - startedAt };
    await pause(10);
  }
  await end(child);
  throw new Error(`${args.join(' ').slice(0, 60)} did not answer within ${patienceMs} ms.`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

/** From /proc; a tick is 10 ms on Linux. */
async function watch(pid: number): Promise<{ idleMb: number; idleCpuPercent: number }> {
  const ticks = (): number => {
    // The fields behind the program's name, which may hold blanks.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return Number(fields[11]) + Number(fields[12]);
  };
  const before = ticks();
  await pause(watchedMs);
  const cpuMs = (ticks() - before) * 10;
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { idleMb: round(Number(kib) / 1024, 0), idleCpuPercent: round((cpuMs / watchedMs) * 100) };
}
