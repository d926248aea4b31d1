import type { User, UserGroup } from './workspace.ts';

/** The people of a workspace nobody described: enough for one incident. */

export type UserSeed = Partial<User> & Pick<User, 'id'>;
export type UserGroupSeed = Partial<UserGroup> & Pick<UserGroup, 'id' | 'users'>;
export interface ChannelSeed {
  id?: string;
  name: string;
  isPrivate?: boolean;
  isExtShared?: boolean;
  /** User ids; everybody but guests and strangers by default. */
  members?: string[];
}

export const defaultUsers: readonly UserSeed[] = [
  { id: 'U0ALICE', name: 'alice', realName: 'Alice Okafor' },
  { id: 'U0BOB', name: 'bob', realName: 'Bob Lindqvist' },
  { id: 'U0CAROL', name: 'carol', realName: 'Carol Reyes' },
  { id: 'U0GUEST', name: 'gail', realName: 'Gail Guest', isRestricted: true },
];

export const defaultUserGroups: readonly UserGroupSeed[] = [
  { id: 'S0RESPOND', handle: 'responders', name: 'Responders', users: ['U0ALICE', 'U0BOB', 'U0CAROL'] },
  { id: 'S0SRE', handle: 'sre', name: 'SRE', users: ['U0CAROL'] },
];

export const defaultChannels: readonly ChannelSeed[] = [{ id: 'C0GENERAL', name: 'general' }];

/** The twelve scopes that an incident app for public channels needs at most. */
export const defaultScopes: readonly string[] = [
  'bookmarks:write',
  'channels:history',
  'channels:join',
  'channels:manage',
  'channels:read',
  'chat:write',
  'commands',
  'files:write',
  'pins:write',
  'usergroups:read',
  'users:read',
  'users:read.email',
];

/** Fills in what a seed left out: a handle from the id, an e-mail from the handle. */
export function completeUser(seed: UserSeed, homeTeamId: string): User {
  const name = seed.name ?? seed.id.replace(/^U0?/, '').toLowerCase();
  return {
    realName: name,
    email: seed.isBot === true ? undefined : `${name}@example.com`,
    teamId: homeTeamId,
    isBot: false,
    deleted: false,
    isRestricted: false,
    isUltraRestricted: false,
    isStranger: false,
    ...seed,
    name,
  };
}

export function completeUserGroup(seed: UserGroupSeed): UserGroup {
  const handle = seed.handle ?? seed.id.toLowerCase();
  return { name: handle, disabled: false, ...seed, handle };
}
