import type { KnownBlock } from '@slack/web-api';
import { hidesValue, maskValue } from '../../../domain/masking.ts';
import type { Vote } from '../../../domain/person.ts';
import { fieldText, maskedValue, shortDigest, shownChanges } from '../../../domain/plan.ts';
import type { Plan } from '../../../domain/plan.ts';
import { type WaveSize, waveText } from '../../../domain/waves.ts';
import type { ProposalView } from '../../../domain/view.ts';
import { actionIds } from './action-ids.ts';
import { actions, button, confirm, context, fittingLines, section } from './blocks.ts';
import { freezeLine } from './freeze.ts';
import type { RenderedMessage } from './limits.ts';
import { code, codeBlock, inline, join, md, people, person, slackDate } from './mrkdwn.ts';
import type { Mrkdwn } from './mrkdwn.ts';
import { confirmationText, planTitle } from './plan-text.ts';
import { waveMenu } from './wave-choice.ts';
import { classWords, planStateWords } from './words.ts';

const podNamesMax = 5;
/** Characters of each part, as JSON; together they stay under Slack's limit for a message. */
const room = { changes: 2_400, consequences: 1_700, warnings: 1_500, approval: 2_400 } as const;
const inDetails = '; press Details';

/** From "a plan is being made" to who decided. While it is open for votes it carries the buttons, afterwards none. */
export function renderProposal(view: ProposalView): RenderedMessage {
  const { proposal, step, plan } = view;
  if (plan) return renderPlan(view, plan);
  const words = md`*${inline(step.label, 200)}* asked for by ${person(proposal.requestedBy)}`;
  if (proposal.state === 'refused') {
    const why = proposal.reason ?? 'The reason was not recorded.';
    return {
      text: md`No plan: ${step.label}`.text,
      blocks: [
        section(join([md`🚫 *No plan was made.* Nothing was changed.`, md`${inline(why, 1_500)}`], '\n')),
        context(words),
      ],
    };
  }
  return {
    text: md`Planning: ${step.label}`.text,
    blocks: [section(md`⏳ Planning, nothing is changed by this: ${words}`)],
  };
}

function renderPlan(view: ProposalView, plan: Plan): RenderedMessage {
  const { content } = plan;
  const blocks: KnownBlock[] = [
    section(
      join(
        [
          md`${plan.undoOf ? md`↩️ *Undo:* ` : md``}*${inline(planTitle(plan), 250)}* · ${classWords[content.class]}`,
          md`${planStateWords[plan.state]}${stateFacts(plan)}`,
        ],
        '\n',
      ),
    ),
    section(changes(plan)),
    section(consequences(plan)),
  ];
  if (content.warnings.length > 0) blocks.push(section(warnings(plan)));
  blocks.push(section(authorsWords(view, plan)));
  blocks.push(section(approval(view, plan)));
  const frozen = plan.state === 'proposed' ? view.freeze : undefined;
  if (frozen) blocks.push(section(md`${freezeLine(frozen)}\nNo votes are taken until it is lifted.`));
  if (plan.state === 'proposed') blocks.push(frozen ? actions(detailsButton(plan)) : buttons(plan));
  blocks.push(
    context(
      md`plan ${code(plan.id, 60)}`,
      md`digest ${code(shortDigest(plan.digest))}`,
      md`target uid ${code(content.target.uid.slice(0, 8))} on cluster ${code(content.target.cluster, 80)} (${code(content.target.clusterUid.slice(0, 8))})`,
    ),
  );
  return { text: md`Plan (${content.class}): ${planTitle(plan)}: ${plan.state}`.text, blocks };
}

function stateFacts(plan: Plan): Mrkdwn {
  if (plan.state === 'proposed') return md` · expires ${slackDate(plan.expiresAt, 'time')}`;
  const at = plan.decidedAt ? md` ${slackDate(plan.decidedAt, 'moment')}` : md``;
  const why = plan.stateReason ? md`: ${inline(plan.stateReason, 600)}` : md``;
  return md`${at}${why}`;
}

/** One line for each field: what it is, before → after. */
function changes({ content }: Plan): Mrkdwn {
  const shown = shownChanges(content);
  const lines = shown.map((change) => {
    const masked = change.masked === true;
    const before = code(fieldText(change.before, masked), 70);
    const after = change.after === undefined ? md`_removed_` : code(fieldText(change.after, masked), 70);
    return md`• ${inline(change.label, 80)}: ${before} → *${after}*`;
  });
  const masked = shown.some((change) => change.masked) ? md` · ${maskedValue} looks secret` : md``;
  const preview =
    content.preview.kind === 'dry-run'
      ? md`accepted by the server in a dry run`
      : md`⚠️ no server preview: ${inline(content.preview.why, 200)}`;
  return fittingLines([md`*Before → after* (${preview})${masked}`, ...lines], room.changes, inDetails);
}

