/** Slack over Socket Mode: the same listeners as over HTTP, two sockets, and what happens when they end. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { createSlackCall } from '../../../src/adapters/slack/client.ts';
import { noPace } from '../../../src/adapters/slack/pace.ts';
import { createSlack } from '../../../src/adapters/slack/slack.ts';
import { createSlackSocket } from '../../../src/adapters/slack/socket.ts';
import type { Interactions } from '../../../src/flow/interactions.ts';
import type { HeardSlack } from '../../../src/flow/reconcile/reconcile-chat.ts';
import { startSlack } from '../../../src/sandbox/slack/start.ts';
import type { SlackOptions } from '../../../src/sandbox/slack/start.ts';
import { eventually } from '../../eventually.ts';
import { createRecordingLog } from '../recording-log.ts';
import { accepted, ledgerDown, recorder } from './scripted-slack.ts';
import { setUp } from './setup.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

/** Connected by two sockets. `heard` records what the ledger would be told. */
async function bySocket(
  script: Partial<Interactions>,
  gapBefore: (since: Date) => Awaited<ReturnType<HeardSlack>> = () => undefined,
  options: SlackOptions = {},
) {
  const slack = await setUp(script, options, { over: 'socket' });
  stops.push(() => slack.stop());
  const { socket, sandbox } = slack;
  if (!socket) throw new Error('an app-level token makes a socket');
  const heard: Parameters<HeardSlack>[0][] = [];
  await socket.start(async (listened) => {
    heard.push(listened);
    return gapBefore(listened.since);
  });
  // Closed first.
  stops.push(() => socket.close());
  await eventually('both are open', () => socket.state().sockets === 2);
  await slack.chat.createChannel('inc-1-down');
  const channel = [...sandbox.workspace.channels.values()].at(-1);
  if (!channel) throw new Error('the channel was made');
  channel.members.add('U0ALICE');
  const { ts } = await slack.chat.post({
    channel: channel.id,
    key: 'k',
    view: {
      kind: 'resolve-offer',
      clearedAt: new Date(0),
      incident: {
        id: 'inc-1',
        number: 1,
        key: 'k',
        service: 's',
        title: 'Down',
        severity: 'P1',
        state: 'open',
        openedAt: new Date(0),
      },
    },
  });
  const alice = sandbox.as('U0ALICE');
  const click = () => alice.click({ channel: channel.id, ts }, 'firebreak.incident.resolve');
  return { ...slack, socket, alice, channel, click, heard };
}

it('is one of two ways in, and both may be open', async () => {
  const sandbox = await startSlack({ rateLimits: 'off' });
  stops.push(() => sandbox.stop());
  const start = (ways: { signingSecret?: string; appToken?: string }) =>
    createSlack({
      token: sandbox.botToken,
      apiUrl: sandbox.apiUrl,
      people: {},
      interactions: () => {
        throw new Error('nobody does anything here');
      },
      log: createRecordingLog(),
      ...ways,
    });

  const both = await start({ signingSecret: 's', appToken: 'xapp-1' });
  const http = await start({ signingSecret: 's' });

  expect([both.route?.path, both.socket?.state()]).toEqual(['/slack/events', { sockets: 0 }]);
  expect(http.socket).toBeUndefined();
  await expect(start({})).rejects.toThrow('by HTTP, by sockets, or by both');
});

