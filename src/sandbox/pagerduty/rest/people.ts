import type { JsonObject } from '../account.ts';
import { PagerDutyRefusal } from '../refusal.ts';
import { reference, restUser, userReference } from '../wire.ts';
import type { Call, Operation } from './operation.ts';
import { page } from './pages.ts';

export const peopleOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: /^\/users$/,
    run({ account, query }) {
      const wanted = (query.get('query') ?? '').toLowerCase();
      const found = [...account.users.values()].filter(({ name, email }) =>
        `${name}\n${email}`.toLowerCase().includes(wanted),
      );
      return page(query, 'users', found, (user) => restUser(account, user));
    },
  },
  {
    method: 'GET',
    path: /^\/users\/([^/]+)$/,
    run({ account, id }) {
      const user = account.users.get(id);
      if (!user) throw new PagerDutyRefusal(2100);
      return { status: 200, body: { user: restUser(account, user) } };
    },
  },
  {
    method: 'GET',
    path: /^\/oncalls$/,
    run: (call) => page(call.query, 'oncalls', onCalls(call), (one) => one),
  },
  {
    method: 'GET',
    path: /^\/escalation_policies\/([^/]+)$/,
    run({ account, id }) {
      const policy = account.escalationPolicies.get(id);
      if (!policy) throw new PagerDutyRefusal(2100);
      const { name } = policy;
      return {
        status: 200,
        body: {
          escalation_policy: {
            ...reference(account, 'escalation_policies', { id, summary: name }, 'escalation_policy'),
            name,
            escalation_rules: policy.levels.map((users, at) => ({
              id: `${id}${at + 1}`,
              escalation_delay_in_minutes: 30,
              targets: users.map((user) => userReference(account, account.users.get(user))),
            })),
            num_loops: 0,
          },
        },
      };
    },
  },
  {
    method: 'GET',
    path: /^\/priorities$/,
    run: ({ account, query }) =>
      page(query, 'priorities', account.priorities, ({ id, name }) => ({
        ...reference(account, 'priorities', { id, summary: name }, 'priority'),
        name,
      })),
  },
];

/** Everybody on each level is always on call here: no schedules, so `start` and `end` are null. */
function onCalls({ account, query }: Call): JsonObject[] {
  const wanted = query.getAll('escalation_policy_ids[]');
  const full = query.getAll('include[]').includes('users');
  return [...account.escalationPolicies.values()]
    .filter(({ id }) => wanted.length === 0 || wanted.includes(id))
    .flatMap(({ id, name, levels }) =>
      levels.flatMap((users, at) =>
        users.map((userId) => {
          const user = account.users.get(userId);
          return {
            user: user && full ? restUser(account, user) : userReference(account, user),
            schedule: null,
            escalation_policy: reference(
              account,
              'escalation_policies',
              { id, summary: name },
              'escalation_policy_reference',
            ),
            escalation_level: at + 1,
            start: null,
            end: null,
          };
        }),
      ),
    );
}
