import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type DemoServer, startDemoServer } from '../../../src/sandbox/demo/server.ts';
import { type SandboxSlack, startSlack } from '../../../src/sandbox/slack/start.ts';
import { type RecordingApp, startRecordingApp } from '../slack/app.ts';
import { call } from '../slack/call.ts';
import { fakeHost } from './host.ts';
import { act, watch } from './page.ts';

let slack: SandboxSlack;
let app: RecordingApp;
let server: DemoServer;
let fake: ReturnType<typeof fakeHost>;

beforeEach(async () => {
  app = await startRecordingApp();
  slack = await startSlack({
    rateLimits: 'off',
    answerMs: 250,
    channels: [
      { id: 'C0GENERAL', name: 'general', members: ['U0ALICE', 'U0GUEST', 'U0BOT'] },
      { id: 'C0OPEN', name: 'open', members: ['U0BOB'] },
      { id: 'C0SECRET', name: 'secret', isPrivate: true, members: ['U0BOB', 'U0BOT'] },
    ],
  });
  slack.connect(app.url);
  fake = fakeHost(slack);
  server = await startDemoServer(fake.host);
});
afterEach(async () => {
  await server.stop();
  await slack.stop();
  await app.stop();
});

const plain = (text: string) => ({ type: 'plain_text', text });
const option = (value: string) => ({ text: plain(`The ${value}`), value });
const blocks = [
  {
    type: 'actions',
    block_id: 'all',
    elements: [
      { type: 'button', action_id: 'yes', text: plain('Yes'), value: '1' },
      { type: 'static_select', action_id: 'size', options: [option('small'), option('large')] },
      { type: 'external_select', action_id: 'pod', min_query_length: 1 },
    ],
  },
];
const doAs = (as: string, gesture: object) => act(server.url, { as, ...gesture });
const said = (index: number) => {
  const form = new URLSearchParams(app.heard[index]?.body);
  const payload = form.get('payload');
  return payload === null ? Object.fromEntries(form) : Object(JSON.parse(payload));
};

async function card(channel = 'C0GENERAL') {
  const { body } = await call(slack, 'chat.postMessage', { channel, text: 'card', blocks });
  return { place: { channel, ts: String(body.ts) }, block: 'all' };
}

describe('an element of a message', () => {
  it('is used as Slack says it to the app', async () => {
    const at = await card();
    app.answers.push(200, 200, { options: [option('api-0')] });

    const clicked = await doAs('U0ALICE', { do: 'click', action: 'yes', ...at });
    const chosen = await doAs('U0ALICE', { do: 'select', action: 'size', value: 'large', ...at });
    const offered = await doAs('U0ALICE', { do: 'options', action: 'pod', typed: 'a', ...at });

    expect([clicked, chosen]).toEqual([{ ok: true }, { ok: true }]);
    expect(offered).toEqual({ ok: true, options: [option('api-0')] });
    expect(said(0)).toMatchObject({
      type: 'block_actions',
      user: { id: 'U0ALICE' },
      actions: [{ action_id: 'yes', value: '1' }],
    });
    expect(said(1)).toMatchObject({ actions: [{ action_id: 'size', selected_option: { value: 'large' } }] });
    expect(said(2)).toMatchObject({ type: 'block_suggestion', value: 'a' });
  });

  it.each([
    ['never', 'operation_timeout: the app did not answer within 3 seconds'],
    [500, 'the app answered with status 500'],
  ])('says what Slack would say when the app answers %s', async (answer, text) => {
    const at = await card();
    app.answers.push(answer);

    const outcome = await doAs('U0ALICE', { do: 'click', action: 'yes', ...at });

    expect(outcome).toEqual({ ok: false, text: expect.stringContaining(text) });
  });

  it('is found again by its value when the message was updated a moment before', async () => {
    const at = { ...(await card()), block: 'the block before' };

    const clicked = await doAs('U0ALICE', { do: 'click', action: 'yes', value: '1', ...at });
    const gone = await doAs('U0ALICE', { do: 'click', action: 'yes', value: 'of another plan', ...at });

    expect(clicked).toEqual({ ok: true });
    expect(gone).toEqual({ ok: false, text: 'That button is gone: the message has changed. Look at it again.' });
    expect(app.heard).toHaveLength(1);
  });

  it('waits for an app that has not said yet where it listens', async () => {
    const alone = await startSlack({ rateLimits: 'off' });
    const early = await startDemoServer(fakeHost(alone).host);

    const outcome = await act(early.url, { as: 'U0ALICE', do: 'home' });
    await early.stop();
    await alone.stop();

    expect(outcome).toEqual({ ok: false, text: 'The app is still starting. Try again in a few seconds.' });
  });

  it('cannot be used by somebody who does not see it, who is not there, or who is nobody here', async () => {
    const at = await card('C0SECRET');
    const click = { do: 'click', action: 'yes', ...at };

    const outcomes = [
      await doAs('U0ALICE', click),
      await doAs('U0BOB', { ...click, action: 'no' }),
      await doAs('U0CAROL', click),
      await doAs('U0BOT', click),
    ];

    expect(outcomes).toEqual([
      { ok: false, text: 'There is no such channel.' },
      { ok: false, text: 'That button is gone: the message has changed. Look at it again.' },
      { ok: false, text: 'Nobody can act as U0CAROL here.' },
      { ok: false, text: 'Nobody can act as U0BOT here.' },
    ]);
    expect(app.heard).toEqual([]);
  });
});