describe('over a socket', () => {
  it('a command is answered in its acknowledgement', async () => {
    const { calls, method } = recorder({ kind: 'refused', text: 'Nothing is <wrong>.' } as const);
    const { alice } = await bySocket({ incidentCommand: method });

    const answer = await alice.command('/incident', 'status', 'general');

    expect(answer).toMatchObject({ status: 200, failure: undefined });
    expect(JSON.parse(answer.body)).toEqual({ response_type: 'ephemeral', text: 'Nothing is &lt;wrong&gt;.' });
    expect(calls).toMatchObject([{ user: 'U0ALICE', text: 'status' }]);
    const envelope: unknown = JSON.parse(answer.sent.body);
    expect(calls).toMatchObject([{ deliveryKey: (envelope as { envelope_id: string }).envelope_id }]);
  });

  it('a click is acknowledged after it was committed', async () => {
    const order: string[] = [];
    const { click } = await bySocket({
      resolve: async () => {
        order.push('committed');
        return accepted();
      },
    });

    const answer = await click();
    order.push('acknowledged');

    expect(answer).toMatchObject({ status: 200, body: '' });
    expect(order).toEqual(['committed', 'acknowledged']);
  });

  it('an event is known by its own id, also when it comes again', async () => {
    const { calls, method } = recorder<Parameters<Interactions['note']>[0], void>(undefined);
    const { sandbox } = await bySocket({ note: method });

    await sandbox.sendEvent({ type: 'team_join', user: 'U0BOB' }, { eventId: 'Ev1' });

    expect(calls).toMatchObject([{ event: 'team_join', deliveryKey: 'Ev1' }]);
  });

  it('an event that could not be recorded is not acknowledged, so that Slack sends it again', async () => {
    let away = true;
    const note = () => (away ? ledgerDown() : Promise.resolve());
    const { sandbox } = await bySocket({ note }, () => undefined, { answerMs: 300 });

    const answer = sandbox.sendEvent({ type: 'team_join', user: 'U0BOB' });
    await eventually('it was tried', () => sandbox.sockets.open() === 2);
    const first = await answer;
    away = false;
    await eventually('it came again', () =>
      sandbox.answers.some(({ kind, status }) => kind === 'event' && status === 200),
    );

    expect(first.failure).toBe('operation_timeout');
  });

  it('an envelope that comes on both sockets at once is handled once and acknowledged twice', async () => {
    const release = Promise.withResolvers<void>();
    const { calls, method } = recorder(async () => {
      await release.promise;
      return { kind: 'refused', text: 'once' } as const;
    });
    const { sandbox } = await bySocket({ incidentCommand: method });
    const command = { command: '/incident', text: '', user_id: 'U0ALICE', channel_id: 'C0GENERAL' };

    const both = [1, 2].map(() => sandbox.send('command', command, { envelopeId: 'same' }));
    await eventually('one is being handled', () => calls.length > 0);
    release.resolve();
    const answers = await Promise.all(both);

    expect(calls).toHaveLength(1);
    expect(answers.map(({ body }) => body)).toEqual(Array(2).fill('{"response_type":"ephemeral","text":"once"}'));
  });
});

