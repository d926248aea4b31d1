/** One page through the whole app: PagerDuty pages, people act in Slack, and PagerDuty follows. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { actionIds } from '../../src/adapters/slack/render/action-ids.ts';
import { parseConfig } from '../../src/config.ts';
import { type SandboxPagerDuty, startPagerDuty } from '../../src/sandbox/pagerduty/start.ts';
import { castOf } from '../scenario/cast.ts';
import { embeddedStores, postedAlerts, sandboxCluster } from '../scenario/embedded.ts';
import { openStage, type Stage, textOf } from '../scenario/stage.ts';

const deadlineMs = 30_000;

describe('a page', () => {
  let pagerduty: SandboxPagerDuty;
  let stage: Stage;
  beforeAll(async () => {
    pagerduty = await startPagerDuty();
    const cluster = await sandboxCluster();
    const yaml = `
clusters: { main: { kubeconfig: ${cluster.kubeconfig} } }
services:
  - name: largeforge
    match: { pagerduty: PLARGEF }
    namespaces: [largeforge]
    responders: { pagerduty: { escalationPolicy: PLADDER } }
policy:
  approvers: { slack: [S0SRE] }
`;
    const { token, apiUrl, webhookSecrets } = pagerduty;
    stage = await openStage({
      cluster,
      alerts: postedAlerts(),
      stores: await embeddedStores(),
      options: {
        config: parseConfig(yaml, '/etc/firebreak/firebreak.yaml'),
        pagerduty: { token, apiUrl, from: 'firebreak@example.com', webhookSecrets },
      },
    });
    pagerduty.connect(`${stage.app.url}/webhooks/pagerduty`);
  }, 60_000);
  afterAll(async () => {
    await stage.close();
    await pagerduty.stop();
  });

  it('is taken, noted, escalated and resolved from Slack by who is on call, and by nobody else', async () => {
    const cast = castOf(stage);
    const { slack } = stage;
    const { id } = pagerduty.trigger({ title: 'Checkout fails' });
    const becomes = (holds: () => unknown) => pagerduty.waitFor(holds, deadlineMs);
    const channel = await cast.channel('inc-1-checkout-fails');
    const card = (words: string) =>
      cast.message(
        channel,
        `the card with ${words}`,
        (text, message) =>
          cast.isMessageOf('incident')(text, message) && JSON.stringify(message.blocks).includes(words),
      );

    // Alice is on call first, Carol second; Bob is not.
    await slack.waitFor(() => channel.members.has('U0ALICE') && channel.members.has('U0CAROL'), deadlineMs);
    expect(channel.members.has('U0BOB')).toBe(false);
    const at = { channel: channel.id, ts: (await card('Escalate…')).ts };

    await slack.as('U0BOB').click(at, actionIds.acknowledge);
    await slack.as('U0ALICE').click(at, actionIds.acknowledge);
    await becomes(() => pagerduty.incident(id).status === 'acknowledged');
    expect(pagerduty.incident(id).acknowledgers).toEqual(['PALICE1']);

    await cast.command('U0ALICE', channel, '/incident', 'note it is the <payment> provider');
    await becomes(() => pagerduty.incident(id).notes.length > 0);

    await card('acknowledged, assigned to Alice Okafor');
    await slack.as('U0ALICE').click(at, actionIds.escalatePage);
    const form = await cast.form('U0ALICE', 'Level 2: Carol Reyes');
    await slack.as('U0ALICE').submit(form, { 'page/level': '2' });
    await becomes(() => pagerduty.incident(id).assignees.includes('PCAROL1'));
    await card('nobody has taken it, assigned to Carol Reyes');

    await slack.as('U0CAROL').click(at, actionIds.resolve);
    await becomes(() => pagerduty.incident(id).status === 'resolved');
    await card('Resolved');

    const { notes } = pagerduty.incident(id);
    expect(notes.map(({ content, user }) => [content.split('\n')[0], user])).toEqual([
      ['alice: it is the <payment> provider', 'PALICE1'],
    ]);
    const types = pagerduty.events.map(({ event }) => event.event_type);
    expect(types.filter((type) => type === 'incident.reopened')).toEqual([]);
    expect(channel.messages.map(textOf).filter((text) => text.includes('firebreak:order'))).toEqual([]);
  }, 120_000);
});
