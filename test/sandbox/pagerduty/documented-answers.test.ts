/**
 * What the stand-in answers to the requests that the product makes, field by field, by the schemas of PagerDuty's
 * OpenAPI document (docs/sandbox.md says how it was compared). A field that the document does not know fails too.
 */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Incident } from '../../../src/sandbox/pagerduty/account.ts';
import { type SandboxPagerDuty, startPagerDuty } from '../../../src/sandbox/pagerduty/start.ts';
import { call } from './call.ts';

let pagerduty: SandboxPagerDuty;
let page: Incident;
beforeEach(async () => {
  pagerduty = await startPagerDuty();
  page = pagerduty.trigger({ priority: 'P1' });
  pagerduty.as('PALICE1').acknowledge(page.id);
  pagerduty.as('PALICE1').note(page.id, 'Looking.');
  pagerduty.connect('http://127.0.0.1:9/webhooks/pagerduty');
});
afterEach(() => pagerduty.stop());

type Shape = string | readonly unknown[] | RegExp | { readonly [field: string]: Shape } | ((value: unknown) => boolean);

const text = (value: unknown): boolean => typeof value === 'string' && value !== '';
const flag = (value: unknown): boolean => typeof value === 'boolean';
const whole = (value: unknown): boolean => Number.isInteger(value);
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const url = /^https:\/\/\S+$/;
const oneOf =
  (...values: readonly unknown[]) =>
  (value: unknown): boolean =>
    values.includes(value);
/** The document lets it be absent; its examples and the real service give null. */
const orNull =
  (shape: Shape) =>
  (value: unknown): boolean =>
    value === null || faultsOf(shape, value, '').length === 0;
const listOf =
  (shape: Shape) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.length > 0 && value.every((one) => faultsOf(shape, one, '').length === 0);

const reference = (type: string): Shape => ({ id: text, type, summary: text, self: url, html_url: url });
const user = {
  ...(reference('user') as object),
  name: text,
  email: /@/,
  time_zone: text,
  role: text,
  invitation_sent: flag,
};
const incident = {
  id: text,
  type: 'incident',
  summary: text,
  self: url,
  html_url: url,
  incident_number: whole,
  title: text,
  created_at: time,
  updated_at: time,
  status: oneOf('triggered', 'acknowledged', 'resolved'),
  incident_key: text,
  service: reference('service_reference'),
  escalation_policy: reference('escalation_policy_reference'),
  priority: reference('priority_reference'),
  urgency: oneOf('high', 'low'),
  assigned_via: oneOf('escalation_policy', 'direct_assignment'),
  assignments: listOf({ at: time, assignee: reference('user_reference') }),
  acknowledgements: listOf({ at: time, acknowledger: reference('user_reference') }),
  last_status_change_at: time,
  last_status_change_by: reference('user_reference'),
  resolved_at: orNull(time),
  teams: [],
  pending_actions: [],
  incident_type: { name: text },
  resolve_reason: orNull({ type: text }),
};
const note = {
  id: text,
  user: reference('user_reference'),
  channel: { summary: text },
  content: text,
  created_at: time,
  updated_at: time,
};
const subscription = {
  id: text,
  type: 'webhook_subscription',
  active: flag,
  delivery_method: {
    id: text,
    type: 'http_delivery_method',
    secret: orNull(text),
    temporarily_disabled: flag,
    url: /^https?:/,
    custom_headers: [],
  },
  description: text,
  events: listOf(/^incident\.\w+$/),
  filter: { type: oneOf('account_reference', 'service_reference', 'team_reference') },
};
const pageOf = (name: string, shape: Shape): Shape => ({
  [name]: listOf(shape),
  limit: whole,
  offset: whole,
  more: flag,
  total: orNull(whole),
});

/** What is wrong, with the path of the field. */
function faultsOf(shape: Shape, value: unknown, at: string): string[] {
  if (typeof shape === 'function') return shape(value) ? [] : [`${at}: ${JSON.stringify(value)}`];
  if (shape instanceof RegExp) return typeof value === 'string' && shape.test(value) ? [] : [`${at}: ${String(value)}`];
  if (typeof shape === 'string') return value === shape ? [] : [`${at}: ${JSON.stringify(value)} is not ${shape}`];
  if (Array.isArray(shape)) return Array.isArray(value) ? [] : [`${at}: is no list`];
  if (typeof value !== 'object' || value === null) return [`${at}: is no object`];
  const fields = new Map<string, unknown>(Object.entries(value));
  const known = Object.entries(shape);
  return [
    ...known.flatMap(([name, one]) => faultsOf(one as Shape, fields.get(name), `${at}/${name}`)),
    ...[...fields.keys()].filter((name) => !(name in shape)).map((name) => `${at}/${name}: is not documented`),
  ];
}

it.each<[title: string, method: string, path: string, body: object | undefined, shape: Shape]>([
  ['Get an incident', 'GET', '/incidents/ID', undefined, { incident }],
  ['List incidents', 'GET', '/incidents?limit=100', undefined, pageOf('incidents', incident)],
  [
    'Update an incident',
    'PUT',
    '/incidents/ID',
    { incident: { type: 'incident_reference', title: 'New' } },
    { incident },
  ],
  ['Create a note on an incident', 'POST', '/incidents/ID/notes', { note: { content: 'Hello' } }, { note }],
  ['List notes for an incident', 'GET', '/incidents/ID/notes', undefined, { notes: listOf(note) }],
  [
    'Get an escalation policy',
    'GET',
    '/escalation_policies/PLADDER',
    undefined,
    {
      escalation_policy: {
        ...(reference('escalation_policy') as object),
        name: text,
        num_loops: whole,
        escalation_rules: listOf({
          id: text,
          escalation_delay_in_minutes: whole,
          targets: listOf(reference('user_reference')),
        }),
      },
    },
  ],
  [
    'List all of the on-calls, with users',
    'GET',
    '/oncalls?include[]=users',
    undefined,
    pageOf('oncalls', {
      user,
      schedule: orNull(reference('schedule_reference')),
      escalation_policy: reference('escalation_policy_reference'),
      escalation_level: whole,
      start: orNull(time),
      end: orNull(time),
    }),
  ],
  ['List users', 'GET', '/users?query=bob', undefined, pageOf('users', user)],
  [
    'List webhook subscriptions',
    'GET',
    '/webhook_subscriptions',
    undefined,
    pageOf('webhook_subscriptions', subscription),
  ],
  [
    'Enable a webhook subscription',
    'POST',
    '/webhook_subscriptions/SUBSCRIPTION/enable',
    undefined,
    { webhook_subscription: subscription },
  ],
])('%s answers as documented', async (_title, method, path, body, shape) => {
  const at = path.replace('ID', page.id).replace('SUBSCRIPTION', [...pagerduty.webhooks.subscriptions.keys()][0] ?? '');

  const answer = await call(pagerduty, method, at, body ? { body } : {});

  expect(answer.status).toBe(200);
  expect(faultsOf(shape, answer.body, '')).toEqual([]);
});

it('tells a shape that does not fit', () => {
  expect(faultsOf({ incident }, { incident: { id: 'x' } }, '').length).toBeGreaterThan(10);
  expect(faultsOf({ id: text }, { id: 'x', colour: 'red' }, '')).toEqual(['/colour: is not documented']);
});
