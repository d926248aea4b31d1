/** What a source says about one thing. */
export type Alert = {
  readonly fingerprint: string;
  readonly name: string;
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: Date;
  /** Absent while firing. */
  readonly endsAt?: Date;
  readonly generatorUrl?: string;
};

/** One notification of Alertmanager: the alerts of one group. */
export type AlertGroup = {
  readonly source: 'alertmanager';
  readonly groupKey: string;
  /** Whom Alertmanager sends it to, by the name in its configuration. */
  readonly receiver?: string;
  readonly groupLabels?: Readonly<Record<string, string>>;
  readonly status: 'firing' | 'resolved';
  readonly externalUrl?: string;
  readonly truncatedAlerts: number;
  readonly alerts: readonly Alert[];
};

/**
 * Whether news about an alert is newer than what is known. Ordered by event time and never by arrival: HA peers
 * deliver the same thing twice and late (Alertmanager documentation, "High Availability").
 */
export function supersedes(news: Alert, known: Pick<Alert, 'startsAt' | 'endsAt' | 'status'>): boolean {
  const byStart = news.startsAt.getTime() - known.startsAt.getTime();
  if (byStart !== 0) return byStart > 0;
  if (news.status !== known.status) return news.status === 'resolved';
  return news.status === 'resolved' && (news.endsAt?.getTime() ?? 0) > (known.endsAt?.getTime() ?? 0);
}
