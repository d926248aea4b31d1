/**
 * Which bot scope each Web API method needs that the adapter calls (each method's page in Slack's documentation). The
 * manifest asks for these and no others; test/adapters/slack/scopes.test.ts compares the table with the sources.
 */

/** `slack.visibility` of firebreak.yaml: what incident channels are. */
export type Visibility = 'public' | 'private';

/** The method's scope in public channels; null: a valid token is enough. */
export const methodScopes: Readonly<Record<string, string | null>> = {
  // With the app-level token, whose own scope is connections:write.
  'apps.connections.open': null,
  'auth.test': null,
  'bookmarks.add': 'bookmarks:write',
  // bookmarks:read is not asked for: without it a repeat after a crash makes a second bookmark, which harms nobody.
  'bookmarks.list': null,
  'chat.postEphemeral': 'chat:write',
  'chat.postMessage': 'chat:write',
  'chat.update': 'chat:write',
  'conversations.archive': 'channels:manage',
  'conversations.create': 'channels:manage',
  'conversations.history': 'channels:history',
  'conversations.info': 'channels:read',
  'conversations.invite': 'channels:manage',
  'conversations.join': 'channels:join',
  'conversations.list': 'channels:read',
  'conversations.replies': 'channels:history',
  'conversations.setTopic': 'channels:manage',
  'pins.add': 'pins:write',
  'usergroups.users.list': 'usergroups:read',
  'users.info': 'users:read',
  'users.lookupByEmail': 'users:read.email',
  'views.open': null,
  'views.publish': null,
  'views.update': null,
};

/** Besides the methods: slash commands, and the e-mail address in users.info, by which people are one identity. */
const besides = ['commands', 'users:read.email'];

/** Nobody joins a private channel by himself, so channels:join has no twin. */
const privateTwins: Readonly<Record<string, string | undefined>> = {
  'channels:history': 'groups:history',
  'channels:join': undefined,
  'channels:manage': 'groups:write',
  'channels:read': 'groups:read',
};

/** The bot scopes of the app, sorted; `private` for incident channels that are private. */
export function botScopes(visibility: Visibility): readonly string[] {
  const needed = [...Object.values(methodScopes), ...besides].flatMap((scope) => scope ?? []);
  const scopes = visibility === 'public' ? needed : needed.flatMap(inPrivate);
  return [...new Set(scopes)].toSorted();
}

function inPrivate(scope: string): readonly string[] {
  if (!Object.hasOwn(privateTwins, scope)) return [scope];
  const twin = privateTwins[scope];
  return twin === undefined ? [] : [twin];
}
