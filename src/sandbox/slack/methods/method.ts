import type { Faults } from '../faults.ts';
import type { Triggers } from '../triggers.ts';
import type { Channel, JsonObject, Workspace } from '../workspace.ts';
import type { Arguments, ArgumentTable } from './arguments.ts';
import { SlackRefusal } from './refusal.ts';

/** What a method may use. */
export interface Call {
  workspace: Workspace;
  args: Arguments;
  triggers: Triggers;
  faults: Faults;
  scopes: ReadonlySet<string>;
  /** The stand-in's own origin, such as `http://127.0.0.1:4000`. */
  origin: string;
  /** A fresh address for one Socket Mode socket. */
  socketUrl: () => string;
}

/** One Web API method. */
export interface Method {
  /** Called with the app-level token and not with the bot's. */
  appLevel?: true;
  /** Any one of these scopes is enough; none means that a valid token is enough. */
  scopes: readonly string[];
  /** Calls a minute in this workspace, by Slack's tiers. */
  perMinute: number;
  arguments: ArgumentTable;
  run(call: Call): JsonObject;
}

/** A channel the app can see, by the `channel` argument (or the one named). */
export function channelOf({ workspace, args }: Call, name = 'channel'): Channel {
  const id = args.required(name, 'channel_not_found');
  const channel = workspace.channels.get(id);
  if (!channel || (channel.isPrivate && !channel.members.has(workspace.app.botUserId))) {
    throw new SlackRefusal('channel_not_found');
  }
  return channel;
}

/** A channel that the app is in and that is not archived. */
export function ownChannel(call: Call, name = 'channel'): Channel {
  const channel = channelOf(call, name);
  if (channel.isArchived) throw new SlackRefusal('is_archived');
  if (!channel.members.has(call.workspace.app.botUserId)) throw new SlackRefusal('not_in_channel');
  return channel;
}

/** Private channels need the `groups:` twin of a `channels:` scope. */
export function needScope(call: Call, needed: string): void {
  if (!call.scopes.has(needed)) {
    throw new SlackRefusal('missing_scope', { needed, provided: [...call.scopes].join(',') });
  }
}

/** Seconds since 1970, as most of Slack's fields have them. */
export function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
