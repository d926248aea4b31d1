/** Who we are in Slack, when Slack is away at the start. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { noPace } from '../../../src/adapters/slack/pace.ts';
import { createSlack } from '../../../src/adapters/slack/slack.ts';
import { startSlack } from '../../../src/sandbox/slack/start.ts';
import { eventually } from '../../eventually.ts';
import { createRecordingLog } from '../recording-log.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

/** Slack answers `auth.test` with these troubles first. */
async function startWith(...troubles: readonly ('status-500' | 'rate-limited' | 'error:token_revoked')[]) {
  const sandbox = await startSlack({ rateLimits: 'off' });
  stops.push(() => sandbox.stop());
  for (const kind of troubles) sandbox.faults.add({ kind, method: 'auth.test' });
  const log = createRecordingLog();
  const slack = await createSlack({
    token: sandbox.botToken,
    appToken: sandbox.appToken,
    apiUrl: sandbox.apiUrl,
    people: {},
    pace: noPace,
    interactions: () => {
      throw new Error('nobody does anything here');
    },
    log,
  });
  stops.push(() => slack.close());
  const asked = () => sandbox.requests.map(({ method }) => method);
  return { slack, sandbox, log, asked };
}

describe('while Slack is away at the start', () => {
  it.each(['status-500', 'rate-limited'] as const)(
    'what needs it fails for now and sends nothing, until it answers: %s',
    async (trouble) => {
      const { slack, asked } = await startWith(trouble);

      const made = slack.chat.createChannel('inc-1-down');
      const member = slack.directory.member('U0ALICE');

      await expect(made).rejects.toMatchObject({ code: 'chat-unavailable', retryable: true });
      await expect(member).rejects.toMatchObject({ code: 'chat-unavailable', retryable: true });
      expect(new Set(asked())).toEqual(new Set(['auth.test']));
      const madeLater = await eventually('it goes on', () =>
        slack.chat.createChannel('inc-1-down').catch(() => undefined),
      );
      expect(madeLater).toMatchObject({ kind: 'created' });
      expect(slack.botUserId).toBe('U0BOT');
    },
  );

  it('no socket is open, so that nobody believes to be heard, until it answers', async () => {
    const { slack, sandbox, asked } = await startWith('status-500', 'status-500');
    const { socket } = slack;
    if (!socket) throw new Error('an app-level token makes a socket');
    stops.push(() => socket.close());

    await socket.start(async () => undefined);
    const askedFirst = asked();
    await eventually('both are open', () => sandbox.sockets.open() === 2);

    expect(askedFirst).not.toContain('apps.connections.open');
    expect(slack.botUserId).toBe('U0BOT');
  });

  it('and then refuses the token, a person is told, and it is asked again', async () => {
    const { slack, log } = await startWith('status-500', 'error:token_revoked');

    const made = await eventually('it goes on', () => slack.chat.createChannel('inc-1-down').catch(() => undefined));

    expect(made).toMatchObject({ kind: 'created' });
    expect(log.lines.filter(({ level }) => level === 'error')).toMatchObject([
      {
        message: expect.stringContaining('refuses the bot token'),
        fields: { why: expect.stringContaining('SLACK_BOT_TOKEN') },
      },
    ]);
  });

  it('closing ends the asking', async () => {
    const { slack, asked } = await startWith('status-500');

    await slack.close();

    expect(asked()).toEqual(['auth.test']);
  });
});
