/**
 * What an Alertmanager holds now, by its API (version 2): `GET /api/v2/alerts/groups` for the alerts and
 * `GET /api/v2/status` for the routes, which tell each group's key, and for the time of its start.
 */
import { z } from 'zod';
import type { Alert } from '../../domain/alert.ts';
import { OperationError } from '../../domain/errors.ts';
import type { AlertSource, FiringAlerts, FiringGroup } from '../../flow/ports.ts';
import { groupKeysOf, parseRoutes } from './group-keys.ts';

/** As much as a webhook may bring. */
const answerLimitBytes = 32 * 1024 * 1024;

const Time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const Strings = z.record(z.string(), z.string());

const Listed = z.object({
  labels: Strings,
  annotations: Strings.nullish(),
  startsAt: Time,
  generatorURL: z.string().nullish(),
  fingerprint: z.string().min(1).max(200),
  /** `suppressed`: silenced or inhibited, so not sent; `unprocessed`: not looked at yet. */
  status: z.object({ state: z.string() }),
});
type Listed = z.infer<typeof Listed>;

const Groups = z.array(
  z.object({ labels: Strings, receiver: z.object({ name: z.string() }), alerts: z.array(Listed) }),
);

/** `uptime` is the time of the start. */
const Status = z.object({ uptime: Time, config: z.object({ original: z.string() }).nullish() });

/** `url` as in firebreak.yaml; it may have a path before `/api`. */
export function createAlertmanagerSource({
  url,
  timeoutMs = 10_000,
}: {
  url: string;
  timeoutMs?: number;
}): AlertSource {
  const base = url.replace(/\/+$/, '');

  async function get<T>(path: string, shape: z.ZodType<T>): Promise<T> {
    let text: string;
    try {
      const answer = await fetch(`${base}${path}`, {
        headers: { accept: 'application/json' },
        signal: AbortSignal.timeout(timeoutMs),
        redirect: 'error',
      });
      text = await limitedText(answer);
      if (!answer.ok) throw unavailable(base, `answered ${path} with ${answer.status}`);
    } catch (error) {
      if (error instanceof OperationError) throw error;
      throw unavailable(base, `did not answer ${path}`, error);
    }
    const parsed = shape.safeParse(jsonOf(text));
    if (parsed.success) return parsed.data;
    const field = parsed.error.issues[0]?.path.join('.') || 'the body';
    throw unavailable(base, `answered ${path} with something else than its API version 2 (${field})`);
  }

  async function limitedText(answer: Response): Promise<string> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of answer.body ?? []) {
      size += chunk.length;
      if (size > answerLimitBytes) throw unavailable(base, 'answered with more than 32 MiB');
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  return {
    async firing(): Promise<FiringAlerts> {
      const status = await get('/api/v2/status', Status);
      const listed = await get('/api/v2/alerts/groups', Groups);
      const root = parseRoutes(status.config?.original ?? '');
      const groups = listed.flatMap(({ labels, receiver: { name: receiver }, alerts }): FiringGroup[] => {
        const [first] = alerts;
        const active = alerts.filter(({ status: { state } }) => state === 'active');
        if (!first || active.length === 0) return [];
        const groupKeys = root ? groupKeysOf(root, { receiver, labels, alert: first.labels }) : [];
        return [{ receiver, labels, groupKeys, alerts: active.map(alertFrom) }];
      });
      const fingerprints = listed.flatMap(({ alerts }) => alerts.map(({ fingerprint }) => fingerprint));
      return { startedAt: status.uptime, fingerprints: [...new Set(fingerprints)], groups };
    },
  };
}

const alertFrom = ({ labels, annotations, startsAt, generatorURL, fingerprint }: Listed): Alert => ({
  fingerprint,
  name: labels['alertname'] || 'unnamed alert',
  status: 'firing',
  labels,
  annotations: annotations ?? {},
  startsAt,
  ...(generatorURL ? { generatorUrl: generatorURL } : {}),
});

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const unavailable = (base: string, what: string, cause?: unknown): OperationError =>
  new OperationError('source-unavailable', `Alertmanager at ${base} ${what}. Check services[].alertmanager.url.`, {
    retryable: true,
    cause,
  });
