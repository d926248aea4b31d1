/**
 * The `Directory` port on Slack: who a user is and who is in a user group. Answers are at most 60 s old, counted from
 * when the question was sent; failures are thrown and never remembered, so that doubt never approves.
 */
import { z } from 'zod';
import { invariant } from '../../domain/errors.ts';
import type { Member } from '../../domain/person.ts';
import type { Clock, Directory } from '../../flow/ports.ts';
import type { SlackCall } from './client.ts';

const freshMs = 60_000;
const rememberedMax = 5_000;

const UserAnswer = z.object({
  user: z.object({
    id: z.string(),
    team_id: z.string().optional(),
    name: z.string().optional(),
    real_name: z.string().optional(),
    deleted: z.boolean().optional(),
    is_bot: z.boolean().optional(),
    is_workflow_bot: z.boolean().optional(),
    is_restricted: z.boolean().optional(),
    is_ultra_restricted: z.boolean().optional(),
    is_stranger: z.boolean().optional(),
    is_email_confirmed: z.boolean().optional(),
    enterprise_user: z.object({ teams: z.array(z.string()).optional() }).optional(),
    profile: z
      .object({ email: z.string().optional(), display_name: z.string().optional(), real_name: z.string().optional() })
      .optional(),
  }),
});
type SlackUser = z.infer<typeof UserAnswer>['user'];

/** From firebreak.yaml's `people`: e-mail address → accounts. */
export type PeopleMap = Readonly<Record<string, { readonly slack?: string | undefined }>>;

export function createDirectory(options: {
  call: SlackCall;
  homeTeam: string;
  people: PeopleMap;
  clock: Clock;
}): Directory {
  const { call, homeTeam, clock } = options;
  const emailOf = new Map(
    Object.entries(options.people).flatMap(([email, { slack }]) => (slack ? [[slack, email.toLowerCase()]] : [])),
  );
  const members = remember(clock, async (slackUser) => {
    const answer = await call('users.info', { user: slackUser }, UserAnswer);
    invariant(answer, 'users.info has no codes that are fine');
    return toMember(answer.user, { homeTeam, mappedEmail: emailOf.get(answer.user.id) });
  });
  const groups = remember(clock, async (group) => {
    const answer = await call('usergroups.users.list', { usergroup: group }, z.object({ users: z.array(z.string()) }));
    invariant(answer, 'usergroups.users.list has no codes that are fine');
    return answer.users;
  });
  const shared = remember(clock, async (channel) => {
    const answer = await call(
      'conversations.info',
      { channel },
      z.object({
        channel: z.object({ is_ext_shared: z.boolean().optional(), is_pending_ext_shared: z.boolean().optional() }),
      }),
    );
    invariant(answer, 'conversations.info has no codes that are fine');
    return answer.channel.is_ext_shared === true || answer.channel.is_pending_ext_shared === true;
  });
  return { member: members, groupMembers: groups, isShared: shared };
}

function toMember(user: SlackUser, known: { homeTeam: string; mappedEmail: string | undefined }): Member {
  // An address that its owner has not confirmed proves nothing.
  const confirmed = user.is_email_confirmed === false ? undefined : user.profile?.email?.trim().toLowerCase();
  const email = known.mappedEmail ?? (confirmed || undefined);
  return {
    slack: user.id,
    identity: email ?? `slack:${user.id}`,
    mapped: email !== undefined,
    name: user.profile?.display_name || user.real_name || user.profile?.real_name || user.name || user.id,
    standing: standingOf(user, known.homeTeam),
  };
}

function standingOf(user: SlackUser, homeTeam: string): Member['standing'] {
  if (user.deleted) return 'deactivated';
  // Slackbot is a user whose `is_bot` is false.
  if (user.is_bot || user.is_workflow_bot || user.id === 'USLACKBOT') return 'bot';
  const atHome = user.team_id === homeTeam || user.enterprise_user?.teams?.includes(homeTeam) === true;
  if (user.is_stranger || !atHome) return 'stranger';
  if (user.is_restricted || user.is_ultra_restricted) return 'guest';
  return 'member';
}

/** One question at a time for each key; an answer serves for `freshMs`. */
function remember<T>(clock: Clock, ask: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const answers = new Map<string, { askedAt: number; answer: Promise<T> }>();
  return async (key) => {
    const now = clock.now().getTime();
    const known = answers.get(key);
    if (known && now - known.askedAt >= 0 && now - known.askedAt < freshMs) return await known.answer;
    if (answers.size >= rememberedMax) answers.clear();
    const entry = { askedAt: now, answer: ask(key) };
    answers.set(key, entry);
    try {
      return await entry.answer;
    } catch (error) {
      if (answers.get(key) === entry) answers.delete(key);
      throw error;
    }
  };
}
