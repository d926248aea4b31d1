/**
 * Alertmanager's webhook body, version 4 (Prometheus documentation, "Alertmanager: Configuration", webhook_config).
 * Only the fields that are used are asked for; labels and annotations may be any strings, for the renderer escapes.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import type { Alert, AlertGroup } from '../../domain/alert.ts';

/** Go's zero time: an alert that still fires has it as `endsAt`. */
const zeroTime = '0001-01-01T00:00:00Z';

const Time = z.string().transform((text, context) => {
  const time = new Date(text);
  if (!/^\d{4}-\d\d-\d\dT/.test(text) || Number.isNaN(time.getTime())) {
    context.addIssue({ code: 'custom', message: 'is not an RFC 3339 time' });
    return z.NEVER;
  }
  return time;
});

const Strings = z.record(z.string(), z.string());

const AlertPayload = z
  .object({
    status: z.enum(['firing', 'resolved']),
    labels: Strings,
    annotations: Strings.nullish(),
    startsAt: Time,
    endsAt: z
      .union([z.literal('').transform(() => undefined), z.literal(zeroTime).transform(() => undefined), Time])
      .nullish(),
    generatorURL: z.string().nullish(),
    fingerprint: z.string().min(1).max(200),
  })
  .transform(
    (from): Alert => ({
      fingerprint: from.fingerprint,
      name: from.labels['alertname'] || 'unnamed alert',
      status: from.status,
      labels: from.labels,
      annotations: from.annotations ?? {},
      startsAt: from.startsAt,
      ...(from.status === 'resolved' && from.endsAt ? { endsAt: from.endsAt } : {}),
      ...(from.generatorURL ? { generatorUrl: from.generatorURL } : {}),
    }),
  );

/** The alerts are looked at one by one: a body of 32 MiB holds a hundred thousand. */
const GroupPayload = z.object({
  groupKey: z.string().min(1),
  receiver: z.string().nullish(),
  groupLabels: Strings.nullish(),
  status: z.enum(['firing', 'resolved']),
  externalURL: z.string().nullish(),
  truncatedAlerts: z.number().int().nonnegative().nullish(),
  alerts: z.array(z.unknown()).min(1),
});

export type ParsedGroup =
  | { readonly kind: 'group'; readonly group: AlertGroup }
  /** One sentence that names the first field that is wrong. */
  | { readonly kind: 'malformed'; readonly why: string };

/** Other requests get a turn after this many alerts. */
const alertsAtOnce = 1_000;

/** Parses the raw body, UTF-8 JSON. Large ones in several turns of the event loop. */
export async function parseAlertGroup(rawBody: Buffer): Promise<ParsedGroup> {
  let json: unknown;
  try {
    json = JSON.parse(rawBody.toString('utf8'));
  } catch {
    return { kind: 'malformed', why: 'The body is not JSON.' };
  }
  const parsed = GroupPayload.safeParse(json);
  if (!parsed.success) return malformed(parsed.error, []);
  const { groupKey, receiver, groupLabels, status, externalURL, truncatedAlerts, alerts: sent } = parsed.data;
  const alerts: Alert[] = [];
  for (const [at, one] of sent.entries()) {
    const alert = AlertPayload.safeParse(one);
    if (!alert.success) return malformed(alert.error, ['alerts', at]);
    alerts.push(alert.data);
    if (at % alertsAtOnce === alertsAtOnce - 1) await nextTurn();
  }
  const group: AlertGroup = {
    source: 'alertmanager',
    groupKey,
    ...(receiver && groupLabels && { receiver, groupLabels }),
    status,
    ...(externalURL ? { externalUrl: externalURL } : {}),
    truncatedAlerts: truncatedAlerts ?? 0,
    alerts,
  };
  return { kind: 'group', group };
}

function malformed(error: z.ZodError, under: readonly PropertyKey[]): ParsedGroup {
  const issue = error.issues[0];
  const field = [...under, ...(issue?.path ?? [])].join('.') || 'the body';
  return { kind: 'malformed', why: `${field}: ${issue?.message ?? 'is not as expected'}.` };
}
