/** Approve, deny, undo and look closer: what people do with a plan and its run. */
import { freezeOf, freezeText } from '../../domain/freeze.ts';
import {
  fieldText,
  objectName,
  shortDigest,
  type Plan,
  type ShownChange,
  type Target,
  partsOf,
} from '../../domain/plan.ts';
import { waveText } from '../../domain/waves.ts';
import type { Interactions, Refused } from '../interactions.ts';
import type { Ledger } from '../ledger.ts';
import { messageKey } from '../messages.ts';
import { undoableOf } from '../parts.ts';
import type { World } from '../ports.ts';
import { incidentOf } from '../propose-plan.ts';
import { askForPlan } from './ask-for-plan.ts';
import { type Door, refused } from './door.ts';

type Parts = World & { ledger: Ledger; door: Door };

export function createPlanGestures({
  ledger,
  services,
  newId,
  door,
  failpoint,
}: Parts): Pick<Interactions, 'vote' | 'undo' | 'planDetails'> {
  return {
    async vote(gesture) {
      const answer = await door.once(gesture, 'vote', async (tx) => {
        const plan = await tx.planOfNonce(gesture.nonce);
        if (!plan) return refused('This button belongs to no plan. Open the plan again from the runbook card.');
        if (plan.state !== 'proposed') return tooLate(plan);
        if ((await tx.now()) >= plan.expiresAt)
          return refused('This plan has expired. Press the step’s button again for a new one.');
        const freeze = freezeOf(await tx.freezes(), plan.service);
        if (freeze) return refused(`${freezeText(freeze)} Your vote was not taken; /incident unfreeze lifts it.`);

        const verdict = gesture.nonce === plan.nonces.approve ? 'approve' : 'deny';
        const isFirst = await tx.insertVote({ planId: plan.id, voter: gesture.user, verdict });
        if (!isFirst) return refused('You have already voted on this plan; the card shows how your vote counts.');
        await tx.journal({
          kind: 'vote.cast',
          planId: plan.id,
          actor: gesture.user,
          ...incidentOf(plan),
          data: { verdict, digest: plan.digest },
        });
        await tx.enqueue({ kind: 'decide-plan', subject: plan.id, lane: 'decision', serial: `decide:${plan.id}` });
        await tx.touchMessage(messageKey.proposal(plan.proposalId), 'decision');
        failpoint('vote:before-commit');
        return { kind: 'accepted' as const, refresh: [messageKey.proposal(plan.proposalId)] };
      });
      failpoint('vote:after-commit');
      return answer;
    },

    async undo(gesture) {
      const { run, plan } = await ledger.transaction(async (tx) => {
        const run = await tx.run(gesture.runId);
        return { run, plan: run && (await tx.plan(run.planId)) };
      });
      const service = services.find((candidate) => candidate.name === plan?.service);
      if (!run || !plan || !service) return refused('This change is no longer known.');
      const { undo } = plan.content;
      const action = undoableOf(plan.content, run);
      if (action === undefined) {
        return refused(
          undo.kind === 'none'
            ? `This cannot be undone: ${undo.why}`
            : 'Only a change that certainly happened can be undone.',
        );
      }
      const objection = await door.objection(service, gesture.user);
      if (objection) return refused(objection);

      return door.once(gesture, 'undo', async (tx) => {
        const freeze = freezeOf(await tx.freezes(), plan.service);
        if (freeze) return refused(`${freezeText(freeze)} An undo is a change too: lift the freeze first.`);
        const original = await tx.proposal(plan.proposalId);
        const card = await tx.message(messageKey.proposal(plan.proposalId));
        if (!original || !card) return refused('This change is no longer known.');
        const id = newId('ask');
        const { postingId, ordinal } = original;
        const asked = { id, postingId, ordinal, parameters: {}, requestedBy: gesture.user };
        const place = { channel: card.channel, threadKey: card.threadKey ?? card.key };
        await askForPlan(tx, { ...asked, undoOf: run.id, action }, place);
        await tx.journal({
          kind: 'undo.asked',
          planId: plan.id,
          actor: gesture.user,
          ...incidentOf(plan),
          data: { run: run.id },
        });
        return {
          kind: 'accepted' as const,
          refresh: [],
          text: 'The undo is being planned; it needs approval like any other change.',
        };
      });
    },

    async planDetails({ planId }) {
      const { plan, runbook } = await ledger.transaction(async (tx) => {
        const plan = await tx.plan(planId);
        return { plan, runbook: plan && (await tx.runbook(plan.content.runbookDigest)) };
      });
      if (!plan) return refused('This plan is no longer known.');
      const { content } = plan;
      const { target } = content;
      return {
        title: `Plan ${shortDigest(plan.digest)}`,
        lines: [
          `Digest (SHA-256 over the RFC 8785 form): ${plan.digest}`,
          `Runbook: ${runbook?.path ?? 'unknown'} (${content.runbookDigest})`,
          `Cluster: ${target.cluster} (${target.clusterUid})`,
          `Object: ${target.kind} ${objectName(target)} (${uidOf(target)})`,
          ...partsOf(content).flatMap(({ target: object, changes }) => [
            ...(content.parts === undefined ? [] : [`Part: ${object.kind} ${objectName(object)} (${uidOf(object)})`]),
            ...changes.flatMap((change) =>
              change.shown
                ? change.shown.map((line) => changeLine(line.label, line))
                : [changeLine(change.path, change)],
            ),
          ]),
          ...(content.waves === undefined ? [] : [`Order: ${waveText(content.waves)}`]),
          `Class: ${content.class}${content.classReason ? ` (${content.classReason})` : ''}`,
          `Undo: ${content.undo.kind === 'action' ? content.undo.text : content.undo.why}`,
          `Policy: ${content.policyDigest}`,
          `Expires: ${content.expiresAt}`,
        ],
      };
    },
  };
}

/** What is not there yet has none. */
const uidOf = ({ uid }: Target): string => (uid === '' ? 'new' : uid);

const changeLine = (what: string, { before, after, masked }: ShownChange): string =>
  `${what}: ${fieldText(before, masked === true)} → ${fieldText(after, masked === true)}`;

/** The loser of a race is told who won. */
function tooLate(plan: Plan): Refused {
  return refused(
    `This plan is already ${plan.state}${plan.stateReason ? `: ${plan.stateReason}` : ''}. Your click changed nothing.`,
  );
}
