/** Trouble switched on in the demo's page: that it strikes once, and that what the page says about it is true. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createFaultControl } from '../../../src/sandbox/demo/faults.ts';
import type { FaultControl } from '../../../src/sandbox/demo/host.ts';
import { type SandboxKubernetes, startKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { type SandboxPagerDuty, startPagerDuty } from '../../../src/sandbox/pagerduty/start.ts';
import { createFaults } from '../../../src/sandbox/slack/faults.ts';
import { type SandboxSlack, startSlack } from '../../../src/sandbox/slack/start.ts';
import { addChannel } from '../../../src/sandbox/slack/workspace.ts';
import { eventually } from '../../eventually.ts';
import { type Desk, openDesk } from '../../flow/desk.ts';
import { patchJson, webPath, withWeb } from '../kubernetes/sandbox.ts';
import { call as callPagerDuty } from '../pagerduty/call.ts';
import { call } from '../slack/call.ts';

const lookOf = (faults: FaultControl, id: string) => faults.look().find((one) => one.id === id);

describe('a fault of the page', () => {
  let slack: SandboxSlack;
  let kubernetes: SandboxKubernetes;
  let pagerduty: SandboxPagerDuty;
  let restarts: number;
  let faults: FaultControl;
  beforeEach(async () => {
    slack = await startSlack({ rateLimits: 'off' });
    addChannel(slack.workspace, { id: 'C0OURS', name: 'ours', creator: 'U0BOT', members: ['U0BOT'] });
    kubernetes = await startKubernetes({ clock: 'manual' });
    await withWeb(kubernetes);
    pagerduty = await startPagerDuty();
    restarts = 0;
    faults = createFaultControl({ slack, kubernetes, pagerduty, restart: () => (restarts += 1) });
  });
  afterEach(async () => {
    await Promise.all([slack.stop(), kubernetes.stop(), pagerduty.stop()]);
  });

  const post = () => call(slack, 'chat.postMessage', { channel: 'C0OURS', text: 'x' });
  const write = (query = '') =>
    patchJson(kubernetes, webPath + query, [{ op: 'replace', path: '/spec/replicas', value: 4 }]);

  it('strikes as often as it says, counts, and is off again', async () => {
    let changes = 0;
    faults.onChange(() => (changes += 1));
    faults.arm('slack-rate-limited');
    const armed = lookOf(faults, 'slack-rate-limited');

    const first = await post();
    const between = lookOf(faults, 'slack-rate-limited');
    const others = [(await post()).status, (await post()).status, (await post()).status];

    expect(armed).toMatchObject({ armed: true, struck: 0 });
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '2']);
    expect(between).toMatchObject({ armed: true, struck: 1 });
    expect(others).toEqual([429, 429, 200]);
    expect(lookOf(faults, 'slack-rate-limited')).toMatchObject({ armed: false, struck: 3 });
    expect(changes).toBe(4);
  });

  it('strikes any write, and not a question about rights, which is a POST too', async () => {
    const postTo = (path: string) =>
      fetch(`${kubernetes.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } }),
      }).then(({ status }) => status);
    faults.arm('kubernetes-409');

    const question = await postTo('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews');
    const waits = lookOf(faults, 'kubernetes-409');
    const eviction = await postTo('/api/v1/namespaces/shop/pods/web-1/eviction');

    expect(question).toBe(201);
    expect(waits).toMatchObject({ armed: true, struck: 0 });
    expect(eviction).toBe(409);
  });

  it('is taken back before it strikes, and again after one of several', async () => {
    faults.arm('kubernetes-409');
    faults.disarm('kubernetes-409');
    faults.arm('slack-rate-limited');
    await post();
    faults.disarm('slack-rate-limited');

    expect([(await write()).status, (await post()).status]).toEqual([200, 200]);
    expect(faults.look().some((one) => one.armed)).toBe(false);
    expect(slack.faults.waiting()).toEqual([]);
  });

  it('is armed once, however often the button is pressed', async () => {
    faults.arm('kubernetes-503');
    faults.arm('kubernetes-503');

    expect([(await write()).status, (await write()).status]).toEqual([503, 200]);
  });

  it('lets reads and dry runs pass, when it waits for a write', async () => {
    faults.arm('kubernetes-422');

    const read = await fetch(kubernetes.url + webPath);

    expect([read.status, (await write('?dryRun=All')).status, (await write()).status]).toEqual([200, 200, 422]);
  });

  it('of the dry run lets writes pass', async () => {
    faults.arm('kubernetes-dry-run-403');

    expect([(await write()).status, (await write('?dryRun=All')).status]).toEqual([200, 403]);
  });

  it('of PagerDuty strikes a change of a page', async () => {
    const { id } = pagerduty.trigger();
    faults.arm('pagerduty-rate-limited');
    const resolve = () =>
      callPagerDuty(pagerduty, 'PUT', `/incidents/${id}`, {
        body: { incident: { type: 'incident', status: 'resolved' } },
      });

    const limited = await resolve();

    expect(limited).toMatchObject({ status: 429, body: { error: { code: 2020 } } });
    expect((await resolve()).status).toBe(200);
    expect(lookOf(faults, 'pagerduty-rate-limited')).toMatchObject({ armed: false, struck: 1 });
  });

  it('ends Firebreak when its write is done and not answered', async () => {
    faults.arm('firebreak-restart');

    const hung = write().catch((error: unknown) => String(error));
    await kubernetesWrote(kubernetes);

    expect(restarts).toBe(1);
    await kubernetes.stop();
    expect(await hung).toContain('fetch failed');
  });

  it('that is not there is refused', () => {
    expect(() => faults.arm('moon-phase')).toThrow('no fault moon-phase');
  });

  it('is not offered for what is not there', () => {
    const real = createFaultControl({ slack });

    expect(new Set(real.look().map(({ system }) => system))).toEqual(new Set(['Slack']));
    expect(new Set(faults.look().map(({ id }) => id)).size).toBe(faults.look().length);
  });

  it('ends Firebreak at a post, when the cluster is a real one', async () => {
    const real = createFaultControl({ slack, restart: () => (restarts += 1) });
    real.arm('firebreak-restart');

    await expect(post()).rejects.toThrow('fetch failed');

    expect(restarts).toBe(1);
  });
});

describe('what the page says of a fault in the cluster', () => {
  let desk: Desk;
  let faults: FaultControl;
  beforeAll(async () => {
    desk = await openDesk();
  });
  beforeEach(async () => {
    await desk.reset();
    faults = createFaultControl({ slack: { faults: createFaults() }, kubernetes: desk.kubernetes });
  });
  afterAll(() => desk.close());

  const carriedOut = async (id: string, command = 'set env deployment/web BATCH=50') => {
    const plan = await desk.plan(command);
    await desk.vote('U0BOB', plan);
    await desk.work('decide-plan');
    faults.arm(id);
    await desk.work('apply-plan');
    const run = await desk.ledger.transaction((tx) => tx.runOfPlan(plan.id));
    const attempts = await desk.attemptsOf(plan);
    return { outcome: run?.outcome, differences: run?.differences, attempts: attempts.length, batch: desk.web().batch };
  };

  it.each([
    ['kubernetes-409', { outcome: 'refused', attempts: 1, batch: '100' }],
    ['kubernetes-422', { outcome: 'refused', attempts: 1, batch: '100' }],
    ['kubernetes-429', { outcome: 'succeeded', attempts: 2, batch: '50' }],
    ['kubernetes-503', { outcome: 'succeeded', attempts: 2, batch: '50' }],
    ['kubernetes-lost-reply', { outcome: 'succeeded', attempts: 1, batch: '50' }],
    ['kubernetes-reset', { outcome: 'succeeded', attempts: 2, batch: '50' }],
  ])('%s comes true', async (id, expected) => {
    expect(await carriedOut(id)).toMatchObject({ ...expected, differences: [] });
    expect(lookOf(faults, id)).toMatchObject({ armed: false, struck: 1 });
  });

  it('kubernetes-timeout comes true', async () => {
    expect(await carriedOut('kubernetes-timeout')).toMatchObject({ outcome: 'succeeded', attempts: 1, batch: '50' });
  }, 30_000);

  it.each([
    ['set env deployment/web BATCH=50', 'BATCH'],
    ['deployment/web --replicas=5', 'replicas is 3, not 5'],
    ['set image deployment/web web=workload:v2', 'workload:v1'],
  ])('kubernetes-webhook comes true for %s', async (command, difference) => {
    const { outcome, differences } = await carriedOut('kubernetes-webhook', command);

    expect(outcome).toBe('succeeded');
    expect(differences).toEqual([expect.stringContaining(difference)]);
  });

  it('kubernetes-dry-run-403 comes true', async () => {
    faults.arm('kubernetes-dry-run-403');

    await desk.ask('U0ALICE', 'set env deployment/web BATCH=50');
    await desk.work('propose-plan');

    const { state, reason } = await desk.db
      .selectFrom('proposal')
      .select(['state', 'reason'])
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow();
    expect([state, reason]).toEqual(['refused', expect.stringContaining('The cluster would not take this change')]);
    expect(desk.web().batch).toBe('100');
  });
});

async function kubernetesWrote({ world }: SandboxKubernetes): Promise<void> {
  await eventually('the write is done', () => world.get('deployments', 'shop', 'web')?.spec.replicas === 4);
}
