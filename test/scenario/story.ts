/**
 * The whole product in one story, told on stand-ins and on the real things alike: an alert becomes a channel, a runbook
 * and a diagnosis; a change becomes a plan, an approval, an effect that is verified, and its undo.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { sealJournal } from '../../src/adapters/postgres/journal.ts';
import { verifyJournal } from '../../src/adapters/postgres/verify-journal.ts';
import { eventually } from '../eventually.ts';
import { castOf } from './cast.ts';
import { type Stage, textOf } from './stage.ts';

const highErrorRate = { alertname: 'HighErrorRate', namespace: 'largeforge', severity: 'critical' };
const memoryTrouble = { alertname: 'HighMemoryUsage', namespace: 'gaudi3-scale', deployment: 'gaudi3-scale-api' };
const gpuTrouble = { alertname: 'GpuWorkersFailing', namespace: 'hdc', severity: 'warning' };

export function tellsTheStory(name: string, open: () => Promise<Stage>): void {
  describe(`the main job on ${name}`, () => {
    let stage: Stage;
    let cast: ReturnType<typeof castOf>;

    beforeAll(async () => {
      stage = await open();
      cast = castOf(stage);
      await stage.cluster.deployment({ namespace: 'largeforge', name: 'largeforge-inference', replicas: 2 });
      await stage.cluster.deployment({
        namespace: 'hdc',
        name: 'hdc-gpu',
        replicas: 2,
        env: { HDC_GPU_BATCH_SIZE: '100' },
      });
      await stage.cluster.deployment({ namespace: 'hdc', name: 'hdc-toolkit-blue', replicas: 2 });
      await stage.cluster.deployment({ namespace: 'gaudi3-scale', name: 'gaudi3-scale-api', replicas: 1 });
      await stage.cluster.deployment({ namespace: 'gaudi3-scale', name: 'gaudi3-scale-trainer', replicas: 1 });
    }, 120_000);

    afterAll(async () => {
      await stage?.close();
    }, 60_000);

    it('opens one channel with a pinned card, people, the matching runbook and its diagnosis', async () => {
      await stage.alerts.fire(highErrorRate, { summary: 'errors <!channel> & <https://evil.example|click>' });

      const channel = await cast.channel('inc-1-');
      const card = await cast.message(channel, 'the incident card', cast.isMessageOf('incident'));
      const runbook = await cast.message(channel, 'the runbook card', cast.isMessageOf('posting'));
      await cast.message(
        channel,
        'the answer of a read',
        (text, message) => cast.isMessageOf('step')(text, message) && text.includes('grep -i error'),
      );

      expect(textOf(card)).toContain('HighErrorRate');
      expect(textOf(runbook)).toContain('INC-002');
      await eventually('the card is pinned', () => channel.pins.some(({ ts }) => ts === card.ts), 60_000);
      await eventually(
        'responders are invited',
        () => ['U0ALICE', 'U0BOB', 'U0CAROL'].every((user) => channel.members.has(user)),
        60_000,
      );
      await eventually('the topic is set', () => channel.topic.includes('HighErrorRate'), 60_000);
    }, 120_000);

    it('plans, approves, applies and verifies a restart, and tells when the alert has cleared', async () => {
      const channel = await cast.channel('inc-1-');
      const before = await stage.cluster.state('largeforge', 'largeforge-inference');

      await cast.useStep('U0ALICE', channel, 'kubectl rollout restart deployment/largeforge-inference');
      const plan = await cast.plan(channel, 'restart');
      await cast.approve('U0BOB', channel, plan);
      const run = await cast.run(channel, 'Verified');

      const after = await stage.cluster.state('largeforge', 'largeforge-inference');
      expect(textOf(plan)).toMatch(/Cannot be undone/i);
      expect(after.restartedAt).not.toBe(before.restartedAt);
      await stage.alerts.resolve(highErrorRate);
      await cast.run(channel, 'Alert cleared');
      const offer = await cast.message(channel, 'the offer to resolve', cast.isMessageOf('offer'));
      await cast.resolve('U0BOB', channel, offer);
      await cast.message(
        channel,
        'the card says resolved',
        (text, message) => cast.isMessageOf('incident')(text, message) && /resolved/i.test(text),
      );
      expect(run.thread_ts).toBeDefined();
    }, 180_000);

    it('posts a procedure by its alias, changes an environment variable, and undoes it', async () => {
      await stage.alerts.fire(gpuTrouble);
      const channel = await cast.channel('inc-2-');
      await cast.message(channel, 'word that no runbook matches', (text) => text.includes('No runbook answers'));

      await cast.command('U0ALICE', channel, '/runbook', 'gpu-oom');
      await cast.useStep('U0ALICE', channel, 'HDC_GPU_BATCH_SIZE=50');
      const plan = await cast.plan(channel, 'HDC_GPU_BATCH_SIZE');
      await cast.approve('U0BOB', channel, plan);
      const run = await cast.run(channel, 'Verified');
      const changed = await stage.cluster.state('hdc', 'hdc-gpu');

      await cast.undo('U0ALICE', channel, run);
      const undo = await cast.plan(channel, 'Undo');
      await cast.approve('U0BOB', channel, undo);
      await eventually(
        'the old value is back',
        async () => (await stage.cluster.state('hdc', 'hdc-gpu')).env['HDC_GPU_BATCH_SIZE'] === '100',
        60_000,
      );
      expect(textOf(plan)).toMatch(/100.*→.*50/s);
      expect(changed.env['HDC_GPU_BATCH_SIZE']).toBe('50');
    }, 240_000);

    it('asks for what a runbook leaves open, filled in from the alert and with live names to choose from', async () => {
      await stage.alerts.fire(memoryTrouble);
      const channel = await cast.channel('inc-3-');

      await cast.useStep('U0ALICE', channel, 'kubectl rollout restart deployment/<deployment-name> -n gaudi3-scale');
      const form = await cast.form('U0ALICE', 'gaudi3-scale-api');
      const shown = JSON.stringify(form);
      const { errors } = await cast.submit('U0ALICE', form, {});
      const plan = await cast.plan(channel, 'gaudi3-scale-api');
      await cast.approve('U0BOB', channel, plan);
      await cast.run(channel, 'Verified');

      expect(shown).toContain('label deployment');
      expect(shown).toContain('gaudi3-scale-trainer');
      expect(errors ?? {}).toEqual({});
      expect((await stage.cluster.state('gaudi3-scale', 'gaudi3-scale-api')).restartedAt).toBeDefined();
      expect((await stage.cluster.state('gaudi3-scale', 'gaudi3-scale-trainer')).restartedAt).toBeUndefined();
    }, 180_000);

    it('lets two people, one of them an approver, scale to zero, and nobody else', async () => {
      const channel = await cast.channel('inc-2-');
      await cast.command('U0ALICE', channel, '/runbook', 'blue-green');
      await cast.useStep('U0ALICE', channel, 'hdc-toolkit-blue --replicas=0');
      const plan = await cast.plan(channel, 'replicas');
      const asItWas = structuredClone(plan.blocks ?? []);

      await cast.approve('U0ALICE', channel, plan);
      await cast.message(channel, 'the requester’s vote not counting', (text) => text.includes('did not count'));
      await cast.approve('U0BOB', channel, plan);
      await cast.message(
        channel,
        'the first vote',
        (text, { ts }) => ts === plan.ts && text.includes('<@U0BOB>') && !text.includes('being checked'),
      );
      expect((await stage.cluster.state('hdc', 'hdc-toolkit-blue')).replicas).toBe(2);

      await cast.approve('U0CAROL', channel, plan);
      await eventually(
        'it is scaled down',
        async () => (await stage.cluster.state('hdc', 'hdc-toolkit-blue')).replicas === 0,
        60_000,
      );
      const stale = await stage.slack
        .as('U0BOB')
        .clickStale({ channel: channel.id, ts: plan.ts }, 'firebreak.plan.deny', asItWas);
      expect(stale.status).toBe(200);
      await cast.told('U0BOB', channel, 'already approved');
    }, 240_000);

    it('has one recorded attempt for each write in the audit log, and an unbroken journal', async () => {
      await eventually(
        'every run has ended',
        async () => {
          const open = await sql<{
            n: number;
          }>`select count(*)::int as n from run where outcome is null or verification = 'watching'`.execute(
            stage.database,
          );
          return open.rows[0]?.n === 0;
        },
        120_000,
      );

      const writes = await stage.cluster.writes();
      const attempts = await sql<{ auditId: string }>`select audit_id from attempt`.execute(stage.database);
      expect(writes.map(({ auditId }) => auditId).toSorted()).toEqual(
        attempts.rows.map(({ auditId }) => auditId).toSorted(),
      );
      expect(writes).toHaveLength(5);
      await sealJournal(stage.database);
      expect(await verifyJournal(stage.database)).toMatchObject({ ok: true, unsealed: 0 });
    }, 180_000);

    it('complained about nothing', () => {
      expect(stage.complaints().filter((line) => line.includes('"error"'))).toEqual([]);
    });
  });
}
