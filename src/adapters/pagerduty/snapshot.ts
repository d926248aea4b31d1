/**
 * The parts that PagerDuty's webhooks and its REST API have in common. What identifies a page is asked for; anything
 * else that is not as documented is left out, for a page must come in even when PagerDuty changes a detail.
 */
import { z } from 'zod';
import type { PagerUser, PageSnapshot, PageStatus } from '../../domain/page.ts';

const titleMax = 1_024;
/** The ledger's `integer`. */
const numberMax = 2_147_483_647;

/** Text that the ledger can hold: no NUL, no half characters, and not endless. */
export const textUpTo = (max: number) =>
  z.string().transform((text) => text.slice(0, max).toWellFormed().replaceAll('\0', '\uFFFD'));

/** PagerDuty's ids are letters and digits; they become parts of addresses. */
export const Id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

export const Time = z.string().transform((text, context) => {
  const time = new Date(text);
  if (/^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(time.getTime())) return time;
  context.addIssue({ code: 'custom', message: 'is not an ISO 8601 time' });
  return z.NEVER;
});

export const Status = z.enum(['triggered', 'acknowledged', 'resolved']);

/** A reference to a user, or a whole one; anything else, such as a service that acted, is nobody. */
export const User = z
  .object({
    id: Id,
    type: z.string().regex(/^user(_reference)?$/),
    summary: textUpTo(200).nullish(),
    name: textUpTo(200).nullish(),
    email: textUpTo(320).nullish(),
  })
  .transform(
    ({ id, name, summary, email }): PagerUser => ({
      id,
      name: name || summary || id,
      ...(email ? { email } : {}),
    }),
  );

const Reference = z.object({ id: Id });

/** The fields that both have under one name. */
export const commonFields = {
  id: Id,
  title: textUpTo(titleMax)
    .transform((title) => title || 'a page without a title')
    .catch('a page without a title'),
  html_url: z
    .string()
    .max(2_000)
    .regex(/^https?:\/\/[^\s]+$/)
    .nullish()
    .catch(null),
  urgency: z.enum(['high', 'low']).catch('high'),
  priority: z
    .object({ summary: textUpTo(80).nullish(), name: textUpTo(80).nullish() })
    .nullish()
    .catch(null),
  incident_key: textUpTo(1_000).nullish().catch(null),
  service: Reference,
  escalation_policy: Reference.nullish().catch(null),
};

const Common = z.object(commonFields);
type Common = z.output<typeof Common>;

export const IncidentNumber = z.number().int().min(0).max(numberMax).catch(0);

/** Those of a list that are users. */
export const users = (list: readonly unknown[]): PagerUser[] =>
  list
    .map((one) => User.safeParse(one))
    .filter((parsed) => parsed.success)
    .map((parsed) => parsed.data);

export function toSnapshot(
  from: Common,
  rest: { number: number; status: PageStatus; assignees: readonly PagerUser[]; createdAt: Date; changedAt?: Date },
): PageSnapshot {
  const priority = from.priority?.name || from.priority?.summary;
  return {
    id: from.id,
    service: from.service.id,
    title: from.title,
    url: from.html_url ?? `https://app.pagerduty.com/incidents/${from.id}`,
    urgency: from.urgency,
    ...(priority ? { priority } : {}),
    ...(from.incident_key ? { incidentKey: from.incident_key } : {}),
    ...(from.escalation_policy ? { escalationPolicy: from.escalation_policy.id } : {}),
    ...rest,
  };
}