describe('a form', () => {
  const asks = {
    type: 'input',
    block_id: 'name',
    label: plain('Name'),
    element: { type: 'plain_text_input', action_id: 'typed' },
  };
  async function open(): Promise<string> {
    await doAs('U0ALICE', { do: 'say', channel: 'C0GENERAL', text: '/runbook' });
    const view = { type: 'modal', title: plain('Form'), submit: plain('Go'), blocks: [asks], notify_on_close: true };
    const { body } = await call(slack, 'views.open', { trigger_id: said(0).trigger_id, view });
    return Object(body.view).id;
  }

  it('that is gone, or in front of somebody else, is closed already', async () => {
    const outcomes = [
      await doAs('U0ALICE', { do: 'submit', view: 'V0GONE', values: {} }),
      await doAs('U0ALICE', { do: 'close', view: 'V0GONE' }),
      await doAs('U0ALICE', { do: 'click', place: { view: 'V0GONE' }, action: 'yes', block: 'all' }),
    ];

    expect(outcomes).toEqual(outcomes.map(() => ({ ok: false, text: 'This form is closed already.' })));
  });

  it('stays open with the app’s errors by block, and closes when the app takes it', async () => {
    const alice = await watch(server.url, 'U0ALICE');
    const view = await open();
    await alice.until((table) => JSON.stringify(table.get('modals')).includes(view));
    app.answers.push({ response_action: 'errors', errors: { name: 'Taken.' } });

    const refused = await doAs('U0ALICE', { do: 'submit', view, values: { name: 'a' } });
    const open1 = slack.modal('U0ALICE')?.id;
    const taken = await doAs('U0ALICE', { do: 'submit', view, values: { name: 'b' } });
    await alice.until((table) => JSON.stringify(table.get('modals')) === '[]');

    expect(refused).toEqual({ ok: true, errors: { name: 'Taken.' } });
    expect(open1).toBe(view);
    expect(taken).toEqual({ ok: true });
    expect(said(2)).toMatchObject({
      type: 'view_submission',
      view: { state: { values: { name: { typed: { value: 'b' } } } } },
    });
    alice.close();
  });

  it('is told of trouble, and can be closed', async () => {
    const view = await open();
    app.answers.push(500);

    const trouble = await doAs('U0ALICE', { do: 'submit', view, values: { name: 'a' } });
    const closed = await doAs('U0ALICE', { do: 'close', view });

    expect(trouble).toEqual({ ok: false, text: 'We had some trouble connecting. Try again? (the app answered 500)' });
    expect(closed).toEqual({ ok: true });
    expect(said(2)).toMatchObject({ type: 'view_closed' });
    expect(slack.modal('U0ALICE')).toBeUndefined();
  });
});

