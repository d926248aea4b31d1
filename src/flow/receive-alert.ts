/**
 * Alerts in, one incident out. Alerts of one group that belong to one service are one incident; repeats and the other
 * HA peer's copies join it. Everything happens in one transaction, so an answered webhook is never lost.
 */
import { type Alert, type AlertGroup, supersedes } from '../domain/alert.ts';
import { type Incident, reopens } from '../domain/incident.ts';
import { standingOf } from '../domain/page-fold.ts';
import { type Service, serviceOf } from '../domain/policy.ts';
import { severityOf } from '../domain/severity.ts';
import { incidentKey, scopeOfGroup } from './incident-key.ts';
import { changeSeverity, changeState, openIncident } from './incident-state.ts';
import type { Ledger, LedgerTransaction } from './ledger.ts';
import type { NewId, World } from './ports.ts';
import { messageKey } from './messages.ts';

export type Received = {
  /** The same bytes were accepted before. */
  readonly duplicate: boolean;
  /** Numbers of the incidents it opened or joined. */
  readonly incidents: readonly number[];
  /** Alerts that match no service: kept, counted and shown. */
  readonly unmatched: number;
};

/** Looked at for the time of the last end when everything has cleared; the newest of a storm. */
const endsLookedAt = 1_000;

export type ReceiveAlert = (group: AlertGroup, delivery: { key: string }) => Promise<Received>;

/** Joins one service's alerts of one group to its incident, or opens it; repeats change nothing. */
export type JoinAlerts = (
  tx: LedgerTransaction,
  news: {
    readonly service: string;
    readonly scope: string;
    readonly alerts: readonly Alert[];
    /** Goes into the journal when an incident opens. */
    readonly found: { readonly [key: string]: string };
  },
) => Promise<{ readonly incident: Incident | undefined; readonly news: number }>;

export function createJoinAlerts({ newId }: { newId: NewId }): JoinAlerts {
  return async (tx, { service, scope, alerts, found }) => {
    const key = incidentKey(service, scope);
    await tx.lock(`incident:${key}`);
    const news = await newsOf(tx, key, alerts);
    const latest = await tx.latestIncident(key);
    if (news.length === 0) return { incident: latest, news: 0 };

    const firing = news.filter((alert) => alert.status === 'firing');
    const incident = await incidentFor(tx, { key, service, found, latest, firing });
    await tx.putAlerts(key, incident?.id, news);
    if (incident) await settleAlerts(tx, incident, news);
    return { incident, news: news.length };
  };

  async function incidentFor(
    tx: LedgerTransaction,
    news: {
      key: string;
      service: string;
      found: { readonly [key: string]: string };
      latest: Incident | undefined;
      firing: readonly Alert[];
    },
  ): Promise<Incident | undefined> {
    const { latest, firing } = news;
    if (latest && (latest.state !== 'resolved' || firing.length === 0)) return latest;
    const first = firing[0];
    if (!first) return undefined;

    const again = latest && firing.find((alert) => reopens(latest, alert.startsAt));
    if (latest && again) {
      // Event time, just after the resolution: what PagerDuty says of a later moment still counts.
      const resolvedAt = latest.stateAt ?? latest.resolvedAt ?? again.startsAt;
      await changeState(tx, newId, latest, {
        to: 'open',
        at: new Date(Math.max(resolvedAt.getTime() + 1, again.startsAt.getTime())),
        actor: 'alertmanager',
        isFiring: true,
        data: { alert: first.name },
      });
      return { ...latest, state: 'open' };
    }
    return openIncident(
      tx,
      {
        id: newId('inc'),
        key: news.key,
        service: news.service,
        title: titleOf(first, firing),
        severity: worst(firing),
        state: 'open',
        openedAt: await tx.now(),
      },
      { actor: 'alertmanager', data: { alert: first.name, ...news.found } },
    );
  }
}

export function createReceiveAlert(world: World & { ledger: Ledger }): ReceiveAlert {
  const { ledger, services, failpoint, log } = world;
  const join = createJoinAlerts(world);

  async function keepUnmatched(tx: LedgerTransaction, groupsScope: string, alerts: readonly Alert[]): Promise<void> {
    const scope = incidentKey('unmatched', groupsScope);
    await tx.lock(`alerts:${scope}`);
    const news = await newsOf(tx, scope, alerts);
    if (news.length === 0) return;
    const names = [...new Set(news.map((alert) => alert.name))].slice(0, 20);
    await tx.putAlerts(scope, undefined, news);
    await tx.journal({ kind: 'alert.unmatched', actor: 'alertmanager', data: { alerts: news.length, names } });
  }

  return async (group, delivery) => {
    const received = await ledger.transaction(async (tx): Promise<Received> => {
      const summary = { groupKey: group.groupKey.slice(0, 500), status: group.status, alerts: group.alerts.length };
      const isNew = await tx.acceptDelivery({ source: group.source, key: delivery.key, summary });
      if (!isNew) return { duplicate: true, incidents: [], unmatched: 0 };

      const incidents: number[] = [];
      const { byService, unmatched } = partition(services, group.alerts);
      const names = byService.map(([service]) => service.name);
      const scope = await scopeOfGroup(tx, group, names);
      for (const [service, alerts] of byService) {
        const found = { groupKey: group.groupKey };
        const { incident } = await join(tx, { service: service.name, scope, alerts, found });
        if (incident) incidents.push(incident.number);
      }
      if (unmatched.length > 0) await keepUnmatched(tx, scope, unmatched);
      failpoint('receive:before-commit');
      return { duplicate: false, incidents, unmatched: unmatched.length };
    });
    failpoint('receive:after-commit');
    log.info({ ...received, alerts: group.alerts.length, groupKey: group.groupKey.slice(0, 200) }, 'alerts received');
    return received;
  };
}

