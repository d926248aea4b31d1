/**
 * An incident that people open, work on, freeze and close by hand, over Slack's wire, with hostile words wherever they
 * may write some; and the App Home of one of them all the while.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { actionIds } from '../../src/adapters/slack/render/action-ids.ts';
import { activeMentions } from '../../src/sandbox/slack/mentions.ts';
import type { Channel } from '../../src/sandbox/slack/workspace.ts';
import { castOf } from '../scenario/cast.ts';
import { embeddedStores, postedAlerts, sandboxCluster } from '../scenario/embedded.ts';
import { openStage, type Stage, textOf } from '../scenario/stage.ts';

const attack = '<!channel> <@U0GUEST> <https://evil.example|click> *bold* \u0007\u202e';
const restart = 'kubectl rollout restart deployment/largeforge-inference';
const deadlineMs = 60_000;

describe('people at work', () => {
  let stage: Stage;
  let cast: ReturnType<typeof castOf>;
  let channel: Channel;
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

  const home = (user: string, words: string): Promise<string> =>
    stage.slack.waitFor(() => {
      const page = JSON.stringify(stage.slack.home(user)?.blocks ?? []);
      return page.includes(words) ? page : undefined;
    }, deadlineMs);
  const say = async (user: string, command: string, text: string, where = channel.id): Promise<string> =>
    (await stage.slack.as(user).command(command, text, where)).body;
  const card = (words: string) =>
    cast.message(
      channel,
      `a card with ${words}`,
      (text, one) => cast.isMessageOf('incident')(text, one) && text.includes(words),
    );

  it('open an incident with a form, where the bot need not be', async () => {
    await stage.slack.as('U0ALICE').openHome();
    const empty = await home('U0ALICE', 'Open incidents (0)');
    await say('U0ALICE', '/incident', 'new', 'C0GENERAL');
    const form = await cast.form('U0ALICE', 'What is wrong?');
    await expect(cast.submit('U0ALICE', form, { 'incident/title': attack })).rejects.toThrow('must be filled in');
    const blank = await cast.submit('U0ALICE', form, { 'incident/title': '   ', 'incident/service': 'largeforge' });
    const sent = await cast.submit('U0ALICE', form, {
      'incident/title': `Inference ${attack}`,
      'incident/severity': 'P1',
      'incident/service': 'largeforge',
    });

    channel = await cast.channel('inc-1-inference');
    const pinned = await card('🟠 P1');
    expect(empty).toContain('No plan waits for a vote.');
    expect(blank.errors).toEqual({ 'incident/title': 'Say in a few words what is wrong.' });
    expect([sent.errors, sent.trouble]).toEqual([{}, undefined]);
    expect(JSON.stringify(stage.slack.modal('U0ALICE'))).toContain('Incident 1 is open');
    expect(textOf(pinned)).toContain('∗bold∗');
    expect(await home('U0ALICE', `<#${channel.id}>`)).toContain('Open incidents (1)');
  }, 120_000);

  it('find no runbook by such a title, and post one with a command', async () => {
    await cast.message(channel, 'word that no runbook is alike, or a choice', (text) =>
      /No runbook|runbook may|Several runbooks/.test(text),
    );
    const overview = await say('U0ALICE', '/runbook', '');
    const unknown = await say('U0ALICE', '/runbook', 'INC-002 flavour=sweet');
    await say('U0ALICE', '/runbook', 'INC-002');
    await cast.useStep('U0ALICE', channel, restart);
    const plan = await cast.plan(channel, 'Restart');

    expect(overview).toContain('/runbook search WORDS');
    expect(unknown).toContain('has no parameter flavour');
    expect(textOf(plan)).toContain('largeforge-inference');
  }, 120_000);

  it('see on their Home what waits for them', async () => {
    await stage.slack.as('U0BOB').openHome();
    const bob = await home('U0BOB', 'You may approve this');

    expect(bob).toContain('Waiting for approval (1)');
    expect(bob).toContain(`archives/${channel.id}/p`);
    // Her own plan, and she is not on call.
    expect(await home('U0ALICE', 'Waiting for approval (1)')).toContain('Your approval would not count.');
    await stage.slack.as('U0GUEST').openHome();
    expect(await home('U0GUEST', 'sees no incidents or runbooks here')).not.toContain('Inference');
  }, 120_000);

  it('freeze the service: cards say so, votes are refused, and lifting it lets the plan go on', async () => {
    const open = await cast.plan(channel, 'Restart');
    const stale = structuredClone(open.blocks ?? []);
    const frozen = await say('U0CAROL', '/incident', `freeze ${attack}`);
    await card('Frozen');
    const shown = await cast.message(
      channel,
      'the plan without its buttons',
      (text, one) => cast.isMessageOf('proposal')(text, one) && text.includes('No votes are taken'),
    );
    await home('U0BOB', 'no votes are taken');
    await stage.slack.as('U0BOB').clickStale({ channel: channel.id, ts: open.ts }, actionIds.approve, stale);
    await cast.told('U0BOB', channel, 'Your vote was not taken');
    const everything = await say('U0BOB', '/incident', 'freeze all');

    expect(frozen).toContain('Changes to largeforge are frozen by');
    expect(JSON.stringify(shown.blocks)).not.toContain(actionIds.approve);
    expect(everything).toContain('Only approvers of the policy');
    await say('U0BOB', '/incident', 'unfreeze');
    await cast.approve('U0BOB', channel, await cast.plan(channel, 'Restart'));
    await cast.run(channel, 'Verified');
  }, 180_000);

  it('take it, grade it, note something, list it, and resolve it', async () => {
    await say('U0BOB', '/incident', 'take');
    await card('acknowledged by <@U0BOB>');
    await say('U0BOB', '/incident', 'severity critical');
    await card('🔴 P0');
    await say('U0ALICE', '/incident', `note ${attack} ${'word '.repeat(1_000)}`);
    const note = await cast.message(channel, 'the note', (text) => text.includes('Note'));
    const list = await say('U0ALICE', '/incident', 'status', 'C0GENERAL');
    const nowhere = await say('U0ALICE', '/incident', 'take', 'C0GENERAL');
    await say('U0ALICE', '/incident', `resolve it was ${attack}`);
    await card('Resolved');

    expect(JSON.stringify(note.blocks)).toContain('"type":"plain_text","text":"<!channel> <@U0GUEST>');
    expect(textOf(note)).toContain('the journal has all of it');
    expect(list).toContain(`<#${channel.id}>`);
    expect(nowhere).toContain('This channel has no incident');
    expect(await home('U0ALICE', 'Open incidents (0)')).not.toContain('Inference');
    expect(channel.topic).toContain('P0');
  }, 180_000);

  it('bring nothing of what they wrote to life', () => {
    const said = [
      ...channel.messages,
      ...channel.ephemerals,
      ...['U0ALICE', 'U0BOB'].flatMap((user) => stage.slack.home(user) ?? []),
    ];
    const live = said.flatMap((one) =>
      activeMentions({ ...one, parsing: { parse: 'none', linkNames: false, unfurlLinks: false, unfurlMedia: false } }),
    );

    expect(said.length).toBeGreaterThan(8);
    expect(
      live.filter(({ kind, target }) => kind === 'broadcast' || target.includes('evil') || target === 'U0GUEST'),
    ).toEqual([]);
  });

  it('leave no complaint in the log', () => {
    expect(stage.complaints().filter((line) => line.includes('"error"'))).toEqual([]);
  });
});
