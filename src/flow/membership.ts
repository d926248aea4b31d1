import type { Member, Standing } from '../domain/person.ts';
import type { People, Policy, Service } from '../domain/policy.ts';
import { OperationError } from '../domain/errors.ts';
import type { OnCallNow } from './pager/on-call.ts';
import type { Directory, Log } from './ports.ts';

export type Membership = Pick<Directory, 'isShared'> & {
  /**
   * Fails closed: when the directory cannot be asked, it throws. Whom it does not know is a stranger and a group that
   * it does not know is empty, so that one bad name cannot keep everybody else from deciding.
   */
  standingOf(service: Service, slackUser: string): Promise<Standing>;
  /** Slack user ids of a list of users and groups, at most `limit`. */
  usersOf(people: readonly string[], limit: number): Promise<readonly string[]>;
  /**
   * Who is on call for the service by PagerDuty, lowest level first, each person once: Slack user ids, and the names of
   * those who have no Slack account that is known. Throws when it cannot be asked.
   */
  onCallOf(service: Service): Promise<{ readonly people: readonly string[]; readonly others: readonly string[] }>;
};

const strangerNamed = (slack: string): Member => ({
  slack,
  identity: `slack:${slack}`,
  mapped: false,
  name: slack,
  standing: 'stranger',
});

const isGroup = (id: string): boolean => id.startsWith('S');

/**
 * Who may do what for a service, from the directory and PagerDuty (each at most 60 s old) and the policy. Everybody on
 * the service's escalation policy is a responder while they are on call; those of its first level, who are paged first,
 * are `onCall` too, which is what approving one's own plan may depend on. When PagerDuty cannot be asked it grants
 * nothing, and what firebreak.yaml grants by itself stays.
 */
export function createMembership({
  directory,
  policy,
  log,
  onCall: pagedNow = async () => [],
}: {
  directory: Directory;
  policy: Policy;
  log: Log;
  /** Absent: nobody is on call by PagerDuty. */
  onCall?: OnCallNow;
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

  /** The lowest level at which this person is on call by PagerDuty. */
  async function pagedLevel(service: Service, member: Member): Promise<number | 'unknown' | undefined> {
    if (!member.mapped) return undefined;
    try {
      return (await pagedNow(service)).find(({ identity }) => identity === member.identity)?.level;
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      log.warn({ service: service.name, why: error.message }, 'PagerDuty cannot be asked who is on call');
      return 'unknown';
    }
  }

  const belongs = async (people: People, member: Member): Promise<boolean> => isAmong(people.slack, member.slack);

  return {
    isShared: (channel) => directory.isShared(channel),

    async standingOf(service, slackUser) {
      const member = await known(slackUser, directory.member(slackUser), strangerNamed(slackUser));
      const named = await isAmong(service.responders.onCall, slackUser);
      const level = named ? undefined : await pagedLevel(service, member);
      const onCall = named || level === 1;
      const responder = named || typeof level === 'number' || (await belongs(service.responders, member));
      const approver = await belongs(policy.approvers, member);
      return { member, responder, approver, onCall, ...(level === 'unknown' ? { onCallUnknown: true } : {}) };
    },

    async usersOf(people, limit) {
      const users = new Set<string>();
      for (const id of people) {
        if (isGroup(id)) for (const user of await groupMembers(id)) users.add(user);
        else users.add(id);
      }
      return [...users].slice(0, limit);
    },

    async onCallOf(service) {
      const people = new Set<string>();
      const others = new Set<string>();
      for (const { user, identity } of await pagedNow(service)) {
        const slackUser = identity === undefined ? undefined : await directory.byEmail(identity);
        if (slackUser === undefined) others.add(user.name);
        else people.add(slackUser);
      }
      return { people: [...people], others: [...others] };
    },
  };
}
