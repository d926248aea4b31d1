/** The slash commands that the page completes: what the app's manifest says, with lines to try. */
import { slackManifest } from '../../adapters/slack/manifest.ts';
import type { Command } from '../../sandbox/demo/protocol.ts';

const examples: Readonly<Record<string, readonly string[]>> = {
  '/runbook': ['/runbook', '/runbook gpu-oom', '/runbook memory', '/runbook latency'],
  '/incident': [
    '/incident new',
    '/incident status',
    '/incident take',
    '/incident severity critical',
    '/incident note what we know so far',
    '/incident resolve',
    '/incident reopen',
    '/incident freeze this service',
    '/incident unfreeze',
    '/incident help',
  ],
};

export function demoCommands(): readonly Command[] {
  const { slash_commands } = slackManifest({ over: 'socket' }, 'public').features;
  return slash_commands.map(({ command, description, usage_hint }) => ({
    command,
    description,
    usage: usage_hint,
    examples: examples[command] ?? [command],
  }));
}
