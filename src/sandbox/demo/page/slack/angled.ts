/** What stands in `<…>` in mrkdwn: mentions, dates and links, by Slack's "Formatting text for app surfaces". */
import { type Inline, merged, safeAddress } from './prose.ts';

const entities: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

/** Slack knows three entities; all others are text. */
export function withoutEntities(text: string): string {
  return text.replace(/&(?:amp|lt|gt);/g, (entity) => entities[entity] ?? entity);
}

/**
 * Reads the inside of one pair of angle brackets. Undefined when Slack would make nothing of it, or when it points
 * to where nobody should be sent (`javascript:`): then it is shown as the text it is.
 */
export function angled(inside: string): Inline | undefined {
  const bar = inside.indexOf('|');
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const given = bar < 0 ? undefined : withoutEntities(inside.slice(bar + 1));
  const label = given === undefined || given === '' ? {} : { label: given };
  if (/^@[UW][A-Z0-9]+$/.test(target)) return { kind: 'user', id: target.slice(1) };
  if (/^#[CG][A-Z0-9]+$/.test(target)) return { kind: 'channel', id: target.slice(1), ...label };
  if (target.startsWith('!')) return special(target.slice(1), given);
  const href = safeAddress(withoutEntities(target));
  if (href === undefined) return undefined;
  return { kind: 'link', href, of: merged([{ kind: 'text', text: label.label ?? withoutEntities(target) }]) };
}

function special(command: string, label: string | undefined): Inline | undefined {
  const group = /^subteam\^(S[A-Z0-9]+)$/.exec(command)?.[1];
  if (group !== undefined) return { kind: 'group', id: group, ...(label ? { label } : {}) };
  if (/^(?:here|channel|everyone)$/.test(command)) return { kind: 'broadcast', range: command };
  const [name, seconds = '', format = '', address] = command.split('^');
  if (name !== 'date' || !/^\d{1,12}$/.test(seconds) || label === undefined) return undefined;
  const href = address === undefined ? undefined : safeAddress(withoutEntities(address));
  return {
    kind: 'date',
    seconds: Number(seconds),
    format: withoutEntities(format),
    fallback: label,
    ...(href === undefined ? {} : { href }),
  };
}
