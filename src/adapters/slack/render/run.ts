import type { KnownBlock } from '@slack/web-api';
import type { VerificationState } from '../../../domain/outcome.ts';
import { shortDigest } from '../../../domain/plan.ts';
import type { RunView } from '../../../domain/view.ts';
import { actionIds } from './action-ids.ts';
import { actions, button, confirm, context, section } from './blocks.ts';
import type { RenderedMessage } from './limits.ts';
import { code, inline, join, md, slackDate } from './mrkdwn.ts';
import type { Mrkdwn } from './mrkdwn.ts';
import { planTitle } from './plan-text.ts';
import { outcomeWords } from './words.ts';

const differencesMax = 5;

const verificationWords = {
  watching: md`⏳ *Watching the rollout.*`,
  passed: md`✅ *Verified:*`,
  failed: md`❌ *Verification failed:*`,
  'gave-up': md`❓ *Verification gave up:*`,
} satisfies Record<VerificationState, Mrkdwn>;

/** What was done, whether it worked, whether the alert cleared, and the way back. */
export function renderRun(view: RunView): RenderedMessage {
  const { run, plan } = view;
  const outcome = run.outcome ? outcomeWords[run.outcome] : '⏳ Being applied';
  const lines = [md`*${outcome}* · ${inline(planTitle(plan), 250)}`];
  if (run.outcomeText) lines.push(md`${inline(run.outcomeText, 800)}`);
  const blocks: KnownBlock[] = [section(join(lines, '\n'))];

  const after = aftermath(view);
  if (after.length > 0) blocks.push(section(join(after, '\n')));
  if (run.differences.length > 0) {
    const shown = run.differences.slice(0, differencesMax).map((one) => md`• ${inline(one, 250)}`);
    const more = run.differences.length - differencesMax;
    if (more > 0) shown.push(md`_and ${more} more_`);
    blocks.push(section(join([md`⚠️ *The server stored something else than planned:*`, ...shown], '\n')));
  }
  if (view.undoAvailable) blocks.push(actions(undoButton(view)));
  blocks.push(
    context(
      md`plan ${code(plan.id, 60)}, digest ${code(shortDigest(plan.digest))}`,
      md`started ${slackDate(run.startedAt, 'moment')}${run.finishedAt ? md`, finished ${slackDate(run.finishedAt, 'time')}` : md``}`,
    ),
  );
  return { text: md`${outcome}: ${planTitle(plan)}`.text, blocks };
}

function aftermath({ run, cleared, alertStillFiring }: RunView): Mrkdwn[] {
  const lines: Mrkdwn[] = [];
  if (run.verification) {
    const words = verificationWords[run.verification];
    const text = run.verificationText ?? (run.verification === 'watching' ? run.progress : undefined);
    lines.push(text ? md`${words} ${inline(text, 500)}` : words);
  } else if (run.progress) {
    lines.push(md`⏳ ${inline(run.progress, 500)}`);
  }
  if (cleared) lines.push(md`✅ *Alert cleared:* ${inline(cleared.name, 150)} ${slackDate(cleared.at, 'moment')}`);
  else if (alertStillFiring) lines.push(md`🔥 *The alert is still firing.*`);
  return lines;
}

function undoButton({ run, plan }: RunView) {
  const { undo } = plan.content;
  return button({
    actionId: actionIds.undo,
    label: 'Undo…',
    value: run.id,
    confirm: confirm({
      title: 'Plan the undo?',
      text: `${undo.kind === 'action' ? `${undo.text}. ` : ''}It becomes a plan of its own that people approve; nothing changes yet.`,
      yes: 'Plan it',
      no: 'Leave it',
    }),
  });
}
