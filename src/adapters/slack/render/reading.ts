import type { KnownBlock } from '@slack/web-api';
import { maskValue } from '../../../domain/masking.ts';
import type { Reading } from '../../../domain/posting.ts';
import type { Step } from '../../../domain/runbook.ts';
import type { ReadingView, StepView } from '../../../domain/view.ts';
import { context, section } from './blocks.ts';
import { limits } from './limits.ts';
import type { RenderedMessage } from './limits.ts';
import { code, codeBlock, inline, join, md } from './mrkdwn.ts';
import type { Mrkdwn } from './mrkdwn.ts';
import { outputBlocks } from './output-blocks.ts';
import { stepBlock } from './step-block.ts';

/** JSON escapes and the words around the output are on top of this. */
const outputMax = 9_000;
/** Under a step: a screenful; the whole follows in the thread. */
const shortOutputMax = 1_500;
const parametersMax = 6;

/** The step at the head of its thread, with its newest answer. */
export function renderStep(view: StepView): RenderedMessage {
  const { place, step, status, reading } = view;
  const text = md`Step ${place.ordinal}: ${step.label}`;
  const blocks: KnownBlock[] = [stepBlock(place, step, status, 'full')];
  if (reading && reading.state !== 'waiting') {
    blocks.push(...answerBlocks(step, reading, { characters: shortOutputMax, rest: 'the thread has more of it' }));
  }
  return { text: text.text, blocks };
}

/** What a read-only step printed, under its step. */
export function renderReading({ step, reading }: ReadingView): RenderedMessage {
  const title = md`*${reading.ordinal}.* ${inline(step.label, 200)}`;
  const text = md`Step ${reading.ordinal}: ${step.label} (${reading.state})`.text;
  if (reading.state === 'waiting') return { text, blocks: [section(md`⏳ ${title} is being read…`)] };
  const head = section(join([title, codeBlock(step.source, 500)], '\n'));
  return {
    text,
    blocks: [head, ...answerBlocks(step, reading, { characters: outputMax, rest: 'narrow it with a filter' })],
  };
}

/** Whether it worked, the output, and what a reader has to know about it. */
function answerBlocks(step: Step, reading: Reading, show: { characters: number; rest: string }): KnownBlock[] {
  const output = reading.text ?? '';
  const end = step.kind === 'action' && step.action.type === 'logs' ? 'end' : 'beginning';
  const body = outputBlocks(output, end, { characters: show.characters, size: limits.allBlocks - 4_500 });
  if (output.trim() === '') body.blocks.push(context(md`It printed nothing.`));

  const facts: Mrkdwn[] = [verdict(reading)];
  if (reading.tookMs !== undefined) facts.push(md`took ${seconds(reading.tookMs)}`);
  for (const [name, value] of Object.entries(reading.parameters).slice(0, parametersMax)) {
    facts.push(code(`${name}=${maskValue(name, value)}`, 150));
  }
  const foot = [join(facts, ' · ')];
  if (body.shown < output.length) {
    foot.push(md`✂️ Only the ${end} is shown, ${body.shown} of ${output.length} characters; ${show.rest}.`);
  }
  if (reading.truncated) foot.push(md`✂️ The output was cut while it was read; there was more.`);
  return [...body.blocks, context(...foot)];
}

function verdict({ state, exitCode }: Reading): Mrkdwn {
  const failed = state === 'failed' ? md`❌ *could not be read*` : undefined;
  if (exitCode === undefined) return failed ?? md`✅ read`;
  return failed ?? (exitCode === 0 ? md`✅ exit code 0` : md`⚠️ *exit code ${exitCode}*`);
}

const seconds = (ms: number): string => (ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`);
