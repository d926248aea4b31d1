import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type SandboxSlack, startSlack } from '../../../src/sandbox/slack/start.ts';
import type { JsonObject } from '../../../src/sandbox/slack/workspace.ts';
import { type RecordingApp, startRecordingApp } from './app.ts';
import { call } from './call.ts';

let slack: SandboxSlack;
let app: RecordingApp;

beforeEach(async () => {
  app = await startRecordingApp();
  slack = await startSlack({
    rateLimits: 'off',
    answerMs: 250,
    events: ['app_home_opened', 'app_mention', 'message.channels'],
    channels: [{ id: 'C0GENERAL', name: 'general', members: ['U0ALICE', 'U0BOB', 'U0BOT'] }],
  });
  slack.connect(app.url);
});
afterEach(async () => {
  await slack.stop();
  await app.stop();
});

const plain = (text: string) => ({ type: 'plain_text', text });
const option = (value: string) => ({ text: plain(`The ${value}`), value });
const elements = [
  { type: 'button', action_id: 'yes', text: plain('Yes'), value: '1' },
  { type: 'static_select', action_id: 'size', options: [option('small'), option('large')] },
  { type: 'external_select', action_id: 'pod' },
  { type: 'overflow', action_id: 'more', options: [option('copy')] },
  { type: 'checkboxes', action_id: 'ticks', options: [option('a'), option('b')] },
  { type: 'users_select', action_id: 'who' },
];
const blocks = [{ type: 'actions', block_id: 'all', elements }];
const general = () => slack.workspace.channels.get('C0GENERAL');

async function post(args: object = {}) {
  const { body } = await call(slack, 'chat.postMessage', { channel: 'C0GENERAL', text: 'card', blocks, ...args });
  return { channel: 'C0GENERAL', ts: String(body.ts) };
}

async function openModal(view: object = {}): Promise<string> {
  const { payload } = await slack.as('U0ALICE').command('/open', '', 'general');
  const trigger_id = String(payload.trigger_id);
  const modal = { type: 'modal', title: plain('Form'), submit: plain('Go'), blocks: [], ...view };
  const { body } = await call(slack, 'views.open', { trigger_id, view: modal });
  return (body.view as { id: string }).id;
}

describe('elements in a message', () => {
  it('are sent with what was chosen, and the message remembers it', async () => {
    const ref = await post();
    const alice = slack.as('U0ALICE');

    const size = await alice.select(ref, 'size', 'large');
    const more = await alice.select(ref, 'more', 'The copy');
    const ticks = await alice.select(ref, 'ticks', ['a', 'b']);
    const who = await alice.select(ref, 'who', 'U0BOB');

    expect(size.payload.actions).toMatchObject([{ type: 'static_select', selected_option: { value: 'large' } }]);
    expect(more.payload.actions).toMatchObject([{ type: 'overflow', selected_option: { value: 'copy' } }]);
    expect(ticks.payload.actions).toMatchObject([{ selected_options: [{ value: 'a' }, { value: 'b' }] }]);
    expect(who.payload).toMatchObject({
      actions: [{ selected_user: 'U0BOB' }],
      state: { values: { all: { size: { selected_option: { value: 'large' } }, pod: { selected_option: null } } } },
    });
  });

  it('list what the app offers for what was typed', async () => {
    const ref = await post();
    const alice = slack.as('U0ALICE');
    app.answers.push({ option_groups: [{ label: plain('Pods'), options: [option('api-0')] }] });

    const asked = await alice.options(ref, 'pod', 'api');
    const chosen = await alice.select(ref, 'pod', 'api-0');

    expect(asked.payload).toMatchObject({ type: 'block_suggestion', action_id: 'pod', block_id: 'all', value: 'api' });
    expect(asked.payload).toMatchObject({ container: { type: 'message' }, channel: { id: 'C0GENERAL' } });
    expect(chosen.payload.actions).toMatchObject([{ selected_option: { value: 'api-0' } }]);
    await expect(alice.options(ref, 'pod', 'ap')).rejects.toThrow('after 3 characters');
    await expect(slack.as('U0BOB').select(ref, 'pod', 'api-0')).rejects.toThrow('no option "api-0"');
  });

  it('cannot be used when they are not there, or when several are alike', async () => {
    const ref = await post({ blocks: [...blocks, { type: 'actions', block_id: 'more', elements: [elements[0]] }] });
    const alice = slack.as('U0ALICE');

    await expect(alice.click(ref, 'no')).rejects.toThrow('No element fits {"action":"no"}');
    await expect(alice.click(ref, 'Yes')).rejects.toThrow('2 elements fit');
    await expect(alice.select(ref, 'size', 'medium')).rejects.toThrow('"The small", "The large"');
    await expect(alice.click({ ...ref, ts: '1.000001' }, 'yes')).rejects.toThrow('There is no message');
    expect((await alice.click(ref, { action: 'yes', blockId: 'more' })).payload).toMatchObject({
      actions: [{ block_id: 'more' }],
    });
    expect(app.heard).toHaveLength(1);
  });

  it('say when the app is too slow', async () => {
    const ref = await post();
    app.answers.push('never');

    expect(await slack.as('U0ALICE').click(ref, 'yes')).toMatchObject({ status: 0, failure: 'operation_timeout' });
  });
});

