/** `POST /slack/events` under people and programs that mean no good, on the whole app. */
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { actionIds } from '../../src/adapters/slack/render/action-ids.ts';
import { completeUser } from '../../src/sandbox/slack/cast.ts';
import type { DeliveryOptions } from '../../src/sandbox/slack/delivery.ts';
import { signRequest } from '../../src/sandbox/slack/signature.ts';
import type { Channel, Message } from '../../src/sandbox/slack/workspace.ts';
import { castOf } from '../scenario/cast.ts';
import { embeddedStores, postedAlerts, sandboxCluster } from '../scenario/embedded.ts';
import { openStage, type Stage } from '../scenario/stage.ts';
import { eventually } from '../eventually.ts';

const now = (): number => Math.floor(Date.now() / 1000);

describe('POST /slack/events', () => {
  let stage: Stage;
  let cast: ReturnType<typeof castOf>;
  let channel: Channel;
  let plan: Message;
  beforeAll(async () => {
    stage = await openStage({
      cluster: await sandboxCluster(),
      alerts: postedAlerts(),
      stores: await embeddedStores(),
    });
    cast = castOf(stage);
    const { users } = stage.slack.workspace;
    for (const seed of [
      { id: 'U0STRANGE', isStranger: true, teamId: 'T0OTHER' },
      { id: 'U0GONE', deleted: true },
      { id: 'U0ROBOT', isBot: true },
      { id: 'U0DAVE' },
    ]) {
      users.set(seed.id, completeUser(seed, stage.slack.workspace.team.id));
    }
    // All of them in the group: membership alone is not enough.
    stage.slack.workspace.userGroups.get('S0RESPOND')?.users.push('U0STRANGE', 'U0GONE', 'U0ROBOT', 'U0GUEST');
    await stage.cluster.deployment({ namespace: 'largeforge', name: 'largeforge-inference', replicas: 2 });
    await stage.alerts.fire({ alertname: 'HighErrorRate', namespace: 'largeforge', severity: 'critical' });
    channel = await cast.channel('inc-1-');
    await cast.useStep('U0ALICE', channel, 'kubectl rollout restart deployment/largeforge-inference');
    plan = await cast.plan(channel, 'restart');
    for (const user of users.keys()) channel.members.add(user);
  }, 60_000);
  afterAll(() => stage?.close(), 60_000);

  const rows = async () => ({
    deliveries: (await stage.database.selectFrom('delivery').select('id').execute()).length,
    votes: (await stage.database.selectFrom('vote').select('voter').execute()).map(({ voter }) => voter),
  });
  const approveAs = (user: string, options?: DeliveryOptions) =>
    stage.slack.as(user).click({ channel: channel.id, ts: plan.ts }, actionIds.approve, options);

  describe('refuses with 401, and records nothing of,', () => {
    it.each<[string, DeliveryOptions]>([
      ['a request that another secret signed', { signingSecret: 'guessed' }],
      ['a request without a signature', { signature: 'none' }],
      ['a signature of another form', { signature: 'v0=' }],
      ['a signature in upper case', { signature: `v0=${'A'.repeat(64)}` }],
      ['a request of ten minutes ago', { timestamp: now() - 600 }],
      ['a request from ten minutes ahead', { timestamp: now() + 600 }],
      ['a request from tomorrow', { timestamp: now() + 86_400 }],
      ['a timestamp that is no number', { timestamp: Number.NaN }],
      ['a body that was cut short', { sentBody: 'payload=%7B' }],
      ['a body that was changed', { sentBody: `payload=${encodeURIComponent('{"type":"block_actions"}')}` }],
      ['an empty body', { sentBody: '' }],
    ])('%s', async (_, options) => {
      const before = await rows();

      const answer = await approveAs('U0BOB', options);

      expect(answer.status).toBe(401);
      expect(await rows()).toEqual(before);
    });
  });

  /** Signed by us, whatever it is. */
  function post(body: string, type = 'application/x-www-form-urlencoded'): Promise<{ status: number; body: string }> {
    const timestamp = now();
    const { hostname, port } = new URL(stage.app.url);
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          hostname,
          port,
          method: 'POST',
          path: '/slack/events',
          agent: false,
          headers: {
            ...(type ? { 'content-type': type } : {}),
            'x-slack-request-timestamp': String(timestamp),
            'x-slack-signature': signRequest(stage.slack.signingSecret, timestamp, body),
          },
        },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8');
          answer.on('data', (chunk: string) => (text += chunk));
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }
  const payload = (value: unknown): string =>
    new URLSearchParams({ payload: typeof value === 'string' ? value : JSON.stringify(value) }).toString();
  const click = (action: object) =>
    payload({
      type: 'block_actions',
      user: { id: 'U0BOB', team_id: 'T0SANDBOX' },
      team: { id: 'T0SANDBOX', domain: 'sandbox' },
      api_app_id: 'A0FIREBREAK',
      token: 'x',
      channel: { id: channel.id, name: channel.name },
      message: { ts: plan.ts },
      container: { type: 'message', message_ts: plan.ts, channel_id: channel.id },
      trigger_id: '1.2.3',
      response_url: 'http://127.0.0.1:9/',
      actions: [{ type: 'button', block_id: 'b', action_ts: '1.1', ...action }],
    });

  it.each<[string, () => string, string | undefined, number]>([
    ['2 MiB', () => `payload=${'x'.repeat(2 * 1024 * 1024)}`, undefined, 413],
    ['plain text', () => 'hello', 'text/plain', 400],
    ['no content type', () => 'hello', '', 400],
    ['JSON that is none', () => '{"type":', 'application/json', 400],
    ['JSON that is a list', () => '[]', 'application/json', 400],
    ['a payload that is no JSON', () => payload('{'), undefined, 400],
    ['a payload that is null', () => payload('null'), undefined, 400],
  ])('answers a signed request of %s with a sentence and without an effect', async (_, body, type, status) => {
    const before = await rows();

    const answer = await post(body(), type);

    expect(answer.status).toBe(status);
    expect(answer.body).not.toMatch(/at .*\.(ts|js):\d+/);
    expect(await rows()).toEqual(before);
  });

  it.each<[string, object]>([
    ['an action that nobody made', { action_id: 'someone.else', value: 'x' }],
    ['a vote without a value', { action_id: actionIds.approve }],
    ['a nonce that is garbage', { action_id: actionIds.approve, value: '💥'.repeat(1_000) }],
    ['a nonce with NUL', { action_id: actionIds.approve, value: 'a\0b' }],
    ['a nonce that is SQL', { action_id: actionIds.approve, value: "' or 1=1 --" }],
    ['a plan id for a nonce', { action_id: actionIds.deny, value: 'plan-00000000000000000000' }],
    ['a run that is not there', { action_id: actionIds.undo, value: '../../runs' }],
    ['an incident that is not there', { action_id: actionIds.resolve, value: 'inc-none' }],
    ['a place that is none', { action_id: actionIds.useStep, value: 'x' }],
    ['a place that does not exist', { action_id: actionIds.useStep, value: 'post-00000000000000000000/1' }],
    ['a step that does not exist', { action_id: actionIds.askStep, value: 'post-00000000000000000000/9999' }],
    ['a choice that is no JSON', { action_id: actionIds.chooseProcedure, value: '{' }],
    ['a choice of nothing', { action_id: actionIds.chooseProcedure, value: '{"runbookDigest":"","procedureId":""}' }],
    ['the details of nothing', { action_id: actionIds.details, value: 'plan-none' }],
  ])('survives a click on %s, and nothing happens', async (_, action) => {
    const before = await rows();
    const writes = (await stage.cluster.writes()).length;

    const answer = await post(click(action));

    expect([200, 400, 500]).toContain(answer.status);
    expect((await rows()).votes).toEqual(before.votes);
    expect(await stage.cluster.writes()).toHaveLength(writes);
    expect((await fetch(`${stage.app.url}/readyz`)).status).toBe(200);
  });

  it.each([
    ['U0GUEST', 'guest'],
    ['U0STRANGE', 'stranger'],
    ['U0GONE', 'deactivated'],
    ['U0ROBOT', 'bot'],
    ['U0DAVE', 'not a responder'],
  ])('takes the click of %s, which does not count', async (user, reason) => {
    const writes = (await stage.cluster.writes()).length;

    expect((await approveAs(user)).status).toBe(200);

    const vote = await eventually('the vote is judged', async () =>
      stage.database
        .selectFrom('vote')
        .select(['counted', 'reason'])
        .where('voter', '=', user)
        .where('counted', 'is not', null)
        .executeTakeFirst(),
    );
    expect(vote).toMatchObject({ counted: false, reason: expect.stringContaining(reason) });
    expect(await stage.cluster.writes()).toHaveLength(writes);
    expect((await stage.database.selectFrom('plan').select('state').execute()).map(({ state }) => state)).toEqual([
      'proposed',
    ]);
  });

  it.each(['U0GUEST', 'U0STRANGE', 'U0GONE', 'U0ROBOT', 'U0DAVE'])(
    'lets %s neither use a step nor post a runbook nor resolve the incident',
    async (user) => {
      const readings = () =>
        stage.database.selectFrom('reading').select('id').where('requestedBy', '<>', 'firebreak').execute();
      const postings = (await stage.database.selectFrom('posting').select('id').execute()).length;
      const card = await cast.message(channel, 'the card', cast.isMessageOf('incident'));

      await cast.useStep(user, channel, 'kubectl get endpoints');
      await cast.resolve(user, channel, card);
      const said = await stage.slack.as(user).command('/runbook', 'INC-002', channel.id);

      expect(said.body).toMatch(/sees no incidents or runbooks here|Only responders/);
      expect(await readings()).toEqual([]);
      expect(await stage.database.selectFrom('posting').select('id').execute()).toHaveLength(postings);
      expect((await stage.database.selectFrom('incident').select('state').execute())[0]?.state).toBe('open');
    },
  );

  it('does once what is sent twice, byte for byte', async () => {
    const writes = (await stage.cluster.writes()).length;
    const before = await rows();

    const answer = await approveAs('U0BOB', { duplicate: 2 });
    const replayed = await stage.slack.replay(answer);

    expect([answer, ...answer.duplicates, replayed].map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await rows()).toEqual({ deliveries: before.deliveries + 1, votes: [...before.votes, 'U0BOB'] });
    await cast.run(channel, 'Verified');
    expect(await stage.cluster.writes()).toHaveLength(writes + 1);
    expect(channel.messages.filter((message) => cast.isMessageOf('run')('', message))).toHaveLength(1);
  });
});
