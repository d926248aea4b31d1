/**
 * What one person sees of the demo, as JSON texts by key. What is the same for everybody is written once for all who
 * look at the same moment.
 */
import { canSee, isGuest } from '../slack/places.ts';
import {
  type Channel,
  type EphemeralMessage,
  isEphemeral,
  type Message,
  type User,
  type UserGroup,
  type Workspace,
} from '../slack/workspace.ts';
import { clusterLook } from './cluster-look.ts';
import type { DemoHost, Watched } from './host.ts';
import type * as protocol from './protocol.ts';

/** JSON by key. */
export type Sight = ReadonlyMap<string, string>;

/** How many of a channel's messages the page gets, the newest. */
const messagesMax = 1000;

export type Sights = {
  /** Looks at everything that changed. Ask this person by person before anything else happens. */
  now(): { of(user: User): Sight };
  stop(): void;
};

/** @param changed called after each change of anything */
export function createSights(host: DemoHost, alarms: Watched<readonly protocol.Alarm[]>, changed: () => void): Sights {
  const { workspace } = host.slack;
  const stops = [workspace.onChange(changed)];
  const watched: readonly [key: string, json: () => string][] = [
    ['stories', watch(host.stories)],
    ['faults', watch(host.faults)],
    ['journal', watch(host.journal)],
    ['alarms', watch(alarms)],
    ['cluster', watch({ ...host.cluster, look: () => clusterLook(host.cluster.look()) })],
    ['pager', host.pager ? watch(host.pager) : () => 'null'],
  ];
  const commands = JSON.stringify(host.commands);

  /** Looked at again only when it changed. */
  function watch(source: Watched<unknown>): () => string {
    let json: string | undefined;
    const stop = source.onChange(() => {
      json = undefined;
      changed();
    });
    stops.push(stop);
    return () => (json ??= JSON.stringify(source.look()));
  }

  return {
    now() {
      const shared = new Map(watched.map(([key, json]) => [key, json()]));
      shared.set('workspace', JSON.stringify(workspaceOf(workspace)));
      shared.set('people', JSON.stringify(peopleOf(workspace, host.cast)));
      shared.set('groups', JSON.stringify(groupsOf(workspace)));
      shared.set('commands', commands);
      const channels = [...workspace.channels.values()].map((channel) => ({ channel, entries: entriesOf(channel) }));
      return {
        of(user) {
          const seen = new Map(shared);
          seen.set('me', JSON.stringify(personOf(user, host.cast)));
          seen.set('modals', JSON.stringify(workspace.modals.get(user.id) ?? []));
          seen.set('home', JSON.stringify(workspace.homes.get(user.id) ?? null));
          seen.set('guide', JSON.stringify(host.stories.guide(user.id)));
          for (const { channel, entries } of channels) {
            if (!canSee(channel, user)) continue;
            for (const [key, json] of entries) seen.set(key, json);
            for (const one of channel.ephemerals) {
              if (one.shownTo === user.id) seen.set(keyOf(channel, one), messageJson(one));
            }
          }
          return seen;
        },
      };
    },
    stop() {
      for (const stop of stops) stop();
    },
  };
}

function entriesOf(channel: Channel): [key: string, json: string][] {
  return [
    [`channel/${channel.id}`, JSON.stringify(channelOf(channel))],
    ...channel.messages
      .slice(-messagesMax)
      .map((message): [string, string] => [keyOf(channel, message), messageJson(message)]),
  ];
}

const keyOf = (channel: Channel, message: Message): string => `message/${channel.id}/${message.ts}`;

/** What was written of a message, with the fields that it was written from. */
const written = new WeakMap<Message, { readonly fields: readonly unknown[]; readonly json: string }>();

/**
 * As Slack gives it, without what only the stand-in and the app keep. Most messages stay as they are, and the stand-in
 * changes one by giving it other fields, never inside of them.
 */
function messageJson(message: Message | EphemeralMessage): string {
  const fields = Object.values(message);
  const known = written.get(message);
  if (known?.fields.length === fields.length && fields.every((field, at) => field === known.fields[at])) {
    return known.json;
  }
  const ephemeral = isEphemeral(message) ? { ephemeral: true } : {};
  const json = JSON.stringify({
    ...message,
    ...ephemeral,
    parsing: undefined,
    metadata: undefined,
    shownTo: undefined,
  });
  written.set(message, { fields, json });
  return json;
}

function channelOf(channel: Channel): protocol.Channel {
  return {
    id: channel.id,
    name: channel.name,
    topic: channel.topic,
    isPrivate: channel.isPrivate,
    isArchived: channel.isArchived,
    isExtShared: channel.isExtShared,
    members: [...channel.members],
    pins: channel.pins.map((pin) => pin.ts),
    bookmarks: channel.bookmarks.map(({ title, link }) => ({ title, link })),
    createdAtMs: channel.createdAtMs,
  };
}

function personOf(user: User, cast: DemoHost['cast']): protocol.Person {
  const title = cast[user.id];
  return {
    id: user.id,
    name: user.name,
    realName: user.realName,
    isBot: user.isBot,
    isGuest: isGuest(user),
    title: title ?? (user.isBot ? 'App' : ''),
    canAct: title !== undefined,
  };
}

function workspaceOf({ team, app }: Workspace): protocol.Single['workspace'] {
  return { name: team.name, botUserId: app.botUserId };
}

function peopleOf({ users }: Workspace, cast: DemoHost['cast']): Record<string, protocol.Person> {
  return Object.fromEntries([...users.values()].map((user) => [user.id, personOf(user, cast)]));
}

function groupsOf({ userGroups }: Workspace): Record<string, Pick<UserGroup, 'handle' | 'name'>> {
  const enabled = [...userGroups.values()].filter((group) => !group.disabled);
  return Object.fromEntries(enabled.map(({ id, handle, name }) => [id, { handle, name }]));
}
