/** Taking, resolving, reopening and re-grading an incident, and writing something down about it. */
import type { Incident } from '../../domain/incident.ts';
import type { Severity } from '../../domain/severity.ts';
import { changeSeverity, changeState } from '../incident-state.ts';
import type { Accepted, Gesture, Refused } from '../interactions.ts';
import type { Ledger, LedgerTransaction } from '../ledger.ts';
import { messageKey } from '../messages.ts';
import type { World } from '../ports.ts';
import { notice } from '../post-runbook.ts';
import { askPager } from '../pager/sync-pager.ts';
import { type Door, refused } from './door.ts';
import { writeNote } from './write-note.ts';

type Parts = World & { ledger: Ledger; door: Door };
type Answer = Promise<Accepted | Refused>;
/** The incident as it is now, under its lock, and who asks. */
type Now = { readonly tx: LedgerTransaction; readonly incident: Incident; readonly user: string };

export type IncidentChanges = {
  /** `handOver`: takes it from whoever has it; a button's click does not. */
  take(gesture: Gesture, incidentId: string, options: { handOver: boolean }): Answer;
  resolve(gesture: Gesture, incidentId: string, text?: string): Answer;
  reopen(gesture: Gesture, incidentId: string): Answer;
  grade(gesture: Gesture, incidentId: string, severity: Severity): Answer;
  note(gesture: Gesture, incidentId: string, text: string): Answer;
};

const unknown = 'This incident is no longer known.';

export function createIncidentChanges({ ledger, services, newId, door }: Parts): IncidentChanges {
  /** One change of one incident: who may is asked before, what is so is asked again under the lock. */
  async function change(gesture: Gesture, incidentId: string, verb: string, act: (now: Now) => Answer): Answer {
    const incident = await ledger.transaction((tx) => tx.incident(incidentId));
    const service = services.find((candidate) => candidate.name === incident?.service);
    if (!incident || !service) return refused(unknown);
    const objection = await door.objection(service, gesture.user);
    if (objection) return refused(objection);
    return door.once(gesture, verb, async (tx) => {
      await tx.lock(`incident:${incident.key}`);
      const now = await tx.incident(incidentId);
      return now ? act({ tx, incident: now, user: gesture.user }) : refused(unknown);
    });
  }

  /** The state stays: it is somebody else's work now. */
  async function handOverTo(user: string, { tx, incident }: Pick<Now, 'tx' | 'incident'>): Promise<void> {
    const data = incident.acknowledgedBy === undefined ? {} : { from: incident.acknowledgedBy };
    await tx.updateIncident(incident.id, { acknowledgedBy: user });
    await tx.journal({ kind: 'incident.taken', incidentId: incident.id, actor: user, data });
    await tx.touchMessage(messageKey.incident(incident.id), 'status');
  }

  /** The topic says the severity too. */
  async function furnish(tx: LedgerTransaction, { id, channel }: Incident): Promise<void> {
    if (channel) await tx.enqueue({ kind: 'furnish-channel', subject: `${id}/topic`, lane: 'chatter', coalesce: true });
  }

  const done = (incident: Incident, text?: string): Accepted => ({
    kind: 'accepted',
    refresh: [messageKey.incident(incident.id)],
    ...(text === undefined ? {} : { text }),
  });
  const already = ({ number, state, acknowledgedBy }: Incident, by?: string): Refused =>
    refused(
      by !== undefined && by === acknowledgedBy
        ? `You have incident ${number} already.`
        : `Incident ${number} is already ${state}.${state === 'resolved' ? ' /incident reopen opens it again.' : ''}`,
    );

  return {
    take: (gesture, incidentId, { handOver }) =>
      change(gesture, incidentId, 'take', async ({ tx, incident, user }) => {
        const { id, state, acknowledgedBy } = incident;
        if (state === 'resolved') return already(incident);
        const isTaken = state === 'acknowledged';
        if (isTaken && (!handOver || acknowledgedBy === user)) return already(incident, user);
        if (isTaken) await handOverTo(user, { tx, incident });
        else {
          const at = await tx.now();
          await changeState(tx, newId, incident, { to: 'acknowledged', at, actor: user, acknowledgedBy: user });
        }
        await askPager(tx, id, user);
        return done(incident, handOver ? `Incident ${incident.number} is yours.` : undefined);
      }),

    resolve: (gesture, incidentId, text) =>
      change(gesture, incidentId, 'resolve', async ({ tx, incident, user }) => {
        if (incident.state === 'resolved') return already(incident);
        if (text !== undefined) await writeNote(tx, newId, { incident, user, text });
        await changeState(tx, newId, incident, { to: 'resolved', at: await tx.now(), actor: user });
        await askPager(tx, incident.id, user);
        return done(incident);
      }),

    reopen: (gesture, incidentId) =>
      change(gesture, incidentId, 'reopen', async ({ tx, incident, user }) => {
        if (incident.state !== 'resolved')
          return refused(`Incident ${incident.number} is ${incident.state}, not resolved.`);
        const newest = await tx.latestIncident(incident.key);
        if (newest && newest.id !== incident.id)
          return refused(`Incident ${newest.number} has taken its place; go on there.`);
        await changeState(tx, newId, incident, { to: 'open', at: await tx.now(), actor: user, acknowledgedBy: null });
        if (incident.channel) await notice(tx, newId, incident.channel, `Incident ${incident.number} is open again.`);
        const isPaged = (await tx.pagesOf(incident.id)).length > 0;
        return done(
          incident,
          isPaged ? 'Its page in PagerDuty stays resolved; page somebody there if they are needed.' : undefined,
        );
      }),

    grade: (gesture, incidentId, severity) =>
      change(gesture, incidentId, 'severity', async ({ tx, incident, user }) => {
        if (incident.severity === severity) return refused(`Incident ${incident.number} is ${severity} already.`);
        await changeSeverity(tx, incident, { to: severity, actor: user });
        await furnish(tx, incident);
        return done(incident, `Incident ${incident.number} is ${severity} now; it was ${incident.severity}.`);
      }),

    note: (gesture, incidentId, text) =>
      change(gesture, incidentId, 'note', async ({ tx, incident, user }) => {
        await writeNote(tx, newId, { incident, user, text });
        return done(incident);
      }),
  };
}
