/** The whole app over Socket Mode alone: what people do arrives once, and what could not arrive is said. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { actionIds } from '../../src/adapters/slack/render/action-ids.ts';
import type { Channel, Message } from '../../src/sandbox/slack/workspace.ts';
import { eventually } from '../eventually.ts';
import { castOf } from '../scenario/cast.ts';
import { embeddedStores, postedAlerts, sandboxCluster } from '../scenario/embedded.ts';
import { openStage, type Stage, textOf } from '../scenario/stage.ts';

describe('Slack over Socket Mode', () => {
  let stage: Stage;
  let cast: ReturnType<typeof castOf>;
  let channel: Channel;
  beforeAll(async () => {
    stage = await openStage({
      cluster: await sandboxCluster(),
      alerts: postedAlerts(),
      stores: await embeddedStores(),
      over: 'socket',
    });
    cast = castOf(stage);
    await stage.cluster.deployment({ namespace: 'largeforge', name: 'largeforge-inference', replicas: 2 });
    await stage.cluster.deployment({ namespace: 'gaudi3-scale', name: 'gaudi3-scale-api', replicas: 1 });
    await stage.alerts.fire({ alertname: 'HighErrorRate', namespace: 'largeforge', severity: 'critical' });
    channel = await cast.channel('inc-1-');
  }, 60_000);
  afterAll(() => stage?.close(), 60_000);

  const deliveries = async (source = 'slack') =>
    await stage.database.selectFrom('delivery').select(['key', 'summary']).where('source', '=', source).execute();
  const ready = () => fetch(`${stage.app.url}/readyz`);
  const metrics = async () => (await fetch(`${stage.app.url}/metrics`)).text();

  it('needs no request URL: there is none', async () => {
    const answer = await fetch(`${stage.app.url}/slack/events`, { method: 'POST', body: '{}' });

    expect(answer.status).toBe(404);
    expect((await ready()).status).toBe(200);
    expect(await metrics()).toContain('firebreak_slack_sockets 2');
  });

  it('plans, approves, applies and verifies a change', async () => {
    const before = await stage.cluster.state('largeforge', 'largeforge-inference');

    await cast.useStep('U0ALICE', channel, 'kubectl rollout restart deployment/largeforge-inference');
    const plan = await cast.plan(channel, 'restart');
    const approved = await stage.slack.as('U0BOB').click({ channel: channel.id, ts: plan.ts }, actionIds.approve);
    await cast.run(channel, 'Verified');

    const after = await stage.cluster.state('largeforge', 'largeforge-inference');
    expect(after.restartedAt).not.toBe(before.restartedAt);
    expect(approved.sent.headers).toEqual({});
    expect(await stage.cluster.writes()).toHaveLength(1);
    const envelope: unknown = JSON.parse(approved.sent.body);
    expect((await deliveries()).map(({ key }) => key)).toContain((envelope as { envelope_id: string }).envelope_id);
  }, 60_000);

  it('does once what comes twice, also on the other socket', async () => {
    await cast.useStep('U0ALICE', channel, 'kubectl rollout restart deployment/largeforge-inference');
    const plan = await cast.plan(channel, 'restart');
    const before = { writes: (await stage.cluster.writes()).length, deliveries: (await deliveries()).length };

    const answer = await stage.slack
      .as('U0BOB')
      .click({ channel: channel.id, ts: plan.ts }, actionIds.approve, { duplicate: 3 });
    await stage.slack.replay(answer);

    expect([answer, ...answer.duplicates].map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    await eventually('the change was made', async () => (await stage.cluster.writes()).length > before.writes);
    expect(await deliveries()).toHaveLength(before.deliveries + 1);
    expect(await stage.cluster.writes()).toHaveLength(before.writes + 1);
  }, 60_000);

  it('answers a form with its errors, then takes it', async () => {
    await stage.alerts.fire({
      alertname: 'HighMemoryUsage',
      namespace: 'gaudi3-scale',
      deployment: 'gaudi3-scale-api',
    });
    const other = await cast.channel('inc-2-');
    await cast.useStep('U0ALICE', other, 'kubectl rollout restart deployment/<deployment-name> -n gaudi3-scale');
    const form = await cast.form('U0ALICE', 'gaudi3-scale-api');
    const typed = /"(type[^"]*deployment-name)"/.exec(JSON.stringify(form))?.[1];

    const refused = await cast.submit('U0ALICE', form, { [typed ?? 'no field to type in']: 'Not a Name!' });
    const taken = await cast.submit('U0ALICE', form, { [typed ?? '']: 'gaudi3-scale-api' });

    expect(Object.values(refused.errors).join()).not.toBe('');
    expect([taken.status, taken.errors, taken.trouble]).toEqual([200, {}, undefined]);
    await cast.plan(other, 'gaudi3-scale-api');
  }, 60_000);

  it('records an event, and answers a command to the person alone', async () => {
    await stage.slack.sendEvent({ type: 'team_join', user: 'U0BOB' }, { eventId: 'EvSOCKET' });
    const said = await stage.slack.as('U0ALICE').command('/incident', 'help', channel.id);

    expect((await deliveries()).map(({ key }) => key)).toContain('EvSOCKET');
    expect(JSON.parse(said.body)).toMatchObject({ response_type: 'ephemeral' });
  });

  it('says in the channel what it did not hear, records what was written, and acts on none of it', async () => {
    const from = Date.now() - 3 * 60_000;
    const writes = (await stage.cluster.writes()).length;
    await cast.useStep('U0ALICE', channel, 'kubectl rollout restart deployment/largeforge-inference');
    const plan = await cast.plan(channel, 'restart');
    for (let time = 0; time < 4; time++) {
      stage.slack.faults.add({ kind: 'status-500', method: 'apps.connections.open' });
    }
    stage.slack.sockets.cut();
    await eventually('nobody listens', async () => (await metrics()).includes('firebreak_slack_sockets 0'));
    const readyWhileDeaf = await ready();
    // What the ledger would know after three minutes.
    await stage.ledger.transaction((tx) => tx.putSourceCheck('slack-socket', { checkedAt: new Date(from) }));

    const lost = await stage.slack.as('U0BOB').click({ channel: channel.id, ts: plan.ts }, actionIds.approve);
    const bob = stage.slack.as('U0BOB');
    const wanted = await bob.say(channel.id, '/runbook INC-002');
    const other = await bob.say(channel.id, 'why does nothing happen?');
    const notice = await cast.message(channel, 'the notice', (text) => text.includes('was not listening'));

    expect(lost.failure).toBe('connection_failed');
    // The webhooks of the others must come in all the same.
    expect(readyWhileDeaf.status).toBe(200);
    expect(textOf(notice)).toContain(new Date(from).toISOString().slice(11, 19));
    expect(textOf(notice)).toMatch(/press or send them again/);
    expect(textOf(notice)).toContain('One message of that time, meant for Firebreak');
    expect(await deliveries('slack-history')).toMatchObject(
      [[wanted, 'command'] as const, [other, 'message'] as const].map(([{ ts }, kind]: readonly [Message, string]) => ({
        key: `${channel.id}:${ts}`,
        summary: { kind, user: 'U0BOB', channel: channel.id },
      })),
    );
    expect(await stage.cluster.writes()).toHaveLength(writes);

    const pressedAgain = await stage.slack.as('U0BOB').click({ channel: channel.id, ts: plan.ts }, actionIds.approve);
    await eventually('now it happens', async () => (await stage.cluster.writes()).length === writes + 1);
    expect(pressedAgain.status).toBe(200);
  }, 90_000);

  it('says nothing of a break in which nothing was lost', async () => {
    const notices = () => channel.messages.filter((message) => textOf(message).includes('was not listening')).length;
    const before = notices();

    stage.slack.sockets.cut();
    await eventually('both are back', () => stage.slack.sockets.open() === 2);
    await stage.restart();
    const said = await stage.slack.as('U0ALICE').command('/incident', 'help', channel.id);

    expect(said.status).toBe(200);
    expect(notices()).toBe(before);
    const work = stage.database.selectFrom('work').select('id').where('kind', '=', 'reconcile-chat');
    expect(await work.where('doneAt', 'is', null).execute()).toEqual([]);
  }, 60_000);
});
