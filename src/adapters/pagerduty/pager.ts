/** The `Pager` port on PagerDuty's REST API, version 2. */
import { z } from 'zod';
import { invariant, OperationError } from '../../domain/errors.ts';
import type { PageSnapshot } from '../../domain/page.ts';
import type { Log, Pager, PagerSubscription } from '../../flow/ports.ts';
import { createPagerCall, type PagerRequest } from './client.ts';
import { PagerRejection, unanswered } from './errors.ts';
import { webhookPath } from './route.ts';
import { commonFields, Id, IncidentNumber, Status, textUpTo, Time, toSnapshot, User, users } from './snapshot.ts';

/** The most that PagerDuty gives in one answer. */
const pageSize = 100;
/** 2,000 of anything; PagerDuty itself ends at 10,000 ("REST API: Pagination"). */
const pagesMax = 20;
/** Service ids in one query, so that the address stays below 2 kB. */
const servicesAtOnce = 50;
/** Longer ones are cut by whoever writes them. */
const noteMax = 25_000;

const Listing = z.looseObject({ more: z.boolean().nullish() });
const Incident = z
  .object({
    ...commonFields,
    incident_number: IncidentNumber,
    status: Status,
    assignments: z.array(z.object({ assignee: z.unknown() })).catch([]),
    created_at: Time,
    resolved_at: Time.nullish().catch(null),
    last_status_change_at: Time.nullish().catch(null),
  })
  .transform(({ incident_number: number, status, assignments, ...rest }) => ({
    resolvedAt: rest.resolved_at ?? undefined,
    page: toSnapshot(rest, {
      number,
      status,
      assignees: users(assignments.map(({ assignee }) => assignee)),
      createdAt: rest.created_at,
      ...(rest.last_status_change_at ? { changedAt: rest.last_status_change_at } : {}),
    }),
  }));
const Note = z.object({ id: Id, content: textUpTo(30_000), created_at: Time });
const OnCallEntry = z.object({
  escalation_level: z.number().int(),
  escalation_policy: z.object({ id: Id }),
  user: User.nullish().catch(null),
});
const Subscription = z
  .object({
    id: Id,
    active: z.boolean(),
    delivery_method: z.object({
      url: z.string().nullish(),
      temporarily_disabled: z.boolean().nullish(),
    }),
  })
  .transform(
    ({ id, active, delivery_method: { url, temporarily_disabled: disabled } }): PagerSubscription => ({
      id,
      active,
      url: url ?? '',
      temporarilyDisabled: disabled ?? false,
    }),
  );

