/** Slack's stand-in with our adapter connected to it, and interactions that a test scripts. */
import { noPace } from '../../../src/adapters/slack/pace.ts';
import { createSlack } from '../../../src/adapters/slack/slack.ts';
import { startHttp } from '../../../src/adapters/http/server.ts';
import type { Interactions } from '../../../src/flow/interactions.ts';
import { startSlack } from '../../../src/sandbox/slack/start.ts';
import type { SlackOptions } from '../../../src/sandbox/slack/start.ts';
import { createRecordingLog } from '../recording-log.ts';

const refuse = (name: string) => async () => {
  throw new Error(`this test expects no ${name}`);
};

/** Throws on everything that the test did not script. */
function scripted(script: Partial<Interactions>): Interactions {
  return {
    runbookCommand: refuse('runbookCommand'),
    incidentCommand: refuse('incidentCommand'),
    submitIncident: refuse('submitIncident'),
    openHome: refuse('openHome'),
    chooseProcedure: refuse('chooseProcedure'),
    useStep: refuse('useStep'),
    submitStep: refuse('submitStep'),
    vote: refuse('vote'),
    undo: refuse('undo'),
    planDetails: refuse('planDetails'),
    captureDetails: refuse('captureDetails'),
    chooseWaves: refuse('chooseWaves'),
    acknowledge: refuse('acknowledge'),
    resolve: refuse('resolve'),
    pagerForm: refuse('pagerForm'),
    escalate: refuse('escalate'),
    reassign: refuse('reassign'),
    note: refuse('note'),
    refresh: refuse('refresh'),
    ...script,
  };
}

export type SetUp = Awaited<ReturnType<typeof setUp>>;

export async function setUp(
  script: Partial<Interactions> = {},
  sandboxOptions: SlackOptions = {},
  { over = 'http' }: { over?: 'http' | 'socket' } = {},
) {
  const sandbox = await startSlack({ rateLimits: 'off', ...sandboxOptions });
  const log = createRecordingLog();
  const clock = { ms: Date.now() };
  const slack = await createSlack({
    token: sandbox.botToken,
    ...(over === 'http' ? { signingSecret: sandbox.signingSecret } : { appToken: sandbox.appToken }),
    apiUrl: sandbox.apiUrl,
    people: { 'alice@work.example': { slack: 'U0ALICE' } },
    pace: noPace,
    interactions: () => scripted(script),
    clock: { now: () => new Date(clock.ms) },
    log,
  });
  const server = await startHttp({ host: '127.0.0.1', port: 0, routes: slack.route ? [slack.route] : [], log });
  sandbox.connect(`${server.url}/slack/events`);
  return {
    ...slack,
    sandbox,
    log,
    clock,
    url: server.url,
    async stop() {
      await server.close(1_000);
      await slack.close();
      await sandbox.stop();
    },
  };
}
