import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { slackManifest } from '../../src/adapters/slack/manifest.ts';
import { botScopes } from '../../src/adapters/slack/scopes.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const run = promisify(execFile);

/** What the program prints, with its exit code. */
async function manifest(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await run(process.execPath, [main, 'manifest', ...args])) };
  } catch (error) {
    // execFile rejects with these when the program fails.
    return error as { code: number; stdout: string; stderr: string };
  }
}

describe('firebreak manifest', () => {
  it('prints YAML for an app that Slack reaches over HTTP', async () => {
    const { code, stdout } = await manifest('--http', 'https://firebreak.example.com');

    const url = 'https://firebreak.example.com/slack/events';
    expect(code).toBe(0);
    expect(parse(stdout)).toEqual(
      JSON.parse(JSON.stringify(slackManifest({ over: 'http', url: 'https://firebreak.example.com' }, 'public'))),
    );
    expect(parse(stdout)).toMatchObject({
      features: {
        app_home: { home_tab_enabled: true },
        slash_commands: [
          { command: '/runbook', url },
          { command: '/incident', url },
        ],
      },
      settings: {
        event_subscriptions: { request_url: url, bot_events: ['app_home_opened'] },
        interactivity: { is_enabled: true, request_url: url },
        socket_mode_enabled: false,
      },
    });
  });

  it('prints JSON for an app over Socket Mode, without any address', async () => {
    const { code, stdout } = await manifest('--socket', '--json');

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      settings: { socket_mode_enabled: true, interactivity: { is_enabled: true } },
    });
    expect(stdout).not.toContain('http');
  });

  it('asks for private channels instead of public ones', async () => {
    const { stdout } = await manifest('--socket', '--private');

    expect(stdout).toContain('groups:write');
    expect(stdout).not.toContain('channels:');
  });

  it.each([
    [[], 'one of the two'],
    [['--socket', '--http', 'https://x.example'], 'one of the two'],
    [['--http', 'http://x.example'], 'https'],
    [['--http', 'x.example'], 'https'],
    [['--http', 'https://user:secret@x.example'], 'without a user'],
    [['--https', 'https://x.example'], 'Unknown option'],
  ])('refuses %j', async (args, words) => {
    const { code, stdout, stderr } = await manifest(...args);

    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(words);
  });
});

describe('the manifest', () => {
  it.each([
    ['https://firebreak.example.com', 'https://firebreak.example.com/slack/events'],
    ['https://firebreak.example.com/', 'https://firebreak.example.com/slack/events'],
    ['https://example.com/bots/firebreak/', 'https://example.com/bots/firebreak/slack/events'],
    ['https://example.com/slack/events', 'https://example.com/slack/events'],
    ['https://example.com:8443', 'https://example.com:8443/slack/events'],
  ])('makes of %s the request address %s', (url, expected) => {
    const { settings } = slackManifest({ over: 'http', url }, 'public');

    expect(settings.event_subscriptions.request_url).toBe(expected);
  });

  it.each(['public', 'private'] as const)(
    'asks for at most 12 bot scopes in a workspace with %s channels',
    (visibility) => {
      const { bot } = slackManifest({ over: 'socket' }, visibility).oauth_config.scopes;

      expect(bot).toEqual(botScopes(visibility));
      expect(bot.length).toBeLessThanOrEqual(12);
    },
  );

  it('keeps within Slack’s limits of its texts', () => {
    const { display_information: shown, features } = slackManifest({ over: 'socket' }, 'public');

    expect(shown.name.length).toBeLessThanOrEqual(35);
    expect(shown.description.length).toBeLessThanOrEqual(140);
    for (const { command, description, usage_hint: hint } of features.slash_commands) {
      expect(command).toMatch(/^\/[a-z-]{1,31}$/);
      expect(description.length).toBeLessThanOrEqual(2_000);
      expect(hint.length).toBeLessThanOrEqual(1_000);
    }
  });
});
