/** What the demo's page says of its faults in Slack, and words in a title that fail on purpose, on the whole product. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPace } from '../../../src/adapters/slack/pace.ts';
import { createFaultControl } from '../../../src/sandbox/demo/faults.ts';
import { type SandboxSlack, startSlack } from '../../../src/sandbox/slack/start.ts';
import type { Channel, Message } from '../../../src/sandbox/slack/workspace.ts';
import { eventually } from '../../eventually.ts';
import { embeddedStores, postedAlerts, sandboxCluster } from '../../scenario/embedded.ts';
import { openStage, type Stage } from '../../scenario/stage.ts';

const timeScale = 20;

describe('in Slack, on the whole product', () => {
  let stage: Stage;
  let slack: SandboxSlack;
  beforeAll(async () => {
    slack = await startSlack({ timeScale, sentinels: true });
    const { botToken: token, signingSecret, apiUrl } = slack;
    stage = await openStage({
      cluster: await sandboxCluster(),
      alerts: postedAlerts(),
      stores: await embeddedStores(),
      options: { slack: { token, signingSecret, apiUrl, pace: createPace({ timeScale }) } },
    });
    slack.connect(`${stage.app.url}/slack/events`);
  }, 60_000);
  afterAll(async () => {
    await stage?.close();
    await slack?.stop();
  }, 60_000);

  const channelNamed = (name: RegExp) =>
    eventually(
      `there is a channel ${name}`,
      () => [...slack.workspace.channels.values()].find((one) => name.test(one.name)),
      30_000,
    );
  const posted = (channel: Channel) =>
    eventually(
      'the runbook is posted',
      () => channel.messages.some((one) => keyOf(one)?.startsWith('posting:')),
      30_000,
    );
  /** Each message of the ledger is in the channel, once. */
  async function expectEachOnce(channel: Channel): Promise<void> {
    const keys = channel.messages.map(keyOf);
    expect(keys.length).toBeGreaterThan(1);
    expect(new Set(keys).size).toBe(keys.length);
    const known = await stage.database.selectFrom('message').select('key').where('channel', '=', channel.id).execute();
    expect(new Set(keys)).toEqual(new Set(known.map(({ key }) => key)));
  }

  it('what the page says of each fault comes true for all of them together', async () => {
    const faults = createFaultControl({ slack });
    for (const { id } of faults.look()) faults.arm(id);
    const alert = { alertname: 'HighErrorRate', namespace: 'largeforge', severity: 'critical' };

    await stage.alerts.fire(alert);
    const channel = await channelNamed(/^inc-1-.*-2$/);
    await posted(channel);
    await stage.alerts.resolve(alert);
    await eventually('every fault has struck', () => faults.look().every(({ armed }) => !armed), 30_000);
    await eventually('everything is published', () => isPublished(stage), 30_000);

    const taken = [...slack.workspace.channels.values()].find(({ name }) => `${name}-2` === channel.name);
    expect(taken).toMatchObject({ creator: 'U0ALICE', messages: [] });
    await expectEachOnce(channel);
    expect(faults.look().map(({ id, struck }) => [id, struck])).toEqual([
      ['slack-rate-limited', 3],
      ['slack-lost-reply', 1],
      ['slack-timeout', 1],
      ['slack-500', 1],
      ['slack-name-taken', 1],
    ]);
  }, 120_000);

  it('words in a title fail on purpose, and the incident gets through all the same', async () => {
    const known = slack.requests.length;
    // An alert's name is its incident's title.
    const alertname = 'sentinel-name-taken sentinel-lost-reply sentinel-rate-limit sentinel-500';

    await stage.alerts.fire({ alertname, namespace: 'hdc', severity: 'critical' });
    const channel = await channelNamed(/^inc-2-sentinel-.*-2$/);
    await eventually(
      'its card is posted',
      () => channel.messages.some((one) => keyOf(one)?.startsWith('incident:')),
      30_000,
    );
    await eventually('everything is published', () => isPublished(stage), 30_000);

    const answered = slack.requests.slice(known).map((one) => one.answered);
    expect(answered).toEqual(expect.arrayContaining(['name_taken', 'lost', 'ratelimited', 'status-500']));
    await expectEachOnce(channel);
  }, 120_000);
});

const keyOf = ({ metadata }: Message): string | undefined => metadata && String(metadata.event_payload['key']);

async function isPublished(stage: Stage): Promise<boolean> {
  const open = await stage.database
    .selectFrom('message')
    .select('key')
    .where((of) => of.or([of('ts', 'is', null), of('publishedRevision', '<', of.ref('revision'))]))
    .execute();
  return open.length === 0;
}
