/**
 * Which incident news belongs to. A key is `service|scope`; the scope is
 *
 *   of Alertmanager's group ..... the SHA-256 of its groupKey in hex
 *   of a page ................... its incident_key when that is such a hash, for that is what Alertmanager writes
 *                                 there; else `pagerduty:<page id>`
 *
 * so that one problem that comes by webhook and by page is one incident.
 *
 * Alertmanager's API names a group by receiver and labels and not by groupKey (its routes usually tell it, see
 * adapters/alertmanager/group-keys.ts). Where they do not, in this order:
 *
 *   1. one groupKey is known of webhooks with this receiver and these labels → that one
 *   2. of several, the one of an incident that has one of the alerts, else the one of an open incident
 *   3. none → a provisional scope of receiver and labels. The first webhook of a groupKey that is new, with this
 *      receiver, these labels and one of the provisional incident's fingerprints, keeps the provisional scope for good,
 *      and so does a page of it.
 *
 * So neither order of webhook and look opens a second incident. What is left: a page that comes before the first webhook
 * of a group whose routes are not known opens its own.
 */
import { createHash } from 'node:crypto';
import type { Alert, AlertGroup } from '../domain/alert.ts';
import type { PageSnapshot } from '../domain/page.ts';
import type { AlertName, GroupRecord, LedgerTransaction } from './ledger.ts';
import type { FiringGroup } from './ports.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export const incidentKey = (service: string, scope: string): string => `${service}|${scope}`;

/** Alertmanager's own hash of a groupKey, and PagerDuty's incident_key of what it sends there. */
export const groupScope = (groupKey: string): string => sha256(groupKey);

/** The scope of a webhook's group. The first of a group writes it down. */
export async function scopeOfGroup(
  tx: LedgerTransaction,
  group: AlertGroup,
  services: readonly string[],
): Promise<string> {
  const hash = groupScope(group.groupKey);
  const known = await tx.alertGroup(hash);
  if (known) return known.scope;
  const { receiver, groupLabels } = group;
  if (receiver === undefined || !groupLabels) return hash;

  const names = { receiver: receiver.slice(0, receiverMax), labels: hashOfLabels(groupLabels) };
  await tx.lock(lockOf(names));
  const provisional = await tx.alertGroup(provisionalHash(names));
  const fingerprints = group.alerts.map(({ fingerprint }) => fingerprint);
  const isOfProvisional = provisional && (await hasOneOf(tx, { scope: provisional.scope, services, fingerprints }));
  const scope = isOfProvisional ? provisional.scope : hash;
  await tx.putAlertGroup({ hash, ...names, scope });
  return scope;
}

/** The scope of a group that Alertmanager's API lists. */
export async function scopeOfListed(
  tx: LedgerTransaction,
  group: FiringGroup,
  services: readonly string[],
): Promise<string> {
  const names = namesOf(group);
  await tx.lock(lockOf(names));
  const like = await tx.alertGroupsLike(names.receiver, names.labels);
  const provisional = like.find(({ hash }) => hash === provisionalHash(names));
  const own = ownScopes(group, like, provisional);
  const scopes = provisional ? [...own, provisional.scope] : own;
  const [only] = own.length === 1 ? own : [];
  const fingerprints = group.alerts.map(({ fingerprint }) => fingerprint);

  if (only === undefined || provisional) {
    for (const scope of scopes) if (await hasOneOf(tx, { scope, services, fingerprints })) return scope;
  }
  if (only !== undefined) {
    for (const groupKey of group.groupKeys) {
      await tx.putAlertGroup({ hash: groupScope(groupKey), ...names, scope: only });
    }
    return only;
  }
  for (const scope of scopes) if (await hasOpenIncident(tx, scope, services)) return scope;
  const hash = provisionalHash(names);
  await tx.putAlertGroup({ hash, ...names, scope: hash });
  return hash;
}

/**
 * Of many groups at once, the scope that `scopeOfListed` would find for each by its alerts, with what is known of them
 * there. Nothing is written down. Undefined: none of its alerts is known.
 */
