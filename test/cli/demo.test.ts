import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openEmbeddedPostgres } from '../../src/adapters/postgres/embedded.ts';
import { verifyJournal } from '../../src/adapters/postgres/verify-journal.ts';
import { startSlack } from '../../src/sandbox/slack/start.ts';
import { startGpuCluster } from '../../src/sandbox/story/gpu-cluster.ts';
import { tellGpuStory } from '../../src/sandbox/story/gpu-story.ts';
import { widthOf } from '../../src/sandbox/story/text.ts';
import { createTeller } from '../../src/sandbox/story/teller.ts';

const root = resolve(import.meta.dirname, '../..');

type Ended = {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
};

let folder: string;
/** Where the command stands: a folder that it may not write to. */
let cwd: string;
/** Its own folder for temporary files, so that what it leaves there is seen. */
let temporary: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'firebreak-demo-'));
  cwd = join(folder, 'here');
  temporary = join(folder, 'temporary');
  for (const path of [cwd, temporary]) mkdirSync(path);
  chmodSync(cwd, 0o555);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The real command. `onOut` hears what it has printed so far. */
async function run(
  args: readonly string[],
  onOut: (out: string, end: (signal: NodeJS.Signals) => void) => void = () => undefined,
): Promise<Ended> {
  const child = spawn(join(root, 'node_modules/.bin/node'), [join(root, 'src/main.ts'), 'demo', ...args], {
    cwd,
    // Node's own cache of compiled sources, which main.ts asks for, would be in the folder too.
    env: { PATH: process.env['PATH'] ?? '', TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    onOut(out, (signal) => child.kill(signal));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  await once(child, 'close');
  return { code: child.exitCode, signal: child.signalCode, out, err };
}

describe('firebreak demo --script', () => {
  let ended: Ended;
  let ledger: string;

  beforeAll(async () => {
    ledger = join(folder, 'kept');
    ended = await run(['--script', '--keep', ledger]);
  }, 90_000);

  it('tells the whole story and exits with 0', () => {
    expect(ended).toMatchObject({ code: 0, err: '' });
    const landmarks = [
      'starting embedded PostgreSQL',
      'POST /webhooks/alertmanager: 202',
      'pinned 📌',
      'CUDA out of memory',
      '[ Plan… ]',
      'Waiting for approval',
      'digest',
      'a guest cannot approve',
      'HDC_GPU_BATCH_SIZE is still 100.',
      'Bob presses “Approve”',
      'The alert is still firing',
      'HDC_GPU_BATCH_SIZE=50, 3 pods ready',
      'sends “resolved”: 202',
      'Alert cleared',
      'Undo:',
      'HDC_GPU_BATCH_SIZE=100, 3 pods ready',
      'Resolved',
      'hash chain holds',
      '2 writes, and each is one recorded attempt',
      'succeeded, verified',
      ledger,
    ];
    let read = 0;
    for (const landmark of landmarks) {
      const at = ended.out.indexOf(landmark, read);
      expect({ landmark, found: at >= 0 }).toEqual({ landmark, found: true });
      read = at;
    }
  });

  it('prints no colours, no mrkdwn and no line that is too long for a terminal into a pipe', () => {
    const lines = ended.out.split('\n');

    expect(ended.out).not.toContain('\u001b');
    expect(ended.out).not.toMatch(/<@|<!|&amp;|&lt;|```/);
    expect(lines.filter((line) => widthOf(line) > 100)).toEqual([]);
  });

  it('leaves nothing behind but the ledger that it was asked to keep, whose journal holds', async () => {
    const left = { cwd: readdirSync(cwd), temporary: readdirSync(temporary), folder: readdirSync(folder).toSorted() };
    const kept = await openEmbeddedPostgres({ directory: ledger });
    const journal = await verifyJournal(kept.db);
    await kept.close();

    expect(left).toEqual({ cwd: [], temporary: [], folder: ['here', 'kept', 'temporary'] });
    expect(journal).toMatchObject({ ok: true, unsealed: 0 });
    expect(journal.sealed).toBeGreaterThan(10);
  }, 60_000);

  it('refuses to keep a ledger in a folder with something in it', async () => {
    const refused = await run(['--script', '--keep', ledger]);

    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toContain('--keep takes a new or empty folder');
  });

  it('stops at once with Ctrl-C and leaves nothing behind', async () => {
    const stopped = await run(['--script'], (out, end) => {
      if (out.includes('starting embedded PostgreSQL')) end('SIGINT');
    });

    expect(stopped).toMatchObject({ code: null, signal: 'SIGINT', err: '' });
    expect(readdirSync(temporary)).toEqual([]);
  });
});

describe('firebreak demo', () => {
  it('says its help and exits with 0', async () => {
    const helped = await run(['--help']);

    expect(helped).toMatchObject({ code: 0, err: '' });
    expect(helped.out).toMatch(/^Usage: firebreak demo --script/);
  });

  it('says in one sentence that the page comes later, and exits with 2', async () => {
    const asked = await run([]);

    expect(asked).toMatchObject({ code: 2, out: '' });
    expect(asked.err.trim().split('\n')).toEqual([expect.stringContaining('firebreak demo --script')]);
  });

  it.each([
    { args: ['--skript'], says: '--skript' },
    { args: ['--script', 'more'], says: 'more' },
    { args: ['--script', '--pace', 'slow'], says: '--pace takes milliseconds' },
    { args: ['--script', '--pace', '60001'], says: '--pace takes milliseconds' },
    { args: ['--script', '--keep', ''], says: '--keep takes a new or empty folder' },
    { args: ['--script', '--keep', 'not/there'], says: 'in one that is there already' },
  ])('refuses $args with its usage and exits with 2', async ({ args, says }) => {
    const refused = await run(args);

    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toContain(says);
    expect(refused.err).toContain('Usage: firebreak demo');
  });
});

it('breaks the story off with what was expected and what was there', async () => {
  const idle = createServer((request, response) => request.resume().on('end', () => response.writeHead(202).end()));
  idle.listen(0, '127.0.0.1');
  await once(idle, 'listening');
  // A listening TCP server has a port.
  const { port } = idle.address() as { port: number };
  const slack = await startSlack();
  const cluster = await startGpuCluster();
  const teller = createTeller({ write: () => undefined, columns: 80, colours: false, paceMs: 0 });

  const story = tellGpuStory({
    slack,
    cluster,
    teller,
    webhookUrl: `http://127.0.0.1:${port}/`,
    token: 'none',
    deadlineMs: 300,
  });

  await expect(story).rejects.toThrow(
    'Expected: a channel #inc-1-…, within 0.3 s\nThere was:\n  no message in any channel',
  );
  await cluster.kubernetes.stop();
  await slack.stop();
  idle.close();
  await once(idle, 'close');
});
