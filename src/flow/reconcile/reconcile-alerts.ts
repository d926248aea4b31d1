/**
 * What Alertmanager's webhooks did not say: alerts that fire and are not known, and alerts that fire no more.
 *
 * Nothing is made up. A group counts only when its receiver is one that delivers to Firebreak: one that has, or one
 * with `firebreak` in its name. An alert has ended only when this Alertmanager listed it as firing before and has not
 * done so for some minutes, silenced and inhibited ones included, and is not itself just started.
 */
import { type Alert, supersedes } from '../../domain/alert.ts';
import { type Service, serviceOf } from '../../domain/policy.ts';
import { knownOfListed, scopeOfListed } from '../incident-key.ts';
import type { Ledger } from '../ledger.ts';
import type { AlertSource, FiringGroup, World } from '../ports.ts';
import { createJoinAlerts } from '../receive-alert.ts';

/** A webhook comes after a group wait (30 s by default); until then it is not missing. */
const missedAfterMs = 120_000;
const endedAfterMs = 180_000;
/** Alertmanager starts empty, and Prometheus tells it every minute or so. */
const settlesMs = 300_000;
const endsAtOnce = 500;

type Due = { readonly group: FiringGroup; readonly own: readonly (readonly [Service, readonly Alert[]])[] };

export type AlertCheck = { readonly missed: number; readonly ended: number };

export function createReconcileAlerts(
  world: World & { ledger: Ledger; missedAfterMs?: number; endedAfterMs?: number; settlesMs?: number },
): (name: string, url: string, source: AlertSource) => Promise<AlertCheck> {
  const { ledger, services } = world;
  const limits = { missedAfterMs, endedAfterMs, settlesMs, ...world };
  const join = createJoinAlerts(world);

  async function bringIn(group: FiringGroup, own: readonly (readonly [Service, readonly Alert[]])[]): Promise<number> {
    return ledger.transaction(async (tx) => {
      const scope = await scopeOfListed(
        tx,
        group,
        own.map(([service]) => service.name),
      );
      let missed = 0;
      for (const [service, alerts] of own) {
        const { news } = await join(tx, { service: service.name, scope, alerts, found: { receiver: group.receiver } });
        missed += news;
      }
      if (missed > 0)
        await tx.journal({ kind: 'alert.missed', actor: 'alertmanager', data: { alerts: missed, scope } });
      return missed;
    });
  }

  /** Most groups say nothing new most of the time: those take no lock and no transaction of their own. */
  async function withNews(due: readonly Due[]): Promise<readonly Due[]> {
    const groups = due.map(({ group, own }) => ({ group, services: own.map(([service]) => service.name) }));
    const known = await ledger.transaction((tx) => knownOfListed(tx, groups));
    return due.filter(({ own }, index) => {
      const find = known[index];
      if (!find) return true;
      return own.some(([service, alerts]) =>
        alerts.some((alert) => {
          const before = find(service.name, alert.fingerprint);
          return !before || supersedes(alert, before);
        }),
      );
    });
  }

  /** One transaction for each incident key. */
  async function end(source: string): Promise<number> {
    const absent = await ledger.transaction(async (tx) => {
      const since = new Date((await tx.now()).getTime() - limits.endedAfterMs);
      return tx.absentAlerts(source, since, endsAtOnce);
    });
    let ended = 0;
    for (const [key, alerts] of byKey(absent)) {
      const bar = key.indexOf('|');
      await ledger.transaction(async (tx) => {
        const endsAt = await tx.now();
        const over = alerts.map((alert): Alert => ({ ...alert, status: 'resolved', endsAt }));
        const { incident, news } = await join(tx, {
          service: key.slice(0, bar),
          scope: key.slice(bar + 1),
          alerts: over,
          found: {},
        });
        ended += news;
        const names = [...new Set(over.map(({ name }) => name))].slice(0, 20);
        await tx.journal({
          kind: 'alert.ended',
          actor: 'alertmanager',
          ...(incident && { incidentId: incident.id }),
          data: { alerts: news, names },
        });
      });
    }
    return ended;
  }

  return async (name, url, source) => {
    const { startedAt, fingerprints, groups } = await source.firing();
    const asked = services.filter(({ alertmanager }) => alertmanager === url);
    const receivers = new Set(await ledger.transaction((tx) => tx.alertReceivers()));
    const now = await ledger.transaction((tx) => tx.now());
    const due = groups.flatMap((group): Due[] => {
      if (!receivers.has(group.receiver) && !/firebreak/i.test(group.receiver)) return [];
      const alerts = group.alerts.filter(({ startsAt }) => now.getTime() - startsAt.getTime() >= limits.missedAfterMs);
      const own = byService(services, alerts).filter(([service]) => asked.includes(service));
      return own.length > 0 ? [{ group: { ...group, alerts }, own }] : [];
    });
    let missed = 0;
    for (const { group, own } of await withNews(due)) missed += await bringIn(group, own);
    const names = asked.map((service) => service.name);
    if (now.getTime() - startedAt.getTime() < limits.settlesMs) return { missed, ended: 0 };
    await ledger.transaction((tx) => tx.noteListed(name, { services: names, fingerprints }));
    return { missed, ended: await end(name) };
  };
}

function byService(services: readonly Service[], alerts: readonly Alert[]): [Service, Alert[]][] {
  const found = new Map<Service, Alert[]>();
  for (const alert of alerts) {
    const service = serviceOf(services, alert.labels);
    if (service) found.set(service, [...(found.get(service) ?? []), alert]);
  }
  return [...found].toSorted(([a], [b]) => (a.name < b.name ? -1 : 1));
}

function byKey(absent: readonly { readonly scope: string; readonly alert: Alert }[]): Map<string, Alert[]> {
  const found = new Map<string, Alert[]>();
  for (const { scope, alert } of absent) found.set(scope, [...(found.get(scope) ?? []), alert]);
  return found;
}
