/**
 * The one place where text becomes Slack's mrkdwn. Everything from outside (labels, runbooks, names, cluster output) is
 * untrusted: the template tag `md` escapes what is put into it, and only a `Mrkdwn` value made here passes as it is.
 *
 * Rules: Slack documentation, "Formatting text for app surfaces": `&`, `<` and `>` are entities; everything live
 * (mentions, links, dates) is written in `<…>`.
 */

/** Text that is safe to send as mrkdwn. Made only by the functions of this file. */
export class Mrkdwn {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Untrusted inline text is cut here unless the caller says otherwise. */
const inlineMax = 300;
const cut = '…';

/**
 * `md\`*${title}* since ${slackDate(at, 'time')}\``: strings and numbers are escaped as inline text, Mrkdwn values
 * pass. The literal parts are ours.
 */
export function md(parts: TemplateStringsArray, ...values: readonly (string | number | Mrkdwn)[]): Mrkdwn {
  let text = parts[0] ?? '';
  values.forEach((value, at) => {
    text += value instanceof Mrkdwn ? value.text : escapeInline(String(value), inlineMax);
    text += parts[at + 1] ?? '';
  });
  return new Mrkdwn(text);
}

export function join(parts: readonly Mrkdwn[], separator: string): Mrkdwn {
  return new Mrkdwn(parts.map((part) => part.text).join(separator));
}

/** Our own words with no markup in them. */
export const nothing = new Mrkdwn('');

/** Untrusted text within a line: no line breaks, no formatting that reaches beyond it. At most `max` characters escaped. */
export function inline(text: string, max: number = inlineMax): Mrkdwn {
  return new Mrkdwn(escapeInline(text, max));
}

/** A name in a code span. */
export function code(text: string, max: number = inlineMax): Mrkdwn {
  const shown = escapeEntities(oneLine(bounded(text, max)).replaceAll('`', 'ˋ'), max);
  return new Mrkdwn(shown === '' ? '' : `\`${shown}\``);
}

/** Untrusted lines, exactly as they are, in a code block. At most `max` characters with the fence. */
export function codeBlock(text: string, max: number): Mrkdwn {
  const fence = '```';
  // A fence inside would end ours; a zero-width space keeps the look.
  const body = makeVisible(bounded(text, max)).replaceAll('``', '`\u200b`');
  return new Mrkdwn(`${fence}\n${escapeEntities(body.replace(/\n+$/, ''), max - 2 * fence.length - 2)}\n${fence}`);
}

/** Several lines of untrusted prose; formatting in it may show, live things may not. */
export function prose(text: string, max: number): Mrkdwn {
  return new Mrkdwn(escapeBlock(text, max));
}

export function escapeBlock(text: string, max: number): string {
  return escapeEntities(withoutShortcodes(makeVisible(bounded(text, max))), max);
}

/** Safe as `plain_text`, a topic or a bookmark's title: nothing is parsed there, but characters can still deceive. */
export function visible(text: string, max: number): string {
  // Slack counts UTF-16 units; a character is never cut in two.
  let shown = '';
  for (const char of oneLine(bounded(text, max))) {
    if (shown.length + char.length > max)
      return `${shown
        .slice(0, max - 1)
        .toWellFormed()
        .replace(/\uFFFD$/, '')}${cut}`;
    shown += char;
  }
  return shown;
}

/** A person. What is not a Slack user id is shown as text. */
export function person(slackUser: string): Mrkdwn {
  return /^[UW][A-Z0-9]{2,30}$/.test(slackUser) ? new Mrkdwn(`<@${slackUser}>`) : inline(slackUser, 80);
}

/** A user, or a user group by its id (which Slack shows by its handle). */
function personOrGroup(id: string): Mrkdwn {
  return /^S[A-Z0-9]{2,30}$/.test(id) ? new Mrkdwn(`<!subteam^${id}>`) : person(id);
}

/** `<@a>, <@b> and 3 more`. */
export function people(ids: readonly string[], most: number): Mrkdwn {
  const shown = join(ids.slice(0, most).map(personOrGroup), ', ');
  return ids.length > most ? md`${shown} and ${ids.length - most} more` : shown;
}

const dateForms = {
  time: '{time_secs}',
  moment: '{date_short_pretty} {time}',
  ago: '{ago}',
} as const;

/** Shown in the reader's own time zone and kept up to date by Slack, so that no clock needs an edit. */
export function slackDate(at: Date, form: keyof typeof dateForms): Mrkdwn {
  const seconds = Math.floor(at.getTime() / 1000);
  if (!Number.isFinite(seconds)) return new Mrkdwn('an unknown time');
  const fallback = at
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC');
  return new Mrkdwn(`<!date^${seconds}^${dateForms[form]}|${fallback}>`);
}

/** A link that we made; `label` is untrusted. Anything but http(s) is shown as its label only. */
export function link(url: string, label: string): Mrkdwn {
  const shown = inline(label.replaceAll('|', '¦'), 150);
  if (!/^https?:\/\/[^\s<>|"]{1,2000}$/.test(url)) return shown;
  return new Mrkdwn(`<${url.replaceAll('&', '&amp;')}|${shown.text}>`);
}

/** A channel by its name, as far as the reader may see it. What is not a channel's id is shown as text. */
export function channelLink(channel: string): Mrkdwn {
  return /^[CG][A-Z0-9]{2,30}$/.test(channel) ? new Mrkdwn(`<#${channel}>`) : inline(channel, 80);
}

/**
 * A message's permalink (Slack documentation, "chat.getPermalink": `archives`, the channel, `p` and the digits of its
 * time stamp). Undefined when the workspace's address is not known.
 */
export function messageLink(
  workspaceUrl: string | undefined,
  { channel, ts }: { channel: string; ts: string },
  label: string,
): Mrkdwn | undefined {
  const digits = ts.replace('.', '');
  if (workspaceUrl === undefined || !/^[A-Z0-9]+$/.test(channel) || !/^\d+$/.test(digits)) return undefined;
  return link(`${workspaceUrl.replace(/\/$/, '')}/archives/${channel}/p${digits}`, label);
}

function escapeInline(text: string, max: number): string {
  const quiet = withoutShortcodes(oneLine(bounded(text, max)))
    .replaceAll('`', 'ˋ')
    .replaceAll('*', '∗');
  return escapeEntities(quiet, max);
}

/** `:white_check_mark:` in somebody else's text would look like ours; a raised colon ends the shortcode. */
function withoutShortcodes(text: string): string {
  return text.replace(/:(?=[a-z_+-][a-z0-9_+'-]*:)/gi, '꞉');
}

/** No work is spent on what can never be shown: an annotation may be megabytes. Blanks and colours shrink the rest. */
function bounded(text: string, max: number): string {
  const most = 4 * max + 256;
  return text.length > most ? text.slice(0, most) + cut : text;
}

function oneLine(text: string): string {
  return makeVisible(text).replace(/\s+/g, ' ').trim();
}

/** Escapes, and cuts so that the escaped text has at most `max` UTF-16 units and no half entity or half character. */
function escapeEntities(text: string, max: number): string {
  let out = '';
  let fits = 0;
  for (const char of text) {
    out += entities[char] ?? char;
    if (out.length <= max - cut.length) fits = out.length;
    if (out.length > max) return out.slice(0, Math.max(0, fits)) + cut;
  }
  return out;
}
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * Control characters become their pictures, and what reorders or hides text (bidirectional controls, zero-width
 * spaces, tag characters) becomes �. Line breaks and tabs stay; terminal colours are dropped.
 */
function makeVisible(text: string): string {
  return (
    text
      .toWellFormed()
      .replace(/\r\n?/g, '\n')
      // oxlint-disable-next-line no-control-regex -- control characters are what this is about
      .replace(/\u001b\[[0-9;]*m/g, '')
      // oxlint-disable-next-line no-control-regex -- as above
      .replace(/[\u0000-\u0008\u000b-\u001f]/g, (char) => String.fromCharCode(0x2400 + char.charCodeAt(0)))
      .replace(
        /[\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]/gu,
        '\uFFFD',
      )
  );
}