export function createPager(options: {
  token: string;
  /** The e-mail address of the PagerDuty user in whose name things are done. A user's own token needs none. */
  from?: string;
  /** `https://api.pagerduty.com` unless told; accounts in Europe have `https://api.eu.pagerduty.com`. */
  apiUrl?: string;
  timeoutMs?: number;
  log: Log;
}): Pager {
  const { token, log, apiUrl = 'https://api.pagerduty.com', timeoutMs } = options;
  invariant(token !== '', 'without a token there is no pager');
  const call = createPagerCall({
    token,
    apiUrl: apiUrl.replace(/\/+$/, ''),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });

  /** The pages of a list, at most `pagesMax` of them. One thing that is not as documented does not hide the others. */
  async function* listed<T>(
    name: string,
    item: z.ZodType<T>,
    request: Omit<PagerRequest, 'path'>,
  ): AsyncGenerator<readonly T[]> {
    for (let page = 0; page < pagesMax; page++) {
      const query = { ...request.query, limit: String(pageSize), offset: String(page * pageSize) };
      const answer = await call.read({ ...request, path: `/${name}`, query }, Listing);
      const things = z.array(z.unknown()).safeParse(answer[name]);
      if (!things.success) throw unanswered(request.operation, 'read', 'answered in a form that is not documented');
      const parsed = things.data.map((one) => item.safeParse(one));
      const odd = parsed.filter(({ success }) => !success).length;
      if (odd > 0) log.warn({ list: name, odd }, 'pagerduty listed something that is not as documented');
      yield parsed.filter((one) => one.success).map((one) => one.data);
      if (answer.more !== true) return;
    }
    log.warn({ list: name, read: pagesMax * pageSize }, 'pagerduty has more of these than are read');
  }

  async function all<T>(name: string, item: z.ZodType<T>, request: Omit<PagerRequest, 'path'>): Promise<T[]> {
    const found: T[] = [];
    for await (const page of listed(name, item, request)) found.push(...page);
    return found;
  }

  const incidentAt = (id: string): string => `/incidents/${encodeURIComponent(id)}`;
  const as = (from: string | undefined) => ({ from: requester(from ?? options.from) });

  async function change(id: string, operation: string, incident: object, from?: string): Promise<void> {
    const body = { incident: { type: 'incident_reference', ...incident } };
    await call.write({ operation, method: 'PUT', path: incidentAt(id), body, ...as(from) });
  }

  return {
    async page(id) {
      const request = { operation: 'to read the page', path: incidentAt(id) };
      const answer = await found(() => call.read(request, z.object({ incident: Incident })));
      return answer?.incident.page;
    },

    async pagesSince(services, since) {
      const operation = 'to list pages';
      const pages = new Map<string, PageSnapshot>();
      for (let at = 0; at < services.length; at += servicesAtOnce) {
        const these = { 'service_ids[]': services.slice(at, at + servicesAtOnce), date_range: 'all' };
        // Resolved first: one that is reopened between the two is then told as it is now.
        const resolved = { ...these, 'statuses[]': 'resolved', sort_by: 'resolved_at:desc' };
        for await (const some of listed('incidents', Incident, { operation, query: resolved })) {
          const late = some.filter(({ resolvedAt }) => resolvedAt === undefined || resolvedAt >= since);
          for (const { page } of late) pages.set(page.id, page);
          if (late.length < some.length) break;
        }
        const open = { ...these, 'statuses[]': ['triggered', 'acknowledged'], sort_by: 'created_at:desc' };
        for (const { page } of await all('incidents', Incident, { operation, query: open })) pages.set(page.id, page);
      }
      return [...pages.values()];
    },

    async setStatus(id, status, from) {
      const already = status === 'resolved' ? [1001] : [1001, 1002];
      try {
        await change(id, status === 'resolved' ? 'to resolve the page' : 'to acknowledge the page', { status }, from);
        return 'changed';
      } catch (error) {
        if (error instanceof PagerRejection && already.includes(error.pagerCode)) return 'unchanged';
        throw error;
      }
    },

    async notes(id) {
      const request = { operation: 'to read notes', path: `${incidentAt(id)}/notes` };
      const answer = await found(() => call.read(request, z.object({ notes: z.array(Note) })));
      return answer?.notes
        .toReversed()
        .toSorted((a, b) => a.created_at.getTime() - b.created_at.getTime())
        .map((note) => ({ id: note.id, text: note.content }));
    },

    async addNote(id, text, from) {
      const body = { note: { content: text.slice(0, noteMax).toWellFormed() } };
      const path = `${incidentAt(id)}/notes`;
      await call.write({ operation: 'to add a note', method: 'POST', path, body, ...as(from) });
    },

    escalate: (id, level, from) => change(id, 'to escalate the page', { escalation_level: level }, from),

    reassign(id, assignees, from) {
      const assignments = assignees.map((user) => ({ assignee: { id: user, type: 'user_reference' } }));
      return change(id, 'to reassign the page', { assignments }, from);
    },

    async levelsOf(policy) {
      const request = {
        operation: 'to read the escalation policy',
        path: `/escalation_policies/${encodeURIComponent(policy)}`,
      };
      const Policy = z.object({ escalation_policy: z.object({ escalation_rules: z.array(z.unknown()) }) });
      return (await call.read(request, Policy)).escalation_policy.escalation_rules.length;
    },

    async onCall(policy) {
      const query = { 'escalation_policy_ids[]': policy, 'include[]': 'users' };
      const entries = await all('oncalls', OnCallEntry, { operation: 'to read who is on call', query });
      // Being on call gives rights here, so a filter that was not heard must not give them to everybody.
      const asked = entries.filter((entry) => entry.escalation_policy.id === policy);
      const seen = new Set<string>();
      return asked
        .flatMap(({ user, escalation_level: level }) => (user ? [{ user, level }] : []))
        .filter(({ user, level }) => !seen.has(`${level}/${user.id}`) && seen.add(`${level}/${user.id}`))
        .toSorted((a, b) => a.level - b.level);
    },

    async userByEmail(email) {
      const wanted = email.toLowerCase();
      const query = { query: email };
      for await (const some of listed('users', User, { operation: 'to find a person', query })) {
        const user = some.find((one) => one.email?.toLowerCase() === wanted);
        if (user) return user;
      }
      return undefined;
    },

    async subscriptions() {
      const found = await all('webhook_subscriptions', Subscription, {
        operation: 'to list webhook subscriptions',
      });
      return found.filter(({ url }) => URL.canParse(url) && new URL(url).pathname.endsWith(webhookPath));
    },

    enableSubscription: (id) =>
      call.write({
        operation: 'to enable the webhook subscription',
        method: 'POST',
        path: `/webhook_subscriptions/${encodeURIComponent(id)}/enable`,
      }),
  };
}

/** Undefined for 404. */
async function found<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof PagerRejection && error.status === 404) return undefined;
    throw error;
  }
}

/** What would not be one header line is no address. */
function requester(from: string | undefined): string | undefined {
  if (from === undefined || /^[\x21-\x7e]+@[\x21-\x7e]+$/.test(from)) return from;
  throw new OperationError(
    'pager-rejected',
    'PagerDuty can only be asked in the name of an e-mail address in plain letters. Set PAGERDUTY_FROM or `people:`.',
    { retryable: false },
  );
}
