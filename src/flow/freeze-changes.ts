/**
 * A freeze and the start of a change exclude each other: both take the lock `startsOf(service)` and hold it until they
 * commit. So when a freeze is confirmed, a plan of its scope either has its run already or never gets one. Which
 * services there are each process knows from its own firebreak.yaml; a freeze of all takes the lock that every T1 shares.
 *
 *   T1             startsOf(all), shared → startsOf(service) → the plan's row → no freeze? → the run
 *   freeze of one  startsOf(service) → the freeze → rows of approved plans without a run → cancelled
 *   freeze of all  startsOf(all) → startsOf(each known service, by name) → the same
 */
import { everyService, freezeText, type Freeze } from '../domain/freeze.ts';
import type { Incident } from '../domain/incident.ts';
import type { Service } from '../domain/policy.ts';
import { redrawPlan, settlePlan } from './decide-plan.ts';
import type { LedgerTransaction } from './ledger.ts';
import { messageKey } from './messages.ts';

/** Held by whatever starts changes of a service, or of `everyService`, or forbids them. */
export const startsOf = (service: string): string => `runs:${service}`;

/** Drawn again when a freeze comes or goes; older ones show it when something else changes. */
const plansRedrawnMax = 200;
const incidentsRedrawnMax = 200;

export type FreezeOrder = {
  /** A service's name, or `everyService`. */
  readonly scope: string;
  readonly user: string;
  readonly userName: string;
  readonly reason?: string;
};

/** `incidents`: the open ones of its scope. `cancelled`: how many approved plans ended by it. */
export async function setFreeze(
  tx: LedgerTransaction,
  services: readonly Service[],
  { scope, user, userName, reason }: FreezeOrder,
): Promise<{ cancelled: number; incidents: readonly Incident[] }> {
  const names = namesIn(scope, services);
  if (scope === everyService) await tx.lock(startsOf(everyService));
  for (const name of names.toSorted()) await tx.lock(startsOf(name));
  const freeze = { scope, by: user, byName: userName, ...(reason === undefined ? {} : { reason }) };
  await tx.putFreeze(freeze);
  await tx.journal({ kind: 'freeze.set', actor: user, data: { scope, ...(reason === undefined ? {} : { reason }) } });

  const now = await tx.now();
  const cancelled = await cancelApproved(tx, names, { ...freeze, since: now });
  return { cancelled, incidents: await redrawScope(tx, names) };
}

/** False: nothing of this scope was frozen. */
export async function unfreeze(
  tx: LedgerTransaction,
  services: readonly Service[],
  { scope, user }: Pick<FreezeOrder, 'scope' | 'user'>,
): Promise<{ incidents: readonly Incident[] } | false> {
  if (!(await tx.liftFreeze(scope))) return false;
  await tx.journal({ kind: 'freeze.lifted', actor: user, data: { scope } });
  return { incidents: await redrawScope(tx, namesIn(scope, services)) };
}

const namesIn = (scope: string, services: readonly Service[]): string[] =>
  services.map(({ name }) => name).filter((name) => scope === everyService || name === scope);

async function cancelApproved(tx: LedgerTransaction, names: readonly string[], freeze: Freeze): Promise<number> {
  let cancelled = 0;
  for (const plan of await tx.approvedPlansForUpdate(names)) {
    // Asked again now that its row is ours: a run that began before the lock tells its own story.
    if (await tx.runOfPlan(plan.id)) continue;
    await settlePlan(tx, plan, {
      state: 'cancelled',
      reason: freezeText(freeze),
      actor: freeze.by,
      now: freeze.since,
    });
    cancelled++;
  }
  return cancelled;
}

async function redrawScope(tx: LedgerTransaction, names: readonly string[]): Promise<readonly Incident[]> {
  for (const plan of await tx.proposedPlans(plansRedrawnMax)) {
    if (names.includes(plan.service)) await redrawPlan(tx, plan);
  }
  const open = (await tx.openIncidents(incidentsRedrawnMax)).filter(({ service }) => names.includes(service));
  for (const { id } of open) await tx.touchMessage(messageKey.incident(id), 'status');
  return open;
}
