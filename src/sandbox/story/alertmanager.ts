/**
 * The part of Prometheus and Alertmanager that the story needs: a rule that is looked at all the time, and a webhook
 * (Alertmanager documentation, "webhook_config", version 4) when it starts and when it stops to hold.
 */
import { createHash } from 'node:crypto';

export type AlertWebhook = {
  readonly status: 'firing' | 'resolved';
  /** The app's answer. */
  readonly code: number;
  readonly tookMs: number;
};

export type AlertRule = {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  holds(): boolean;
};

const lookEveryMs = 50;

/**
 * Sends `firing` when the rule holds, and `resolved` when it holds no more and the group's news are due. `onSent` hears
 * of each webhook with its answer, `onFailure` of one that could not be sent; both end with `stop`.
 */
export function startAlertmanager(options: {
  readonly rule: AlertRule;
  readonly webhookUrl: string;
  readonly token: string;
  /** Alertmanager tells news of a group at intervals (`group_interval`); here, when the story comes to it. */
  readonly newsAreDue: () => boolean;
  readonly onSent: (webhook: AlertWebhook) => void;
  readonly onFailure: (error: unknown) => void;
}): { stop(): void } {
  const { rule, onFailure } = options;
  let firingSince: Date | undefined;
  let sending = false;

  async function send(status: AlertWebhook['status'], startsAt: Date): Promise<void> {
    sending = true;
    const sentAt = performance.now();
    const answer = await fetch(options.webhookUrl, {
      method: 'POST',
      headers: { authorization: `Bearer ${options.token}`, 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify(webhookBody(rule, status, startsAt)),
    });
    await answer.arrayBuffer();
    sending = false;
    options.onSent({ status, code: answer.status, tookMs: Math.round(performance.now() - sentAt) });
  }

  const look = (): void => {
    if (sending) return;
    const holds = rule.holds();
    if (holds && firingSince === undefined) {
      firingSince = new Date();
      send('firing', firingSince).catch(onFailure);
    } else if (!holds && firingSince !== undefined && options.newsAreDue()) {
      const startsAt = firingSince;
      firingSince = undefined;
      send('resolved', startsAt).catch(onFailure);
    }
  };
  const timer = setInterval(look, lookEveryMs);
  return { stop: () => clearInterval(timer) };
}

function webhookBody({ labels, annotations }: AlertRule, status: AlertWebhook['status'], startsAt: Date): object {
  const { alertname, namespace } = labels;
  return {
    version: '4',
    groupKey: `{}:{alertname="${alertname}", namespace="${namespace}"}`,
    status,
    receiver: 'firebreak',
    groupLabels: { alertname, namespace },
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: 'http://alertmanager.example:9093',
    truncatedAlerts: 0,
    alerts: [
      {
        status,
        labels,
        annotations,
        startsAt: startsAt.toISOString(),
        // Alertmanager's zero time: it has not ended.
        endsAt: status === 'resolved' ? new Date().toISOString() : '0001-01-01T00:00:00Z',
        generatorURL: 'http://prometheus.example:9090/graph',
        fingerprint: createHash('sha256').update(JSON.stringify(labels)).digest('hex').slice(0, 16),
      },
    ],
  };
}
