/** `/incident …` and the incident card's buttons: who asks for what, handed on to the file that does it. */
import { freezeOf, freezeText } from '../../domain/freeze.ts';
import type { Incident } from '../../domain/incident.ts';
import type { Accepted, Gesture, IncidentList, Interactions, Refused } from '../interactions.ts';
import type { Ledger } from '../ledger.ts';
import type { Membership } from '../membership.ts';
import { messageKey } from '../messages.ts';
import type { World } from '../ports.ts';
import type { SightOf } from '../home/sight.ts';
import { createIncidentChanges } from './change-incident.ts';
import { type Door, refused } from './door.ts';
import { createFreezeCommands } from './freeze-commands.ts';
import { createOpenByHand } from './open-by-hand.ts';
import { incidentHelp, readIncidentCommand } from './read-incident-command.ts';
import { whoSees } from './who-sees.ts';

const listedMax = 15;
/** Counted; with more open than this the list says at least so many. */
const countedMax = 1_000;
const noIncident = 'This channel has no incident. Go to one, or open one with /incident new.';

export function createIncidentGestures(
  parts: World & { ledger: Ledger; door: Door; membership: Pick<Membership, 'standingOf'>; sightOf: SightOf },
): Pick<Interactions, 'incidentCommand' | 'submitIncident' | 'acknowledge' | 'resolve'> {
  const { ledger, services, membership, sightOf } = parts;
  const changes = createIncidentChanges(parts);
  const byHand = createOpenByHand(parts);
  const freezing = createFreezeCommands(parts);
  const names = services.map(({ name }) => name);

  const incidentHere = (gesture: Gesture): Promise<Incident | undefined> =>
    ledger.transaction((tx) => tx.incidentOfChannel(gesture.channel));

  /** Who acknowledged in PagerDuty and has no Slack account stands there by name already. */
  async function nameOf({ service: name }: Incident, user: string): Promise<string> {
    const service = services.find((candidate) => candidate.name === name);
    const standing = service && (await membership.standingOf(service, user).catch(() => undefined));
    return standing?.member.name ?? user;
  }

  async function status(here: Incident) {
    const taken = here.acknowledgedBy === undefined ? undefined : await nameOf(here, here.acknowledgedBy);
    return ledger.transaction(async (tx) => {
      const { number, title, severity, service, state } = here;
      const { firing, total } = await tx.alertsOf(here.id, 0);
      const waiting = (await tx.plansOf(here.id)).filter((plan) => plan.state === 'proposed').length;
      const freeze = freezeOf(await tx.freezes(), service);
      const text = [
        `Incident ${number} (${severity}, ${service}) is ${state}: ${title}.`,
        total === 0 ? 'It has no alerts.' : `${firing} of ${total} alerts firing.`,
        taken ? `Taken by ${taken}.` : 'Nobody took it; /incident take does.',
        ...(waiting > 0 ? [`${waiting} ${waiting === 1 ? 'plan waits' : 'plans wait'} for approval.`] : []),
        ...(freeze ? [freezeText(freeze)] : []),
      ].join(' ');
      return { kind: 'accepted' as const, refresh: [messageKey.incident(here.id)], text };
    });
  }

  async function allOpen(user: string): Promise<IncidentList | Refused> {
    const sight = await whoSees(sightOf, user);
    if ('kind' in sight) return sight;
    return ledger.transaction(async (tx) => {
      const open = (await tx.openIncidents(countedMax)).filter(({ service }) => sight.sees(service));
      const freezes = (await tx.freezes()).filter(({ scope }) => !names.includes(scope) || sight.sees(scope));
      return { kind: 'incidents', incidents: open.slice(0, listedMax), total: open.length, freezes };
    });
  }

  return {
    async incidentCommand(gesture) {
      const command = readIncidentCommand(gesture.text, names);
      const here = await incidentHere(gesture);
      const inChannel = (change: (id: string) => Promise<Accepted | Refused>) =>
        here ? change(here.id) : refused(noIncident);
      switch (command.verb) {
        case 'wrong':
          return refused(command.text);
        case 'help':
          return { kind: 'accepted', refresh: [], text: incidentHelp };
        case 'new':
          return byHand.command(gesture, command.wanted);
        case 'status':
          return here ? status(here) : allOpen(gesture.user);
        case 'freeze':
          return freezing.freeze(gesture, command.scope ?? here?.service, command.reason);
        case 'unfreeze':
          return freezing.lift(gesture, command.scope ?? here?.service);
        case 'take':
          return inChannel((id) => changes.take(gesture, id, { handOver: true }));
        case 'severity':
          return inChannel((id) => changes.grade(gesture, id, command.severity));
        case 'note':
          return inChannel((id) => changes.note(gesture, id, command.text));
        case 'resolve':
          return inChannel((id) => changes.resolve(gesture, id, command.text));
        case 'reopen':
          return inChannel((id) => changes.reopen(gesture, id));
        default:
          return command satisfies never;
      }
    },

    submitIncident: byHand.submit,
    acknowledge: (gesture) => changes.take(gesture, gesture.incidentId, { handOver: false }),
    resolve: (gesture) => changes.resolve(gesture, gesture.incidentId),
  };
}