describe('a typed line', () => {
  it('is a command when it begins with a slash', async () => {
    const outcome = await doAs('U0ALICE', { do: 'say', channel: 'C0GENERAL', text: ' /runbook  gpu-oom @bob ' });

    expect(outcome).toEqual({ ok: true });
    expect(said(0)).toMatchObject({ command: '/runbook', text: 'gpu-oom @bob', channel_id: 'C0GENERAL' });
  });

  it.each([
    [{ text: '/foo bar' }, '/foo is not a valid command.'],
    [{ text: '/runbook x', thread: '1.0' }, '/runbook is not supported in threads. Sorry!'],
    [{ text: '   ' }, 'There is nothing to send yet.'],
    [{ text: 'hi', thread: '1.0' }, 'The message of this thread is gone.'],
    [{ text: 'hi', channel: 'C0OPEN' }, 'You are not in #open. Ask somebody in it to add you.'],
    [{ text: 'hi', channel: 'C0SECRET' }, 'There is no such channel.'],
    [{ text: 'hi', channel: 'C0NONE' }, 'There is no such channel.'],
  ])('%j is refused in a person’s words', async (line, text) => {
    const outcome = await doAs('U0ALICE', { do: 'say', channel: 'C0GENERAL', ...line });

    expect(outcome).toEqual({ ok: false, text });
    expect(app.heard).toEqual([]);
  });

  it('says so when the command’s app fails, or when the channel is archived', async () => {
    app.answers.push('never');
    const slow = await doAs('U0ALICE', { do: 'say', channel: 'C0GENERAL', text: '/runbook x' });
    await call(slack, 'conversations.archive', { channel: 'C0GENERAL' });
    const archived = await doAs('U0ALICE', { do: 'say', channel: 'C0GENERAL', text: 'hello' });

    expect(slow).toEqual({ ok: false, text: expect.stringMatching(/^\/runbook failed\. operation_timeout: /) });
    expect(archived).toEqual({ ok: false, text: 'This channel is archived. Nobody can write in it.' });
  });
});

describe('an invitation', () => {
  const invite = (as: string, channel: string, person: string) => doAs(as, { do: 'invite', channel, person });

  it('makes a person a member, who sees the channel from then on', async () => {
    const guest = await watch(server.url, 'U0ALICE');
    await guest.until((table) => table.has('me'));

    const outcome = await invite('U0BOB', 'C0SECRET', 'U0ALICE');
    await guest.until((table) => table.has('channel/C0SECRET'));

    expect(outcome).toEqual({ ok: true });
    guest.close();
  });

  it.each([
    ['U0BOB', 'C0GENERAL', 'U0CAROL', 'Only members of #general can add people to it.'],
    ['U0GUEST', 'C0GENERAL', 'U0CAROL', 'Guests cannot add people to a channel.'],
    ['U0ALICE', 'C0GENERAL', 'U0GUEST', 'Gail Guest is in #general already.'],
    ['U0ALICE', 'C0SECRET', 'U0CAROL', 'There is no such channel.'],
    ['U0ALICE', 'C0GENERAL', 'U0NOBODY', 'There is no such person.'],
  ])('of %s to %s for %s is refused', async (as, channel, person, text) => {
    const before = [...(slack.workspace.channels.get(channel)?.members ?? [])];

    expect(await invite(as, channel, person)).toEqual({ ok: false, text });
    expect([...(slack.workspace.channels.get(channel)?.members ?? [])]).toEqual(before);
  });
});

