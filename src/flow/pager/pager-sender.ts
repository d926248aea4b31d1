/** In whose name something is done in PagerDuty (the REST API's `From` header is the e-mail address of a user there). */
import { OperationError } from '../../domain/errors.ts';
import { identityOf, type PeopleMap } from '../../domain/identity.ts';
import type { Service } from '../../domain/policy.ts';
import type { OnCallNow } from './on-call.ts';
import type { Directory, Log, Pager } from '../ports.ts';

/** The PagerDuty e-mail address of a Slack user; undefined: not known, so the configured one. Throws what may pass. */
export type SenderOf = (service: string, slackUser: string) => Promise<string | undefined>;

export function createSenderOf(parts: {
  pager: Pager | undefined;
  directory: Pick<Directory, 'member'>;
  onCall: OnCallNow;
  services: readonly Service[];
  people: PeopleMap;
  log: Log;
}): SenderOf {
  const { pager, directory, onCall, services, people, log } = parts;

  /** A name on what is done is worth less than doing it: PagerDuty alone is waited for, as it is for the deed. */
  async function known<T>(asked: Promise<T>): Promise<T | undefined> {
    try {
      return await asked;
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      if (error.retryable && error.code.startsWith('pager-')) throw error;
      log.info({ why: error.message }, 'who acted is not known in PagerDuty');
      return undefined;
    }
  }

  return async (serviceName, slackUser) => {
    if (!pager || !/^[UW][A-Z0-9]{2,30}$/.test(slackUser)) return undefined;
    const member = await known(directory.member(slackUser));
    if (!member?.mapped) return undefined;
    const { identity } = member;
    const service = services.find((candidate) => candidate.name === serviceName);
    const paged = service ? await onCall(service).catch(() => []) : [];
    // With `people:` the address in PagerDuty is another one, and this is where it is seen.
    const seen = paged.find((person) => person.identity === identity)?.user.email;
    if (seen) return seen;
    const user = await known(pager.userByEmail(identity));
    return user && identityOf(people, user) === identity ? (user.email ?? identity) : undefined;
  };
}

/** The PagerDuty user id of a Slack user; undefined: there is none. Throws when it cannot be asked. */
export type PagerUserOf = (slackUser: string) => Promise<string | undefined>;

export function createPagerUserOf(parts: {
  pager: Pager | undefined;
  directory: Pick<Directory, 'member'>;
  people: PeopleMap;
}): PagerUserOf {
  const { pager, directory, people } = parts;
  return async (slackUser) => {
    const { identity, mapped } = await directory.member(slackUser);
    if (!pager || !mapped) return undefined;
    const named = people[identity]?.pagerduty;
    if (named !== undefined) return named;
    const user = await pager.userByEmail(identity);
    return user && identityOf(people, user) === identity ? user.id : undefined;
  };
}

/**
 * A user who may not do it (a stakeholder, an observer) has Firebreak do it in its own name: nothing happened yet. By
 * then the page may stand otherwise, so `lookAndSend` reads before each send.
 */
export async function inTheNameOf<T>(
  from: string | undefined,
  lookAndSend: (from: string | undefined) => Promise<T>,
): Promise<T> {
  try {
    return await lookAndSend(from);
  } catch (error) {
    const refused = error instanceof OperationError && error.code === 'pager-rejected';
    if (from === undefined || !refused) throw error;
    return await lookAndSend(undefined);
  }
}
