/** Our adapter in front of any Web API, for what needs no gestures. */
import { noPace } from '../../../src/adapters/slack/pace.ts';
import { createSlack } from '../../../src/adapters/slack/slack.ts';
import type { Slack } from '../../../src/adapters/slack/slack.ts';
import { silent } from '../../ledger.ts';

export async function connectChat(options: {
  token: string;
  apiUrl: string;
}): Promise<{ slack: Pick<Slack, 'chat' | 'directory' | 'botUserId'>; close: () => Promise<void> }> {
  const { chat, directory, botUserId, close } = await createSlack({
    ...options,
    signingSecret: 'nobody calls',
    people: {},
    pace: noPace,
    interactions: () => {
      throw new Error('nobody does anything here');
    },
    log: silent,
  });
  return { slack: { chat, directory, botUserId }, close };
}
