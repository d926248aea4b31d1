/** An alert of a story, as monitoring knows it. */
import { createHash } from 'node:crypto';

export type Alert = {
  /** `alertname` and `namespace` among them. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};

/** An alert as it stands: firing since `startsAt`, or over since `endsAt`. */
export type AlertState = Alert & { readonly startsAt: Date } & (
    | { readonly status: 'firing' }
    | { readonly status: 'resolved'; readonly endsAt: Date }
  );

/** Where news of alerts go. */
export type AlertSink = {
  put(state: AlertState): void;
  stop(): Promise<void>;
};

export const groupLabelsOf = ({ labels }: Alert): { alertname: string; namespace: string } => ({
  alertname: labels['alertname'] ?? '',
  namespace: labels['namespace'] ?? '',
});

/** Of the only route there is, which groups by name and namespace. */
export function groupKeyOf(alert: Alert): string {
  const { alertname, namespace } = groupLabelsOf(alert);
  return `{}:{alertname="${alertname}", namespace="${namespace}"}`;
}

/** 16 hex digits that are the same for the same labels. */
export function fingerprintOf({ labels }: Alert): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16);
}
