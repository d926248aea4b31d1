/**
 * The `Directory` port on Slack: who a user is, who is in a user group, and whose an e-mail address is. Answers are at
 * most 60 s old, counted from when the question was sent; failures are thrown and never remembered, so that doubt never
 * approves.
 */
import { z } from 'zod';
import { invariant } from '../../domain/errors.ts';
import type { Member } from '../../domain/person.ts';
import type { Clock, Directory } from '../../flow/ports.ts';
import { remember } from '../../flow/remember.ts';
import type { SlackCall } from './client.ts';
import type { WhoWeAre } from './identity.ts';

const kept = { freshMs: 60_000, keysMax: 5_000 };

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
  whoWeAre: WhoWeAre;
  people: PeopleMap;
  clock: Clock;
}): Directory {
  const { call, whoWeAre, clock } = options;
  const emailOf = new Map(
    Object.entries(options.people).flatMap(([email, { slack }]) => (slack ? [[slack, email.toLowerCase()]] : [])),
  );
  const slackOf = new Map([...emailOf].map(([slackUser, email]) => [email, slackUser]));
  const askMember = async (slackUser: string) => {
    const answer = await call('users.info', { user: slackUser }, UserAnswer);
    invariant(answer, 'users.info has no codes that are fine');
    return toMember(answer.user, { homeTeam: whoWeAre().teamId, mappedEmail: emailOf.get(answer.user.id), slackOf });
  };
  /** Whose account it is by `people:` counts, and so does who may be asked for with it: a full member or a guest. */
  const askEmail = async (email: string) => {
    const answer = await call('users.lookupByEmail', { email }, UserAnswer, ['users_not_found'], { key: email });
    if (!answer) return undefined;
    const member = toMember(answer.user, {
      homeTeam: whoWeAre().teamId,
      mappedEmail: emailOf.get(answer.user.id),
      slackOf,
    });
    const isHome = member.standing === 'member' || member.standing === 'guest';
    return isHome && member.identity === email ? member.slack : undefined;
  };
  const askGroup = async (group: string) => {
    const answer = await call('usergroups.users.list', { usergroup: group }, z.object({ users: z.array(z.string()) }));
    invariant(answer, 'usergroups.users.list has no codes that are fine');
    return answer.users;
  };
  const askShared = async (channel: string) => {
    const answer = await call(
      'conversations.info',
      { channel },
      z.object({
        channel: z.object({ is_ext_shared: z.boolean().optional(), is_pending_ext_shared: z.boolean().optional() }),
      }),
    );
    invariant(answer, 'conversations.info has no codes that are fine');
    return answer.channel.is_ext_shared === true || answer.channel.is_pending_ext_shared === true;
  };
  const ofEmail = remember(clock, askEmail, kept);
  return {
    member: remember(clock, askMember, kept),
    groupMembers: remember(clock, askGroup, kept),
    isShared: remember(clock, askShared, kept),
    async byEmail(email) {
      const wanted = email.trim().toLowerCase();
      return slackOf.get(wanted) ?? (await ofEmail(wanted));
    },
  };
}

function toMember(
  user: SlackUser,
  known: { homeTeam: string; mappedEmail: string | undefined; slackOf: ReadonlyMap<string, string> },
): Member {
  // An address that its owner has not confirmed proves nothing.
  const confirmed = user.is_email_confirmed === false ? undefined : user.profile?.email?.trim().toLowerCase();
  const email = known.mappedEmail ?? (confirmed || undefined);
  // `people:` names one account for an address: another with the same address gets none of its rights, nor a second vote.
  const named = email === undefined ? undefined : known.slackOf.get(email);
  return {
    slack: user.id,
    identity: email ?? `slack:${user.id}`,
    mapped: email !== undefined && (named === undefined || named === user.id),
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
