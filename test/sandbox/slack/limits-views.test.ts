/** Slack's documented limits on views, triggers, response URLs and suggested options, by the page that states each. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type SandboxSlack, startSlack } from '../../../src/sandbox/slack/start.ts';
import { addChannel } from '../../../src/sandbox/slack/workspace.ts';
import { type RecordingApp, startRecordingApp } from './app.ts';
import { call } from './call.ts';

let slack: SandboxSlack;
let app: RecordingApp;
let nowMs: number;
beforeEach(async () => {
  nowMs = 1_790_000_000_000;
  slack = await startSlack({ rateLimits: 'off', now: () => nowMs });
  app = await startRecordingApp();
  slack.connect(app.url);
  addChannel(slack.workspace, { id: 'C0OURS', name: 'ours', creator: 'U0BOT', members: ['U0BOT', 'U0ALICE'] });
});
afterEach(async () => {
  await slack.stop();
  await app.stop();
});

const text = (length: number) => 'x'.repeat(length);
const plain = (length: number) => ({ type: 'plain_text', text: text(length) });
const blocks = (count: number, length = 5) =>
  Array.from({ length: count }, () => ({ type: 'section', text: plain(length) }));
const modal = (more: object = {}) => ({ type: 'modal', title: plain(5), blocks: blocks(1), ...more });

async function command(): Promise<{ trigger: string; responseUrl: string }> {
  const { payload } = await slack.as('U0ALICE').command('/runbook', '', 'ours');
  return { trigger: String(payload.trigger_id), responseUrl: String(payload.response_url) };
}
const open = async (view: object) => call(slack, 'views.open', { trigger_id: (await command()).trigger, view });
const publish = (view: object) => call(slack, 'views.publish', { user_id: 'U0ALICE', view: { type: 'home', ...view } });

it.each<[page: string, what: string, atTheLimit: object, over: object, code: string]>([
  ['Modal views', '24 characters to close', { close: plain(24) }, { close: plain(25) }, 'invalid_arguments'],
  [
    'Modal views',
    '255 characters of external_id',
    { external_id: text(255) },
    { external_id: text(256) },
    'invalid_arguments',
  ],
  ['Modal views', '100 blocks', { blocks: blocks(100) }, { blocks: blocks(101) }, 'invalid_arguments'],
  ['views.open', '250 KB', { blocks: blocks(80, 3000) }, { blocks: blocks(90, 3000) }, 'view_too_large'],
])('%s: %s, and not more', async (_page, _what, atTheLimit, over, code) => {
  const refused = await open(modal(over));
  const opened = await open(modal(atTheLimit));

  expect([refused.body.error, opened.body.error]).toEqual([code, undefined]);
});

it.each<[what: string, atTheLimit: object, over: object]>([
  ['100 blocks', { blocks: blocks(100) }, { blocks: blocks(101) }],
  [
    '3,000 characters of private_metadata',
    { blocks: [], private_metadata: text(3000) },
    { blocks: [], private_metadata: text(3001) },
  ],
  ['255 characters of callback_id', { blocks: [], callback_id: text(255) }, { blocks: [], callback_id: text(256) }],
])('Home tab views: %s, and not more', async (_what, atTheLimit, over) => {
  const refused = await publish(over);
  const published = await publish(atTheLimit);

  expect([refused.body.error, published.body.error]).toEqual(['invalid_arguments', undefined]);
});

it('views.push: three views on top of each other, and not a fourth', async () => {
  const button = { type: 'actions', elements: [{ type: 'button', action_id: 'more', text: plain(4) }] };
  const view = modal({ blocks: [button] });
  await open(view);

  const answers: unknown[] = [];
  for (let count = 0; count < 3; count++) {
    const front = slack.modal('U0ALICE')?.id ?? '';
    const { payload } = await slack.as('U0ALICE').click({ id: front }, 'more');
    answers.push((await call(slack, 'views.push', { trigger_id: String(payload.trigger_id), view })).body.error);
  }

  expect(answers).toEqual([undefined, undefined, 'push_limit_reached']);
});

it('Modal views: an external_id is of one view at a time', async () => {
  await open(modal({ external_id: 'plan-7' }));
  const { payload } = await slack.as('U0BOB').command('/runbook', '', 'general');

  const second = await call(slack, 'views.open', {
    trigger_id: String(payload.trigger_id),
    view: modal({ external_id: 'plan-7' }),
  });

  expect(second.body.error).toBe('duplicate_external_id');
});

it('views.publish: a hash that is not the newest is a conflict', async () => {
  const first = await publish({ blocks: [] });
  const { hash } = first.body.view as { hash: string };
  const again = (sent: string) =>
    call(slack, 'views.publish', { user_id: 'U0ALICE', view: { type: 'home', blocks: [] }, hash: sent });

  expect([(await again(hash)).body.error, (await again(hash)).body.error]).toEqual([undefined, 'hash_conflict']);
});

it('Handling user interaction: a trigger lives three seconds', async () => {
  const [inTime, late] = [await command(), await command()];

  nowMs += 3000;
  const opened = await call(slack, 'views.open', { trigger_id: inTime.trigger, view: modal() });
  nowMs += 1;
  const refused = await call(slack, 'views.open', { trigger_id: late.trigger, view: modal() });

  expect([opened.body.error, refused.body.error]).toEqual([undefined, 'expired_trigger_id']);
});

it('Handling user interaction: a response_url lives half an hour', async () => {
  const { responseUrl } = await command();
  const respond = async () => {
    const headers = { 'content-type': 'application/json' };
    return (await fetch(responseUrl, { method: 'POST', headers, body: '{"text":"x"}' })).status;
  };

  nowMs += 30 * 60_000;
  const inTime = await respond();
  nowMs += 1;

  expect([inTime, await respond()]).toEqual([200, 404]);
});

it('Select menu element: an app suggests 100 options, and not more', async () => {
  const element = { type: 'external_select', action_id: 'pod', min_query_length: 1 };
  await call(slack, 'chat.postMessage', { channel: 'C0OURS', blocks: [{ type: 'actions', elements: [element] }] });
  const ts = slack.workspace.channels.get('C0OURS')?.messages.at(-1)?.ts ?? '';
  const options = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ text: plain(75), value: `pod-${at}` }));
  const typed = () => slack.as('U0ALICE').options({ channel: 'C0OURS', ts }, 'pod', 'web');

  app.answers.push(
    { options: options(100) },
    { options: options(101) },
    { options: [{ text: plain(76), value: 'x' }] },
  );

  expect((await typed()).options).toHaveLength(100);
  await expect(typed()).rejects.toMatchObject({ code: 'invalid_arguments' });
  await expect(typed()).rejects.toMatchObject({ code: 'invalid_arguments' });
  app.answers.push({ options: [] });
  expect((await typed()).options).toEqual([]);
});
