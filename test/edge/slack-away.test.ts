/** The whole app that starts while Slack is away: others are heard, and what needs Slack follows when it answers. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../eventually.ts';
import { castOf } from '../scenario/cast.ts';
import { embeddedStores, postedAlerts, sandboxCluster } from '../scenario/embedded.ts';
import { openStage, type Stage } from '../scenario/stage.ts';

describe('a start', () => {
  let stage: Stage;
  let cast: ReturnType<typeof castOf>;
  beforeAll(async () => {
    stage = await openStage({
      cluster: await sandboxCluster(),
      alerts: postedAlerts(),
      stores: await embeddedStores(),
    });
    cast = castOf(stage);
  }, 60_000);
  afterAll(() => stage?.close(), 60_000);

  it('while Slack is away takes alerts, is ready, answers Slack 503, and does what waited when Slack answers', async () => {
    // Asked at the start, 1 s and 3 s later; the answer comes 7 s later.
    for (let time = 0; time < 3; time++) stage.slack.faults.add({ kind: 'status-500', method: 'auth.test' });
    const earlier = stage.slack.requests.length;
    await stage.restart();

    await stage.alerts.fire({ alertname: 'HighErrorRate', namespace: 'largeforge', severity: 'critical' });
    const ready = await fetch(`${stage.app.url}/readyz`);
    const command = await stage.slack.as('U0ALICE').command('/incident', 'status', 'C0GENERAL');
    const incidents = await stage.database.selectFrom('incident').select('channel').execute();
    const askedMeanwhile = stage.slack.requests.slice(earlier).map(({ method }) => method);
    await cast.channel('inc-1-');
    // Whoever got no answer within Slack's 3 s types it again.
    const later = await eventually('the command is answered', async () => {
      const { status } = await stage.slack.as('U0ALICE').command('/incident', 'status', 'C0GENERAL');
      return status === 200 && status;
    });

    expect(ready.status).toBe(200);
    expect([command.status, command.body]).toEqual([503, expect.stringContaining('Slack')]);
    expect(incidents).toEqual([{ channel: null }]);
    expect(new Set(askedMeanwhile)).toEqual(new Set(['auth.test']));
    expect(later).toBe(200);
  }, 60_000);

  it('over HTTP forgets since when no socket was open, and sources that firebreak.yaml has no more', async () => {
    const names = ['slack-socket', 'alertmanager:http://removed.example', 'pagerduty'];
    await stage.ledger.transaction(async (tx) => {
      for (const name of names) await tx.putSourceCheck(name, { checkedAt: new Date(0) });
    });

    await stage.restart();

    expect(await stage.ledger.transaction((tx) => tx.sourceChecks())).toEqual([]);
  }, 60_000);
});
