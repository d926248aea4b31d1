/**
 * Every request that the product makes of PagerDuty, by the titles of the REST API reference: method, path, query,
 * headers and body are among what is documented there, and the stand-in takes them.
 */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createPager } from '../../../src/adapters/pagerduty/pager.ts';
import type { Pager } from '../../../src/flow/ports.ts';
import type { Incident } from '../../../src/sandbox/pagerduty/account.ts';
import { type SandboxPagerDuty, startPagerDuty } from '../../../src/sandbox/pagerduty/start.ts';
import { silent } from '../../ledger.ts';

let pagerduty: SandboxPagerDuty;
let page: Incident;
let pager: Pager;
beforeEach(async () => {
  pagerduty = await startPagerDuty();
  page = pagerduty.trigger();
  pagerduty.connect('http://127.0.0.1:9/webhooks/pagerduty');
  pager = createPager({
    token: pagerduty.token,
    apiUrl: pagerduty.apiUrl,
    from: 'firebreak@example.com',
    log: silent,
  });
});
afterEach(() => pagerduty.stop());

const json = 'application/json; charset=utf-8';
const paged = { limit: ['100'], offset: ['0'] };
const from = 'firebreak@example.com';
const incident = (fields: object) => ({ incident: { type: 'incident_reference', ...fields } });
type Sent = { method: string; path: string; query?: object; from?: string; contentType?: string; body?: object };

/** Paths have `ID` where the incident's id is. */
const requests: [title: string, ask: (id: string) => Promise<unknown>, sent: Sent[]][] = [
  ['Get an incident', (id) => pager.page(id), [{ method: 'GET', path: '/incidents/ID', contentType: json }]],
  [
    'List incidents',
    () => pager.pagesSince(['PLARGEF'], new Date(0)),
    [
      {
        method: 'GET',
        path: '/incidents',
        contentType: json,
        query: {
          ...paged,
          'service_ids[]': ['PLARGEF'],
          date_range: ['all'],
          'statuses[]': ['resolved'],
          sort_by: ['resolved_at:desc'],
        },
      },
      {
        method: 'GET',
        path: '/incidents',
        contentType: json,
        query: {
          ...paged,
          'service_ids[]': ['PLARGEF'],
          date_range: ['all'],
          'statuses[]': ['triggered', 'acknowledged'],
          sort_by: ['created_at:desc'],
        },
      },
    ],
  ],
  [
    'Update an incident: acknowledge',
    (id) => pager.setStatus(id, 'acknowledged'),
    [{ method: 'PUT', path: '/incidents/ID', contentType: json, from, body: incident({ status: 'acknowledged' }) }],
  ],
  [
    'Update an incident: resolve, in the name of a person',
    (id) => pager.setStatus(id, 'resolved', 'bob@example.com'),
    [
      {
        method: 'PUT',
        path: '/incidents/ID',
        contentType: json,
        from: 'bob@example.com',
        body: incident({ status: 'resolved' }),
      },
    ],
  ],
  [
    'Update an incident: escalate',
    (id) => pager.escalate(id, 2),
    [{ method: 'PUT', path: '/incidents/ID', contentType: json, from, body: incident({ escalation_level: 2 }) }],
  ],
  [
    'Update an incident: reassign',
    (id) => pager.reassign(id, ['PBOB001']),
    [
      {
        method: 'PUT',
        path: '/incidents/ID',
        contentType: json,
        from,
        body: incident({ assignments: [{ assignee: { id: 'PBOB001', type: 'user_reference' } }] }),
      },
    ],
  ],
  [
    'Create a note on an incident',
    (id) => pager.addNote(id, 'Restarted it.'),
    [
      {
        method: 'POST',
        path: '/incidents/ID/notes',
        contentType: json,
        from,
        body: { note: { content: 'Restarted it.' } },
      },
    ],
  ],
  [
    'List notes for an incident',
    (id) => pager.notes(id),
    [{ method: 'GET', path: '/incidents/ID/notes', contentType: json }],
  ],
  [
    'Get an escalation policy',
    () => pager.levelsOf('PLADDER'),
    [{ method: 'GET', path: '/escalation_policies/PLADDER', contentType: json }],
  ],
  [
    'List all of the on-calls',
    () => pager.onCall('PLADDER'),
    [
      {
        method: 'GET',
        path: '/oncalls',
        contentType: json,
        query: { ...paged, 'escalation_policy_ids[]': ['PLADDER'], 'include[]': ['users'] },
      },
    ],
  ],
  [
    'List users',
    () => pager.userByEmail('bob@example.com'),
    [{ method: 'GET', path: '/users', contentType: json, query: { ...paged, query: ['bob@example.com'] } }],
  ],
  [
    'List webhook subscriptions',
    () => pager.subscriptions(),
    [{ method: 'GET', path: '/webhook_subscriptions', contentType: json, query: paged }],
  ],
  [
    'Enable a webhook subscription',
    async () => pager.enableSubscription([...pagerduty.webhooks.subscriptions.keys()][0] ?? ''),
    [{ method: 'POST', path: '/webhook_subscriptions/SUBSCRIPTION/enable', contentType: json }],
  ],
];

it.each(requests)('%s is asked for as documented', async (_title, ask, sent) => {
  await ask(page.id);

  const subscription = [...pagerduty.webhooks.subscriptions.keys()][0] ?? '';
  const seen = pagerduty.audit.map(({ method, path, query, from, accept, contentType, body, status }) => ({
    method,
    path: path.replace(page.id, 'ID').replace(subscription, 'SUBSCRIPTION'),
    query,
    from,
    accept,
    contentType,
    body,
    status,
  }));
  expect(seen).toEqual(
    sent.map((one) => ({
      query: {},
      from: undefined,
      body: undefined,
      ...one,
      accept: 'application/vnd.pagerduty+json;version=2',
      status: 200,
    })),
  );
});

it('covers everything that the product can ask of PagerDuty', () => {
  const asked = requests.map(([, ask]) => /pager\.(\w+)/.exec(String(ask))?.[1]);

  expect(new Set(asked)).toEqual(new Set(Object.keys(pager)));
});