describe('a response_url', () => {
  const respond = async (url: unknown, body: JsonObject) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(String(url), { method: 'POST', headers, body: JSON.stringify(body) });
    return response.json();
  };

  it('replaces or deletes the message that was clicked, also one that only one person sees', async () => {
    await call(slack, 'chat.postEphemeral', { channel: 'C0GENERAL', user: 'U0BOB', text: 'only you', blocks });
    const ephemeral = { channel: 'C0GENERAL', ts: general()?.ephemerals[0]?.ts ?? '' };
    const { payload } = await slack.as('U0BOB').click(ephemeral, 'yes');

    await respond(payload.response_url, { replace_original: true, text: 'done', blocks: [] });
    const replaced = structuredClone(general()?.ephemerals);
    await respond(payload.response_url, { delete_original: true });

    expect(payload).toMatchObject({ container: { is_ephemeral: true, message_ts: ephemeral.ts } });
    expect(payload).not.toHaveProperty('message');
    expect(replaced).toMatchObject([{ text: 'done', shownTo: 'U0BOB' }]);
    expect(general()?.ephemerals).toEqual([]);
    expect(await respond(payload.response_url, { delete_original: true })).toMatchObject({
      error: 'message_not_found',
    });
  });

  it('refuses what Slack would refuse', async () => {
    const { payload } = await slack.as('U0BOB').command('/x', '', 'general');

    expect(await respond(payload.response_url, {})).toMatchObject({ error: 'no_text' });
    expect(await respond(payload.response_url, { blocks: [{ type: 'marquee' }] })).toMatchObject({
      error: 'invalid_blocks',
    });
    expect(await respond(payload.response_url, { txt: 'x' })).toMatchObject({ error: 'invalid_arguments' });
  });
});

