/** `/incident freeze` and `/incident unfreeze`: a service by its responders, everything by the policy's approvers. */
import { everyService, type Freeze, freezeText } from '../../domain/freeze.ts';
import { maskText } from '../../domain/masking.ts';
import type { Incident } from '../../domain/incident.ts';
import type { Standing } from '../../domain/person.ts';
import { setFreeze, unfreeze } from '../freeze-changes.ts';
import type { Accepted, Gesture, Refused } from '../interactions.ts';
import type { LedgerTransaction } from '../ledger.ts';
import { messageKey } from '../messages.ts';
import type { World } from '../ports.ts';
import { notice } from '../post-runbook.ts';
import { type Door, refused } from './door.ts';

/** Open incidents whose channels are told; more are open only in a storm, and their cards show it. */
const toldMax = 30;

type Answer = Promise<Accepted | Refused>;

export type FreezeCommands = {
  freeze(gesture: Gesture, scope: string | undefined, reason: string | undefined): Answer;
  lift(gesture: Gesture, scope: string | undefined): Answer;
};

export function createFreezeCommands({ services, newId, door }: World & { door: Door }): FreezeCommands {
  async function admitted(scope: string, user: string): Promise<Standing | Refused> {
    const service = scope === everyService ? services[0] : services.find(({ name }) => name === scope);
    if (!service) return refused('No service of this name is configured any more.');
    const standing = await door.admit(service, user);
    if ('kind' in standing || scope !== everyService || standing.approver) return standing;
    return refused('Only approvers of the policy may freeze everything. Name a service, or ask one of them.');
  }

  const unnamed = (verb: string): Refused =>
    refused(
      // Whoever asks may be a guest, who is told of no service.
      `Outside of an incident’s channel, say what: /incident ${verb} and all or a service’s name.`,
    );

  async function tell(tx: LedgerTransaction, incidents: readonly Incident[], text: string): Promise<void> {
    for (const { channel } of incidents.slice(0, toldMax)) if (channel) await notice(tx, newId, channel, text);
  }

  const accepted = (incidents: readonly Incident[], text: string): Accepted => ({
    kind: 'accepted',
    refresh: incidents.slice(0, 3).map(({ id }) => messageKey.incident(id)),
    text,
  });

  return {
    async freeze(gesture, scope, written) {
      const reason = written && maskText(written);
      if (scope === undefined) return unnamed('freeze');
      const standing = await admitted(scope, gesture.user);
      if ('kind' in standing) return standing;
      const order = { scope, user: gesture.user, userName: standing.member.name, ...(reason ? { reason } : {}) };
      return door.once(gesture, 'freeze', async (tx) => {
        const { cancelled, incidents } = await setFreeze(tx, services, order);
        const freeze: Pick<Freeze, 'scope' | 'by' | 'byName' | 'reason'> = {
          scope,
          by: order.user,
          byName: order.userName,
          ...(reason ? { reason } : {}),
        };
        const ended =
          cancelled === 0 ? '' : ` ${cancelled} approved ${cancelled === 1 ? 'plan was' : 'plans were'} cancelled.`;
        await tell(tx, incidents, `${freezeText(freeze)}${ended}`);
        return accepted(
          incidents,
          `${freezeText(freeze)}${ended} What has begun goes on; /incident unfreeze lifts it.`,
        );
      });
    },

    async lift(gesture, scope) {
      if (scope === undefined) return unnamed('unfreeze');
      const standing = await admitted(scope, gesture.user);
      if ('kind' in standing) return standing;
      return door.once(gesture, 'unfreeze', async (tx) => {
        const what = scope === everyService ? 'every service' : scope;
        const lifted = await unfreeze(tx, services, { scope, user: gesture.user });
        if (!lifted) return refused(`There is no freeze of ${what}.${await others(tx, scope)}`);
        const text = `The freeze of ${what} was lifted by ${standing.member.name}.${await others(tx, scope)}`;
        await tell(tx, lifted.incidents, text);
        return accepted(lifted.incidents, text);
      });
    },
  };

  /** One freeze is gone and another may still stand over the same service. */
  async function others(tx: LedgerTransaction, scope: string): Promise<string> {
    const standing = (await tx.freezes()).filter((freeze) => freeze.scope !== scope);
    const over = scope === everyService ? standing : standing.filter((freeze) => freeze.scope === everyService);
    return over.map((freeze) => ` ${freezeText(freeze)}`).join('');
  }
}
