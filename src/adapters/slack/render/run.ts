import type { KnownBlock } from '@slack/web-api';
import type { PartOutcome, VerificationState } from '../../../domain/outcome.ts';
import { objectName, partsOf, shortDigest } from '../../../domain/plan.ts';
import type { RunView } from '../../../domain/view.ts';
import { actionIds } from './action-ids.ts';
import { actions, button, confirm, context, section } from './blocks.ts';
import type { RenderedMessage } from './limits.ts';
import { code, inline, join, md, slackDate } from './mrkdwn.ts';
import type { Mrkdwn } from './mrkdwn.ts';
import { outputBlocks } from './output-blocks.ts';
import { planTitle } from './plan-text.ts';
import { outcomeWords } from './words.ts';

const differencesMax = 5;
const outputMost = { characters: 5_000, size: 7_000 };
const partLinesMax = 10;
/** Characters of the parts, as JSON; a section of Slack's holds 3,000. */
const partsRoom = 2_600;

/** What is wrong with the pods of a change is told with its evidence. */
const sentenceMax = 900;

const partMarks = {
  succeeded: '✅',
  failed: '❌',
  refused: '⛔',
  unknown: '❓',
} satisfies Record<PartOutcome['outcome'], string>;

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
  if (run.parts !== undefined) blocks.push(section(partLines(view)));

  if (run.output !== undefined) blocks.push(...outputOf(run.output.text));
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
      ...(run.actingAs === undefined ? [] : [md`as ${code(run.actingAs.user, 150)}`]),
      md`started ${slackDate(run.startedAt, 'moment')}${run.finishedAt ? md`, finished ${slackDate(run.finishedAt, 'time')}` : md``}`,
    ),
  );
  return { text: md`${outcome}: ${planTitle(plan)}`.text, blocks };
}

/**
 * A line for each object that has ended, first those that did not succeed; what does not fit is counted. Beyond
 * `partLinesMax` troubles the first of them stand for the rest, and the count says so.
 */
function partLines({ run, plan }: RunView): Mrkdwn {
  const parts = partsOf(plan.content);
  const ended = (run.parts ?? []).map(({ part, outcome, text }) => {
    const target = parts[part]?.target;
    const name = code(target === undefined ? String(part) : `${target.kind} ${objectName(target)}`, 100);
    const mark = md`${partMarks[outcome]} ${name}`;
    return { outcome, line: outcome === 'succeeded' ? mark : md`${mark}: ${inline(text, 120)}` };
  });
  const troubles = ended.filter(({ outcome }) => outcome !== 'succeeded');
  const fine = ended.filter(({ outcome }) => outcome === 'succeeded');
  const kept: Mrkdwn[] = [];
  let size = 0;
  for (const { line } of [...troubles, ...fine].slice(0, partLinesMax)) {
    size += JSON.stringify(line.text).length;
    if (size > partsRoom) break;
    kept.push(line);
  }
  const untold = Math.max(0, troubles.length - kept.length);
  const left = parts.length - kept.length - untold;
  if (untold > 0) kept.push(md`_${untold} more did not succeed_`);
  if (left > 0) kept.push(md`_${left} more ${left === 1 ? 'object' : 'objects'}: done, or not tried yet_`);
  return join(kept, '\n');
}

/** Its end is shown: there a program says how it went. */
function outputOf(output: string): KnownBlock[] {
  const text = output.trimEnd();
  if (text === '') return [section(md`_It printed nothing._`)];
  const { blocks, shown } = outputBlocks(text, 'end', outputMost);
  return [section(shown < text.length ? md`It printed, at its end:` : md`It printed:`), ...blocks];
}

function aftermath(view: RunView): Mrkdwn[] {
  const { run, cleared, alertStillFiring } = view;
  const lines: Mrkdwn[] = [];
  if (run.verification) {
    const words = verificationWords[run.verification];
    const text = run.verificationText ?? (run.verification === 'watching' ? run.progress : undefined);
    lines.push(text ? md`${words} ${inline(text, sentenceMax)}` : words);
  } else if (run.progress) {
    lines.push(md`⏳ ${inline(run.progress, sentenceMax)}`);
  }
  if (view.run.verification === 'failed') lines.push(wayBack(view));
  if (cleared) lines.push(md`✅ *Alert cleared:* ${inline(cleared.name, 150)} ${slackDate(cleared.at, 'moment')}`);
  else if (alertStillFiring) lines.push(md`🔥 *The alert is still firing.*`);
  return lines;
}

/** What undo would do is said where people decide whether they want it. */
function wayBack({ plan: { content }, run, undoAvailable }: RunView): Mrkdwn {
  if (content.undo.kind === 'none') return md`↩️ It cannot be undone, because ${inline(content.undo.why, 300)}.`;
  return undoAvailable
    ? md`↩️ *Undo* would ${inline(content.undo.text, 300)}.`
    : md`↩️ Undo is not offered: ${inline(run.outcome === 'partial' ? 'only a part was applied' : 'it was not applied', 100)}.`;
}

function undoButton({ run, plan }: RunView) {
  const { undo } = plan.content;
  return button({
    actionId: actionIds.undo,
    label: 'Undo…',
    value: run.id,
    ...(run.verification === 'failed' ? { style: 'primary' } : {}),
    confirm: confirm({
      title: 'Plan the undo?',
      text: `${undo.kind === 'action' ? `${undo.text}. ` : ''}It becomes a plan of its own that people approve; nothing changes yet.`,
      yes: 'Plan it',
      no: 'Leave it',
    }),
  });
}
