/** Monitoring that tells PagerDuty and nobody else: Events API v2, `trigger` and `resolve` with one dedup_key. */
import { createHash } from 'node:crypto';
import { type Alert, type AlertSink, type AlertState, groupKeyOf } from './alert.ts';
import { createNotifier, type Notification, type NotifierTimes } from './notifier.ts';

const severities: Readonly<Record<string, string>> = { critical: 'critical', high: 'error', warning: 'warning' };

/** `routingKey` is the integration key of PagerDuty's service. */
export function createPagerMonitor(options: {
  readonly enqueueUrl: string;
  readonly routingKey: string;
  readonly times: NotifierTimes;
  readonly onSent: (alert: Alert, notification: Notification) => void;
}): AlertSink {
  const notifiers = new Map<string, ReturnType<typeof createNotifier<AlertState>>>();

  return {
    put(state) {
      const key = groupKeyOf(state);
      const notifier =
        notifiers.get(key) ??
        createNotifier<AlertState>({
          times: options.times,
          request: (newest) => ({ url: options.enqueueUrl, headers: {}, body: eventOf(newest, options.routingKey) }),
          onSent: (notification) => options.onSent(state, notification),
        });
      notifiers.set(key, notifier);
      notifier.put(state);
    },
    async stop() {
      await Promise.all([...notifiers.values()].map((one) => one.stop()));
    },
  };
}

function eventOf(state: AlertState, routingKey: string): object {
  const { labels, annotations } = state;
  // As Alertmanager makes it of the group's key.
  const about = { routing_key: routingKey, dedup_key: createHash('sha256').update(groupKeyOf(state)).digest('hex') };
  if (state.status === 'resolved') return { ...about, event_action: 'resolve' };
  const { alertname = '', namespace = '' } = labels;
  const { summary, ...details } = annotations;
  return {
    ...about,
    event_action: 'trigger',
    client: 'Prometheus',
    payload: {
      // The incident's title; the alert's name alone, so that whoever reads it finds the runbook by it.
      summary: alertname,
      source: namespace,
      severity: severities[labels['severity'] ?? ''] ?? 'error',
      timestamp: state.startsAt.toISOString(),
      group: namespace,
      class: alertname,
      custom_details: { ...labels, ...details, ...(summary === undefined ? {} : { description: summary }) },
    },
  };
}
