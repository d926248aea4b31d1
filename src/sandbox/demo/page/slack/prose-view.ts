/** Draws formatted text. Everything goes in as text: no string becomes HTML. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { SlackContext } from './context.ts';
import type { Text } from './elements.ts';
import { readInline, readMrkdwn } from './mrkdwn.ts';
import type { Inline, Paragraph, SlackDate } from './prose.ts';
import { showMessage } from './show-message.ts';
import { dateText, fullMoment } from './slack-date.ts';

export type Drawn = TemplateResult | string | typeof nothing;

/** A text object of Block Kit, with its line breaks. */
export function textView(context: SlackContext, text: Text): Drawn {
  if (text.kind === 'plain') return html`<p class="sl-lines">${text.text}</p>`;
  return proseView(context, readMrkdwn(text.text, { verbatim: text.verbatim }));
}

/** A text object that stands within a line, such as an option's. */
export function shortTextView(context: SlackContext, text: Text): Drawn {
  return text.kind === 'plain' ? text.text : html`${inlinesView(context, readInline(text.text, { verbatim: true }))}`;
}

export function proseView(context: SlackContext, paragraphs: readonly Paragraph[]): TemplateResult {
  return html`${paragraphs.map((paragraph) => paragraphView(context, paragraph))}`;
}

function paragraphView(context: SlackContext, paragraph: Paragraph): TemplateResult {
  // White space is kept within these, so that none may stand between the tags.
  switch (paragraph.kind) {
    case 'lines':
      return html`<p class="sl-lines">${inlinesView(context, paragraph.of)}</p>`;
    case 'quote':
      return html`<blockquote class="sl-quote">${inlinesView(context, paragraph.of)}</blockquote>`;
    case 'code-block':
      return html`<pre class="sl-pre" tabindex="0">${inlinesView(context, paragraph.of)}</pre>`;
    case 'heading':
      return paragraph.level <= 2
        ? html`<h3 class="sl-heading">${inlinesView(context, paragraph.of)}</h3>`
        : html`<h4 class="sl-heading">${inlinesView(context, paragraph.of)}</h4>`;
    case 'list': {
      const items = paragraph.items.map((item) => html`<li>${inlinesView(context, item)}</li>`);
      const indent = `sl-list sl-indent-${Math.min(4, paragraph.indent)}`;
      return paragraph.ordered
        ? html`<ol class=${indent} start=${paragraph.start}>${items}</ol>`
        : html`<ul class=${indent}>${items}</ul>`;
    }
    case 'rule':
      return html`<hr class="sl-divider" />`;
    default:
      return paragraph satisfies never;
  }
}

export type InlineOptions = {
  /** Whether links and channels can be pressed; true by default. */
  readonly withLinks?: boolean;
};

export function inlinesView(context: SlackContext, parts: readonly Inline[], options: InlineOptions = {}): Drawn[] {
  return parts.map((part) => inlineView(context, part, options));
}

function inlineView(context: SlackContext, part: Inline, options: InlineOptions): Drawn {
  const { withLinks = true } = options;
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'bold':
      return html`<strong>${inlinesView(context, part.of, options)}</strong>`;
    case 'italic':
      return html`<em>${inlinesView(context, part.of, options)}</em>`;
    case 'strike':
      return html`<s>${inlinesView(context, part.of, options)}</s>`;
    case 'underline':
      return html`<u>${inlinesView(context, part.of, options)}</u>`;
    case 'code':
      return html`<code class="sl-code">${inlinesView(context, part.of, options)}</code>`;
    case 'link':
      return withLinks
        ? linkView(context, part.href, inlinesView(context, part.of, options))
        : html`${inlinesView(context, part.of, options)}`;
    case 'user':
      return personView(context, part.id);
    case 'channel':
      return channelView(context, part, withLinks);
    case 'group': {
      const handle = context.groups[part.id]?.handle ?? part.label?.replace(/^@/, '') ?? part.id;
      return html`<span class="sl-mention">@${handle}</span>`;
    }
    case 'broadcast':
      return html`<span class="sl-mention sl-mention-me">@${part.range}</span>`;
    case 'date':
      return dateView(context, part, withLinks);
    case 'emoji':
      return html`<span class="sl-emoji" role="img" aria-label=${part.name.replaceAll('_', ' ')}>${part.characters}</span>`;
    default:
      return part satisfies never;
  }
}

function personView({ people, me }: SlackContext, id: string): Drawn {
  const person = people[id];
  if (!person) return html`<span class="sl-mention">@${id}</span>`;
  const isMe = id === me.id ? 'sl-mention sl-mention-me' : 'sl-mention';
  return html`<span class=${isMe} title=${`${person.realName}${person.title ? `, ${person.title}` : ''}`}>@${person.realName}</span>`;
}

function channelView(
  context: SlackContext,
  { id, label }: { readonly id: string; readonly label?: string },
  withLinks: boolean,
): Drawn {
  const name = context.channels[id];
  // Slack hides the name of a channel from who may not see it.
  if (name === undefined) return html`<span class="sl-mention">${label ? `#${label}` : '🔒 private channel'}</span>`;
  if (!withLinks) return html`<span class="sl-mention">#${name}</span>`;
  return html`<button type="button" class="sl-mention sl-channel" @click=${() => context.openChannel(id)}>#${name}</button>`;
}

/** A message's permalink leads to it on this page; every other address opens beside it. */
function linkView(context: SlackContext, href: string, shown: unknown): Drawn {
  const [, channel, seconds, micros] = /\/archives\/([CG][A-Z0-9]+)\/p(\d{10})(\d{6})$/.exec(href) ?? [];
  if (channel !== undefined && context.channels[channel] !== undefined) {
    const ts = `${seconds}.${micros}`;
    return html`<button type="button" class="sl-link" @click=${() => showMessage(context, channel, ts)}>${shown}</button>`;
  }
  return html`<a href=${href} title=${href} target="_blank" rel="noopener noreferrer">${shown}</a>`;
}

function dateView(context: SlackContext, date: SlackDate, withLinks: boolean): Drawn {
  const at = new Date(date.seconds * 1000);
  const text = dateText(date, { now: context.now() });
  if (Number.isNaN(at.getTime())) return text;
  const shown = html`<time datetime=${at.toISOString()} title=${fullMoment(at)}>${text}</time>`;
  return date.href === undefined || !withLinks ? shown : linkView(context, date.href, shown);
}
