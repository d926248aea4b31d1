import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startKubernetes, type SandboxKubernetes } from '../../src/sandbox/kubernetes/start.ts';
import { openPage, type Page } from './demo-live.ts';
import { openPlace, type Place } from './demo-process.ts';

const startMs = 120_000;

let place: Place;
let kubernetes: SandboxKubernetes;
let kubeconfig: string;
let page: Page | undefined;

beforeAll(async () => {
  place = openPlace();
  // To the demo it is a cluster like any other: it knows the kubeconfig alone.
  kubernetes = await startKubernetes();
  kubernetes.world.deployment({ namespace: 'shop', name: 'web', image: 'shop/web:1', replicas: 2 });
  await kubernetes.settle();
  mkdirSync(join(place.folder, 'kube'));
  kubeconfig = join(place.folder, 'kube', 'config');
  writeFileSync(kubeconfig, kubernetes.kubeconfig('shop'));
});
afterEach(() => page?.close());
afterAll(async () => {
  await place.close();
  await kubernetes.stop();
});

describe('firebreak demo --kubeconfig', () => {
  it(
    'shows the cluster of the file, says that it is real, and has a test alert for each deployment',
    async () => {
      const demo = place.start(['--port', '0', '--kubeconfig', kubeconfig]);
      const url = await demo.url();
      await demo.ready();
      const strangers = await Promise.all(
        [`${new URL(url).origin}/`, `${new URL(url).origin}/live`, url.slice(0, -1)].map(
          async (address) => (await fetch(address)).status,
        ),
      );
      page = await openPage(url, 'U0ALICE');

      const { cluster } = await page.see('the deployment', (seen) => seen.cluster.workloads.length > 0 && seen);
      await page.act({ as: 'U0ALICE', do: 'start-story', story: 'web' });
      const channel = await page.see('a channel', ({ stories }) => stories.find(({ id }) => id === 'web')?.channel);
      await page.see('the general runbook, which has read something', ({ journal }) =>
        journal.rows.some(({ what }) => what === 'A read-only step has run'),
      );
      await page.act({ as: 'U0ALICE', do: 'reset-story', story: 'web' });
      await page.see('the alert cleared', ({ journal }) =>
        journal.rows.some(({ what }) => what === 'All alerts have cleared'),
      );
      await page.close();
      page = undefined;
      demo.kill('SIGINT');
      const { signal, err } = await demo.ended();

      expect(cluster).toMatchObject({ kind: 'real', name: `sandbox, ${kubernetes.url}` });
      expect(cluster.workloads).toMatchObject([{ namespace: 'shop', name: 'web', wanted: 2, env: [] }]);
      expect(channel).toMatch(/^C/);
      expect(demo.out()).toContain('This is a real cluster');
      expect(demo.out()).toContain('is really done there');
      expect(url).toMatch(/\?key=[0-9a-f]{48}$/);
      expect(strangers).toEqual([403, 403, 403]);
      expect({ signal, err }).toEqual({ signal: 'SIGINT', err: '' });
    },
    startMs,
  );

  it.each([
    {
      what: 'a file that is not there',
      args: () => ['--kubeconfig', '/not/there'],
      says: 'Check that /not/there is there',
    },
    {
      what: 'a context that the file does not have',
      args: () => ['--kubeconfig', kubeconfig, '--context', 'prod'],
      says: 'has no context prod',
    },
    {
      what: 'a namespace of the cluster itself',
      args: () => ['--kubeconfig', kubeconfig, '-n', 'kube-system'],
      says: 'Choose another one with -n',
    },
    {
      what: 'a file that is no kubeconfig',
      args: () => ['--kubeconfig', '/etc/hostname'],
      says: 'Is it a kubeconfig?',
    },
  ])(
    'refuses $what and says what to do',
    async ({ args, says }) => {
      const refused = await place.run(args());

      expect(refused).toMatchObject({ code: 2, out: '' });
      expect(refused.err).toContain(says);
    },
    startMs,
  );

  it(
    'says that a server cannot be reached',
    async () => {
      const away = join(place.folder, 'kube', 'away');
      writeFileSync(away, kubernetes.kubeconfig('shop').replace(kubernetes.url, 'http://127.0.0.1:1'));

      const refused = await place.run(['--kubeconfig', away]);

      expect(refused).toMatchObject({ code: 1, out: '' });
      expect(refused.err).toContain('cannot be reached: it refuses connections');
    },
    startMs,
  );
});
