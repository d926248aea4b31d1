import type { JsonObject } from '../account.ts';
import { PagerDutyRefusal } from '../refusal.ts';
import type { Subscription, Webhooks } from '../webhooks.ts';
import { type Call, type Operation } from './operation.ts';
import { page } from './pages.ts';

export const subscriptionOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: /^\/webhook_subscriptions$/,
    run: ({ webhooks, query }) =>
      page(query, 'webhook_subscriptions', [...webhooks.subscriptions.values()], (one) => written(webhooks, one)),
  },
  {
    method: 'GET',
    path: /^\/webhook_subscriptions\/([^/]+)$/,
    run: (call) => ({ status: 200, body: { webhook_subscription: written(call.webhooks, named(call)) } }),
  },
  {
    method: 'POST',
    path: /^\/webhook_subscriptions\/([^/]+)\/enable$/,
    run(call) {
      const subscription = named(call);
      call.webhooks.enable(subscription);
      return { status: 200, body: { webhook_subscription: written(call.webhooks, subscription) } };
    },
  },
  {
    method: 'POST',
    path: /^\/webhook_subscriptions\/([^/]+)\/ping$/,
    run(call) {
      call.webhooks.ping(named(call));
      return { status: 202 };
    },
  },
];

function named({ webhooks, id }: Call): Subscription {
  const subscription = webhooks.subscriptions.get(id);
  if (!subscription) throw new PagerDutyRefusal(2100);
  return subscription;
}

/** What a subscription hears. */
const eventTypes = [
  'acknowledged',
  'annotated',
  'delegated',
  'escalated',
  'priority_updated',
  'reassigned',
  'reopened',
  'resolved',
  'triggered',
  'unacknowledged',
].map((type) => `incident.${type}`);

/** The secret is only shown when a subscription is made. */
function written(webhooks: Webhooks, subscription: Subscription): JsonObject {
  const { id, url, active, service } = subscription;
  return {
    id,
    type: 'webhook_subscription',
    active,
    delivery_method: {
      id: `${id}D`,
      type: 'http_delivery_method',
      secret: null,
      temporarily_disabled: webhooks.isDisabled(subscription),
      url,
      custom_headers: [],
    },
    description: 'Everything about incidents',
    events: eventTypes,
    filter: service === undefined ? { type: 'account_reference' } : { id: service, type: 'service_reference' },
  };
}
