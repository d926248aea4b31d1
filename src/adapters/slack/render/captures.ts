/** What was kept of pods before they ended: of each the end of its log; a button shows the rest. */
import type { KnownBlock } from '@slack/web-api';
import { type CapturedPod, captureLimits } from '../../../domain/capture.ts';
import type { CapturesView } from '../../../domain/view.ts';
import { actionIds } from './action-ids.ts';
import { button, context, section } from './blocks.ts';
import type { RenderedMessage } from './limits.ts';
import { code, inline, join, md } from './mrkdwn.ts';
import type { Mrkdwn } from './mrkdwn.ts';
import { outputBlocks } from './output-blocks.ts';

/** Of all pods' logs together, as JSON: each further pod takes some of it for what stands around its log. */
const roomFor = (pods: number): number => 8_000 - 480 * pods;

export function renderCaptures({ runId, captures }: CapturesView): RenderedMessage {
  const pods = captures
    .flatMap(({ part, pods: own }) => own.map((pod, index) => ({ pod, place: `${runId}/${part}/${index}` })))
    .slice(0, captureLimits.pods);
  const missing = captures.flatMap((capture) => capture.missing);
  const title = `Kept before they end: logs and events of ${pods.length} ${pods.length === 1 ? 'pod' : 'pods'}`;
  const blocks: KnownBlock[] = [section(md`📎 *${title}*`)];
  for (const { pod, place } of pods) blocks.push(...podBlocks(pod, place, pods.length));
  if (missing.length > 0) blocks.push(context(noted(missing, 2)));
  return { text: md`${title}`.text, blocks };
}

function podBlocks(pod: CapturedPod, place: string, of: number): KnownBlock[] {
  const heading = md`${code(`${pod.namespace}/${pod.name}`, 90)} ${inline(pod.state, 130)}`;
  const whole = button({ actionId: actionIds.capture, label: 'Full capture', value: place });
  const log = mostTelling(pod);
  const text = log?.text.trimEnd() ?? '';
  const blocks: KnownBlock[] = [section(heading, whole)];
  const facts: Mrkdwn[] = [];
  if (log === undefined || text === '') facts.push(md`_no log lines_`);
  else {
    const size = Math.floor(roomFor(of) / of);
    const output = outputBlocks(text, 'end', { characters: Math.floor(size * 0.9), size });
    blocks.push(...output.blocks);
    const which = md`${inline(log.container, 63)}${log.previous ? md` before its restart` : md``}`;
    facts.push(
      output.shown < text.length || log.isCut ? md`✂️ the end of the log of ${which}` : md`the log of ${which}`,
    );
  }
  if (pod.missing.length > 0) facts.push(noted(pod.missing, 1));
  return [...blocks, context(...facts)];
}

/** They come in that order. */
const mostTelling = ({ logs }: CapturedPod): CapturedPod['logs'][number] | undefined =>
  logs.find(({ text }) => text.trim() !== '') ?? logs[0];

function noted(missing: readonly string[], most: number): Mrkdwn {
  const shown = missing.slice(0, most).map((one) => md`⚠️ ${inline(one, 120)}`);
  const more = missing.length - shown.length;
  return join(more > 0 ? [...shown, md`and ${more} more`] : shown, '; ');
}
