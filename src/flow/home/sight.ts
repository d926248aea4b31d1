/**
 * What of the incidents and runbooks a person may see outside of channels (App Home, `/incident status`, `/runbook`).
 *
 * Public incident channels are open to every full member of the workspace, so they see everything. Private ones are
 * not: what belongs to a service is then shown to its responders and to the policy's approvers alone, who are the
 * people that may be invited; so are its runbooks. Guests, strangers, bots and deactivated accounts see nothing, wherever
 * the channels are.
 */
import type { Standing } from '../../domain/person.ts';
import type { Service } from '../../domain/policy.ts';
import type { Membership } from '../membership.ts';

export type Sight = {
  /** Why there is nothing to see at all, for people. */
  readonly closed?: string;
  readonly sees: (service: string) => boolean;
  readonly standings: ReadonlyMap<string, Standing>;
};

/** Throws when the directory cannot be asked. */
export type SightOf = (user: string) => Promise<Sight>;

export function createSightOf(parts: {
  services: readonly Service[];
  membership: Membership;
  privateChannels: boolean;
}): SightOf {
  const { services, membership, privateChannels } = parts;
  return async (user) => {
    const standings = new Map(
      await Promise.all(
        services.map(async (service) => [service.name, await membership.standingOf(service, user)] as const),
      ),
    );
    const [anyone] = standings.values();
    const none = { sees: () => false, standings };
    if (!anyone) return { ...none, closed: 'No service is configured. Write one into firebreak.yaml.' };
    const { standing } = anyone.member;
    if (standing !== 'member')
      return { ...none, closed: `A ${standing} of this workspace sees no incidents or runbooks here.` };
    const own = new Set([...standings].filter(([, one]) => one.responder || one.approver).map(([name]) => name));
    return { sees: (service) => !privateChannels || own.has(service), standings };
  };
}
