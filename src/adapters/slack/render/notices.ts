import type { NoticeView, ResolveOfferView } from '../../../domain/view.ts';
import { actionIds } from './action-ids.ts';
import { actions, button, section } from './blocks.ts';
import type { RenderedMessage } from './limits.ts';
import { md, prose, slackDate } from './mrkdwn.ts';

/** Some sentences of ours with untrusted names in them. */
export function renderNotice(view: NoticeView): RenderedMessage {
  const text = prose(view.text || 'There is nothing to say.', 2_900);
  return { text: prose(view.text || 'There is nothing to say.', 1_000).text, blocks: [section(text)] };
}

export function renderResolveOffer({ incident, clearedAt }: ResolveOfferView): RenderedMessage {
  const said = md`✅ *All alerts of this incident have cleared* (${slackDate(clearedAt, 'moment')}).`;
  const text = md`All alerts cleared: ${incident.title}`.text;
  if (incident.state === 'resolved') return { text, blocks: [section(md`${said} The incident is resolved.`)] };
  return {
    text,
    blocks: [
      section(md`${said} Is it over?`),
      actions(
        button({ actionId: actionIds.resolve, label: 'Resolve the incident', value: incident.id, style: 'primary' }),
      ),
    ],
  };
}
