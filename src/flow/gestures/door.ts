/** What every gesture begins with: is this request new, and may this person? */
import type { Standing } from '../../domain/person.ts';
import type { Service } from '../../domain/policy.ts';
import { OperationError } from '../../domain/errors.ts';
import type { Gesture, Refused } from '../interactions.ts';
import type { Ledger, LedgerTransaction } from '../ledger.ts';
import type { Membership } from '../membership.ts';

export const refused = (text: string): Refused => ({ kind: 'refused', text });

const repeated = refused('This request was already received; nothing was done twice.');

export type Door = {
  /** Runs `act` in the transaction that records the delivery; a request that was seen before does nothing. */
  once<T>(gesture: Gesture, summary: string, act: (tx: LedgerTransaction) => Promise<T>): Promise<T | Refused>;
  /** Undefined: a responder or approver of the service, checked now. */
  objection(service: Service, user: string): Promise<string | undefined>;
  /** Who that is for the service, when there is no objection to them. */
  admit(service: Service, user: string): Promise<Standing | Refused>;
};

export function createDoor({ ledger, membership }: { ledger: Ledger; membership: Membership }): Door {
  async function admit(service: Service, user: string): Promise<Standing | Refused> {
    const standing = await membership.standingOf(service, user).catch((error: unknown) => {
      if (error instanceof OperationError) return undefined;
      throw error;
    });
    if (!standing) return refused('Slack could not say who you are just now. Nothing was done; try again in a minute.');
    const objection = objectionTo(standing, service);
    return objection === undefined ? standing : refused(objection);
  }

  return {
    once: (gesture, summary, act) =>
      ledger.transaction(async (tx) => {
        const delivery = {
          source: 'slack',
          key: gesture.deliveryKey,
          summary: { gesture: summary, user: gesture.user, channel: gesture.channel },
        };
        if (!(await tx.acceptDelivery(delivery))) return repeated;
        return act(tx);
      }),

    admit,
    async objection(service, user) {
      const admitted = await admit(service, user);
      return 'kind' in admitted ? admitted.text : undefined;
    },
  };
}

function objectionTo(standing: Standing, service: Service): string | undefined {
  const { member, responder, approver } = standing;
  if (member.standing !== 'member') return `A ${member.standing} of this workspace cannot do this.`;
  if (responder || approver) return undefined;
  if (standing.onCallUnknown) {
    return `PagerDuty cannot say just now whether you are on call for ${service.name}, and firebreak.yaml does not name you. Nothing was done; try again in a minute.`;
  }
  return `Only responders of ${service.name} can do this. Ask one of them, or have yourself added to its responders in firebreak.yaml.`;
}
