import { createHash } from 'node:crypto';

export type PostedAlert = {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt?: string;
};

/** Alertmanager's webhook v4 body for one group (Prometheus documentation, "webhook_config"). */
export function webhookBody(alerts: readonly PostedAlert[], groupKey?: string): object {
  const first = alerts[0]?.labels ?? {};
  const status = alerts.every((alert) => alert.endsAt) ? 'resolved' : 'firing';
  return {
    version: '4',
    groupKey: groupKey ?? `{}:{alertname="${first['alertname']}", namespace="${first['namespace']}"}`,
    status,
    receiver: 'firebreak',
    groupLabels: { alertname: first['alertname'] },
    commonLabels: first,
    commonAnnotations: {},
    externalURL: 'http://alertmanager.example:9093',
    truncatedAlerts: 0,
    alerts: alerts.map(({ labels, annotations = {}, startsAt, endsAt }) => ({
      status: endsAt ? 'resolved' : 'firing',
      labels,
      annotations,
      startsAt,
      endsAt: endsAt ?? '0001-01-01T00:00:00Z',
      generatorURL: 'http://prometheus.example:9090/graph',
      fingerprint: createHash('sha256')
        .update(JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))))
        .digest('hex')
        .slice(0, 16),
    })),
  };
}

export async function postAlerts(
  target: { url: string; token: string },
  alerts: readonly PostedAlert[],
): Promise<void> {
  const answer = await fetch(target.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${target.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(webhookBody(alerts)),
  });
  if (answer.status !== 202) throw new Error(`the webhook was answered with ${answer.status}: ${await answer.text()}`);
}
