import { isObject } from './block-kit/check.ts';
import type { JsonObject, Message } from './workspace.ts';

/** Something in a message that is alive: it notifies, opens, or becomes a link. */
export interface ActiveMention {
  kind: 'broadcast' | 'user' | 'usergroup' | 'channel' | 'link' | 'autolink';
  /** What it points at: `channel`, `U0ALICE`, `https://…`. */
  target: string;
  /** The shown text, where the sender chose it. */
  label?: string;
  /** JSON pointer within the message, such as `/blocks/0/text/text`. */
  at: string;
}

const broadcasts = ['channel', 'here', 'everyone'];

/** A message, a view (`blocks` alone), or a topic (`text` alone). */
export type Speech = Partial<Pick<Message, 'text' | 'blocks' | 'parsing'>>;

/**
 * Everything in a message that Slack would make live. `plain_text` objects are not parsed; code spans do not
 * switch the angle-bracket forms off. Bare web addresses in mrkdwn are reported as `autolink`.
 */
export function activeMentions(message: Speech): ActiveMention[] {
  const parse = message.parsing?.parse ?? 'default';
  const names = message.parsing?.linkNames === true || parse === 'full';
  const found = inMrkdwn(message.text ?? '', '/text', names, parse !== 'none');
  for (const [index, block] of (message.blocks ?? []).entries()) collect(block, `/blocks/${index}`, found);
  return found;
}

function collect(value: unknown, at: string, found: ActiveMention[]): void {
  if (Array.isArray(value)) {
    for (const [index, one] of value.entries()) collect(one, `${at}/${index}`, found);
    return;
  }
  if (!isObject(value)) return;
  if (value.type === 'mrkdwn' && typeof value.text === 'string') {
    found.push(...inMrkdwn(value.text, `${at}/text`, false, value.verbatim !== true));
  } else if (value.type === 'markdown' && typeof value.text === 'string') {
    const links = inMarkdown(value.text, `${at}/text`);
    found.push(...inMrkdwn(value.text.replaceAll(markdownLink, ' '), `${at}/text`, false, true), ...links);
  } else {
    const rich = richElement(value, at);
    if (rich) found.push(rich);
    for (const [key, one] of Object.entries(value)) collect(one, `${at}/${key}`, found);
  }
}

function richElement(element: JsonObject, at: string): ActiveMention | undefined {
  switch (element.type) {
    case 'user':
      return { kind: 'user', target: String(element.user_id), at };
    case 'usergroup':
      return { kind: 'usergroup', target: String(element.usergroup_id), at };
    case 'channel':
      return { kind: 'channel', target: String(element.channel_id), at };
    case 'broadcast':
      return { kind: 'broadcast', target: String(element.range), at };
    case 'link':
      return linkTo(String(element.url), typeof element.text === 'string' ? element.text : undefined, at);
    case 'button':
      return typeof element.url === 'string' ? linkTo(element.url, undefined, at) : undefined;
    default:
      return undefined;
  }
}

function linkTo(target: string, label: string | undefined, at: string): ActiveMention {
  return { kind: 'link', target, ...(label === undefined ? {} : { label }), at };
}

function inMrkdwn(text: string, at: string, names: boolean, autolinks: boolean): ActiveMention[] {
  const live = [...text.matchAll(/<([^<>]+)>/g)].flatMap(([, inside = '']) => angled(inside, at));
  const bare = text.replaceAll(/<[^<>]+>/g, ' ');
  const links = autolinks
    ? [...bare.matchAll(/\b(?:https?:\/\/|mailto:)[^\s<>|]+/gi)].map(
        ([target]): ActiveMention => ({ kind: 'autolink', target, at }),
      )
    : [];
  const atNames = names
    ? [...bare.matchAll(/(?<![\w@])@([\w.-]+)/g)].map(
        ([, name = '']): ActiveMention => ({
          kind: broadcasts.includes(name) ? 'broadcast' : 'user',
          target: name,
          at,
        }),
      )
    : [];
  return [...live, ...links, ...atNames];
}

/** The inside of `<…>`: `!channel`, `@U…`, `#C…`, `!subteam^S…`, or an address with an optional text. */
function angled(inside: string, at: string): ActiveMention[] {
  const bar = inside.indexOf('|');
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? {} : { label: inside.slice(bar + 1) };
  if (/^@[UW]/.test(target)) return [{ kind: 'user', target: target.slice(1), ...label, at }];
  if (/^#[CG]/.test(target)) return [{ kind: 'channel', target: target.slice(1), ...label, at }];
  if (target.startsWith('!subteam^'))
    return [{ kind: 'usergroup', target: target.slice('!subteam^'.length), ...label, at }];
  if (target.startsWith('!date^')) return dateLink(target, label, at);
  if (target.startsWith('!')) {
    return broadcasts.includes(target.slice(1)) ? [{ kind: 'broadcast', target: target.slice(1), ...label, at }] : [];
  }
  const isAddress = /^[a-z][\w+.-]*:/i.test(target) || /^[\w-]+(\.[\w-]+)+(\/|$)/.test(target);
  return isAddress ? [{ kind: 'link', target, ...label, at }] : [];
}

/** A date is inert text unless it carries a link after its format. */
function dateLink(target: string, label: { label?: string }, at: string): ActiveMention[] {
  const link = target.split('^')[3];
  return link === undefined ? [] : [{ kind: 'link', target: link, ...label, at }];
}

/** `[text](address)` and `![text](address)` in a `markdown` block. */
const markdownLink = /(?<!\\)\[([^\]]*)\]\(([^)\s]+)[^)]*\)/g;

function inMarkdown(text: string, at: string): ActiveMention[] {
  return [...text.matchAll(markdownLink)].map(([, label = '', target = '']) => ({
    kind: 'link',
    target,
    label,
    at,
  }));
}
