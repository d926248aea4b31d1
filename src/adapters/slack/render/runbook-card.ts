import type { KnownBlock } from '@slack/web-api';
import type { RunbookCardView } from '../../../domain/view.ts';
import { context, header, section } from './blocks.ts';
import { limits, sizeOf } from './limits.ts';
import type { RenderedMessage } from './limits.ts';
import { code, md, prose } from './mrkdwn.ts';
import { stepBlock } from './step-block.ts';
import type { StepDetail } from './step-block.ts';
import { phaseWords } from './words.ts';

/** Left free for the notice about what did not fit. */
const reserve = { blocks: 1, size: 600 };

/**
 * The procedure with a button for each step. When it does not fit into one message the author's texts are shortened,
 * and when even that is too much the card says how many steps are missing and where they are.
 */
export function renderRunbookCard(view: RunbookCardView): RenderedMessage {
  const full = build(view, 'full');
  const card = full.missing === 0 ? full : build(view, 'short');
  const text = md`Runbook: ${view.procedure.title} (${view.procedure.steps.length} steps)`;
  return { text: text.text, blocks: card.blocks };
}

function build(view: RunbookCardView, detail: StepDetail): { blocks: KnownBlock[]; missing: number } {
  const { posting, procedure, path } = view;
  const blocks: KnownBlock[] = [
    header(`📖 ${procedure.title}`),
    context(
      md`${code(path, 150)} line ${procedure.line}`,
      md`Service ${code(posting.service, 80)}`,
      procedure.severity ? md`Severity ${procedure.severity.word}` : md``,
    ),
  ];
  if (procedure.summary) blocks.push(section(prose(procedure.summary, detail === 'full' ? 1_000 : 300)));
  if (procedure.steps.length === 0) blocks.push(context(md`This procedure has no steps.`));
  let size = sizeOf(blocks);
  let phase: string | undefined;
  for (const [at, step] of procedure.steps.entries()) {
    const next: KnownBlock[] = [];
    if (step.phase !== phase) next.push(section(md`*${phaseWords[step.phase]}*`));
    next.push(stepBlock({ postingId: posting.id, ordinal: at + 1 }, step, view.status[at] ?? 'idle', detail));
    const nextSize = sizeOf(next);
    const fits =
      blocks.length + next.length <= limits.blocks - reserve.blocks &&
      size + nextSize <= limits.allBlocks - reserve.size;
    if (!fits) {
      const missing = procedure.steps.length - at;
      blocks.push(
        context(
          md`⚠️ *${missing} of ${procedure.steps.length} steps did not fit here:* steps ${at + 1} to ${procedure.steps.length}. They are in ${code(path, 150)} from line ${step.line}; split the procedure there into two headings to get buttons for them.`,
        ),
      );
      return { blocks, missing };
    }
    blocks.push(...next);
    size += nextSize;
    phase = step.phase;
  }
  if (procedure.escalation.length > 0) {
    const who = context(md`Escalation: ${procedure.escalation.join(' · ')}`);
    if (blocks.length < limits.blocks && size + sizeOf([who]) <= limits.allBlocks) blocks.push(who);
  }
  return { blocks, missing: 0 };
}
