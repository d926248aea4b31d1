import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import bolt from '@slack/bolt';
import { PersonRefused } from '../../../src/sandbox/slack/refused.ts';
import { type SandboxSlack, startSlack } from '../../../src/sandbox/slack/start.ts';
import type { JsonObject, Message } from '../../../src/sandbox/slack/workspace.ts';

/** A real Bolt app, unchanged but for `slackApiUrl`, against the stand-in. */

const plain = (text: string) => ({ type: 'plain_text' as const, text });
const card = (label: string, value: string) => [
  {
    type: 'actions' as const,
    block_id: 'decide',
    elements: [{ type: 'button' as const, action_id: 'approve', text: plain(label), value, style: 'primary' as const }],
  },
];
const form = (title: string) => ({
  type: 'modal' as const,
  callback_id: 'scale',
  title: plain(title),
  submit: plain('Go'),
  blocks: [
    {
      type: 'input' as const,
      block_id: 'pod',
      label: plain('Pod'),
      element: { type: 'external_select' as const, action_id: 'pod', min_query_length: 0 },
    },
    {
      type: 'input' as const,
      block_id: 'replicas',
      label: plain('Replicas'),
      element: { type: 'number_input' as const, action_id: 'replicas', is_decimal_allowed: false, min_value: '0' },
    },
    {
      type: 'input' as const,
      block_id: 'why',
      optional: true,
      label: plain('Why'),
      element: { type: 'plain_text_input' as const, action_id: 'why', initial_value: 'because' },
    },
  ],
});

let slack: SandboxSlack;
let app: bolt.App;
let seen: { kind: string; body: JsonObject }[];

beforeEach(async () => {
  slack = await startSlack({ rateLimits: 'off' });
  seen = [];
  const receiver = new bolt.HTTPReceiver({ signingSecret: slack.signingSecret, logLevel: bolt.LogLevel.ERROR });
  app = new bolt.App({
    receiver,
    token: slack.botToken,
    clientOptions: { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } },
    logLevel: bolt.LogLevel.ERROR,
    deferInitialization: true,
  });
  await app.init();
  const server = await app.start({ port: 0, host: '127.0.0.1' });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  slack.connect(`http://127.0.0.1:${address.port}/slack/events`);
});
afterEach(async () => {
  await app.stop();
  await slack.stop();
});

// Bolt's bodies are typed by kind; the tests compare them as the JSON they are.
const note = (kind: string, body: object) => seen.push({ kind, body: body as JsonObject });

async function posted(): Promise<Message> {
  const general = await app.client.conversations.join({ channel: 'C0GENERAL' });
  expect(general.ok).toBe(true);
  await app.client.apiCall('chat.postMessage', {
    channel: 'C0GENERAL',
    text: 'plan',
    blocks: card('Approve', 'nonce-1'),
  });
  return slack.waitFor((workspace) => workspace.channels.get('C0GENERAL')?.messages.at(-1));
}

