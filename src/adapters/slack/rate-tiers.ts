/**
 * What Slack lets an app call, per method and workspace ("Rate limits": tier 1, 2, 3 and 4 are 1, 20, 50 and 100 or more
 * a minute, with short bursts; each method's page names its tier). `chat.postMessage` is of the special tier: about one
 * a second in a channel with short bursts, and "several hundred" a minute in the workspace.
 */

/** `burst` calls may be made at once, then as many a minute as `perMinute` says; never more in any one minute. */
export type RateLimit = { readonly perMinute: number; readonly burst: number };

/** The bursts are ours, half a minute's worth, so that a storm never leaves more than half a minute without an update. */
const tiers = {
  1: { perMinute: 1, burst: 1 },
  // Used rarely and by storms: everything at once, since each incident waits for its channel.
  2: { perMinute: 20, burst: 20 },
  3: { perMinute: 50, burst: 25 },
  4: { perMinute: 100, burst: 50 },
} as const satisfies Record<number, RateLimit>;

const methods: Readonly<Record<string, RateLimit>> = {
  'apps.connections.open': tiers[1],
  'auth.test': { perMinute: 300, burst: 100 },
  'bookmarks.add': tiers[2],
  'bookmarks.list': tiers[2],
  'chat.postEphemeral': tiers[4],
  'chat.postMessage': { perMinute: 300, burst: 50 },
  'chat.update': tiers[3],
  'conversations.archive': tiers[2],
  'conversations.create': tiers[2],
  'conversations.history': tiers[3],
  'conversations.info': tiers[3],
  'conversations.invite': tiers[3],
  'conversations.join': tiers[3],
  'conversations.list': tiers[2],
  'conversations.replies': tiers[3],
  'conversations.setTopic': tiers[2],
  'files.completeUploadExternal': tiers[4],
  'files.getUploadURLExternal': tiers[4],
  'pins.add': tiers[2],
  'usergroups.users.list': tiers[2],
  'users.info': tiers[4],
  'users.lookupByEmail': tiers[3],
  'views.open': tiers[4],
  'views.publish': tiers[4],
  'views.push': tiers[4],
  'views.update': tiers[4],
};

/** A little under one a second: calls do not travel equally fast. */
const channelLimits: Readonly<Record<string, RateLimit>> = { 'chat.postMessage': { perMinute: 57, burst: 5 } };

/** A method that is not in the table is taken for one of tier 2. */
export const limitOf = (method: string): RateLimit => methods[method] ?? tiers[2];
export const channelLimitOf = (method: string): RateLimit | undefined => channelLimits[method];
