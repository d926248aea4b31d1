/** Incidents in a list: the App Home and `/incident status`. */
import type { KnownBlock } from '@slack/web-api';
import type { Incident } from '../../../domain/incident.ts';
import type { Freeze } from '../../../domain/freeze.ts';
import { context, section } from './blocks.ts';
import { freezeLine } from './freeze.ts';
import type { RenderedMessage } from './limits.ts';
import { channelLink, code, inline, join, md, nothing, person, slackDate } from './mrkdwn.ts';
import type { Mrkdwn } from './mrkdwn.ts';
import { severityWords, stateWords } from './words.ts';

const listedMax = 15;
const freezesMax = 5;

/** `🟠 P1 *7* High error rate` and below it state, age, service and channel. */
export function incidentLine(incident: Incident): Mrkdwn {
  const { number, severity, title, state, openedAt, acknowledgedBy, service, channel } = incident;
  const taken = acknowledgedBy ? md` by ${person(acknowledgedBy)}` : nothing;
  return join(
    [
      md`${severityWords[severity]} · *${number}* ${inline(title, 200)}`,
      md`${stateWords[state]}${taken} · opened ${slackDate(openedAt, 'ago')} · ${code(service, 80)} · ${
        channel ? channelLink(channel) : md`its channel is being made`
      }`,
    ],
    '\n',
  );
}

/** `incidents` newest first; `total` counts also those that are not among them. */
export function incidentList(list: {
  incidents: readonly Incident[];
  total: number;
  freezes: readonly Freeze[];
}): RenderedMessage {
  const { incidents, total, freezes } = list;
  const shown = incidents.slice(0, listedMax);
  const title =
    total === 0 ? md`No incident is open.` : md`${total} ${total === 1 ? 'incident is' : 'incidents are'} open.`;
  const blocks: KnownBlock[] = [section(md`*${title}*`), ...shown.map((one) => section(incidentLine(one)))];
  if (total > shown.length) blocks.push(context(md`${total - shown.length} more are not shown.`));
  for (const freeze of freezes.slice(0, freezesMax)) blocks.push(context(freezeLine(freeze)));
  return { text: title.text, blocks };
}
