import type { JsonObject, User, UserGroup, Workspace } from '../workspace.ts';
import { type Call, type Method, seconds } from './method.ts';
import { cutPage } from './pages.ts';
import { SlackRefusal } from './refusal.ts';

/** A person in Slack's wire shape; the e-mail needs a scope of its own. */
function userOnWire({ workspace, scopes }: Call, user: User): JsonObject {
  const stranger = user.isStranger ? { is_stranger: true } : {};
  const email = user.email !== undefined && scopes.has('users:read.email') ? { email: user.email } : {};
  const about = { id: user.id, team_id: user.teamId, name: user.name, deleted: user.deleted };
  const profile = { real_name: user.realName, display_name: user.name, team: user.teamId, ...email };
  if (user.deleted) return { ...about, profile, is_bot: user.isBot, is_app_user: false, updated: 0 };
  return {
    ...about,
    real_name: user.realName,
    tz: 'Etc/UTC',
    tz_label: 'UTC',
    tz_offset: 0,
    profile,
    is_admin: false,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: user.isRestricted || user.isUltraRestricted,
    is_ultra_restricted: user.isUltraRestricted,
    is_bot: user.isBot,
    is_app_user: false,
    updated: seconds(workspace.now()),
    ...stranger,
  };
}

function info(call: Call): JsonObject {
  const user = call.workspace.users.get(call.args.required('user', 'user_not_found'));
  if (!user) throw new SlackRefusal('user_not_found');
  return { user: userOnWire(call, user) };
}

function list(call: Call): JsonObject {
  const page = cutPage([...call.workspace.users.values()], call.args, { usual: 1000, max: 1000 });
  return {
    members: page.items.map((user) => userOnWire(call, user)),
    cache_ts: seconds(call.workspace.now()),
    response_metadata: page.metadata,
  };
}

function lookupByEmail(call: Call): JsonObject {
  const email = call.args.required('email', 'users_not_found').toLowerCase();
  const user = [...call.workspace.users.values()].find((one) => !one.deleted && one.email?.toLowerCase() === email);
  if (!user) throw new SlackRefusal('users_not_found');
  return { user: userOnWire(call, user) };
}

function groupOnWire(workspace: Workspace, group: UserGroup, withUsers: boolean): JsonObject {
  return {
    id: group.id,
    team_id: workspace.team.id,
    is_usergroup: true,
    name: group.name,
    handle: group.handle,
    description: '',
    is_external: false,
    date_delete: group.disabled ? seconds(workspace.now()) : 0,
    user_count: group.users.length,
    ...(withUsers ? { users: [...group.users] } : {}),
  };
}

function listGroups({ workspace, args }: Call): JsonObject {
  const groups = [...workspace.userGroups.values()].filter(
    (group) => !group.disabled || args.flag('include_disabled', false),
  );
  return { usergroups: groups.map((group) => groupOnWire(workspace, group, args.flag('include_users', false))) };
}

function groupUsers({ workspace, args }: Call): JsonObject {
  const group = workspace.userGroups.get(args.required('usergroup', 'no_such_subteam'));
  if (!group || (group.disabled && !args.flag('include_disabled', false))) throw new SlackRefusal('no_such_subteam');
  return { users: group.users.filter((id) => !workspace.users.get(id)?.deleted) };
}

function authTest({ workspace }: Call): JsonObject {
  return {
    url: `https://${workspace.team.domain}.slack.com/`,
    team: workspace.team.name,
    user: workspace.users.get(workspace.app.botUserId)?.name,
    team_id: workspace.team.id,
    user_id: workspace.app.botUserId,
    bot_id: workspace.app.botId,
    is_enterprise_install: false,
  };
}

const userGroups = { include_disabled: 'flag' } as const;

export const people: Record<string, Method> = {
  'auth.test': { scopes: [], perMinute: 600, arguments: {}, run: authTest },
  'users.info': {
    scopes: ['users:read'],
    perMinute: 100,
    arguments: { user: 'text', include_locale: 'flag' },
    run: info,
  },
  'users.list': {
    scopes: ['users:read'],
    perMinute: 20,
    arguments: { cursor: 'text', limit: 'count', include_locale: 'flag' },
    run: list,
  },
  'users.lookupByEmail': {
    scopes: ['users:read.email'],
    perMinute: 50,
    arguments: { email: 'text' },
    run: lookupByEmail,
  },
  'usergroups.list': {
    scopes: ['usergroups:read'],
    perMinute: 20,
    arguments: { ...userGroups, include_users: 'flag', include_count: 'flag' },
    run: listGroups,
  },
  'usergroups.users.list': {
    scopes: ['usergroups:read'],
    perMinute: 20,
    arguments: { ...userGroups, usergroup: 'text' },
    run: groupUsers,
  },
};
