import { addChannel, type Channel, type JsonObject, type Workspace } from '../workspace.ts';
import { type Call, channelOf, type Method, needScope, ownChannel, seconds } from './method.ts';
import { missing } from './arguments.ts';
import { cutPage } from './pages.ts';
import { refusal, SlackRefusal } from './refusal.ts';

const nameMax = 80;
const topicMax = 250;
/** "Up to 100 users may be listed." */
const inviteMax = 100;

/** A channel in Slack's wire shape. */
function channelOnWire(workspace: Workspace, channel: Channel): JsonObject {
  const about = (value: string) => ({ value, creator: value === '' ? '' : workspace.app.botUserId, last_set: 0 });
  return {
    id: channel.id,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: !channel.isPrivate,
    is_group: channel.isPrivate,
    is_im: false,
    is_mpim: false,
    is_private: channel.isPrivate,
    is_archived: channel.isArchived,
    is_general: false,
    is_shared: channel.isExtShared,
    is_org_shared: false,
    is_ext_shared: channel.isExtShared,
    is_pending_ext_shared: false,
    pending_shared: [],
    is_member: channel.members.has(workspace.app.botUserId),
    created: seconds(channel.createdAtMs),
    updated: Math.floor(channel.createdAtMs),
    creator: channel.creator,
    context_team_id: workspace.team.id,
    shared_team_ids: [workspace.team.id],
    previous_names: [],
    topic: about(channel.topic),
    purpose: about(channel.purpose),
  };
}

/** Channel name rules: 80 characters of lower-case letters, digits, `-` and `_`, not punctuation alone. */
function checkName(call: Call, self?: Channel): string {
  const name = call.args.text('name') ?? '';
  if (name === '') throw new SlackRefusal('invalid_name_required');
  if (name.length > nameMax) throw new SlackRefusal('invalid_name_maxlength');
  if (/^[-_]+$/.test(name)) throw new SlackRefusal('invalid_name_punctuation');
  if (!/^[\p{Ll}\p{Lo}\p{N}_-]+$/u.test(name)) throw new SlackRefusal('invalid_name_specials');
  const taken = [...call.workspace.channels.values()].some((one) => one.name === name && one !== self);
  if (taken && (self !== undefined || !call.faults.takeDoubleCreate())) throw new SlackRefusal('name_taken');
  return name;
}

function create(call: Call): JsonObject {
  const { workspace, args } = call;
  const isPrivate = args.flag('is_private', false);
  needScope(call, isPrivate ? 'groups:write' : 'channels:manage');
  const name = checkName(call);
  const creator = workspace.app.botUserId;
  const channel = addChannel(workspace, { name, isPrivate, creator, members: [creator] });
  return { channel: channelOnWire(workspace, channel) };
}

function list({ workspace, args }: Call): JsonObject {
  const types = args.list('types');
  const known = ['public_channel', 'private_channel', 'mpim', 'im'];
  if (types.some((type) => !known.includes(type))) throw new SlackRefusal('invalid_types');
  const wanted = types.length > 0 ? types : ['public_channel'];
  const seen = [...workspace.channels.values()].filter(
    (channel) =>
      wanted.includes(channel.isPrivate ? 'private_channel' : 'public_channel') &&
      (!channel.isPrivate || channel.members.has(workspace.app.botUserId)) &&
      !(args.flag('exclude_archived', false) && channel.isArchived),
  );
  const page = cutPage(seen, args, { usual: 100, max: 1000 });
  return {
    channels: page.items.map((channel) => ({
      ...channelOnWire(workspace, channel),
      num_members: channel.members.size,
    })),
    response_metadata: page.metadata,
  };
}

function info(call: Call): JsonObject {
  const channel = channelOf(call);
  const members = call.args.flag('include_num_members', false) ? { num_members: channel.members.size } : {};
  return { channel: { ...channelOnWire(call.workspace, channel), ...members } };
}

function cantInvite({ workspace }: Call, channel: Channel, userId: string): string | undefined {
  const user = workspace.users.get(userId);
  if (!user) return 'user_not_found';
  if (userId === workspace.app.botUserId) return 'cant_invite_self';
  if (channel.members.has(userId)) return 'already_in_channel';
  if (user.deleted) return 'cant_invite';
  if (user.isUltraRestricted) return 'ura_max_channels';
  if (user.teamId !== workspace.team.id && !channel.isExtShared) return 'org_user_not_in_team';
  return undefined;
}

