import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../eventually.ts';
import { openPage, type Page } from './demo-live.ts';
import { openPlace, type Place } from './demo-process.ts';

const startMs = 120_000;

let place: Place;
let page: Page | undefined;
beforeAll(() => {
  place = openPlace();
});
afterEach(() => page?.close());
afterAll(() => place.close());

describe('firebreak demo', () => {
  it(
    'prints a URL whose page answers, plays a story into the journal, and Ctrl-C leaves nothing of it',
    async () => {
      const demo = place.start(['--port', '0']);
      const url = await demo.url();
      const answer = await fetch(url);
      expect(answer.status).toBe(200);
      expect(await answer.text()).toContain('<html');
      expect(demo.out()).toContain('Alice Okafor: Responder, on call');

      await demo.ready();
      page = await openPage(url, 'U0ALICE');
      await page.act({ as: 'U0ALICE', do: 'start-story', story: 'hdc-cuda' });
      const opened = await page.see('the incident in the journal', ({ journal }) =>
        journal.rows.find(({ what }) => what === 'The incident is opened'),
      );
      const sealed = await page.see('the chain sealed and verified', ({ journal: { verified, rows } }) =>
        verified.ok === true && verified.unsealed === 0 && verified.sealed === rows.length ? verified : undefined,
      );
      await page.close();
      page = undefined;
      demo.kill('SIGINT');
      const { code, signal, err } = await demo.ended();

      expect(opened).toMatchObject({ who: 'Alertmanager', incident: 1, details: [['Service', 'hdc']] });
      expect(sealed.head).toMatch(/^[0-9a-f]{64}$/);
      expect({ code, signal, err }).toEqual({ code: null, signal: 'SIGINT', err: '' });
      expect(place.left()).toEqual({ cwd: [], temporary: [] });
      await expect(fetch(url)).rejects.toThrow('fetch failed');
    },
    startMs,
  );

  it(
    'ends at once when it is told so while it starts',
    async () => {
      const demo = place.start(['--port', '0', '--keep', join(place.folder, 'interrupted')]);
      await demo.url();
      demo.kill('SIGTERM');

      const { code, signal, err } = await demo.ended();

      expect({ code, signal, err }).toEqual({ code: null, signal: 'SIGTERM', err: '' });
      expect(place.left()).toEqual({ cwd: [], temporary: [] });
      expect(existsSync(join(place.folder, 'interrupted.pid'))).toBe(false);
    },
    startMs,
  );

  it(
    'gives way to the next port when the one that was asked for is taken, and says so',
    async () => {
      const taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      // A listening TCP server has an AddressInfo.
      const { port } = taken.address() as AddressInfo;
      const demo = place.start(['--port', String(port)]);

      const url = await demo.url();
      demo.kill('SIGINT');
      await demo.ended();
      taken.close();

      expect(Number(new URL(url).port)).toBeGreaterThan(port);
      expect(demo.out()).toContain(`Port ${port} is taken`);
    },
    startMs,
  );

  it(
    'keeps the ledger where it was told to, and refuses to go on with one whose Slack is gone',
    async () => {
      const ledger = join(place.folder, 'kept');
      const first = place.start(['--port', '0', '--keep', ledger]);
      await first.ready();
      first.kill('SIGINT');
      await first.ended();

      const second = await place.run(['--port', '0', '--keep', ledger]);

      expect(readdirSync(ledger)).toContain('PG_VERSION');
      expect(readdirSync(place.folder)).not.toContain('kept.pid');
      expect(second).toMatchObject({ code: 2, out: '' });
      expect(second.err).toContain('holds the ledger of an earlier demo');
    },
    startMs,
  );

  it(
    'refuses a port that it may not have',
    async () => {
      // Nobody but root has the ports below 1024, and root has them all.
      const demo = place.start(['--port', '1']);
      await eventually('an answer', () => demo.out().includes('http://') || demo.err() !== '', startMs);
      demo.kill('SIGINT');
      const { code, signal, err } = await demo.ended();

      expect(process.getuid?.() === 0 ? signal === 'SIGINT' : code === 2 && err.includes('Port 1 cannot be used')).toBe(
        true,
      );
    },
    startMs,
  );
});
