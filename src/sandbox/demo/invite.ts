/** Adds a person to a channel, as a person does it at Slack's client. */
import { canSee, isGuest } from '../slack/places.ts';
import type { Channel, User, Workspace } from '../slack/workspace.ts';
import { done, refused } from './outcome.ts';
import type { Outcome } from './protocol.ts';

export function invite(
  workspace: Workspace,
  { as, channel: channelId, person }: { as: string; channel: string; person: string },
): Outcome {
  const inviter = workspace.users.get(as);
  const channel = workspace.channels.get(channelId);
  const invited = workspace.users.get(person);
  const problem =
    inviter === undefined || channel === undefined || !canSee(channel, inviter)
      ? 'There is no such channel.'
      : invited === undefined || invited.deleted
        ? 'There is no such person.'
        : problemOf(workspace, { inviter, channel, invited });
  if (problem !== undefined) return refused(problem);
  // Both were found, or there would be a problem.
  channel?.members.add(person);
  workspace.changed();
  return done;
}

function problemOf(
  workspace: Workspace,
  { inviter, channel, invited }: { inviter: User; channel: Channel; invited: User },
): string | undefined {
  if (channel.isArchived) return `#${channel.name} is archived. Nobody can be added to it.`;
  if (!channel.members.has(inviter.id)) return `Only members of #${channel.name} can add people to it.`;
  if (isGuest(inviter)) return 'Guests cannot add people to a channel.';
  if (channel.members.has(invited.id)) return `${invited.realName} is in #${channel.name} already.`;
  if (invited.teamId !== workspace.team.id && !channel.isExtShared) {
    return `${invited.realName} is of another organisation, and #${channel.name} is not shared with it.`;
  }
  return undefined;
}