/** A worse alert makes a worse incident; a lesser one leaves it, since the worse may still be firing. */
async function raiseSeverity(tx: LedgerTransaction, incident: Incident, news: readonly Alert[]): Promise<void> {
  const firing = news.filter((alert) => alert.status === 'firing');
  const severity = firing.length > 0 ? worst(firing) : incident.severity;
  if (severity >= incident.severity) return;
  // A priority in PagerDuty is somebody's word, a label is not.
  if (standingOf(await tx.pagesOf(incident.id))?.severity) return;
  await changeSeverity(tx, incident, { to: severity, actor: 'alertmanager' });
}

/** Says when everything has cleared, and redraws what shows alerts. */
async function settleAlerts(tx: LedgerTransaction, incident: Incident, news: readonly Alert[]): Promise<void> {
  const { firing, total } = await tx.alertsOf(incident.id, 0);
  // The first alerts of an incident that a page opened: now there is something to find a runbook by.
  if (total === news.length && incident.channel)
    await tx.enqueue({ kind: 'post-runbook', subject: incident.id, lane: 'status', coalesce: true });
  await raiseSeverity(tx, incident, news);
  if (firing === 0 && !incident.clearedAt) {
    // Not of the news alone: the last to be told is not always the last to end.
    const { alerts } = await tx.alertsOf(incident.id, endsLookedAt);
    const ends = [...news, ...alerts].map((alert) => (alert.endsAt ?? alert.startsAt).getTime());
    const clearedAt = new Date(ends.reduce((last, end) => Math.max(last, end)));
    await tx.updateIncident(incident.id, { clearedAt });
    await tx.journal({
      kind: 'incident.cleared',
      incidentId: incident.id,
      actor: 'alertmanager',
      data: { at: clearedAt.toISOString() },
    });
    if (incident.channel && incident.state !== 'resolved') await offerResolution(tx, { ...incident, clearedAt });
  } else if (firing > 0 && incident.clearedAt) {
    await tx.updateIncident(incident.id, { clearedAt: null });
    await tx.touchMessage(messageKey.resolveOffer({ ...incident, clearedAt: incident.clearedAt }), 'status');
  }
  await tx.touchMessage(messageKey.incident(incident.id), 'status');
  for (const run of await tx.runsOf(incident.id)) await tx.touchMessage(messageKey.run(run.id), 'status');
}

export async function offerResolution(tx: LedgerTransaction, incident: Incident): Promise<void> {
  if (!incident.channel || !incident.clearedAt) return;
  await tx.putMessage(
    {
      key: messageKey.resolveOffer({ id: incident.id, clearedAt: incident.clearedAt }),
      kind: 'resolve-offer',
      subject: incident.id,
      channel: incident.channel,
    },
    'status',
  );
}

async function newsOf(tx: LedgerTransaction, scope: string, alerts: readonly Alert[]): Promise<readonly Alert[]> {
  const fingerprints = alerts.map((alert) => alert.fingerprint);
  const known = await tx.knownAlerts(scope, fingerprints);
  return alerts.filter((alert) => {
    const before = known.get(alert.fingerprint);
    return !before || supersedes(alert, before);
  });
}

/** By service, in an order that two transactions share; within one, the newest of each fingerprint. */
function partition(services: readonly Service[], alerts: readonly Alert[]) {
  const groups = new Map<Service, Map<string, Alert>>();
  const unmatched = new Map<string, Alert>();
  for (const alert of alerts) {
    const service = serviceOf(services, alert.labels);
    const into = service ? (groups.get(service) ?? new Map<string, Alert>()) : unmatched;
    if (service) groups.set(service, into);
    const seen = into.get(alert.fingerprint);
    if (!seen || supersedes(alert, seen)) into.set(alert.fingerprint, alert);
  }
  const byService = [...groups]
    .toSorted(([a], [b]) => (a.name < b.name ? -1 : 1))
    .map(([service, found]) => [service, [...found.values()]] as const);
  return { byService, unmatched: [...unmatched.values()] };
}

const titleOf = (first: Alert, firing: readonly Alert[]): string =>
  (new Set(firing.map((alert) => alert.name)).size === 1 ? first.name : `${first.name} and others`).slice(0, 150);

/** P2 when no label says: somebody should look, nobody need be woken. */
function worst(alerts: readonly Alert[]): Incident['severity'] {
  const found = alerts.map((alert) => severityOf(alert.labels['severity'] ?? alert.labels['priority'] ?? '') ?? 'P2');
  return found.toSorted()[0] ?? 'P2';
}
