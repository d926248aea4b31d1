/**
 * The part of Alertmanager that the stories need: alerts in groups by name and namespace, each group told by webhook
 * (Alertmanager documentation, "webhook_config", version 4) until it is taken, and its API (version 2) for whoever
 * asks what fires now.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Alert, type AlertSink, type AlertState, fingerprintOf, groupKeyOf, groupLabelsOf } from './alert.ts';
import { createNotifier, type Notification, type NotifierTimes } from './notifier.ts';

export type Alertmanager = AlertSink & {
  /** Of its API, without a slash at its end. */
  readonly url: string;
  /** Where webhooks go from now on. Until then they wait. */
  connect(webhookUrl: string): void;
};

const receiver = 'firebreak';
/** Alertmanager's zero time: it has not ended. */
const zeroTime = '0001-01-01T00:00:00Z';
const configuration = `route:
  receiver: ${receiver}
  group_by: [alertname, namespace]
receivers:
  - name: ${receiver}
    webhook_configs: [{ url: <secret> }]
`;

/** Listens on 127.0.0.1. `onSent` hears of each webhook with its answer. */
export async function startAlertmanager(options: {
  readonly token: string;
  readonly webhookUrl?: string;
  readonly times: NotifierTimes;
  readonly onSent: (alert: Alert, notification: Notification) => void;
  /** 0, the default, takes a free port. */
  readonly port?: number;
}): Promise<Alertmanager> {
  const startedAt = new Date();
  let { webhookUrl } = options;
  const states = new Map<string, AlertState>();
  const notifiers = new Map<string, ReturnType<typeof createNotifier<AlertState>>>();

  const server = createServer((request, response) => {
    request.resume();
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const firing = [...states.values()].filter(({ status }) => status === 'firing');
    const answer = request.method === 'GET' ? answerOf(pathname, { firing, startedAt }) : undefined;
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? `no ${request.method ?? ''} ${pathname} in this stand-in`));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  // A listening TCP server has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;

  function notifierOf(alert: Alert): ReturnType<typeof createNotifier<AlertState>> {
    const key = groupKeyOf(alert);
    const known = notifiers.get(key);
    if (known) return known;
    const created = createNotifier<AlertState>({
      times: options.times,
      request: (state) =>
        webhookUrl === undefined
          ? undefined
          : {
              url: webhookUrl,
              headers: { authorization: `Bearer ${options.token}`, 'user-agent': 'Alertmanager/0.28.0' },
              body: webhookBody(state, url),
            },
      onSent: (notification) => options.onSent(alert, notification),
    });
    notifiers.set(key, created);
    return created;
  }

  return {
    url,
    connect(to) {
      webhookUrl = to;
    },
    put(state) {
      states.set(fingerprintOf(state), state);
      notifierOf(state).put(state);
    },
    async stop() {
      await Promise.all([...notifiers.values()].map((one) => one.stop()));
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function answerOf(path: string, now: { readonly firing: readonly AlertState[]; readonly startedAt: Date }): unknown {
  const { firing, startedAt } = now;
  if (path === '/-/healthy' || path === '/-/ready') return 'OK';
  if (path === '/api/v2/alerts') return firing.map(listed);
  if (path === '/api/v2/alerts/groups') {
    return firing.map((state) => ({
      labels: groupLabelsOf(state),
      receiver: { name: receiver },
      alerts: [listed(state)],
    }));
  }
  if (path !== '/api/v2/status') return undefined;
  return {
    cluster: { status: 'disabled', peers: [] },
    versionInfo: { version: '0.28.0', revision: '', branch: '', buildUser: '', buildDate: '', goVersion: '' },
    config: { original: configuration },
    uptime: startedAt.toISOString(),
  };
}

/** `gettableAlert` of the API's description. */
const listed = (state: AlertState): object => ({
  labels: state.labels,
  annotations: state.annotations,
  startsAt: state.startsAt.toISOString(),
  // Prometheus sends an end ahead of time and moves it on while the alert fires.
  endsAt: new Date(Date.now() + 240_000).toISOString(),
  updatedAt: new Date().toISOString(),
  // No Prometheus is here, and a link would lead nowhere.
  generatorURL: '',
  fingerprint: fingerprintOf(state),
  receivers: [{ name: receiver }],
  status: { state: 'active', silencedBy: [], inhibitedBy: [], mutedBy: [] },
});

function webhookBody(state: AlertState, externalURL: string): object {
  const { labels, annotations, status } = state;
  return {
    version: '4',
    groupKey: groupKeyOf(state),
    status,
    receiver,
    groupLabels: groupLabelsOf(state),
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL,
    truncatedAlerts: 0,
    alerts: [
      {
        status,
        labels,
        annotations,
        startsAt: state.startsAt.toISOString(),
        endsAt: state.status === 'resolved' ? state.endsAt.toISOString() : zeroTime,
        generatorURL: '',
        fingerprint: fingerprintOf(state),
      },
    ],
  };
}
