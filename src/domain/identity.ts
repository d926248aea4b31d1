/**
 * Who is who across PagerDuty and the chat: one identity for each human being, the e-mail address in lower case.
 * `people:` in firebreak.yaml overrides in both directions: an account that is named there is that person and nobody
 * else, and an address whose PagerDuty account is named there belongs to no other PagerDuty account.
 */
import type { PagerUser } from './page.ts';

/** E-mail in lower case → accounts that do not carry it. */
export type PeopleMap = Readonly<Record<string, { readonly slack?: string; readonly pagerduty?: string }>>;

/** Undefined: nobody can tell. */
export function identityOf(people: PeopleMap, user: PagerUser): string | undefined {
  const named = Object.entries(people).find(([, accounts]) => accounts.pagerduty === user.id);
  if (named) return named[0].toLowerCase();
  const email = user.email?.trim().toLowerCase();
  if (!email) return undefined;
  const owner = people[email]?.pagerduty;
  return owner === undefined || owner === user.id ? email : undefined;
}
