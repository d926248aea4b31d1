import type { Member, Standing } from '../domain/person.ts';
import type { People, Policy, Service } from '../domain/policy.ts';
import { OperationError } from '../domain/errors.ts';
import type { Directory, Log } from './ports.ts';

export type Membership = Pick<Directory, 'isShared'> & {
  /**
   * Fails closed: when the directory cannot be asked, it throws. Whom it does not know is a stranger and a group that
   * it does not know is empty, so that one bad name cannot keep everybody else from deciding.
   */
  standingOf(service: Service, slackUser: string): Promise<Standing>;
  /** Slack user ids of a list of users and groups, at most `limit`. */
  usersOf(people: readonly string[], limit: number): Promise<readonly string[]>;
};

const strangerNamed = (slack: string): Member => ({
  slack,
  identity: `slack:${slack}`,
  mapped: false,
  name: slack,
  standing: 'stranger',
});

const isGroup = (id: string): boolean => id.startsWith('S');

/** Who may do what for a service, from the directory (at most 60 s old) and the policy. */
export function createMembership({
  directory,
  policy,
  log,
}: {
  directory: Directory;
  policy: Policy;
  log: Log;
}): Membership {
  /** Membership only ever grants, so nothing is the safe answer to a name that is refused for good. */
  async function known<T>(name: string, asked: Promise<T>, none: T): Promise<T> {
    try {
      return await asked;
    } catch (error) {
      if (!(error instanceof OperationError) || error.retryable) throw error;
      log.warn({ name, why: error.message }, 'the directory does not know a person or group');
      return none;
    }
  }
  const groupMembers = (group: string): Promise<readonly string[]> => known(group, directory.groupMembers(group), []);

  async function isAmong(ids: readonly string[], user: string): Promise<boolean> {
    if (ids.includes(user)) return true;
    for (const group of ids.filter(isGroup)) {
      if ((await groupMembers(group)).includes(user)) return true;
    }
    return false;
  }

  const belongs = async (people: People, member: Member): Promise<boolean> => isAmong(people.slack, member.slack);

  return {
    isShared: (channel) => directory.isShared(channel),

    async standingOf(service, slackUser) {
      const member = await known(slackUser, directory.member(slackUser), strangerNamed(slackUser));
      const onCall = await isAmong(service.responders.onCall, slackUser);
      const responder = onCall || (await belongs(service.responders, member));
      const approver = await belongs(policy.approvers, member);
      return { member, responder, approver, onCall };
    },

    async usersOf(people, limit) {
      const users = new Set<string>();
      for (const id of people) {
        if (isGroup(id)) for (const user of await groupMembers(id)) users.add(user);
        else users.add(id);
      }
      return [...users].slice(0, limit);
    },
  };
}
