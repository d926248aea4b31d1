/** The app as Slack's "Create an app from a manifest" wants it (Slack documentation, "App manifest reference"). */
import { slackEventsPath } from './receive.ts';
import { botScopes } from './scopes.ts';
import type { Visibility } from './scopes.ts';

export type Receiving =
  /** Where the edge is reached from the internet, without a path of ours. */
  { readonly over: 'http'; readonly url: string } | { readonly over: 'socket' };

const commands = [
  {
    command: '/runbook',
    description: 'Post a runbook, with a button for each step',
    usage_hint: '[name or words to search for] [key=value …]',
  },
  {
    command: '/incident',
    description: 'Work on the incident of this channel, or open one',
    usage_hint: '[new | status | take | severity | note | resolve | reopen | freeze | unfreeze | help]',
  },
];

/** Plain JSON, in the order in which Slack documents it. */
export function slackManifest(receiving: Receiving, visibility: Visibility) {
  const request = receiving.over === 'http' ? requestUrl(receiving.url) : undefined;
  return {
    display_information: {
      name: 'Firebreak',
      description: 'Runbooks that ask before they act: incidents, plans, approvals.',
      background_color: '#8a1f11',
    },
    features: {
      app_home: { home_tab_enabled: true, messages_tab_enabled: false, messages_tab_read_only_enabled: true },
      bot_user: { display_name: 'Firebreak', always_online: true },
      slash_commands: commands.map((command) => ({
        ...command,
        ...(request ? { url: request } : {}),
        // What is typed is read as text: names and notes, never mentions.
        should_escape: false,
      })),
    },
    oauth_config: { scopes: { bot: [...botScopes(visibility)] } },
    settings: {
      event_subscriptions: { ...(request ? { request_url: request } : {}), bot_events: ['app_home_opened'] },
      interactivity: { is_enabled: true, ...(request ? { request_url: request } : {}) },
      org_deploy_enabled: false,
      socket_mode_enabled: receiving.over === 'socket',
      token_rotation_enabled: false,
    },
  };
}

function requestUrl(base: string): string {
  const url = new URL(base);
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = path.endsWith(slackEventsPath) ? path : `${path}${slackEventsPath}`;
  return url.href;
}
