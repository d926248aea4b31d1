/** An incident opens, and its state changes: the same words in the journal and the same follow-up, whoever says so. */
import type { Incident, IncidentState } from '../domain/incident.ts';
import type { Json } from '../domain/json.ts';
import type { Severity } from '../domain/severity.ts';
import type { LedgerTransaction } from './ledger.ts';
import { messageKey } from './messages.ts';
import type { NewId } from './ports.ts';
import { notice } from './post-runbook.ts';

type Data = { readonly [key: string]: Json };

/** With its channel to be made. The caller holds the lock `incident:<key>`. */
export async function openIncident(
  tx: LedgerTransaction,
  incident: Omit<Incident, 'number'>,
  { actor, data }: { actor: string; data: Data },
): Promise<Incident> {
  const opened = await tx.insertIncident(incident);
  await tx.journal({
    kind: 'incident.opened',
    incidentId: opened.id,
    actor,
    data: { number: opened.number, service: opened.service, ...data },
  });
  await askForChannel(tx, opened.id);
  return opened;
}

export type StateChange = {
  readonly to: IncidentState;
  /** Event time: an older event does not undo it. Of a gesture, the time now. */
  readonly at: Date;
  /** A Slack user id, `pagerduty`, `alertmanager`. */
  readonly actor: string;
  /** Null clears it, absent leaves it. */
  readonly acknowledgedBy?: string | null;
  /** Alerts fire again. */
  readonly isFiring?: boolean;
  readonly data?: Data;
};

/** Changes the state, tells the journal and the channel. The caller holds the lock `incident:<key>`. */
export async function changeState(
  tx: LedgerTransaction,
  newId: NewId,
  incident: Incident,
  change: StateChange,
): Promise<void> {
  const { to, at, actor } = change;
  const reopened = incident.state === 'resolved' && to !== 'resolved';
  await tx.updateIncident(incident.id, {
    state: to,
    stateAt: at,
    ...(change.acknowledgedBy !== undefined && { acknowledgedBy: change.acknowledgedBy }),
    ...(to === 'resolved' && { resolvedAt: at }),
    ...(reopened && { resolvedAt: null }),
    ...(change.isFiring && { clearedAt: null }),
  });
  await tx.journal({ kind: kindOf(incident, to), incidentId: incident.id, actor, data: change.data ?? {} });
  await tx.touchMessage(messageKey.incident(incident.id), 'status');
  const { clearedAt } = incident;
  if (clearedAt) await tx.touchMessage(messageKey.resolveOffer({ id: incident.id, clearedAt }), 'status');
  if (incident.channel && to === 'resolved')
    await notice(tx, newId, incident.channel, `Incident ${incident.number} is resolved.`);
  if (reopened) await askForChannel(tx, incident.id);
  if (!incident.channel) return;
  // Nobody is invited again: whoever left the channel did so on purpose.
  for (const piece of ['topic', 'links']) {
    await tx.enqueue({ kind: 'furnish-channel', subject: `${incident.id}/${piece}`, lane: 'chatter', coalesce: true });
  }
}

export async function changeSeverity(
  tx: LedgerTransaction,
  incident: Incident,
  { to, actor }: { to: Severity; actor: string },
): Promise<void> {
  if (incident.severity === to) return;
  await tx.updateIncident(incident.id, { severity: to });
  await tx.journal({
    kind: 'incident.severity',
    incidentId: incident.id,
    actor,
    data: { from: incident.severity, to },
  });
  await tx.touchMessage(messageKey.incident(incident.id), 'status');
}

function kindOf({ state }: Incident, to: IncidentState): string {
  if (to !== 'open') return `incident.${to}`;
  return state === 'resolved' ? 'incident.reopened' : 'incident.unacknowledged';
}

const askForChannel = (tx: LedgerTransaction, id: string): Promise<void> =>
  tx.enqueue({ kind: 'open-incident', subject: id, lane: 'status', serial: `incident:${id}` });
