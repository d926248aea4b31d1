/** Messages through everything that Slack can do to them: each arrives, once, and shows the last state. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { castOf } from '../scenario/cast.ts';
import { embeddedStores, postedAlerts, sandboxCluster } from '../scenario/embedded.ts';
import { openStage, type Stage, textOf } from '../scenario/stage.ts';
import { eventually } from '../eventually.ts';

const highErrorRate = { alertname: 'HighErrorRate', namespace: 'largeforge', severity: 'critical' };

describe('the outbox', () => {
  let stage: Stage;
  let cast: ReturnType<typeof castOf>;
  beforeAll(async () => {
    stage = await openStage({
      cluster: await sandboxCluster(),
      alerts: postedAlerts(),
      stores: await embeddedStores(),
    });
    cast = castOf(stage);
    await stage.cluster.deployment({ namespace: 'largeforge', name: 'largeforge-inference', replicas: 2 });
  }, 60_000);
  afterAll(() => stage?.close(), 60_000);

  it('loses nothing and says nothing twice through lost replies, failures, silence and rate limits', async () => {
    const keyOf = (args: Record<string, unknown>): string => JSON.stringify(args['metadata'] ?? '');
    const first = (kind: string) => (args: Record<string, unknown>) => keyOf(args).includes(`"${kind}:`);
    const { faults } = stage.slack;
    faults.add({ kind: 'lost-reply', method: 'conversations.create' });
    faults.add({ kind: 'lost-reply', method: 'chat.postMessage', match: first('incident') });
    faults.add({ kind: 'status-500', method: 'chat.postMessage', match: first('posting') });
    faults.add({ kind: 'rate-limited', method: 'chat.postMessage', match: first('step') });
    faults.add({ kind: 'lost-reply', method: 'chat.postMessage', match: first('step') });
    faults.add({ kind: 'lost-reply', method: 'chat.postMessage', match: first('proposal') });
    faults.add({ kind: 'hang', method: 'chat.postMessage', match: first('run') });
    faults.add({ kind: 'lost-reply', method: 'chat.postMessage', match: first('run') });
    for (const kind of ['rate-limited', 'status-500', 'lost-reply', 'error:internal_error'] as const) {
      faults.add({ kind, method: 'chat.update' });
    }
    faults.add({ kind: 'rate-limited', method: 'conversations.history' });
    faults.add({ kind: 'status-500', method: 'conversations.replies' });

    await stage.alerts.fire(highErrorRate);
    const channel = await cast.channel('inc-1-');
    await cast.useStep('U0ALICE', channel, 'kubectl rollout restart deployment/largeforge-inference');
    await cast.approve('U0BOB', channel, await cast.plan(channel, 'restart'));
    await cast.run(channel, 'Verified');
    await stage.alerts.resolve(highErrorRate);
    await cast.run(channel, 'Alert cleared');
    await eventually(
      'everything is published',
      async () => {
        const open = await stage.database
          .selectFrom('message')
          .select('key')
          .where((of) => of.or([of('ts', 'is', null), of('publishedRevision', '<', of.ref('revision'))]))
          .execute();
        return open.length === 0;
      },
      30_000,
    );

    const rows = await stage.database.selectFrom('message').select(['key', 'ts', 'channel']).execute();
    const shown = channel.messages.flatMap(({ ts, metadata }) =>
      metadata ? [{ key: metadata.event_payload['key'], ts, channel: channel.id }] : [],
    );
    const byKey = (a: { key: unknown }, b: { key: unknown }): number => (String(a.key) < String(b.key) ? -1 : 1);
    expect(shown.toSorted(byKey)).toEqual(rows.toSorted(byKey));
    expect(rows.length).toBeGreaterThan(6);
    expect([...stage.slack.workspace.channels.values()].filter(({ name }) => name.startsWith('inc-'))).toHaveLength(1);
    const card = await cast.message(channel, 'the card', cast.isMessageOf('incident'));
    expect(textOf(card)).toContain('0 of 1 firing');
    expect(faults.waiting()).toEqual([]);
  }, 90_000);
});
