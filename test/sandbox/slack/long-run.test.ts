/** What the stand-in for Slack keeps stays bounded in a long demo. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createAlarms } from '../../../src/sandbox/demo/alarms.ts';
import { dropOldest } from '../../../src/sandbox/slack/oldest.ts';
import { type SandboxSlack, startSlack } from '../../../src/sandbox/slack/start.ts';
import { addChannel } from '../../../src/sandbox/slack/workspace.ts';
import { call } from './call.ts';

let slack: SandboxSlack;
beforeEach(async () => {
  slack = await startSlack({ rateLimits: 'off' });
  addChannel(slack.workspace, { id: 'C0OURS', name: 'ours', creator: 'U0BOT', members: ['U0BOT'] });
});
afterEach(() => slack.stop());

it('forgets old calls, and raises an alarm for a new one all the same', async () => {
  const alarms = createAlarms(slack);

  for (let count = 0; count < 2_550; count += 50) {
    await Promise.all(Array.from({ length: 50 }, () => call(slack, 'api.test', {})));
  }
  const kept = slack.requests.length;
  await call(slack, 'chat.postMessage', { channel: 'C0OURS', blocks: [{ type: 'marquee' }] });
  alarms.stop();

  expect(kept).toBeLessThan(2_501);
  expect(slack.requests.at(-1)?.method).toBe('chat.postMessage');
  expect(alarms.look().map(({ title }) => title)).toEqual(['chat.postMessage: invalid_blocks']);
});

it('forgets the oldest of what it issued', () => {
  const issued = new Map(Array.from({ length: 5 }, (_, index) => [`trigger ${index}`, index]));

  dropOldest(issued, 3);

  expect([...issued.values()]).toEqual([2, 3, 4]);
});
