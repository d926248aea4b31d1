/**
 * The whole bot on a real cluster: a deployment's pods are deleted one at a time, over a restart of the bot, and a pod
 * that crashes again and again leaves its last lines in the thread before it goes.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPace } from '../../src/adapters/slack/pace.ts';
import { actionIds } from '../../src/adapters/slack/render/action-ids.ts';
import { type App, startApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { type SandboxSlack, startSlack } from '../../src/sandbox/slack/start.ts';
import type { Channel } from '../../src/sandbox/slack/workspace.ts';
import { createRecordingLog } from '../adapters/recording-log.ts';
import type { ServerForCluster } from '../contracts/cluster.ts';
import {
  bodyOf,
  corePath,
  createDeployment,
  readyPods,
  textOf as wordOf,
  type Body,
} from '../contracts/kubernetes-server-subject.ts';
import { eventually } from '../eventually.ts';
import { openAuditLog } from '../scenario/audit-log.ts';
import { castOf } from '../scenario/cast.ts';
import { type RealRedis, realRedis } from '../scenario/real.ts';
import { textOf } from '../scenario/stage.ts';
import { openRealLedger } from './databases.ts';
import { openNamespace } from './kubernetes-api.ts';

const patienceMs = 60_000;
const restartCommand = 'kubectl rollout restart deployment/crashing';
const deleteCommand = 'kubectl delete pods -l app=web';
const runbook = ['# Shop', '', '## Pods hang', '', '```bash', restartCommand, deleteCommand, '```'].join('\n');

describe('pods that end by a plan, on a real cluster', () => {
  let server: ServerForCluster;
  let ledger: Awaited<ReturnType<typeof openRealLedger>>;
  let redis: RealRedis;
  let slack: SandboxSlack;
  let app: App;
  let start: (port: number) => Promise<App>;
  let cast: ReturnType<typeof castOf>;
  let channel: Channel;
  let audit: Awaited<ReturnType<typeof openAuditLog>>;
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-one-by-one-'));
  const log = createRecordingLog();

  beforeAll(async () => {
    const file = process.env['AUDIT_LOG'];
    if (!file) throw new Error('AUDIT_LOG is not set');
    audit = await openAuditLog(file);
    server = await openNamespace('one-by-one');
    await createDeployment(server, 'web', { replicas: 3 });
    await createDeployment(server, 'crashing', { replicas: 1, image: server.images.bad });
    [ledger, redis] = await Promise.all([openRealLedger(), realRedis()]);
    slack = await startSlack({
      rateLimits: 'off',
      channels: [{ id: 'C0POD', name: 'pods', members: ['U0ALICE', 'U0BOB', 'U0CAROL', 'U0BOT'] }],
    });
    writeFileSync(join(folder, 'shop.md'), runbook);
    const kubeconfig = process.env['KUBECONFIG'] ?? '';
    const text = `
clusters: { main: { kubeconfig: ${kubeconfig} } }
services:
  - name: shop
    match: { namespace: ${server.namespace} }
    cluster: main
    namespaces: [${server.namespace}]
    runbooks: [shop.md]
    responders: { slack: [S0RESPOND] }
policy:
  approvers: { slack: [S0SRE] }
`;
    const config = parseConfig(text, join(folder, 'firebreak.yaml'));
    start = (port) =>
      startApp({
        config,
        database: ledger.db,
        redisUrl: redis.url,
        slack: {
          token: slack.botToken,
          signingSecret: slack.signingSecret,
          apiUrl: slack.apiUrl,
          pace: createPace({ timeScale: 50 }),
        },
        host: '127.0.0.1',
        port,
        roles: ['edge', 'worker'],
        log,
        sweepEveryMs: 500,
        queueEventsMax: 50,
        settleMs: 1_000,
      });
    app = await start(0);
    slack.connect(`${app.url}/slack/events`);
    cast = castOf({ slack, complaints: () => log.lines.map((line) => JSON.stringify(line)) });
    channel = await cast.channel('pods');
    await cast.command('U0ALICE', channel, '/runbook', 'Pods');
    await readyPods(server, 'web', 3);
  }, 120_000);

  afterAll(async () => {
    await app?.stop();
    await slack?.stop();
    await redis?.close();
    await ledger?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const podsOf = async (name: string): Promise<readonly Body[]> => {
    const list = bodyOf(await server.send({ path: corePath(server, `pods?labelSelector=app%3D${name}`) }));
    return [...(list['items'] as unknown as Body[])];
  };
  const runs = () => ledger.db.selectFrom('run').select(['id', 'outcome', 'parts']).orderBy('seq').execute();
  const uidOf = (pod: Body): string => wordOf(pod['metadata']?.['uid']);
  const readyAt = (pod: Body): number => {
    const conditions = [...((pod['status']?.['conditions'] ?? []) as unknown as Body[])];
    const found = conditions.find((one) => wordOf(one['type']) === 'Ready' && wordOf(one['status']) === 'True');
    return Date.parse(wordOf(found?.['lastTransitionTime'] ?? ''));
  };

  it('keeps the last lines of a pod that crashes again and again, in the thread, before it goes', async () => {
    await eventually(
      'it crashes again and again',
      async () => JSON.stringify(await podsOf('crashing')).includes('"lastState":{"terminated"'),
      patienceMs,
    );
    await cast.useStep('U0ALICE', channel, restartCommand);
    await cast.approve('U0BOB', channel, await cast.plan(channel, 'Restart'));
    const kept = await cast.message(channel, 'what was kept', (_, found) => cast.isMessageOf('captures')(_, found));

    const pressed = await slack.as('U0BOB').click({ channel: channel.id, ts: kept.ts }, { action: actionIds.capture });
    const modal = JSON.stringify(await cast.form('U0BOB', 'What was kept'));
    const [run] = await runs();
    const [capture] = await ledger.ledger.transaction((tx) => tx.capturesOf(run?.id ?? ''));
    const lastLine = (capture?.pods[0]?.logs[0]?.text ?? 'none').trimEnd().split('\n').at(-1) ?? '';

    expect(pressed.status).toBe(200);
    expect(kept.thread_ts).toBeDefined();
    expect(lastLine.length).toBeGreaterThan(10);
    expect(textOf(kept)).toContain(lastLine.slice(0, 60));
    expect(textOf(kept)).toMatch(/exit 1 \(Error\)/);
    expect(modal).toContain('Events:');
  }, 60_000);

  it('deletes pods one at a time, each when the one before is replaced, and goes on after a restart', async () => {
    const before = (await podsOf('web')).map(uidOf);
    await cast.useStep('U0ALICE', channel, deleteCommand);
    const plan = await cast.plan(channel, 'one at a time');
    for (const user of ['U0BOB', 'U0CAROL']) await cast.approve(user, channel, plan);
    await eventually('the first one goes', async () => ((await runs())[1]?.parts?.length ?? 0) > 0, patienceMs);
    await app.stop();
    const { port } = new URL(app.url);
    const onStop = (await runs())[1];
    app = await start(Number(port));
    await eventually('it is through', async () => (await runs())[1]?.outcome !== null, patienceMs);

    const run = (await runs())[1];
    const attempts = await ledger.ledger.transaction((tx) => tx.attemptsOf(run?.id ?? ''));
    const replacements = (await readyPods(server, 'web', 3))
      .filter((pod) => !before.includes(uidOf(pod)))
      .toSorted((a, b) => readyAt(a) - readyAt(b));
    const writes = (await audit.since()).filter(
      ({ verb, requestURI, user }) =>
        verb === 'delete' &&
        !user.username.startsWith('system:node:') &&
        requestURI.includes(`/${server.namespace}/pods/`) &&
        !requestURI.includes('dryRun'),
    );
    expect(onStop).toMatchObject({ outcome: null, parts: [{ outcome: 'succeeded' }] });
    expect(run).toMatchObject({ outcome: 'succeeded' });
    expect(attempts.map(({ part }) => part)).toEqual([0, 1, 2]);
    // The second and the third delete were sent when the replacement before was ready; kubelets write whole seconds.
    const readyTimes = replacements.map(readyAt);
    expect(
      attempts.slice(1).every(({ startedAt }, index) => startedAt.getTime() >= (readyTimes[index] ?? Infinity)),
    ).toBe(true);
    expect(writes.map(({ auditID }) => auditID).toSorted()).toEqual(attempts.map(({ auditId }) => auditId).toSorted());
    expect(await ledger.ledger.transaction((tx) => tx.capturesOf(run?.id ?? ''))).toHaveLength(3);
  }, 90_000);
});
