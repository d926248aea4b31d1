/** Words that fail on purpose, typed as people type them and sent as any client would. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { type SandboxKubernetes, startKubernetes } from '../../src/sandbox/kubernetes/start.ts';
import { type SandboxPagerDuty, startPagerDuty } from '../../src/sandbox/pagerduty/start.ts';
import { type SandboxSlack, startSlack } from '../../src/sandbox/slack/start.ts';
import { addChannel } from '../../src/sandbox/slack/workspace.ts';
import { eventually } from '../eventually.ts';
import { patchJson, webPath, withWeb } from './kubernetes/sandbox.ts';
import { call as callPagerDuty } from './pagerduty/call.ts';
import { call } from './slack/call.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** What came back: a status and a code, or `lost` when the connection broke. */
async function outcome(asked: Promise<{ status: number; body: Record<string, unknown> }>): Promise<unknown> {
  try {
    const { status, body } = await asked;
    return status === 200 && body.ok === false ? body.error : status;
  } catch (error) {
    if (!String(error).includes('fetch failed')) throw error;
    return 'lost';
  }
}

describe('in Slack', () => {
  let slack: SandboxSlack;
  async function start(sentinels?: boolean): Promise<void> {
    slack = await startSlack({ rateLimits: 'off', ...(sentinels === undefined ? {} : { sentinels }) });
    stops.push(() => slack.stop());
    addChannel(slack.workspace, { id: 'C0OURS', name: 'ours', creator: 'U0BOT', members: ['U0BOT'] });
  }
  const post = (text: string) => outcome(call(slack, 'chat.postMessage', { channel: 'C0OURS', text }));
  const create = (name: string) => outcome(call(slack, 'conversations.create', { name }));
  const texts = () => slack.workspace.channels.get('C0OURS')?.messages.map((one) => one.text);

  it.each([
    ['sentinel-rate-limit', 429, 0],
    ['sentinel-500', 500, 0],
    ['sentinel-lost-reply', 'lost', 1],
  ])('%s in a message strikes once, and the same message gets through after it', async (word, failure, done) => {
    await start(true);

    const first = await post(`Disk full ${word}`);
    const postedAtFirst = texts()?.length;
    const second = await post(`Disk full ${word}`);

    expect([first, postedAtFirst, second]).toEqual([failure, done, 200]);
  });

  it('sentinel-timeout is never answered, and nothing is done', async () => {
    await start(true);

    const hung = post('sentinel-timeout');
    await slack.waitFor(() => slack.requests.at(-1)?.answered === 'hung');

    expect(texts()).toEqual([]);
    expect(await post('sentinel-timeout')).toBe(200);
    await slack.stop();
    expect(await hung).toBe('lost');
  });

  it('sentinel-name-taken gives the name to a colleague, and the next one tried is free', async () => {
    await start(true);

    const first = await create('inc-7-sentinel-name-taken');
    const second = await create('inc-7-sentinel-name-taken-2');

    expect([first, second]).toEqual(['name_taken', 200]);
    const owner = [...slack.workspace.channels.values()].find(({ name }) => name === 'inc-7-sentinel-name-taken');
    expect(owner?.creator).toBe('U0ALICE');
    expect(owner?.members.has('U0BOT')).toBe(false);
  });

  it('a word in blocks counts, and in a header as a phone writes it', async () => {
    await start(true);
    const blocks = [{ type: 'header', text: { type: 'plain_text', text: 'Sentinel-500 Disk full' } }];

    expect(await outcome(call(slack, 'chat.postMessage', { channel: 'C0OURS', blocks }))).toBe(500);
  });

  it('a title that stands in the blocks and in the text of a message strikes once', async () => {
    await start(true);
    const blocks = [{ type: 'header', text: { type: 'plain_text', text: 'Disk full sentinel-500' } }];
    const twice = () =>
      outcome(
        call(slack, 'chat.postMessage', { channel: 'C0OURS', text: 'Incident 7: Disk full sentinel-500', blocks }),
      );

    expect([await twice(), await twice()]).toEqual([500, 200]);
  });

  it('several words strike one after the other', async () => {
    await start(true);
    const both = () => post('sentinel-500 sentinel-rate-limit');

    expect([await both(), await both(), await both()]).toEqual([500, 429, 200]);
  });

  it('strikes once for each method, and once more for another text before it', async () => {
    await start(true);

    const posted = [await post('one sentinel-500'), await post('one sentinel-500'), await post('two sentinel-500')];
    const ts = slack.workspace.channels.get('C0OURS')?.messages[0]?.ts ?? '';
    const updated = await outcome(call(slack, 'chat.update', { channel: 'C0OURS', ts, text: 'one sentinel-500' }));

    expect([...posted, updated]).toEqual([500, 200, 500, 500]);
  });

  it.each(['sentinel-5003', 'asentinel-500', 'sentinels', 'sentinel'])('%s is no such word', async (text) => {
    await start(true);

    expect(await post(text)).toBe(200);
  });

  it('words are words unless they were asked for', async () => {
    await start();

    expect(await post('sentinel-500 sentinel-rate-limit sentinel-lost-reply')).toBe(200);
    expect(await create('sentinel-name-taken')).toBe(200);
  });
});

