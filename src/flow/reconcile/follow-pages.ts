/**
 * An incident follows its pages by event time (domain/page-fold.ts). PagerDuty's clock and ours differ a little, so that
 * a resolution just after somebody took the incident may seem to come just before, and then nothing is left that would
 * tell of it again. Here such an incident is resolved after all.
 *
 * Only when nothing speaks against it: the two are near each other in time, no alert is firing, and nobody has reopened
 * the incident since.
 */
import type { Incident } from '../../domain/incident.ts';
import { standingOf } from '../../domain/page-fold.ts';
import { changeState } from '../incident-state.ts';
import type { Ledger, LedgerTransaction } from '../ledger.ts';
import type { World } from '../ports.ts';

/** Until then a webhook may be on its way. */
const settledAfterMs = 5 * 60_000;
/** More than clocks differ that are set by NTP at all. */
const skewMaxMs = 2 * 60_000;
const incidentsAtOnce = 100;

/** Answers with how many it resolved. */
export function createFollowPages({
  ledger,
  newId,
  log,
}: Pick<World, 'newId' | 'log'> & { ledger: Ledger }): () => Promise<number> {
  async function resolvedAtOf(tx: LedgerTransaction, incident: Incident): Promise<Date | undefined> {
    const standing = standingOf(await tx.pagesOf(incident.id));
    if (incident.state !== 'acknowledged' || standing?.state !== 'resolved') return undefined;
    const apartMs = (incident.stateAt ?? incident.openedAt).getTime() - standing.at.getTime();
    if (Math.abs(apartMs) > skewMaxMs) return undefined;
    if ((await tx.alertsOf(incident.id, 0)).firing > 0) return undefined;
    const reopened = await tx.newestEntry(incident.id, 'incident.reopened');
    const isReopened = reopened !== undefined && reopened.at.getTime() >= standing.at.getTime() - skewMaxMs;
    return isReopened ? undefined : standing.at;
  }

  async function follow({ id, key }: Incident): Promise<boolean> {
    return ledger.transaction(async (tx) => {
      await tx.lock(`incident:${key}`);
      const incident = await tx.incident(id);
      const at = incident && (await resolvedAtOf(tx, incident));
      if (!incident || !at) return false;
      await changeState(tx, newId, incident, { to: 'resolved', at, actor: 'pagerduty', data: { late: true } });
      log.info({ incidentId: id }, 'an incident follows its pages after all');
      return true;
    });
  }

  return async () => {
    const behind = await ledger.transaction(async (tx) => {
      const until = new Date((await tx.now()).getTime() - settledAfterMs);
      return tx.incidentsBehindPages(until, incidentsAtOnce);
    });
    let resolved = 0;
    for (const incident of behind) resolved += (await follow(incident)) ? 1 : 0;
    return resolved;
  };
}
