/** What people ask of PagerDuty from the incident's card: have the next level called, or give the page to somebody. */
import { OperationError, describeError } from '../../domain/errors.ts';
import type { Incident } from '../../domain/incident.ts';
import type { OnCall, Page, PagerOrder } from '../../domain/page.ts';
import type { Service } from '../../domain/policy.ts';
import type { Accepted, Gesture, Interactions, PagerForm, Refused } from '../interactions.ts';
import type { Ledger } from '../ledger.ts';
import { messageKey } from '../messages.ts';
import { orderPager } from '../pager/order-pager.ts';
import type { PagerUserOf } from '../pager/pager-sender.ts';
import { withinPatience } from '../patience.ts';
import type { Pager, World } from '../ports.ts';
import { type Door, refused } from './door.ts';

/** More levels or people than this are chosen in PagerDuty; a Slack menu holds 100. */
const choicesMax = 100;
const peopleMax = 10;

type Parts = World & { ledger: Ledger; door: Door; pager?: Pager | undefined; pagerUserOf: PagerUserOf };
type Admitted = { readonly incident: Incident; readonly service: Service; readonly page: Page; readonly asking: Pager };

export function createPagerGestures({
  ledger,
  services,
  newId,
  door,
  pager,
  pagerUserOf,
}: Parts): Pick<Interactions, 'pagerForm' | 'escalate' | 'reassign'> {
  async function admit(user: string, incidentId: string): Promise<Admitted | Refused> {
    const { incident, pages } = await ledger.transaction(async (tx) => ({
      incident: await tx.incident(incidentId),
      pages: await tx.pagesOf(incidentId),
    }));
    const service = services.find((candidate) => candidate.name === incident?.service);
    if (!incident || !service) return refused('This incident is no longer known.');
    const objection = await door.objection(service, user);
    if (objection) return refused(objection);
    if (!pager) return refused('PagerDuty is not configured. Set PAGERDUTY_TOKEN and PAGERDUTY_FROM to have it asked.');
    const page = pages.findLast(({ status }) => status !== 'resolved');
    if (!page)
      return refused('Nothing of this incident is open in PagerDuty any more, so nobody can be called for it.');
    return { incident, service, page, asking: pager };
  }

  async function order(gesture: Gesture, incident: Incident, asked: PagerOrder['order'], text: string) {
    return door.once(gesture, asked.kind, async (tx): Promise<Accepted | Refused> => {
      const { id: incidentId } = incident;
      const taken = await orderPager(tx, newId, { incidentId, by: gesture.user, order: asked });
      if (!taken) return refused('This incident has no page in PagerDuty.');
      await tx.journal({ kind: `pager.${asked.kind}-asked`, incidentId, actor: gesture.user, data: { ...asked } });
      return { kind: 'accepted', refresh: [messageKey.incident(incidentId)], text };
    });
  }

  return {
    async pagerForm({ user, incidentId, verb }) {
      const admitted = await admit(user, incidentId);
      if ('text' in admitted) return admitted;
      const { page, service, asking } = admitted;
      const policy = page.escalationPolicy ?? service.pager?.escalationPolicy;
      if (policy === undefined) return refused('PagerDuty has not said which escalation policy this page follows.');
      try {
        const onCall = await asking.onCall(policy);
        const choices = verb === 'escalate' ? levels(await asking.levelsOf(policy), onCall) : people(onCall);
        const form: PagerForm = { incidentId, verb, page: `#${page.number} ${page.title}`, choices };
        return { kind: 'form', form };
      } catch (error) {
        if (!(error instanceof OperationError)) throw error;
        return refused(
          `PagerDuty could not be asked: ${describeError(error)} Nothing was done; try again in a minute.`,
        );
      }
    },

    async escalate(gesture) {
      const admitted = await admit(gesture.user, gesture.incidentId);
      if ('text' in admitted) return admitted;
      const { level } = gesture;
      if (!Number.isInteger(level) || level < 1 || level > choicesMax) return refused('Choose a level from the list.');
      const text = `PagerDuty is asked to escalate to level ${level}.`;
      return order(gesture, admitted.incident, { kind: 'escalate', level }, text);
    },

    async reassign(gesture) {
      const admitted = await admit(gesture.user, gesture.incidentId);
      if ('text' in admitted) return admitted;
      const users = new Set(gesture.users.filter((id) => /^[A-Z0-9]{2,30}$/.test(id)));
      const asked = gesture.slackUsers.slice(0, peopleMax).map(pagerUserOf);
      const found = await withinPatience(Promise.all(asked), 'it did not say in time who that is.').catch(reasonOf);
      if ('reason' in found)
        return refused(`PagerDuty could not be asked: ${found.reason} Nothing was done; try again.`);
      for (const id of found) {
        if (id === undefined) return refused(unknownPerson);
        users.add(id);
      }
      if (users.size === 0) return refused('Choose at least one person.');
      if (users.size > peopleMax) return refused(`Choose at most ${peopleMax} people.`);
      const text = 'PagerDuty is asked to reassign the page.';
      return order(gesture, admitted.incident, { kind: 'reassign', users: [...users] }, text);
    },
  };
}

const unknownPerson =
  'PagerDuty knows nobody with the e-mail address of one of the people you chose. Choose somebody else, or name both of their accounts under people: in firebreak.yaml. Nothing was done.';

function reasonOf(error: unknown): { readonly reason: string } {
  if (!(error instanceof OperationError)) throw error;
  return { reason: describeError(error) };
}

function levels(count: number, onCall: readonly OnCall[]): PagerForm['choices'] {
  return Array.from({ length: Math.min(count, choicesMax) }, (_, index) => {
    const level = index + 1;
    const names = new Set(onCall.filter((one) => one.level === level).map(({ user }) => user.name));
    return { value: String(level), label: `Level ${level}: ${[...names].join(', ') || 'nobody on call'}` };
  });
}

/** Each person once, with the lowest of their levels. */
function people(onCall: readonly OnCall[]): PagerForm['choices'] {
  const choices = new Map<string, string>();
  for (const { user, level } of onCall.toSorted((a, b) => a.level - b.level)) {
    if (!choices.has(user.id)) choices.set(user.id, `${user.name} (level ${level})`);
  }
  return [...choices].slice(0, choicesMax).map(([value, label]) => ({ value, label }));
}
