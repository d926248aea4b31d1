import type { Member, Standing } from '../domain/person.ts';
import type { People, Policy, Service } from '../domain/policy.ts';
import type { Directory } from './ports.ts';

export type Membership = {
  /** Fails closed: when the directory cannot be asked, it throws. */
  standingOf(service: Service, slackUser: string): Promise<Standing>;
  /** Slack user ids of a list of users and groups, at most `limit`. */
  usersOf(people: readonly string[], limit: number): Promise<readonly string[]>;
};

const isGroup = (id: string): boolean => id.startsWith('S');

/** Who may do what for a service, from the directory (at most 60 s old) and the policy. */
export function createMembership({ directory, policy }: { directory: Directory; policy: Policy }): Membership {
  async function isAmong(ids: readonly string[], user: string): Promise<boolean> {
    if (ids.includes(user)) return true;
    for (const group of ids.filter(isGroup)) {
      if ((await directory.groupMembers(group)).includes(user)) return true;
    }
    return false;
  }

  const belongs = async (people: People, member: Member): Promise<boolean> => isAmong(people.slack, member.slack);

  return {
    async standingOf(service, slackUser) {
      const member = await directory.member(slackUser);
      const onCall = await isAmong(service.responders.onCall, slackUser);
      const responder = onCall || (await belongs(service.responders, member));
      const approver = await belongs(policy.approvers, member);
      return { member, responder, approver, onCall };
    },

    async usersOf(people, limit) {
      const users = new Set<string>();
      for (const id of people) {
        if (isGroup(id)) for (const user of await directory.groupMembers(id)) users.add(user);
        else users.add(id);
      }
      return [...users].slice(0, limit);
    },
  };
}