describe('sockets', () => {
  it.each(['warning', 'refresh_requested'] as const)('are replaced on %s without losing a click', async (reason) => {
    const { method, calls } = recorder(async () => accepted());
    const { sandbox, socket, click } = await bySocket({ resolve: method });
    sandbox.sockets.announceEnd(reason, { closeAfterMs: 300, all: true });

    const answers = [];
    while (answers.length < 60) answers.push(await click());
    await eventually('the old ones are gone', () => socket.state().sockets === 2);

    expect(answers.map(({ failure }) => failure)).toEqual(Array(60).fill(undefined));
    expect(calls).toHaveLength(60);
    expect(sandbox.requests.filter(({ method: name }) => name === 'apps.connections.open')).toHaveLength(4);
  });

  it('come back after they broke, and what happened in between is a gap', async () => {
    const from = new Date('2026-01-01T10:00:00Z');
    const gap = { from, to: new Date('2026-01-01T10:05:00Z') };
    let first: Date | undefined;
    const { sandbox, socket, heard, log, clock } = await bySocket({}, (since) => {
      first ??= since;
      return since > first ? gap : undefined;
    });
    clock.ms += 60_000;
    const deaf = () => log.lines.filter(({ message }) => message.startsWith('no slack socket is open'));

    sandbox.sockets.cut();
    await eventually('none is open', () => deaf().length > 0);
    await eventually('both are open again', () => socket.state().sockets === 2);
    await eventually('the gap is known', () => socket.state().lastGap !== undefined);

    expect(socket.state()).toEqual({ sockets: 2, lastGap: gap });
    expect((heard.at(-1)?.since.getTime() ?? 0) - (heard[0]?.since.getTime() ?? 0)).toBe(60_000);
    expect(deaf()).toHaveLength(1);
  });

  it('are tried again until Slack can be reached, with one line in the log', async () => {
    const { sandbox, socket, log } = await bySocket({});
    for (let time = 0; time < 3; time++) sandbox.faults.add({ kind: 'status-500', method: 'apps.connections.open' });

    sandbox.sockets.cut();
    await eventually('all three have struck', () => sandbox.faults.waiting().length === 0, 15_000);
    await eventually('both are open again', () => socket.state().sockets === 2, 15_000);

    const lines = log.lines.filter(({ level, message }) => level === 'warn' && message.includes('cannot be opened'));
    expect(lines.length).toBeGreaterThanOrEqual(1);
    // A second one when one seat was back and the other not yet.
    expect(lines.length).toBeLessThanOrEqual(2);
  }, 30_000);

  it('are replaced when nothing is heard on them any more, and the ledger is not told that they heard', async () => {
    const sandbox = await startSlack({ rateLimits: 'off' });
    stops.push(() => sandbox.stop());
    const log = createRecordingLog();
    const socket = createSlackSocket({
      call: createSlackCall({ token: sandbox.appToken, apiUrl: sandbox.apiUrl, pace: noPace, log }),
      dispatch: async () => ({ kind: 'acknowledged', value: undefined }),
      clock: { now: () => new Date() },
      log,
      pingEveryMs: 100,
    });
    stops.push(() => socket.close());
    const heard: Parameters<HeardSlack>[0][] = [];
    await socket.start(async (listened) => void heard.push(listened));
    await eventually('both are open', () => socket.state().sockets === 2);

    sandbox.sockets.freeze();
    const frozenAt = Date.now();
    await eventually('two new ones are open', () => sandbox.sockets.open() === 2);
    await eventually('they were heard', () => (heard.at(-1)?.at.getTime() ?? 0) > frozenAt + 500);

    const before = heard.filter(({ since }) => since.getTime() < frozenAt);
    expect(Math.max(...before.map(({ at }) => at.getTime()))).toBeLessThan(frozenAt + 150);
    expect(heard.at(-1)?.since.getTime()).toBeGreaterThan(frozenAt + 150);
    expect(log.lines.some(({ fields }) => JSON.stringify(fields).includes('nothing was heard'))).toBe(true);
  });

  it('say it when Socket Mode was switched off', async () => {
    const { sandbox, log } = await bySocket({});

    sandbox.sockets.announceEnd('link_disabled', { closeAfterMs: 0 });
    const line = await eventually('a person is told', () => log.lines.find(({ level }) => level === 'error'));

    expect(line.message).toContain('switch it on');
  });

  it('are not opened with a token that Slack refuses, and the message says what to do', async () => {
    const sandbox = await startSlack({ rateLimits: 'off' });
    stops.push(() => sandbox.stop());
    const slack = await createSlack({
      token: sandbox.botToken,
      appToken: 'xapp-1-wrong',
      apiUrl: sandbox.apiUrl,
      people: {},
      interactions: () => {
        throw new Error('nobody does anything here');
      },
      log: createRecordingLog(),
    });

    const start = slack.socket?.start(async () => undefined);

    await expect(start).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('SLACK_APP_TOKEN'),
    });
    await expect(start).rejects.not.toMatchObject({ message: expect.stringContaining('xapp-1-wrong') });
  });

  it('close after what they brought was acknowledged, and take nothing new', async () => {
    const release = Promise.withResolvers<void>();
    const { calls, method } = recorder(async () => {
      await release.promise;
      return accepted();
    });
    const { sandbox, socket, click, log } = await bySocket({ resolve: method });
    const running = click();
    await eventually('it is being handled', () => calls.length === 1);

    const closed = socket.close();
    const late = click();
    release.resolve();
    const [first, second] = await Promise.all([running, late]);
    await closed;

    expect(first).toMatchObject({ status: 200, failure: undefined });
    expect(second.failure).toBeDefined();
    expect(calls).toHaveLength(1);
    expect(sandbox.sockets.open()).toBe(0);
    expect(log.lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
  });
});

describe('what people said since', () => {
  it('is read from the channel and its threads, without what bots and we said', async () => {
    let laterMs = 0;
    const { alice, chat, channel, botUserId } = await bySocket({}, undefined, { now: () => Date.now() + laterMs });
    await alice.say(channel.id, 'before');
    // Timestamps have microseconds, dates have not: what follows must not be said within the same millisecond.
    const since = new Date(Math.ceil(Number(channel.messages.at(-1)?.ts) * 1000));
    laterMs = 1_000;

    const plain = await alice.say(channel.id, 'scale it up');
    const mention = await alice.say(channel.id, `<@${botUserId}> are you there?`);
    const command = await alice.say(channel.id, ' /runbook gpu-oom');
    const reply = await alice.say(channel.id, 'in a thread', plain.ts);
    await chat.post({ channel: channel.id, key: 'later', view: { kind: 'notice', text: 'ours' } });

    expect(await chat.saidSince(channel.id, since)).toMatchObject([
      { ts: plain.ts, user: 'U0ALICE', kind: 'message' },
      { ts: mention.ts, kind: 'mention' },
      { ts: command.ts, kind: 'command' },
      { ts: reply.ts, kind: 'message', threadTs: plain.ts },
    ]);
  });
});