describe('modals', () => {
  const asks = [
    {
      type: 'input',
      block_id: 'name',
      label: plain('Name'),
      element: { type: 'plain_text_input', action_id: 'name', min_length: 2, max_length: 4 },
    },
  ];

  it('check what is typed before they send it', async () => {
    const id = await openModal({ blocks: asks });
    const alice = slack.as('U0ALICE');

    await expect(alice.submit({ id }, {})).rejects.toThrow('name must be filled in');
    await expect(alice.submit({ id }, { name: 'x' })).rejects.toThrow('at least 2');
    await expect(alice.submit({ id }, { name: 'xxxxx' })).rejects.toThrow('at most 4');
    await expect(alice.submit({ id }, { title: 'x' })).rejects.toThrow('No element fits');
    await expect(slack.as('U0BOB').submit({ id }, { name: 'abc' })).rejects.toThrow('not open in front of U0BOB');
    expect((await alice.submit({ id }, { name: 'abc' })).payload).toMatchObject({
      type: 'view_submission',
      view: { id, state: { values: { name: { name: { type: 'plain_text_input', value: 'abc' } } } } },
    });
  });

  it.each<[answer: object | number | string, trouble: string]>([
    [500, 'the app answered 500'],
    ['never', 'operation_timeout'],
    ['nonsense', 'the answer is not JSON'],
    [[1], 'the answer is not a JSON object'],
    [{ response_action: 'dance' }, 'unknown response_action "dance"'],
    [{ response_action: 'errors', errors: { other: 'no' } }, 'errors must name input blocks'],
    [{ response_action: 'errors' }, 'errors must name input blocks'],
  ])('stay open, with trouble, after the answer %j', async (answer, trouble) => {
    const id = await openModal({ blocks: asks });
    app.answers.push(answer);

    const submitted = await slack.as('U0ALICE').submit({ id }, { name: 'abc' });

    expect(submitted.trouble).toContain(trouble);
    expect(slack.modal('U0ALICE')?.id).toBe(id);
  });

  it('stack three high, and tell the app of a closed one when it asked', async () => {
    const first = await openModal();
    const push = async (more: object = {}) => {
      const alice = slack.as('U0ALICE');
      const modal = slack.modal('U0ALICE');
      if (!modal) throw new Error('no modal');
      app.answers.push(409);
      const { payload } = await alice.submit(modal, {});
      const view = { type: 'modal', title: plain('Next'), submit: plain('Go'), blocks: [], ...more };
      return (await call(slack, 'views.push', { trigger_id: String(payload.trigger_id), view })).body;
    };

    await push();
    const third = await push({ notify_on_close: true });
    const fourth = await push();
    const { id } = third.view as { id: string };
    const closed = await slack.as('U0ALICE').close({ id });
    const silent = await slack.as('U0ALICE').close({ id: first });

    expect(third.view).toMatchObject({ root_view_id: first });
    expect(fourth.error).toBe('push_limit_reached');
    expect(closed?.payload).toMatchObject({ type: 'view_closed', view: { id }, is_cleared: false });
    expect(silent).toBeUndefined();
    expect(slack.workspace.modals.get('U0ALICE')).toHaveLength(1);
  });

  it('are only pushed on top of another', async () => {
    const { payload } = await slack.as('U0ALICE').command('/open', '', 'general');
    const view = { type: 'modal', title: plain('Next'), blocks: [] };

    const { body } = await call(slack, 'views.push', { trigger_id: String(payload.trigger_id), view });

    expect(body.error).toBe('not_found');
  });
});

describe('people in a channel', () => {
  it('are heard as far as the app subscribed', async () => {
    await slack.as('U0ALICE').say('general', 'anyone there?');
    await slack.as('U0ALICE').say('general', 'hello <@U0BOT>');

    const events = slack.answers.map((one) => (one.payload.event as JsonObject).type);
    expect(events).toEqual(['message', 'message', 'app_mention']);
    expect(slack.answers[0]?.payload).toMatchObject({
      type: 'event_callback',
      event: { text: 'anyone there?', user: 'U0ALICE', channel: 'C0GENERAL', channel_type: 'channel' },
    });
    await expect(slack.as('U0CAROL').say('general', 'x')).rejects.toThrow('U0CAROL is not in general');
  });

  it('see their home page, whose old version cannot be overwritten by hash', async () => {
    const view = { type: 'home', blocks: [] };
    const first = await call(slack, 'views.publish', { user_id: 'U0ALICE', view });
    const { hash } = first.body.view as { hash: string };
    const second = await call(slack, 'views.publish', { user_id: 'U0ALICE', view, hash });
    const stale = await call(slack, 'views.publish', { user_id: 'U0ALICE', view, hash });
    const opened = await slack.as('U0ALICE').openHome();

    expect([second.body.ok, stale.body.error]).toEqual([true, 'hash_conflict']);
    expect(opened.payload.event).toMatchObject({
      type: 'app_home_opened',
      user: 'U0ALICE',
      tab: 'home',
      view: { type: 'home' },
    });
  });

  it('get a plain answer to a command as a message of their own', async () => {
    app.answers.push('just text');

    await slack.as('U0BOB').command('/runbook', 'help', 'general');

    expect(general()?.ephemerals).toMatchObject([{ text: 'just text', shownTo: 'U0BOB', user: 'U0BOT' }]);
  });
});
