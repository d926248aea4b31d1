/** Debian's Alertmanager, run for one test on a free loopback port, with a group wait short enough to test with. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';
import { freePort } from '../free-port.ts';

type FiredAlert = {
  /** `alertname` is among them. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly startsAt?: Date;
  readonly generatorUrl?: string;
};

export type RealAlertmanager = {
  readonly url: string;
  readonly pid: number;
  /** Resolves when Alertmanager has taken the alerts; the webhook follows a group wait later. */
  fire(alerts: readonly FiredAlert[]): Promise<void>;
  /** The same labels that fired, ended now. */
  resolve(alerts: readonly FiredAlert[]): Promise<void>;
  stop(): Promise<void>;
};

export type AlertmanagerOptions = {
  readonly webhookUrl: string;
  /** Sent as `Authorization: Bearer …`. */
  readonly token: string;
  readonly groupBy: readonly string[];
  /** Below the root, as in Alertmanager's configuration; all deliver to the one receiver. */
  readonly routes?: readonly object[];
  readonly groupWaitMs?: number;
  readonly groupIntervalMs?: number;
  /** It pages there, too: the address of an Events API and the key of an integration. */
  readonly pagerduty?: { readonly url: string; readonly routingKey: string };
};

/** Starts it and waits until it is ready. `ALERTMANAGER` holds the program's path; see test/real/setup.ts. */
export async function startAlertmanager(options: AlertmanagerOptions): Promise<RealAlertmanager> {
  const program = process.env['ALERTMANAGER'] || 'prometheus-alertmanager';
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-alertmanager-'));
  // JSON is YAML.
  await writeFile(join(folder, 'alertmanager.yml'), JSON.stringify(configuration(options)), { mode: 0o600 });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    program,
    [
      `--config.file=${join(folder, 'alertmanager.yml')}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      // Empty: no gossip port.
      '--cluster.listen-address=',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-4_000);
  });
  let ended: string | undefined;
  const closed = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      ended = error.message;
      resolve();
    });
    child.once('close', (code, signal) => {
      ended ??= `it ended with ${code ?? signal}: ${output}`;
      resolve();
    });
  });

  async function stop(): Promise<void> {
    if (child.pid !== undefined && ended === undefined) {
      child.kill('SIGTERM');
      const stubborn = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await closed;
      clearTimeout(stubborn);
    }
    await rm(folder, { recursive: true, force: true });
  }

  async function post(alerts: readonly FiredAlert[], endsAt: Date): Promise<void> {
    const answer = await fetch(`${url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(
        alerts.map(({ labels, annotations = {}, startsAt, generatorUrl }) => ({
          labels,
          annotations,
          ...(startsAt && { startsAt: startsAt.toISOString() }),
          endsAt: endsAt.toISOString(),
          ...(generatorUrl !== undefined && { generatorURL: generatorUrl }),
        })),
      ),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`Alertmanager did not take the alerts: ${answer.status} ${text}`);
  }

  try {
    await eventually(
      'Alertmanager is ready',
      async () => {
        if (ended !== undefined) throw new Error(`${program} did not start: ${ended}`);
        const answer = await fetch(`${url}/-/ready`).catch(() => undefined);
        await answer?.text();
        return answer?.ok;
      },
      20_000,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    // It answered, so it was spawned.
    pid: child.pid as number,
    // Far enough that it does not resolve by itself in the middle of a test.
    fire: (alerts) => post(alerts, new Date(Date.now() + 3_600_000)),
    resolve: (alerts) => post(alerts, new Date()),
    stop,
  };
}

function configuration(options: AlertmanagerOptions) {
  const { webhookUrl, token, groupBy, routes = [], groupWaitMs = 100, groupIntervalMs = 200, pagerduty } = options;
  return {
    route: {
      receiver: 'firebreak',
      group_by: groupBy,
      group_wait: `${groupWaitMs}ms`,
      group_interval: `${groupIntervalMs}ms`,
      repeat_interval: '1h',
      routes,
    },
    receivers: [
      {
        name: 'firebreak',
        webhook_configs: [
          {
            url: webhookUrl,
            send_resolved: true,
            http_config: { authorization: { type: 'Bearer', credentials: token } },
          },
        ],
        ...(pagerduty && {
          pagerduty_configs: [{ url: pagerduty.url, routing_key: pagerduty.routingKey, send_resolved: true }],
        }),
      },
    ],
  };
}