describe('in Kubernetes', () => {
  let kubernetes: SandboxKubernetes;
  async function start(sentinels = true): Promise<void> {
    kubernetes = await startKubernetes({ clock: 'manual', sentinels });
    stops.push(() => kubernetes.stop());
    await withWeb(kubernetes);
  }
  const env = '/spec/template/spec/containers/0/env/0/value';
  const image = '/spec/template/spec/containers/0/image';
  const patch = (path: string, value: unknown, query = '', op = 'replace') =>
    outcome(
      patchJson(kubernetes, webPath + query, [{ op, path, value }]).then(async (answer) => ({
        status: answer.status,
        body: { message: await answer.text() },
      })),
    );
  const live = () => {
    const spec = kubernetes.world.get('deployments', 'shop', 'web')?.spec;
    const container = spec?.template.spec.containers[0];
    return { replicas: spec?.replicas, image: container?.image, batch: container?.env?.[0]?.value };
  };

  it.each([
    ['sentinel-409', 409],
    ['sentinel-422', 422],
    ['sentinel-429', 429],
    ['sentinel-503', 503],
  ])('%s as a value, a tag or a number of replicas is answered with that code once', async (word, code) => {
    await start();
    const before = live();

    const value = await patch(env, word);
    const untouched = live();
    const again = await patch(env, word);
    const tag = await patch(image, `shop/web:${word}`);
    const replicas = await patch('/spec/replicas', code);

    expect([value, again, tag]).toEqual([code, 200, code]);
    expect(untouched).toEqual(before);
    // The bare number is the bare word, which has struck.
    expect(replicas).toBe(200);
    expect(live()).toMatchObject({ batch: word, replicas: code });
  });

  it('a number of replicas strikes by itself', async () => {
    await start();

    expect([await patch('/spec/replicas', 409), await patch('/spec/replicas', 409)]).toEqual([409, 200]);
  });

  it('sentinel-lost-reply and sentinel-timeout do the work and are not answered', async () => {
    await start();

    const lost = await patch(env, 'sentinel-lost-reply');
    const afterLost = live().batch;
    const lines = kubernetes.audit.length;
    const hung = patch(env, 'sentinel-timeout');
    await kubernetesSaw(kubernetes, lines + 1);

    expect([lost, afterLost, live().batch]).toEqual(['lost', 'sentinel-lost-reply', 'sentinel-timeout']);
    await kubernetes.stop();
    expect(await hung).toBe('lost');
  });

  it('sentinel-403 refuses the dry run, the others only the real write', async () => {
    await start();

    expect(await patch(env, 'sentinel-403', '?dryRun=All')).toBe(403);
    expect(await patch(env, 'sentinel-403')).toBe(200);
    expect(await patch(env, 'sentinel-409', '?dryRun=All')).toBe(200);
    expect(await patch(env, 'sentinel-409')).toBe(409);
  });

  it('what a patch only tests for strikes nothing', async () => {
    await start();
    kubernetes.world.edit('deployments', 'shop', 'web', (web) =>
      Object.assign(web['metadata'] ?? {}, { annotations: { why: 'sentinel-409' } }),
    );

    expect(await patch('/metadata/annotations/why', 'sentinel-409', '', 'test')).toBe(200);
  });

  it('words are words unless they were asked for', async () => {
    await start(false);

    expect(await patch(env, 'sentinel-409')).toBe(200);
    expect(await patch('/spec/replicas', 409)).toBe(200);
  });
});

/** A hung request has written its audit line when its work is done. */
async function kubernetesSaw(kubernetes: SandboxKubernetes, lines: number): Promise<void> {
  await eventually('the write is in the audit log', () => kubernetes.audit.length >= lines);
}

describe('in PagerDuty', () => {
  let pagerduty: SandboxPagerDuty;
  async function start(sentinels = true): Promise<void> {
    pagerduty = await startPagerDuty({ sentinels });
    stops.push(() => pagerduty.stop());
  }
  const note = (id: string, content: string) =>
    outcome(callPagerDuty(pagerduty, 'POST', `/incidents/${id}/notes`, { body: { note: { content } } }));
  const resolve = (id: string) =>
    outcome(
      callPagerDuty(pagerduty, 'PUT', `/incidents/${id}`, {
        body: { incident: { type: 'incident', status: 'resolved' } },
      }),
    );

  it.each([
    ['sentinel-rate-limit', 429, 0],
    ['sentinel-500', 500, 0],
    ['sentinel-lost-reply', 'lost', 1],
  ])('%s in a note strikes once', async (word, failure, done) => {
    await start();
    const { id } = pagerduty.trigger();

    const first = await note(id, `Restarted it. ${word}`);
    const notedAtFirst = pagerduty.incident(id).notes.length;

    expect([first, notedAtFirst, await note(id, `Restarted it. ${word}`)]).toEqual([failure, done, 200]);
  });

  it('a word in the title strikes the first change of that incident, and no read', async () => {
    await start();
    const { id } = pagerduty.trigger({ title: 'Disk full sentinel-rate-limit' });

    const read = await outcome(callPagerDuty(pagerduty, 'GET', `/incidents/${id}`));

    expect([read, await resolve(id), await resolve(id)]).toEqual([200, 429, 200]);
  });

  it('sentinel-timeout does the work and does not answer', async () => {
    await start();
    const { id } = pagerduty.trigger();

    const silent = note(id, 'sentinel-timeout');
    await pagerduty.waitFor(() => pagerduty.incident(id).notes.length === 1);
    await pagerduty.stop();

    expect(await silent).toBe('lost');
  });

  it('words are words unless they were asked for', async () => {
    await start(false);
    const { id } = pagerduty.trigger({ title: 'sentinel-500' });

    expect([await note(id, 'sentinel-lost-reply'), await resolve(id)]).toEqual([200, 200]);
  });
});
