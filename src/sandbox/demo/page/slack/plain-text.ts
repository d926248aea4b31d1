/** A text with its formatting taken away, for what is spoken or shown on one line. */
import type { SlackContext } from './context.ts';
import { readMrkdwn } from './mrkdwn.ts';
import type { Inline } from './prose.ts';
import { dateText } from './slack-date.ts';

export type Names = Pick<SlackContext, 'people' | 'groups' | 'channels' | 'now'>;

export function plainText(mrkdwn: string, names: Names): string {
  const parts = readMrkdwn(mrkdwn).flatMap((paragraph) => ('of' in paragraph ? [plain(paragraph.of, names)] : []));
  return parts.join(' ').replace(/\s+/g, ' ').trim();
}

function plain(parts: readonly Inline[], names: Names): string {
  return parts.map((part) => one(part, names)).join('');
}

function one(part: Inline, names: Names): string {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'user':
      return `@${names.people[part.id]?.realName ?? part.id}`;
    case 'channel':
      return `#${names.channels[part.id] ?? part.label ?? 'private channel'}`;
    case 'group':
      return `@${names.groups[part.id]?.handle ?? part.label ?? part.id}`;
    case 'broadcast':
      return `@${part.range}`;
    case 'date':
      return dateText(part, { now: names.now() });
    case 'emoji':
      return part.characters;
    case 'bold':
    case 'italic':
    case 'strike':
    case 'underline':
    case 'code':
    case 'link':
      return plain(part.of, names);
    default:
      return part satisfies never;
  }
}
