/** The command around the page: how soon it is there, that nothing is left of it, and the same page on a real cluster. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ServerForCluster } from '../../contracts/cluster.ts';
import { connectKubernetes, openNamespace } from '../kubernetes-api.ts';
import { type Browser, type Demo, picture, startBrowser, startDemo } from './browser.ts';
import { createVisitor } from './person.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser?.close());

describe('Ctrl-C', () => {
  let temporary: string;
  beforeEach(() => {
    temporary = mkdtempSync(join(tmpdir(), 'firebreak-demo-'));
  });
  afterEach(async () => {
    await browser.closePages();
    rmSync(temporary, { recursive: true, force: true });
  });

  it('ends the demo in the middle of an incident, says so on the page, and leaves no file', async () => {
    // Node's own cache of compiled sources, which the command asks for, would be in the folder too.
    const demo = await startDemo([], { TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: '1' });
    const page = await browser.open(demo.url);
    const visitor = createVisitor(page);
    await visitor.starts('gaudi-hpu');
    process.stdout.write(`firebreak demo: its address after ${(demo.readyMs / 1_000).toFixed(1)} s\n`);

    const code = await demo.stop();

    expect([0, 130]).toContain(code);
    expect(readdirSync(temporary)).toEqual([]);
    await page.getByText('demo has stopped').waitFor();
    expect(demo.said()).not.toContain('complains');
  });
});

describe('firebreak demo --kubeconfig', () => {
  let server: ServerForCluster;
  let demo: Demo;
  let earlier: number;
  const path = (): string => `/apis/apps/v1/namespaces/${server.namespace}/deployments`;
  beforeAll(async () => {
    const { kubeconfig, close } = await connectKubernetes();
    await close();
    server = await openNamespace('demo-page');
    const made = await server.send({
      method: 'POST',
      path: path(),
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(deployment(server.images.good)),
    });
    expect(made.status).toBe(201);
    demo = await startDemo(['--kubeconfig', kubeconfig, '-n', server.namespace]);
  });
  beforeEach(() => {
    // The page of the demo that was ended complained that it is gone.
    earlier = browser.faults.length;
  });
  afterAll(async () => {
    await demo?.stop();
    await server?.close();
  });
  afterEach(async () => {
    await browser.closePages();
    expect(browser.faults.slice(earlier)).toEqual([]);
  });

  it('says that the cluster is real, and really does there what was approved on the page', async () => {
    const page = await browser.open(demo.url);
    const visitor = createVisitor(page);
    await page.getByRole('banner').getByText('Real cluster').waitFor();
    await visitor.seesInCluster({ within: `[data-workload="${server.namespace}/web"]`, says: /2\/2 ready/ });

    await visitor.becomes('Alice');
    await visitor.starts('web');
    await visitor.plans('kubectl scale deployment/', { replicas: '3' });
    await visitor.opensThread('kubectl scale deployment/');
    await visitor.reads('Waiting for approval');
    expect(await replicas()).toBe(2);
    await visitor.approves('Bob');
    await visitor.reads(/Applied ·/);

    await visitor.seesInCluster({ within: `[data-workload="${server.namespace}/web"]`, says: /3\/3 ready/ });
    expect(await replicas()).toBe(3);
    await picture(page, 'real-cluster');
  });

  it('clears its test alert, and nothing else, when it is put back', async () => {
    const page = await browser.open(demo.url);
    const visitor = createVisitor(page);

    await visitor.resets('web');

    await visitor.waitsFor('web', 'cleared');
    expect(await replicas()).toBe(3);
  });

  async function replicas(): Promise<unknown> {
    const { text } = await server.send({ path: `${path()}/web` });
    // A Deployment, by the API's own schema.
    return (JSON.parse(text) as { spec: { replicas: number } }).spec.replicas;
  }
});

function deployment(image: string): object {
  const labels = { app: 'web' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', labels },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image }] } },
    },
  };
}
