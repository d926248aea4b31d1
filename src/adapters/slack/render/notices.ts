import type { NoteView, NoticeView, ResolveOfferView } from '../../../domain/view.ts';
import { actionIds } from './action-ids.ts';
import { actions, button, literal, section } from './blocks.ts';
import type { RenderedMessage } from './limits.ts';
import { inline, join, md, person, slackDate } from './mrkdwn.ts';

const noticeMax = 2_900;
const linesMax = 40;

/** Some sentences of ours with untrusted words in them: titles, names, reasons. Nothing in them formats. */
export function renderNotice(view: NoticeView): RenderedMessage {
  const lines = view.text
    .split('\n', linesMax)
    .map((line) => inline(line, noticeMax))
    .filter((line) => line.text !== '');
  const all = join(lines.length > 0 ? lines : [md`There is nothing to say.`], '\n');
  const fits = all.text.length <= noticeMax ? all : inline(view.text, noticeMax);
  return { text: fits.text.length <= 1_000 ? fits.text : inline(view.text, 1_000).text, blocks: [section(fits)] };
}

const noteShownMax = 2_900;

/** A person's own words, exactly as they are: plain text, in which nothing is parsed. */
export function renderNote({ by, text }: NoteView): RenderedMessage {
  const title = md`📝 *Note* by ${person(by)}`;
  const cut = text.length > noteShownMax;
  return {
    text: md`${title}: ${inline(text, 500)}`.text,
    blocks: [
      section(title),
      literal(text, noteShownMax),
      ...(cut ? [section(md`_Only its beginning is shown; the journal has all of it._`)] : []),
    ],
  };
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
