/** The `rich_text` block, read into the same data as mrkdwn. */
import type { JsonObject } from '../../protocol.ts';
import { emojiNamed } from './emoji.ts';
import { numberIn, objectIn, objectsIn, textIn } from './json.ts';
import { type Inline, merged, type Paragraph, safeAddress } from './prose.ts';

/** Undefined with the type's name when a part is not known. */
export type RichText = { readonly paragraphs: readonly Paragraph[]; readonly unknown: readonly string[] };

export function readRichText(block: JsonObject): RichText {
  const unknown: string[] = [];
  const paragraphs = objectsIn(block, 'elements').flatMap((element): Paragraph[] => {
    switch (element['type']) {
      case 'rich_text_section':
        return [{ kind: 'lines', of: inlinesOf(element, unknown) }];
      case 'rich_text_quote':
        return [{ kind: 'quote', of: inlinesOf(element, unknown) }];
      case 'rich_text_preformatted':
        return [{ kind: 'code-block', of: inlinesOf(element, unknown) }];
      case 'rich_text_list':
        return [
          {
            kind: 'list',
            ordered: element['style'] === 'ordered',
            start: (numberIn(element, 'offset') ?? 0) + 1,
            indent: numberIn(element, 'indent') ?? 0,
            items: objectsIn(element, 'elements').map((item) => inlinesOf(item, unknown)),
          },
        ];
      default:
        unknown.push(String(element['type']));
        return [];
    }
  });
  return { paragraphs, unknown };
}

function inlinesOf(holder: JsonObject, unknown: string[]): Inline[] {
  return merged(
    objectsIn(holder, 'elements').flatMap((element) => {
      const part = inlineOf(element);
      if (!part) unknown.push(String(element['type']));
      return part ? [styled(part, objectIn(element, 'style') ?? {})] : [];
    }),
  );
}

function inlineOf(element: JsonObject): Inline | undefined {
  const text = (field: string) => textIn(element, field) ?? '';
  switch (element['type']) {
    case 'text':
      return { kind: 'text', text: text('text') };
    case 'link': {
      const href = safeAddress(text('url'));
      const shown: Inline = { kind: 'text', text: text('text') || text('url') };
      return href === undefined ? shown : { kind: 'link', href, of: [shown] };
    }
    case 'user':
      return { kind: 'user', id: text('user_id') };
    case 'usergroup':
      return { kind: 'group', id: text('usergroup_id') };
    case 'channel':
      return { kind: 'channel', id: text('channel_id') };
    case 'broadcast':
      return { kind: 'broadcast', range: text('range') };
    case 'emoji': {
      const characters = emojiNamed(text('name')) ?? fromCodePoints(text('unicode'));
      if (characters === undefined) return { kind: 'text', text: `:${text('name')}:` };
      return { kind: 'emoji', name: text('name'), characters };
    }
    case 'color':
      return { kind: 'code', of: [{ kind: 'text', text: text('value') }] };
    case 'date': {
      const href = safeAddress(text('url'));
      return {
        kind: 'date',
        seconds: numberIn(element, 'timestamp') ?? Number.NaN,
        format: text('format'),
        fallback: text('fallback') || text('format'),
        ...(href === undefined ? {} : { href }),
      };
    }
    default:
      return undefined;
  }
}

/** `1f9d1-200d-1f692`. */
function fromCodePoints(unicode: string): string | undefined {
  if (!/^[0-9a-f]{2,5}(?:-[0-9a-f]{2,5})*$/i.test(unicode)) return undefined;
  return String.fromCodePoint(...unicode.split('-').map((one) => Number.parseInt(one, 16)));
}

function styled(part: Inline, style: JsonObject): Inline {
  let out = part;
  if (style['code'] === true) out = { kind: 'code', of: [out] };
  for (const kind of ['strike', 'underline', 'italic', 'bold'] as const) {
    if (style[kind] === true) out = { kind, of: [out] };
  }
  return out;
}