/** One bad person refuses all, unless `force` is set; then the good ones come in all the same. */
function invite(call: Call): JsonObject {
  const channel = ownChannel(call);
  const users = call.args.list('users');
  if (users.length === 0) throw new SlackRefusal('no_user');
  if (users.length > inviteMax)
    throw refusal('invalid_arguments', [`no more than ${inviteMax} items allowed [json-pointer:/users]`]);
  const errors = users.flatMap((user) => {
    const error = cantInvite(call, channel, user);
    return error === undefined ? [] : [{ user, ok: false, error }];
  });
  const [first] = errors;
  if (first && !(call.args.flag('force', false) && errors.length < users.length)) {
    throw new SlackRefusal(first.error, users.length > 1 ? { errors } : {});
  }
  const bad = new Set(errors.map((one) => one.user));
  for (const user of users) if (!bad.has(user)) channel.members.add(user);
  return { channel: channelOnWire(call.workspace, channel), ...(errors.length > 0 ? { errors } : {}) };
}

function join(call: Call): JsonObject {
  const channel = channelOf(call);
  if (channel.isPrivate) throw new SlackRefusal('method_not_supported_for_channel_type');
  if (channel.isArchived) throw new SlackRefusal('is_archived');
  const bot = call.workspace.app.botUserId;
  const already = channel.members.has(bot);
  channel.members.add(bot);
  return {
    channel: channelOnWire(call.workspace, channel),
    ...(already ? { warning: 'already_in_channel', response_metadata: { warnings: ['already_in_channel'] } } : {}),
  };
}

function archive(call: Call): JsonObject {
  const channel = channelOf(call);
  if (channel.isArchived) throw new SlackRefusal('already_archived');
  if (!channel.members.has(call.workspace.app.botUserId)) throw new SlackRefusal('not_in_channel');
  channel.isArchived = true;
  return {};
}

function rename(call: Call): JsonObject {
  const channel = ownChannel(call);
  channel.name = checkName(call, channel);
  return { channel: channelOnWire(call.workspace, channel) };
}

function setAbout(field: 'topic' | 'purpose') {
  return (call: Call): JsonObject => {
    const channel = ownChannel(call);
    const value = call.args.text(field);
    if (value === undefined) throw missing(field);
    if (value.length > topicMax) throw new SlackRefusal('too_long');
    channel[field] = value;
    return { channel: channelOnWire(call.workspace, channel) };
  };
}

function members(call: Call): JsonObject {
  const page = cutPage([...channelOf(call).members], call.args, { usual: 100, max: 1000 });
  return { members: page.items, response_metadata: page.metadata };
}

const paging = { cursor: 'text', limit: 'count' } as const;
const manage = ['channels:manage', 'groups:write'];
const read = ['channels:read', 'groups:read'];

export const conversations: Record<string, Method> = {
  'conversations.create': {
    scopes: manage,
    perMinute: 20,
    arguments: { name: 'text', is_private: 'flag' },
    run: create,
  },
  'conversations.list': {
    scopes: read,
    perMinute: 20,
    arguments: { ...paging, types: 'list', exclude_archived: 'flag' },
    run: list,
  },
  'conversations.info': {
    scopes: read,
    perMinute: 50,
    arguments: { channel: 'text', include_num_members: 'flag', include_locale: 'flag' },
    run: info,
  },
  'conversations.invite': {
    scopes: [...manage, 'channels:write.invites', 'groups:write.invites'],
    perMinute: 50,
    arguments: { channel: 'text', users: 'list', force: 'flag' },
    run: invite,
  },
  'conversations.join': { scopes: ['channels:join'], perMinute: 50, arguments: { channel: 'text' }, run: join },
  'conversations.archive': { scopes: manage, perMinute: 20, arguments: { channel: 'text' }, run: archive },
  'conversations.rename': {
    scopes: manage,
    perMinute: 20,
    arguments: { channel: 'text', name: 'text' },
    run: rename,
  },
  'conversations.setTopic': {
    scopes: [...manage, 'channels:write.topic', 'groups:write.topic'],
    perMinute: 20,
    arguments: { channel: 'text', topic: 'text' },
    run: setAbout('topic'),
  },
  'conversations.setPurpose': {
    scopes: [...manage, 'channels:write.topic', 'groups:write.topic'],
    perMinute: 20,
    arguments: { channel: 'text', purpose: 'text' },
    run: setAbout('purpose'),
  },
  'conversations.members': {
    scopes: read,
    perMinute: 100,
    arguments: { ...paging, channel: 'text' },
    run: members,
  },
};
