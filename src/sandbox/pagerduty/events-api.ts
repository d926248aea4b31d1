/** `POST /v2/enqueue` ("Events API v2: Send an Alert Event"): how monitoring triggers, acknowledges and resolves. */
import type { Account } from './account.ts';
import type { Incidents } from './incidents.ts';
import type { RateLimit } from './rate-limits.ts';
import { isObject } from './rest/operation.ts';

const severities: readonly unknown[] = ['critical', 'error', 'warning', 'info'];

type Enqueue = (body: unknown) => { status: number; body: object };

export function createEnqueue(parts: { account: Account; incidents: Incidents; rateLimit: RateLimit }): Enqueue {
  const { account, incidents, rateLimit } = parts;
  const invalid = (errors: readonly string[]) => ({
    status: 400,
    body: { status: 'invalid event', message: 'Event object is invalid', errors },
  });

  return (sent) => {
    if (!isObject(sent)) return invalid(['JSON is not an object']);
    const { routing_key: routingKey, event_action: action, dedup_key: dedupKey, payload } = sent;
    const service = [...account.services.values()].find(({ integrationKey }) => integrationKey === routingKey);
    if (!service) return invalid(['Invalid routing key']);
    if (!rateLimit.count(service.integrationKey).allowed) {
      return { status: 429, body: { status: 'throttle exceeded', message: 'Requests for this service are throttled' } };
    }
    const given = typeof dedupKey === 'string' && dedupKey !== '' ? dedupKey : undefined;
    const accepted = (key: string) => ({
      status: 202,
      body: { status: 'success', message: 'Event processed', dedup_key: key },
    });

    if (action === 'trigger') {
      const about = isObject(payload) ? payload : {};
      const missing = ['summary', 'source', 'severity'].filter((name) => typeof about[name] !== 'string');
      if (missing.length > 0) return invalid(missing.map((name) => `'payload.${name}' is missing or blank`));
      if (!severities.includes(about.severity)) return invalid(["'payload.severity' is invalid"]);
      const title = String(about.summary).slice(0, 1_024);
      return accepted(incidents.trigger({ service: service.id, title, ...(given ? { key: given } : {}) }).key);
    }
    if (action !== 'acknowledge' && action !== 'resolve') return invalid(["'event_action' is invalid"]);
    if (given === undefined) return invalid(["'dedup_key' is missing or blank"]);
    const incident = incidents.open(service.id, given);
    const status = action === 'resolve' ? 'resolved' : 'acknowledged';
    // An event about nothing that is open is accepted and forgotten.
    if (incident && incident.status !== status) incidents.change(incident, { status }, undefined);
    return accepted(given);
  };
}