export async function knownOfListed(
  tx: LedgerTransaction,
  groups: readonly { readonly group: FiringGroup; readonly services: readonly string[] }[],
): Promise<readonly (KnownAlerts | undefined)[]> {
  const named = groups.map(({ group, services }) => ({ group, services, names: namesOf(group) }));
  const records = Map.groupBy(await tx.alertGroupsAmong(named.map(({ names }) => names)), lockOf);
  const placed = named.map(({ group, services, names }) => {
    const like = records.get(lockOf(names)) ?? [];
    const provisional = like.find(({ hash }) => hash === provisionalHash(names));
    const own = ownScopes(group, like, provisional);
    return { group, services, scopes: provisional ? [...own, provisional.scope] : own };
  });
  const asked = placed.flatMap(({ group, services, scopes }) =>
    scopes.flatMap((scope) =>
      services.flatMap((service) =>
        group.alerts.map(({ fingerprint }): AlertName => ({ scope: incidentKey(service, scope), fingerprint })),
      ),
    ),
  );
  const known = new Map((await tx.knownAmong(asked)).map((alert) => [nameOfAlert(alert), alert]));
  return placed.map(({ group, services, scopes }) => {
    const find = (service: string, scope: string, fingerprint: string) =>
      known.get(nameOfAlert({ scope: incidentKey(service, scope), fingerprint }));
    const scope = scopes.find((candidate) =>
      services.some((service) => group.alerts.some((alert) => find(service, candidate, alert.fingerprint))),
    );
    return scope === undefined ? undefined : (service, fingerprint) => find(service, scope, fingerprint);
  });
}

export type KnownAlerts = (
  service: string,
  fingerprint: string,
) => Pick<Alert, 'startsAt' | 'endsAt' | 'status'> | undefined;

const nameOfAlert = ({ scope, fingerprint }: AlertName): string => `${fingerprint}\n${scope}`;

export async function scopeOfPage(
  tx: LedgerTransaction,
  page: Pick<PageSnapshot, 'id' | 'incidentKey'>,
): Promise<string> {
  const key = page.incidentKey;
  if (key === undefined || !/^[0-9a-f]{64}$/.test(key)) return `pagerduty:${page.id}`;
  return (await tx.alertGroup(key))?.scope ?? key;
}

type Names = Pick<GroupRecord, 'receiver' | 'labels'>;

/** An index row of PostgreSQL holds 2,704 bytes. */
const receiverMax = 500;

/** Of the groupKeys that it may have, each as it was written down; without any, of those known of webhooks. */
function ownScopes(
  group: FiringGroup,
  like: readonly GroupRecord[],
  provisional: GroupRecord | undefined,
): readonly string[] {
  const scopes =
    group.groupKeys.length > 0
      ? group.groupKeys.map(groupScope).map((hash) => like.find((record) => record.hash === hash)?.scope ?? hash)
      : like.filter((record) => record !== provisional).map(({ scope }) => scope);
  return [...new Set(scopes)];
}

async function hasOneOf(
  tx: LedgerTransaction,
  { scope, services, fingerprints }: { scope: string; services: readonly string[]; fingerprints: readonly string[] },
): Promise<boolean> {
  for (const service of services) {
    if ((await tx.knownAlerts(incidentKey(service, scope), fingerprints)).size > 0) return true;
  }
  return false;
}

async function hasOpenIncident(tx: LedgerTransaction, scope: string, services: readonly string[]): Promise<boolean> {
  for (const service of services) {
    const latest = await tx.latestIncident(incidentKey(service, scope));
    if (latest && latest.state !== 'resolved') return true;
  }
  return false;
}

const namesOf = ({ receiver, labels }: FiringGroup): Names => ({
  receiver: receiver.slice(0, receiverMax),
  labels: hashOfLabels(labels),
});

const lockOf = ({ receiver, labels }: Names): string => `group:${labels}:${receiver}`;
const provisionalHash = ({ receiver, labels }: Names): string => sha256(`listed\n${labels}\n${receiver}`);

const hashOfLabels = (labels: Readonly<Record<string, string>>): string =>
  sha256(JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))));