describe('the demo’s own switches', () => {
  it.each([
    [{ ok: true, sealed: 42, unsealed: 0 }, 'Checked again: the chain holds to row 42.'],
    [
      { ok: false, sealed: 42, unsealed: 0, trouble: 'Row 7 differs.' },
      'Checked again: the chain is broken. Row 7 differs.',
    ],
  ])('tell what came of a check of the journal: %j', async (verified, said) => {
    fake.sources.journal.set({ verified, rows: [], total: 42 });

    expect(await doAs('U0ALICE', { do: 'verify-journal' })).toEqual({ ok: true, said });
  });

  it('reach what they are for', async () => {
    const outcomes = [
      await doAs('U0ALICE', { do: 'start-story', story: 'hdc-cuda' }),
      await doAs('U0ALICE', { do: 'reset-story', story: 'hdc-cuda' }),
      await doAs('U0ALICE', { do: 'arm-fault', fault: 'slack-429' }),
      await doAs('U0ALICE', { do: 'disarm-fault', fault: 'slack-429' }),
      await doAs('U0ALICE', { do: 'verify-journal' }),
      await doAs('U0ALICE', { do: 'home' }),
    ];

    expect(outcomes.filter((outcome) => !outcome.ok)).toEqual([]);
    expect(outcomes[4]).toEqual({ ok: true, said: 'Nothing is sealed yet.' });
    expect(fake.asked).toEqual(['start hdc-cuda', 'reset hdc-cuda', 'arm slack-429', 'disarm slack-429', 'verify']);
    expect(JSON.parse(app.heard[0]?.body ?? '')).toMatchObject({ event: { type: 'app_home_opened', user: 'U0ALICE' } });
  });

  it('refuse what is not there, and what cannot be now', async () => {
    await doAs('U0ALICE', { do: 'start-story', story: 'hdc-cuda' });

    const outcomes = [
      await doAs('U0ALICE', { do: 'start-story', story: 'hdc-cuda' }),
      await doAs('U0ALICE', { do: 'start-story', story: 'none' }),
      await doAs('U0ALICE', { do: 'arm-fault', fault: 'none' }),
      await doAs('U0ALICE', { do: 'dismiss-alarm', alarm: 'none' }),
    ];

    expect(outcomes).toEqual([
      { ok: false, text: 'It runs already.' },
      { ok: false, text: 'There is no story none.' },
      { ok: false, text: 'There is no fault none.' },
      { ok: false, text: 'This alarm was dismissed already.' },
    ]);
  });
});

describe('an alarm', () => {
  it('is raised for blocks that Slack would not take, with what is wrong, until it is dismissed', async () => {
    const alice = await watch(server.url, 'U0ALICE');
    await alice.until((table) => table.has('alarms'));

    await call(slack, 'chat.postMessage', { channel: 'C0GENERAL', blocks: [{ type: 'marquee' }] });
    const raised = await alice.until((table) => Object(table.get('alarms'))[0]);
    const outcome = await doAs('U0ALICE', { do: 'dismiss-alarm', alarm: raised.id });
    await alice.until((table) => JSON.stringify(table.get('alarms')) === '[]');

    expect(raised).toMatchObject({
      title: 'chat.postMessage: invalid_blocks',
      details: [expect.stringContaining('json-pointer:/blocks/0')],
    });
    expect(outcome).toEqual({ ok: true });
    alice.close();
  });

  it('is raised for a form that the app answered wrongly', async () => {
    await doAs('U0ALICE', { do: 'say', channel: 'C0GENERAL', text: '/runbook' });
    const view = { type: 'modal', title: plain('Form'), submit: plain('Go'), blocks: [] };
    const { body } = await call(slack, 'views.open', { trigger_id: said(0).trigger_id, view });
    app.answers.push({ response_action: 'update', view: { type: 'modal', title: plain('x'.repeat(30)), blocks: [] } });
    const alice = await watch(server.url, 'U0ALICE');

    const outcome = await doAs('U0ALICE', { do: 'submit', view: Object(body.view).id, values: {} });
    const raised = await alice.until((table) => Object(table.get('alarms'))[0]);

    expect(outcome).toEqual({ ok: false, text: expect.stringContaining('invalid_arguments') });
    expect(raised).toMatchObject({
      title: 'The app’s answer to “submit”: invalid_arguments',
      details: [expect.stringContaining('/view/title')],
    });
    alice.close();
  });

  it('is not raised for what happens to every app', async () => {
    slack.faults.add({ kind: 'rate-limited', method: 'chat.postMessage' });
    await call(slack, 'chat.postMessage', { channel: 'C0GENERAL', text: 'slow down' });
    await call(slack, 'conversations.create', { name: 'general' });
    const alice = await watch(server.url, 'U0ALICE');
    await alice.until((table) => table.has('alarms'));

    expect(slack.requests.map(({ answered }) => answered)).toEqual(['ratelimited', 'name_taken']);
    expect(alice.table.get('alarms')).toEqual([]);
    alice.close();
  });

  it('is one of fifty at most, the newest first', async () => {
    for (let count = 1; count <= 52; count += 1) {
      await call(slack, 'chat.postMessage', { channel: 'C0GENERAL', blocks: [{ type: `marquee${count}` }] });
    }
    const alice = await watch(server.url, 'U0ALICE');
    const alarms = await alice.until((table) => table.get('alarms'));

    expect(Object(alarms)).toHaveLength(50);
    expect(Object(alarms)[0].id).toBe('alarm-52');
    alice.close();
  });
});
