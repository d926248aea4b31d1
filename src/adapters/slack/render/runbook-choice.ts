import type { KnownBlock } from '@slack/web-api';
import type { RunbookChoiceView } from '../../../domain/view.ts';
import { actionIds } from './action-ids.ts';
import { button, context, section } from './blocks.ts';
import { limits } from './limits.ts';
import type { RenderedMessage } from './limits.ts';
import { code, inline, md } from './mrkdwn.ts';
import type { Mrkdwn } from './mrkdwn.ts';

const candidatesMax = 10;

type Candidate = {
  readonly runbookDigest: string;
  readonly procedureId: string;
  readonly title: string;
  readonly path: string;
  readonly service?: string;
  readonly parameters?: Readonly<Record<string, string>>;
};

/** Several procedures answer: a person picks. */
export function renderRunbookChoice(view: RunbookChoiceView): RenderedMessage {
  // Nothing is left to choose once somebody has.
  if (view.candidates.length === 0) {
    const done = md`✅ A runbook was chosen.`;
    return { text: done.text, blocks: [section(done)] };
  }
  return choice({
    text:
      view.candidates.length === 1
        ? md`This runbook may answer the incident. Is it the one?`
        : md`Several runbooks match this incident. Which one is it?`,
    candidates: view.candidates,
    incidentId: view.incidentId,
  });
}

/** `incidentId` only when the incident asked; else the pick is posted where it is made. */
export function choice(options: {
  text: Mrkdwn;
  candidates: readonly Candidate[];
  incidentId?: string;
}): RenderedMessage {
  const { text, candidates, incidentId } = options;
  const blocks: KnownBlock[] = [section(text)];
  let shown = 0;
  for (const candidate of candidates.slice(0, candidatesMax)) {
    const { runbookDigest, procedureId, parameters } = candidate;
    const value = JSON.stringify({
      runbookDigest,
      procedureId,
      ...(incidentId ? { incidentId } : {}),
      ...(parameters ? { parameters } : {}),
    });
    if (value.length > limits.buttonValue) continue;
    shown++;
    const service = candidate.service ? md` · service ${code(candidate.service, 80)}` : md``;
    blocks.push(
      section(
        md`*${inline(candidate.title, 200)}*\n${code(candidate.path, 150)}${service}`,
        button({ actionId: actionIds.chooseProcedure, label: 'Use this', value }),
      ),
    );
  }
  const left = candidates.length - shown;
  if (left > 0) blocks.push(context(md`${left} more match; search with more words: ${code('/runbook WORDS')}`));
  return { text: text.text, blocks };
}
