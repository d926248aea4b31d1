/** Alerts whose every word is an attack: nothing in them comes alive in Slack, and none of it reaches a URL. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { actionIds } from '../../src/adapters/slack/render/action-ids.ts';
import { parseConfig } from '../../src/config.ts';
import { activeMentions, type ActiveMention } from '../../src/sandbox/slack/mentions.ts';
import type { Channel } from '../../src/sandbox/slack/workspace.ts';
import { castOf } from '../scenario/cast.ts';
import { embeddedStores, postedAlerts, sandboxCluster } from '../scenario/embedded.ts';
import { openStage, type Stage, textOf } from '../scenario/stage.ts';

const attack =
  '<!channel> <!here> <@U0GUEST> <#C0GENERAL> <!subteam^S0EVIL> <https://evil.example|click> https://evil.example/ *b* _i_ `c` ```block``` ~s~ &lt;!channel&gt; \u202egnp.exe\u2066 @channel';
const long = 'A'.repeat(10_000);
const alertname = `Evil ${attack} ${long}`;
const traversal = '../../secrets/x?watch=1#';

const runbook = [
  '# <!channel> runbook',
  '',
  `## Evil <@U0GUEST> procedure`,
  '',
  'Summary with <https://evil.example|a link> and <!here>.',
  '',
  '### Diagnosis',
  '',
  '```bash',
  'kubectl get pods',
  'kubectl logs <pod-name>',
  'kubectl describe pod <pod-name>',
  '```',
  '',
  '### Remediation',
  '',
  '```bash',
  'kubectl scale deployment/<deployment> --replicas=5',
  'kubectl set env deployment/web NOTE="<!channel> <@U0GUEST>"',
  '```',
].join('\n');

describe('alerts that mean no good', () => {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-hostile-'));
  let stage: Stage;
  let cluster: Awaited<ReturnType<typeof sandboxCluster>>;
  let cast: ReturnType<typeof castOf>;
  let channel: Channel;
  beforeAll(async () => {
    const file = join(folder, 'shop.md');
    writeFileSync(file, runbook);
    cluster = await sandboxCluster();
    const config = parseConfig(
      [
        `clusters: { main: { kubeconfig: ${cluster.kubeconfig} } }`,
        'services:',
        '  - name: shop',
        '    match: { namespace: shop }',
        '    cluster: main',
        '    namespaces: [shop]',
        `    runbooks: [${file}]`,
        '    aliases: { evil: evil-u0guest-procedure }',
        '    responders: { slack: [S0RESPOND] }',
        'policy: { approvers: { slack: [S0SRE] } }',
      ].join('\n'),
      join(folder, 'firebreak.yaml'),
    );
    stage = await openStage({ cluster, alerts: postedAlerts(), stores: await embeddedStores(), options: { config } });
    cast = castOf(stage);
    await cluster.deployment({ namespace: 'shop', name: 'web', replicas: 1 });
    for (const { metadata } of cluster.kubernetes.world.pods('shop', { app: 'web' })) {
      cluster.kubernetes.world.setLogs('shop', metadata.name, [attack, `token=hunter2hunter2 ${attack}`]);
    }
  }, 60_000);
  afterAll(async () => {
    await stage?.close();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  /** Not made by us: whom we mention is configured or took part, and the only link is the alert's own page. */
  const foreign = ({ kind, target }: ActiveMention): boolean => {
    if (kind === 'user') return !['U0ALICE', 'U0BOB', 'U0CAROL'].includes(target);
    if (kind === 'usergroup') return !['S0RESPOND', 'S0SRE'].includes(target);
    return !(kind === 'link' && target.startsWith('http://prometheus.example:9090/'));
  };
  const alive = (): ActiveMention[] =>
    [...stage.slack.workspace.channels.values()]
      .flatMap(({ messages, ephemerals, topic }) => [
        ...[...messages, ...ephemerals].flatMap((message) => activeMentions(message)),
        // "Does not support formatting or linkification" (Slack documentation, conversations.setTopic).
        ...activeMentions({ text: topic }).filter(({ kind }) => kind !== 'autolink'),
      ])
      .filter(foreign);

  it('become one incident with a card, a topic and bookmarks in which nothing is alive', async () => {
    await stage.alerts.fire(
      {
        alertname,
        namespace: 'shop',
        severity: attack,
        pod: traversal,
        deployment: traversal,
        container: '../x',
        [`label_${'k'.repeat(500)}`]: attack,
        team: attack,
        long,
      },
      {
        summary: `${attack} ${long}`,
        description: attack,
        runbook_url: `https://runbooks.example/${attack}`,
        dashboard: 'javascript:alert(1)',
      },
    );
    channel = await cast.channel('inc-1-');
    await cast.message(channel, 'the card', cast.isMessageOf('incident'));
    await stage.slack.waitFor(() => channel.topic !== '' && channel.pins.length > 0, 30_000);
    await cast.message(channel, 'word that no runbook matches', (text) => text.includes('No runbook answers'));

    expect(channel.name).toMatch(/^inc-1-evil-channel-here[a-z0-9-]*$/);
    expect(alive()).toEqual([]);
    expect(channel.bookmarks.every(({ link }) => /^https?:\/\//.test(link))).toBe(true);
  }, 60_000);

  it('suggest nothing in a form, and a step cannot be used with what they say', async () => {
    await cast.command('U0ALICE', channel, '/runbook', 'evil');
    await cast.useStep('U0ALICE', channel, 'kubectl logs');
    const modal = await stage.slack.waitFor(() => {
      const front = stage.slack.modal('U0ALICE');
      return front?.['submit'] ? front : undefined;
    });
    const shown = JSON.stringify(modal);
    const sent = await stage.slack.as('U0ALICE').submit(modal, { 'type/pod-name': traversal });

    expect(shown).not.toContain('secrets');
    expect(activeMentions({ blocks: modal.blocks }).filter(foreign)).toEqual([]);
    expect(JSON.stringify(sent)).toContain('is not an object name');
    expect(alive()).toEqual([]);
  }, 60_000);

  it('and logs, searches and values full of attacks stay text in every message, up to the undo', async () => {
    await stage.slack.as('U0ALICE').command('/runbook', attack, channel.id);
    await stage.slack.as('U0ALICE').command('/incident', attack, channel.id);
    const [pod] = cluster.kubernetes.world.pods('shop', { app: 'web' });
    const modal = stage.slack.modal('U0ALICE') ?? never();
    await stage.slack.as('U0ALICE').submit(modal, { 'type/pod-name': pod?.metadata.name ?? '' });
    const read = await cast.message(
      channel,
      'the logs',
      (text, message) => cast.isMessageOf('step')(text, message) && text.includes('exe'),
    );
    await cast.useStep('U0ALICE', channel, 'kubectl set env');
    const plan = await cast.plan(channel, 'NOTE');
    await stage.slack.as('U0ALICE').click({ channel: channel.id, ts: plan.ts }, actionIds.details);
    const details = await stage.slack.waitFor(() => {
      const front = stage.slack.modal('U0ALICE');
      return JSON.stringify(front?.blocks ?? []).includes('SHA-256') ? front : undefined;
    });
    await cast.approve('U0BOB', channel, plan);
    const run = await cast.run(channel, 'Verified');
    await cast.undo('U0ALICE', channel, run);
    await cast.plan(channel, 'Undo');

    expect(textOf(read)).not.toContain('hunter2');
    expect(activeMentions({ blocks: details.blocks }).filter(foreign)).toEqual([]);
    expect(alive()).toEqual([]);
  }, 90_000);

  it('never put a word of theirs into a request to the cluster', () => {
    const asked = cluster.kubernetes.audit.map(({ requestURI }) => requestURI);

    expect(asked.length).toBeGreaterThan(3);
    expect(asked.filter((uri) => /secrets|\.\.|%2e|%2f|evil/i.test(uri))).toEqual([]);
  });
});

function never(): never {
  throw new Error('there is no modal');
}
