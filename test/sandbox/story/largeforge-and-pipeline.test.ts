/**
 * The stories through the whole program: monitoring pages, people use the runbooks of this repository in Slack, and the
 * alert says when it is over.
 */
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../../src/config.ts';
import { type SandboxPagerDuty, startPagerDuty } from '../../../src/sandbox/pagerduty/start.ts';
import type { Channel } from '../../../src/sandbox/slack/workspace.ts';
import { largeforgeDown } from '../../../src/sandbox/story/largeforge-down.ts';
import { largeforgeLatency } from '../../../src/sandbox/story/largeforge-latency.ts';
import { pipelineStart } from '../../../src/sandbox/story/pipeline-start.ts';
import { createStories, type Stories } from '../../../src/sandbox/story/stories.ts';
import type { Story } from '../../../src/sandbox/story/story.ts';
import { eventually } from '../../eventually.ts';
import { castOf } from '../../scenario/cast.ts';
import { embeddedStores, postedAlerts, sandboxCluster } from '../../scenario/embedded.ts';
import { alertmanagerToken, openStage, type Stage, textOf } from '../../scenario/stage.ts';

const deadlineMs = 60_000;
const root = resolve(import.meta.dirname, '../../..');
const integrationKey = 'pipelineintegrationkey0000000000';

const configText = (kubeconfig: string): string => `
clusters: { main: { kubeconfig: ${kubeconfig} } }
services:
  - name: pipeline
    match: { namespace: pipeline-production, pagerduty: PPIPELN }
    namespaces: [pipeline-production]
    runbooks: [runbooks/multimodal-pipeline.md]
    responders: { slack: [S0RESPOND], pagerduty: { escalationPolicy: PONCALL } }
  - name: largeforge
    match: { namespace: largeforge }
    namespaces: [largeforge]
    runbooks: [runbooks/largeforge.md]
    responders: { slack: [S0RESPOND] }
policy:
  approvers: { slack: [S0SRE] }
  clusterScoped: [nodes]
`;

describe('through the whole program', () => {
  let pagerduty: SandboxPagerDuty;
  let stage: Stage;
  let stories: Stories;
  let cast: ReturnType<typeof castOf>;
  beforeAll(async () => {
    pagerduty = await startPagerDuty({
      escalationPolicies: [{ id: 'PONCALL', name: 'Pipeline on call', levels: [['PALICE1'], ['PCAROL1']] }],
      services: [{ id: 'PPIPELN', name: 'Multimodal pipeline', escalationPolicy: 'PONCALL', integrationKey }],
    });
    const cluster = await sandboxCluster();
    const { token, apiUrl, webhookSecrets } = pagerduty;
    stage = await openStage({
      cluster,
      alerts: postedAlerts(),
      stores: await embeddedStores(),
      options: {
        config: parseConfig(configText(cluster.kubeconfig), resolve(root, 'firebreak.yaml')),
        pagerduty: { token, apiUrl, from: 'firebreak@example.com', webhookSecrets },
      },
    });
    pagerduty.connect(`${stage.app.url}/webhooks/pagerduty`);
    stories = await createStories({
      slack: stage.slack,
      world: cluster.kubernetes.world,
      stories: [pipelineStart, largeforgeLatency, largeforgeDown],
      alertmanager: { token: alertmanagerToken, webhookUrl: `${stage.app.url}/webhooks/alertmanager` },
      pagerduty: { enqueueUrl: `${apiUrl}/v2/enqueue`, routingKeys: { [pipelineStart.id]: integrationKey } },
      tickMs: 100,
      times: { forMs: 300, keepFiringForMs: 1_000 },
    });
    await cluster.kubernetes.settle();
    cast = castOf(stage);
  }, 60_000);
  afterAll(async () => {
    await stories?.stop();
    await stage?.close();
    await pagerduty?.stop();
  });

  const lookOf = (story: Story) => stories.look().find(({ id }) => id === story.id);
  const stateOf = (story: Story) => lookOf(story)?.state;
  const becomes = (story: Story, state: string): Promise<true> =>
    eventually(`${story.id} is ${state}`, () => stateOf(story) === state, deadlineMs).catch((error: unknown) => {
      throw new Error(`${story.id} is not ${state} but ${JSON.stringify(lookOf(story))}`, { cause: error });
    });
  /** Gives the channel of its incident. */
  async function start(story: Story): Promise<Channel> {
    stories.start(story.id);
    const { channels } = stage.slack.workspace;
    return eventually(`a channel for ${story.id}`, () => channels.get(lookOf(story)?.channel ?? ''), deadlineMs);
  }
  /** The runbook card that was posted by itself, with the answers of its diagnosis. */
  async function diagnosed(channel: Channel, words: string): Promise<void> {
    await cast.message(
      channel,
      `a diagnosis with ${words}`,
      (text, one) => cast.isMessageOf('step')(text, one) && text.includes(words),
    );
  }
  async function change(channel: Channel, step: string, words: string, values?: Record<string, unknown>) {
    await cast.useStep('U0ALICE', channel, step);
    if (values) {
      const form = await cast.form('U0ALICE', words);
      const { errors } = await cast.submit('U0ALICE', form, values);
      if (Object.keys(errors).length > 0) throw new Error(`the form was refused: ${JSON.stringify(errors)}`);
    }
    await cast.approve('U0BOB', channel, await cast.plan(channel, words));
    return cast.run(channel, 'Verified');
  }

  it('a page about a pipeline that does not start is solved with a rollback, and its page is resolved', async () => {
    const channel = await start(pipelineStart);
    await diagnosed(channel, 'needs schema 2');

    const run = await change(channel, pipelineStart.hints.solution, 'v0.1.4');
    await becomes(pipelineStart, 'cleared');

    expect(textOf(run)).toContain('multimodal-pipeline');
    expect(channel.name).toContain('pipeline-not-starting');
    await pagerduty.waitFor(() => [...pagerduty.account.incidents.values()][0]?.status === 'resolved', deadlineMs);
    await cast.message(
      channel,
      'the card says resolved',
      (text, one) => cast.isMessageOf('incident')(text, one) && /resolved/i.test(text),
    );
  }, 120_000);

  it('an alert about slow inference is over with more replicas, and fires again when two people undo that', async () => {
    const channel = await start(largeforgeLatency);
    await diagnosed(channel, 'requests wait in the queue');

    await change(channel, largeforgeLatency.hints.solution, 'largeforge-inference');
    await becomes(largeforgeLatency, 'cleared');
    const run = await cast.run(channel, 'Alert cleared');

    await cast.undo('U0ALICE', channel, run);
    const undo = await cast.plan(channel, 'Undo');
    await cast.approve('U0BOB', channel, undo);
    await cast.approve('U0CAROL', channel, undo);
    await becomes(largeforgeLatency, 'firing');

    expect(textOf(undo)).toMatch(/5.*→.*2/s);
  }, 120_000);

  it('an alert about an expert that is down is over when the node is cordoned and its pods start anew', async () => {
    const { solution, next = '' } = largeforgeDown.hints;
    const channel = await start(largeforgeDown);
    await diagnosed(channel, 'no CUDA device');

    await change(channel, solution, 'largeforge-expert-1', { 'pick/node-name': 'largeforge-expert-1' });
    const afterCordon = stateOf(largeforgeDown);
    const advice = stories.guide('U0ALICE').text;
    await change(channel, next, 'largeforge-expert');

    expect(afterCordon).toBe('firing');
    expect(advice).toContain(next);
    await becomes(largeforgeDown, 'cleared');
    await cast.run(channel, 'Alert cleared');
  }, 120_000);
});
