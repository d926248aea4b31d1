import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openEmbeddedPostgres } from '../../src/adapters/postgres/embedded.ts';
import { verifyJournal } from '../../src/adapters/postgres/verify-journal.ts';
import { widthOf } from '../../src/sandbox/story/text.ts';
import { eventually } from '../eventually.ts';
import { type Ended, openPlace, type Place } from './demo-process.ts';

let place: Place;
beforeAll(() => {
  place = openPlace();
});
afterAll(() => place.close());

describe('firebreak demo --script', () => {
  let ended: Ended;
  let ledger: string;

  beforeAll(async () => {
    ledger = join(place.folder, 'kept');
    ended = await place.run(['--script', '--keep', ledger]);
  }, 90_000);

  it('tells the whole story and exits with 0', () => {
    expect(ended).toMatchObject({ code: 0, err: '' });
    const landmarks = [
      'starting the stand-ins, embedded PostgreSQL',
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
      'Undo:',
      'HDC_GPU_BATCH_SIZE=100, 3 pods ready',
      'Resolved',
      'hash chain holds',
      '2 writes, and each is one recorded attempt',
      'succeeded, verified',
      ledger,
    ];
    // Before or after the news of it is shown, by how quick this machine is.
    expect(ended.out).toContain('Alert cleared');
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
    const left = { ...place.left(), folder: readdirSync(place.folder).toSorted() };
    const kept = await openEmbeddedPostgres({ directory: ledger });
    const journal = await verifyJournal(kept.db);
    await kept.close();

    expect(left).toEqual({ cwd: [], temporary: [], folder: ['here', 'kept', 'temporary'] });
    expect(journal).toMatchObject({ ok: true, unsealed: 0 });
    expect(journal.sealed).toBeGreaterThan(10);
  }, 60_000);

  it('refuses to keep a ledger in a folder with something in it', async () => {
    const refused = await place.run(['--script', '--keep', ledger]);

    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toContain('holds the ledger of an earlier demo');
  });

  it('stops at once with Ctrl-C and leaves nothing behind', async () => {
    const started = place.start(['--script']);
    await eventually('it has begun', () => started.out().includes('starting'), 60_000);
    started.kill('SIGINT');

    const { code, signal, err } = await started.ended();

    expect({ code, signal, err }).toEqual({ code: null, signal: 'SIGINT', err: '' });
    expect(place.left()).toEqual({ cwd: [], temporary: [] });
  });
});

describe('firebreak demo', () => {
  it('says its help and exits with 0', async () => {
    const helped = await place.run(['--help']);

    expect(helped).toMatchObject({ code: 0, err: '' });
    expect(helped.out).toMatch(/^Usage: firebreak demo \[--port N\]/);
  });

  it.each([
    { args: ['--skript'], says: '--skript' },
    { args: ['--script', 'more'], says: 'more' },
    { args: ['--script', '--pace', 'slow'], says: '--pace takes milliseconds' },
    { args: ['--script', '--pace', '60001'], says: '--pace takes milliseconds' },
    { args: ['--script', '--keep', ''], says: '--keep takes a new or empty folder' },
    { args: ['--keep', '/'], says: 'has something in it' },
    { args: ['--keep', join(import.meta.dirname, 'demo.test.ts')], says: 'is a file' },
    { args: ['--script', '--keep', 'not/there'], says: 'Make it first: mkdir -p ' },
    { args: ['--keep', '/proc/none'], says: 'may write to' },
    { args: ['--port', 'http'], says: '--port takes a port from 0 to 65535' },
    { args: ['--port', '65536'], says: '--port takes a port from 0 to 65535' },
    { args: ['--script', '--port', '0'], says: '--port is for the page' },
    { args: ['--pace', '5'], says: '--pace is for --script' },
    { args: ['--script', '--context', 'prod'], says: '--context is for the page' },
    { args: ['--context', 'prod'], says: 'name its file with --kubeconfig' },
    { args: ['-n', 'shop'], says: 'name its file with --kubeconfig' },
  ])('refuses $args with its usage and exits with 2', async ({ args, says }) => {
    const refused = await place.run(args);

    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toContain(says);
    expect(refused.err).toContain('Usage: firebreak demo');
    expect(refused.err.trimEnd().split('\n').length).toBeLessThan(8);
  });
});

it('says which Node it needs before it loads anything, on one that is too old', async () => {
  const older = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.11.0' } })`;

  const refused = await place.run([], ['--import', `data:text/javascript,${encodeURIComponent(older)}`]);

  expect(refused).toMatchObject({ code: 2, out: '' });
  expect(refused.err).toBe(
    'firebreak needs Node 24 or newer; this is 22.11.0. Run it with npm: npm run firebreak -- …\n',
  );
});