function consequences({ content }: Plan): Mrkdwn {
  const { pods, podNames, budgets } = content.affected;
  const names = podNames.slice(0, podNamesMax).map((name) => code(name, 80));
  const lines = [
    md`*Affects:* ${pods} ${pods === 1 ? 'pod' : 'pods'}${names.length > 0 ? md` (${join(names, ', ')}${pods > names.length ? md`, …` : md``})` : md``}`,
  ];
  if (content.waves !== undefined) lines.push(md`*Order:* ${waveText(content.waves)}${wait(content.waves)}`);
  // The way back is more important than the budgets, so it is said before them.
  lines.push(
    content.undo.kind === 'none'
      ? md`⚠️ *Cannot be undone:* ${inline(content.undo.why, 300)}`
      : md`*Undo:* ${inline(content.undo.text, 300)}`,
  );
  for (const budget of budgets) lines.push(md`• budget ${inline(budget, 150)}`);
  return fittingLines(lines, room.consequences, inDetails);
}

const wait = (waves: WaveSize): Mrkdwn =>
  waves === 'all'
    ? md`: nothing waits for replacements`
    : md`: the next ${waves === 1 ? 'when its replacement is' : 'when their replacements are'} ready; after 10 minutes the rest is not tried`;

function warnings({ content }: Plan): Mrkdwn {
  const lines = content.warnings.map((warning) => md`⚠️ ${inline(warning, 300)}`);
  return fittingLines(lines, room.warnings, inDetails);
}

function authorsWords({ step, path, proposal }: ProposalView, plan: Plan): Mrkdwn {
  const place = md`(${code(path, 120)} line ${step.line})`;
  const asked = md`asked for by ${person(plan.requestedBy)}: ${inline(step.label, 200)}`;
  const source = codeBlock(step.source, 500);
  // The author's command did it; the plan above takes it back.
  if (plan.undoOf) return join([md`*Takes back what this step of the runbook did* ${place}, ${asked}`, source], '\n');
  const values = Object.entries(proposal.parameters)
    .slice(0, 6)
    .map(([name, value]) => code(`${name}=${isInSecret(plan, value) ? maskedValue : maskValue(name, value)}`, 90));
  const lines = [md`*From the runbook* ${place}, ${asked}`, source];
  return join(values.length > 0 ? [...lines, md`with ${join(values, ' ')}`] : lines, '\n');
}

/** A parameter called `value` may have filled in a password: it is hidden wherever what it went into is. */
function isInSecret({ content: { action, changes } }: Plan, value: string): boolean {
  const hidden = changes.flatMap(({ masked, before, after }) => (masked ? [before, after] : []));
  // What is there already is among the assignments and not among the changes.
  const assigned = action.type === 'set-env' ? action.assignments : [];
  const secrets = assigned.flatMap((one) => ('value' in one && hidesValue(one.name, one.value) ? [one.value] : []));
  return value !== '' && [...hidden.map((one) => fieldText(one, false)), ...secrets].some((one) => one.includes(value));
}

const onCall = md`whoever is on call in PagerDuty`;

function approval({ mayApprove, votes }: ProposalView, plan: Plan): Mrkdwn {
  const lines: Mrkdwn[] = [];
  if (plan.content.classReason) lines.push(md`*Why ${plan.content.class}:* ${inline(plan.content.classReason, 300)}`);
  if (mayApprove && plan.state === 'proposed') {
    const { needed, responders, approvers, pagedToo } = mayApprove;
    const everyone = [...new Set([...responders, ...approvers])];
    const two = needed === 1 ? md`one person` : md`${needed} different people`;
    const destructive = mayApprove.class === 'destructive' ? md`, at least one of ${people(approvers, 8)}` : md``;
    lines.push(
      everyone.length === 0 && !pagedToo
        ? md`⛔ *Nobody may approve this:* no responders or approvers are configured.`
        : md`*Needs:* ${two} of ${join([...(everyone.length > 0 ? [people(everyone, 8)] : []), ...(pagedToo ? [onCall] : [])], ', ')}${destructive}`,
    );
  }
  if (votes.length > 0) lines.push(...votes.map(voteLine));
  else if (plan.state === 'proposed') lines.push(md`No votes so far.`);
  return lines.length > 0 ? fittingLines(lines, room.approval, inDetails) : md`No votes were cast.`;
}

function voteLine(vote: Vote): Mrkdwn {
  const verdict = vote.verdict === 'approve' ? md`👍 approved by` : md`👎 denied by`;
  const counted =
    vote.counted === undefined
      ? md`, being checked`
      : vote.counted
        ? md``
        : md`, *did not count*${vote.reason ? md`: ${inline(vote.reason, 150)}` : md``}`;
  return md`${verdict} ${person(vote.voter)} ${slackDate(vote.at, 'time')}${counted}`;
}

function buttons(plan: Plan): KnownBlock {
  const dangerous = plan.content.class === 'destructive';
  const menu = waveMenu(plan);
  return actions(
    button({
      actionId: actionIds.approve,
      label: dangerous ? 'Approve (destructive)' : 'Approve',
      value: plan.nonces.approve,
      style: dangerous ? 'danger' : 'primary',
      confirm: confirm({
        title: `Approve ${shortDigest(plan.digest)}?`,
        text: confirmationText(plan),
        yes: 'Approve',
        no: 'Not yet',
        danger: dangerous,
      }),
    }),
    button({ actionId: actionIds.deny, label: 'Deny', value: plan.nonces.deny }),
    detailsButton(plan),
    ...(menu ? [menu] : []),
  );
}

const detailsButton = (plan: Plan) => button({ actionId: actionIds.details, label: 'Details', value: plan.id });
