/** One step of a procedure: what it is, the author's command, how it stands, and its button. */
import type { Button, SectionBlock } from '@slack/web-api';
import type { Step } from '../../../domain/runbook.ts';
import type { StepPlace, StepStatus } from '../../../domain/view.ts';
import { actionIds } from './action-ids.ts';
import { button, section } from './blocks.ts';
import { code, codeBlock, inline, join, md } from './mrkdwn.ts';
import type { Mrkdwn } from './mrkdwn.ts';
import { classWords, statusWords } from './words.ts';

/** How much of the author's text is shown. */
export type StepDetail = 'full' | 'short';

/** Untouched, or over: a button may start it (again). */
const mayStart = {
  idle: true,
  running: false,
  done: true,
  failed: true,
  planning: false,
  proposed: false,
  approved: false,
  applied: true,
} satisfies Record<StepStatus, boolean>;

export function stepBlock(place: StepPlace, step: Step, status: StepStatus, detail: StepDetail): SectionBlock {
  return section(stepText(place, step, status, detail), stepButton(place, step, status));
}

function stepText(place: StepPlace, step: Step, status: StepStatus, detail: StepDetail): Mrkdwn {
  const kind = step.kind === 'action' ? classWords[step.class] : '✋ manual';
  const live = step.kind === 'action' && step.live ? md` (or more, by the live object)` : md``;
  const state = statusWords[status];
  const first = md`*${place.ordinal}.* ${inline(step.label, detail === 'full' ? 200 : 80)} · ${kind}${live}${state ? md` · *${state}*` : md``}`;
  const lines = [first];
  if (step.condition) lines.push(md`_${inline(step.condition, detail === 'full' ? 200 : 60)}_`);
  if (step.kind === 'manual')
    lines.push(md`Do this by hand: ${inline(step.reason.text, detail === 'full' ? 300 : 80)}`);
  if (!(step.kind === 'manual' && step.prose)) {
    lines.push(detail === 'full' ? codeBlock(step.source, 500) : code(step.source, 110));
  }
  return join(lines, '\n');
}

/** None for manual and forbidden steps, and while something is going on. */
function stepButton(place: StepPlace, step: Step, status: StepStatus): Button | undefined {
  if (step.kind === 'manual' || step.class === 'forbidden' || !mayStart[status]) return undefined;
  const asks = step.parameters.length > 0;
  const verb = step.class === 'read' ? (status === 'idle' ? 'Run' : 'Run again') : 'Plan';
  return button({
    actionId: asks ? actionIds.askStep : actionIds.useStep,
    // A plan is always looked at before anything happens, so it has the dots also without a form.
    label: asks || verb === 'Plan' ? `${verb}…` : verb,
    value: `${place.postingId}/${place.ordinal}`,
  });
}
