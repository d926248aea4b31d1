/** Another order for a plan that deletes several pods: a plan of its own, which takes the place of the one that is there. */
import type { ChangeAction, EachAction, SeveralAction } from '../../domain/change-action.ts';
import { type WaveSize, waveText } from '../../domain/waves.ts';
import type { Interactions } from '../interactions.ts';
import type { Ledger } from '../ledger.ts';
import { messageKey } from '../messages.ts';
import type { World } from '../ports.ts';
import { incidentOf } from '../propose-plan.ts';
import { askForPlan } from './ask-for-plan.ts';
import { type Door, refused } from './door.ts';

export const createWaveGestures = ({
  ledger,
  services,
  newId,
  door,
}: World & { ledger: Ledger; door: Door }): Pick<Interactions, 'chooseWaves'> => ({
  async chooseWaves(gesture) {
    const plan = await ledger.transaction((tx) => tx.plan(gesture.planId));
    const service = services.find((candidate) => candidate.name === plan?.service);
    const action = plan?.content.action;
    if (!plan || !service || plan.content.waves === undefined || !isOfSeveral(action)) {
      return refused('This plan is no longer known, or deletes no pods. Nothing was done.');
    }
    if (!isSize(gesture.waves)) return refused('A wave is of one pod or more. Nothing was done.');
    if (gesture.waves === plan.content.waves) return refused(`This plan already goes ${waveText(gesture.waves)}.`);
    const objection = await door.objection(service, gesture.user);
    if (objection) return refused(objection);

    return door.once(gesture, 'waves', async (tx) => {
      const current = await tx.planForUpdate(plan.id);
      if (current?.state !== 'proposed') {
        return refused(
          `This plan is already ${current?.state ?? 'gone'}. Press the step’s button again for a new one.`,
        );
      }
      const original = await tx.proposal(plan.proposalId);
      const card = await tx.message(messageKey.proposal(plan.proposalId));
      if (!original || !card) return refused('This plan is no longer known. Nothing was done.');
      const id = newId('ask');
      const { postingId, ordinal, parameters, undoOf } = original;
      const asked = { id, postingId, ordinal, parameters, requestedBy: gesture.user };
      const place = { channel: card.channel, threadKey: card.threadKey ?? card.key };
      await askForPlan(
        tx,
        { ...asked, action: { ...action, waves: gesture.waves }, ...(undoOf === undefined ? {} : { undoOf }) },
        place,
      );
      await tx.journal({
        kind: 'waves.asked',
        planId: plan.id,
        actor: gesture.user,
        ...incidentOf(plan),
        data: { waves: gesture.waves },
      });
      return {
        kind: 'accepted' as const,
        refresh: [],
        text: `It is being planned again, to go ${waveText(gesture.waves)}; the new plan takes this one’s place.`,
      };
    });
  },
});

const isSize = (waves: WaveSize): boolean => waves === 'all' || (Number.isSafeInteger(waves) && waves >= 1);

/** What may carry the choice. */
const isOfSeveral = (action: ChangeAction | undefined): action is EachAction<string> | SeveralAction<string> =>
  action?.type === 'each' || action?.type === 'several';
