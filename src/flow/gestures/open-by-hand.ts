/** `/incident new`: an incident that a person saw before any alert did. */
import { maskText } from '../../domain/masking.ts';
import type { Service } from '../../domain/policy.ts';
import { severityOf } from '../../domain/severity.ts';
import { openIncident } from '../incident-state.ts';
import type { Gesture, Interactions } from '../interactions.ts';
import { messageKey } from '../messages.ts';
import type { SightOf } from '../home/sight.ts';
import type { World } from '../ports.ts';
import { type Door, refused } from './door.ts';
import { listOf, type NewIncident, titleMax, titleTooLong } from './read-incident-command.ts';
import { whoSees } from './who-sees.ts';

const nothingSeen =
  'You are not a responder of any service just now. Name it with service=NAME, or have yourself added to its responders in firebreak.yaml.';

export type OpenByHand = {
  /** The form when something is missing. */
  command(gesture: Gesture, wanted: NewIncident): ReturnType<Interactions['incidentCommand']>;
  submit: Interactions['submitIncident'];
};

export function createOpenByHand(parts: World & { door: Door; sightOf: SightOf }): OpenByHand {
  const { services, newId, door, sightOf } = parts;
  const named = (name: string): Service | undefined =>
    services.find((service) => service.name.toLowerCase() === name.toLowerCase());

  async function open(gesture: Gesture, service: Service, wanted: NewIncident & { title: string }) {
    const title = maskText(wanted.title);
    const { severity } = wanted;
    return door.once(gesture, 'new', async (tx) => {
      const id = newId('inc');
      const incident = await openIncident(
        tx,
        {
          id,
          // No group of alerts has this key, so none joins it.
          key: `${service.name}|by-hand:${id}`,
          service: service.name,
          title,
          severity: severity ?? 'P2',
          state: 'open',
          openedAt: await tx.now(),
        },
        { actor: gesture.user, data: { title } },
      );
      return {
        kind: 'accepted' as const,
        refresh: [messageKey.incident(id)],
        text: `Incident ${incident.number} is open; its channel comes in a few seconds. /incident status lists it.`,
      };
    });
  }

  return {
    async command(gesture, wanted) {
      const [first, second] = services;
      if (!first) return refused('No service is configured, so nothing can be opened. Write one into firebreak.yaml.');
      const sight = await whoSees(sightOf, gesture.user);
      if ('kind' in sight) return sight;
      const names = services.map(({ name }) => name).filter((name) => sight.sees(name));
      const service = wanted.service === undefined && !second ? first : named(wanted.service ?? '');
      if (wanted.service !== undefined && !service) {
        const known = names.length > 0 ? ` Write service= and one of ${listOf(names)}.` : '';
        return refused(`There is no service ${wanted.service.slice(0, 60)}.${known}`);
      }
      // Of the services that the person does not see, one that was named is answered as the door answers.
      const objection = service && (await door.objection(service, gesture.user));
      if (objection !== undefined) return refused(objection);
      const { title } = wanted;
      if (service && title !== undefined) return open(gesture, service, { ...wanted, title });
      if (names.length === 0) return refused(nothingSeen);
      const known = service ? { ...wanted, service: service.name } : wanted;
      return { kind: 'form', form: { ...known, services: names.toSorted() } };
    },

    async submit(gesture) {
      const title = gesture.title.replace(/\s+/g, ' ').trim();
      const severity = severityOf(gesture.severity);
      const service = named(gesture.service);
      const objection = service && (await door.objection(service, gesture.user));
      const errors = {
        ...(title === '' ? { title: 'Say in a few words what is wrong.' } : {}),
        ...(title.length > titleMax ? { title: titleTooLong(title) } : {}),
        ...(severity ? {} : { severity: 'Choose how bad it is.' }),
        ...(service ? {} : { service: 'Choose the service that it is about.' }),
        ...(objection ? { service: objection } : {}),
      };
      if (!service || !severity || Object.keys(errors).length > 0) return { kind: 'errors', errors };
      return open(gesture, service, { title, severity });
    },
  };
}
