/** Who is on call by PagerDuty, for services that name an escalation policy. */
import { identityOf, type PeopleMap } from '../../domain/identity.ts';
import type { PagerUser } from '../../domain/page.ts';
import type { Service } from '../../domain/policy.ts';
import { withinPatience } from '../patience.ts';
import type { Clock, Pager } from '../ports.ts';
import { remember } from '../remember.ts';

const freshMs = 60_000;
const policiesMax = 1_000;

export type OnCallPerson = {
  readonly user: PagerUser;
  /** 1 is paged first. */
  readonly level: number;
  /** As in `Member`; absent: neither PagerDuty nor `people:` says an e-mail address. */
  readonly identity?: string;
};

/**
 * Lowest level first; empty for a service without an escalation policy. Answers are at most 60 s old. Throws when
 * PagerDuty cannot be asked or takes longer than 1.5 s; what it answers later serves the next question.
 */
export type OnCallNow = (service: Service) => Promise<readonly OnCallPerson[]>;

/** `pager` is absent when PagerDuty is not configured: then nobody is on call by it. */
export function createOnCall({
  pager,
  people,
  clock,
}: {
  pager: Pager | undefined;
  people: PeopleMap;
  clock: Clock;
}): OnCallNow {
  if (!pager) return async () => [];
  const ask = remember(clock, (policy) => pager.onCall(policy), { freshMs, keysMax: policiesMax });

  return async (service) => {
    const policy = service.pager?.escalationPolicy;
    if (policy === undefined) return [];
    const found = await withinPatience(ask(policy), 'PagerDuty did not say in time who is on call.');
    return found
      .toSorted((a, b) => a.level - b.level)
      .map(({ user, level }) => {
        const identity = identityOf(people, user);
        return { user, level, ...(identity === undefined ? {} : { identity }) };
      });
  };
}