describe('a Bolt app on the stand-in', () => {
  it('answers a command, in the HTTP answer and through respond()', async () => {
    app.command('/runbook', async ({ ack, command, respond }) => {
      note('command', command);
      await ack({ response_type: 'in_channel', text: `looking for ${command.text}` });
      await respond({ text: 'found' });
    });

    const answer = await slack.as('U0ALICE').command('/runbook', 'gpu-oom', 'general');

    const general = () => slack.workspace.channels.get('C0GENERAL');
    await slack.waitFor(() => general()?.ephemerals.some((one) => one.text === 'found' && one.shownTo === 'U0ALICE'));
    expect(answer).toMatchObject({ status: 200, failure: undefined });
    expect(answer.elapsedMs).toBeGreaterThan(0);
    expect(general()?.messages.map((one) => one.text)).toEqual(['looking for gpu-oom']);
    expect(seen[0]?.body).toMatchObject({
      command: '/runbook',
      text: 'gpu-oom',
      user_id: 'U0ALICE',
      user_name: 'alice',
      team_id: 'T0SANDBOX',
      channel_id: 'C0GENERAL',
      channel_name: 'general',
      api_app_id: slack.workspace.app.id,
    });
  });

  it('is told of a click with the fields that Slack sends, and changes the message', async () => {
    app.action('approve', async ({ ack, body, client }) => {
      note('action', body);
      await ack();
      const { channel, message } = body as { channel: { id: string }; message: { ts: string } };
      await client.chat.update({ channel: channel.id, ts: message.ts, text: 'approved', blocks: [] });
    });
    const message = await posted();

    const ref = { channel: 'C0GENERAL', ts: message.ts };
    const answer = await slack.as('U0ALICE').click(ref, 'Approve');
    await slack.waitFor(() => message.text === 'approved');

    expect(answer.status).toBe(200);
    expect(seen[0]?.body).toMatchObject({
      type: 'block_actions',
      user: { id: 'U0ALICE', username: 'alice', team_id: 'T0SANDBOX' },
      team: { id: 'T0SANDBOX' },
      container: { type: 'message', message_ts: message.ts, channel_id: 'C0GENERAL', is_ephemeral: false },
      channel: { id: 'C0GENERAL', name: 'general' },
      message: { ts: message.ts, bot_id: 'B0BOT', text: 'plan' },
      actions: [{ action_id: 'approve', block_id: 'decide', type: 'button', value: 'nonce-1', style: 'primary' }],
    });
    expect(seen[0]?.body).toHaveProperty('trigger_id');
    expect(seen[0]?.body).toHaveProperty('response_url');
    await expect(slack.as('U0ALICE').click(ref, 'approve')).rejects.toThrow(PersonRefused);
    const stale = await slack
      .as('U0BOB')
      .clickStale(ref, 'approve', [{ ...card('Approve', 'old')[0], type: 'actions', block_id: 'decide' }]);
    await slack.waitFor(
      () => slack.requests.filter((one) => one.method === 'chat.update' && one.answered).length === 2,
    );
    expect(stale.payload).toMatchObject({ actions: [{ value: 'old' }], user: { id: 'U0BOB' } });
  });

  it('opens a modal, fills it from live options, refuses it with errors, then takes it', async () => {
    let hash: string | undefined;
    app.action('approve', async ({ ack, body, client }) => {
      await ack();
      const { trigger_id } = body as { trigger_id: string };
      const opened = await client.views.open({
        trigger_id,
        view: { type: 'modal', title: plain('Loading'), blocks: [] },
      });
      hash = opened.view?.hash;
      await client.views.update({ view_id: opened.view?.id ?? '', hash: hash ?? '', view: form('Scale') });
    });
    app.options('pod', async ({ ack, options }) => {
      await ack({
        options: ['api-0', 'api-1']
          .filter((pod) => pod.startsWith(options.value))
          .map((pod) => ({ text: plain(pod), value: pod })),
      });
    });
    app.view('scale', async ({ ack, view }) => {
      note('view', view);
      const { value } = view.state.values.replicas?.replicas ?? {};
      if (value === '9') await ack({ response_action: 'errors', errors: { replicas: 'at most 8' } });
      else await ack();
    });
    const message = await posted();
    const alice = slack.as('U0ALICE');

    await alice.click({ channel: 'C0GENERAL', ts: message.ts }, 'approve');
    const modal = await slack.waitFor(() => slack.modal('U0ALICE')?.callback_id === 'scale' && slack.modal('U0ALICE'));
    await expect(alice.submit(modal, { replicas: '3' })).rejects.toThrow('pod must be filled in');
    const { options } = await alice.options(modal, 'pod', 'api');
    await expect(alice.submit(modal, { pod: 'api-7', replicas: '3' })).rejects.toThrow('no option "api-7"');
    await expect(alice.submit(modal, { pod: 'api-1', replicas: '-1' })).rejects.toThrow('at least 0');
    const refused = await alice.submit(modal, { pod: 'api-1', replicas: '9' });
    const stillOpen = slack.modal('U0ALICE')?.id;
    const taken = await alice.submit(modal, { replicas: '8' });

    expect(options.map((one) => one.value)).toEqual(['api-0', 'api-1']);
    expect([refused.errors, stillOpen]).toEqual([{ replicas: 'at most 8' }, modal.id]);
    expect([taken.status, taken.trouble, slack.modal('U0ALICE')]).toEqual([200, undefined, undefined]);
    expect(modal.hash).not.toBe(hash);
    expect(seen.at(-1)?.body).toMatchObject({
      state: {
        values: {
          pod: { pod: { type: 'external_select', selected_option: { value: 'api-1' } } },
          replicas: { replicas: { type: 'number_input', value: '8' } },
          why: { why: { type: 'plain_text_input', value: 'because' } },
        },
      },
    });
  });

  it('stacks, replaces and clears modals as its answers say', async () => {
    const answers = ['push', 'update', 'clear'] as const;
    let turn = 0;
    const step = (title: string) => ({
      type: 'modal' as const,
      callback_id: 'step',
      title: plain(title),
      submit: plain('Go'),
      blocks: [],
    });
    app.command('/start', async ({ ack, command, client }) => {
      await ack();
      await client.views.open({ trigger_id: command.trigger_id, view: step('first') });
    });
    app.view('step', async ({ ack }) => {
      const response_action = answers[turn] ?? 'clear';
      turn += 1;
      await (response_action === 'clear'
        ? ack({ response_action })
        : ack({ response_action, view: step(response_action) }));
    });
    const bob = slack.as('U0BOB');
    const titles = () => slack.workspace.modals.get('U0BOB')?.map((view) => (view.title as { text: string }).text);

    await bob.command('/start', '', 'general');
    const first = await slack.waitFor(() => slack.modal('U0BOB'));
    await bob.submit(first, {});
    const pushed = titles();
    const front = await slack.waitFor(() => slack.modal('U0BOB'));
    await bob.submit(front, {});
    const updated = titles();
    await bob.submit(front, {});

    expect([pushed, updated, titles()]).toEqual([['first', 'push'], ['first', 'update'], undefined]);
    expect(front).toMatchObject({ root_view_id: first.id, previous_view_id: first.id });
  });

  it('uploads a file with web-api and shares it in a thread', async () => {
    const message = await posted();

    await app.client.filesUploadV2({
      channel_id: 'C0GENERAL',
      thread_ts: message.ts,
      filename: 'pods.txt',
      content: 'NAME READY\napi-0 1/1',
      initial_comment: 'long output',
    });

    const reply = slack.workspace.channels.get('C0GENERAL')?.messages.at(-1);
    expect(reply).toMatchObject({ thread_ts: message.ts, text: 'long output', files: [{ name: 'pods.txt' }] });
    expect([...slack.workspace.files.values()].map((file) => file.bytes?.toString())).toEqual([
      'NAME READY\napi-0 1/1',
    ]);
  });

  it('publishes a home page when it is opened', async () => {
    app.event('app_home_opened', async ({ event, client }) => {
      const view = { type: 'home' as const, blocks: [{ type: 'header' as const, text: plain('Incidents') }] };
      await client.views.publish({ user_id: event.user, view });
    });

    const answer = await slack.as('U0CAROL').openHome();
    const home = await slack.waitFor((workspace) => workspace.homes.get('U0CAROL'));

    expect(answer.status).toBe(200);
    expect(home.blocks).toMatchObject([{ type: 'header', text: { text: 'Incidents' } }]);
  });

  it('lets nobody use what they cannot see', async () => {
    const message = await posted();
    await app.client.chat.postEphemeral({
      channel: 'C0GENERAL',
      user: 'U0BOB',
      text: 'x',
      blocks: card('Only Bob', 'b'),
    });
    const [ephemeral] = slack.workspace.channels.get('C0GENERAL')?.ephemerals ?? [];

    const guest = slack.as('U0GUEST').click({ channel: 'C0GENERAL', ts: message.ts }, 'approve');
    const other = slack.as('U0ALICE').click({ channel: 'C0GENERAL', ts: ephemeral?.ts ?? '' }, 'approve');

    await expect(guest).rejects.toThrow('cannot see #general');
    await expect(other).rejects.toThrow('shown to U0BOB alone');
  });
});
