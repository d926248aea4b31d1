/** Block Kit's blocks, read into what can be drawn. What is not known is kept with the reason, never left out. */
import type { JsonObject } from '../../protocol.ts';
import { type BlockElement, readElement, readText, type Text } from './elements.ts';
import { isObject, objectIn, objectsIn, textIn } from './json.ts';
import { readMarkdown } from './markdown.ts';
import type { Paragraph } from './prose.ts';
import { readRichText } from './rich-text.ts';

export type Cell = { readonly of: readonly Paragraph[]; readonly isNumber: boolean };
export type Column = { readonly align: 'left' | 'center' | 'right'; readonly isWrapped: boolean };

export type InputBlock = {
  readonly kind: 'input';
  readonly id: string;
  readonly label: string;
  readonly hint: string | undefined;
  readonly isOptional: boolean;
  /** The app hears of it at once, not only when the form is sent. */
  readonly tellsAtOnce: boolean;
  readonly element: BlockElement;
};

export type ContextPart =
  | { readonly kind: 'text'; readonly text: Text }
  | { readonly kind: 'image'; readonly alt: string };

export type Block =
  | { readonly kind: 'header'; readonly id: string; readonly text: string }
  | { readonly kind: 'divider'; readonly id: string }
  | {
      readonly kind: 'section';
      readonly id: string;
      readonly text: Text | undefined;
      readonly fields: readonly Text[];
      readonly accessory: BlockElement | undefined;
    }
  | { readonly kind: 'context'; readonly id: string; readonly elements: readonly ContextPart[] }
  | { readonly kind: 'actions'; readonly id: string; readonly elements: readonly BlockElement[] }
  | InputBlock
  | { readonly kind: 'image'; readonly id: string; readonly alt: string; readonly title: string | undefined }
  | { readonly kind: 'prose'; readonly id: string; readonly of: readonly Paragraph[] }
  | {
      readonly kind: 'table';
      readonly id: string;
      readonly rows: readonly (readonly Cell[])[];
      readonly columns: readonly Column[];
    }
  | { readonly kind: 'unknown'; readonly id: string; readonly type: string; readonly reason: string };

/** The page is drawn with every keystroke; a message is another object once it changed. */
const known = new WeakMap<JsonObject, readonly Block[]>();

/** Reads the blocks of a message or view; never throws. */
export function readBlocks(holder: JsonObject): readonly Block[] {
  const read = known.get(holder) ?? objectsIn(holder, 'blocks').map(readBlock);
  known.set(holder, read);
  return read;
}

function readBlock(json: JsonObject): Block {
  const id = textIn(json, 'block_id') ?? '';
  const type = textIn(json, 'type') ?? '(none)';
  const broken = (reason: string): Block => ({ kind: 'unknown', id, type, reason });
  switch (type) {
    case 'header':
      return { kind: 'header', id, text: readText(json['text'])?.text ?? '' };
    case 'divider':
      return { kind: 'divider', id };
    case 'section': {
      const text = readText(json['text']);
      const fields = objectsIn(json, 'fields').flatMap((one) => readText(one) ?? []);
      const accessory = objectIn(json, 'accessory');
      if (!text && fields.length === 0) return broken('It has neither text nor fields.');
      return { kind: 'section', id, text, fields, accessory: accessory && readElement(accessory) };
    }
    case 'context':
      return { kind: 'context', id, elements: objectsIn(json, 'elements').flatMap(contextPart) };
    case 'actions':
      return { kind: 'actions', id, elements: objectsIn(json, 'elements').map(readElement) };
    case 'input':
      return readInput(json, id) ?? broken('It has no element.');
    case 'image':
      return { kind: 'image', id, alt: textIn(json, 'alt_text') ?? '', title: readText(json['title'])?.text };
    case 'rich_text': {
      const { paragraphs, unknown } = readRichText(json);
      if (unknown.length > 0) return broken(`It has parts that this page does not know: ${unknown.join(', ')}.`);
      return { kind: 'prose', id, of: paragraphs };
    }
    case 'markdown':
      return { kind: 'prose', id, of: readMarkdown(textIn(json, 'text') ?? '') };
    case 'table':
      return { kind: 'table', id, ...readTable(json) };
    default:
      return broken('This page does not know this block.');
  }
}

function contextPart(json: JsonObject): ContextPart[] {
  if (json['type'] === 'image') return [{ kind: 'image', alt: textIn(json, 'alt_text') ?? '' }];
  const text = readText(json);
  return text ? [{ kind: 'text', text }] : [];
}

function readInput(json: JsonObject, id: string): InputBlock | undefined {
  const element = objectIn(json, 'element');
  if (!element) return undefined;
  return {
    kind: 'input',
    id,
    label: readText(json['label'])?.text ?? '(no label)',
    hint: readText(json['hint'])?.text,
    isOptional: json['optional'] === true,
    tellsAtOnce: json['dispatch_action'] === true,
    element: readElement(element),
  };
}

function readTable(json: JsonObject): { rows: readonly (readonly Cell[])[]; columns: readonly Column[] } {
  const rows = Array.isArray(json['rows']) ? json['rows'] : [];
  const settings = Array.isArray(json['column_settings']) ? json['column_settings'] : [];
  return {
    rows: rows.map((row) => (Array.isArray(row) ? row.filter(isObject).map(readCell) : [])),
    columns: settings.map((one: unknown) => {
      const align = isObject(one) ? one['align'] : undefined;
      return {
        align: align === 'center' || align === 'right' ? align : 'left',
        isWrapped: isObject(one) && one['is_wrapped'] === true,
      };
    }),
  };
}

function readCell(cell: JsonObject): Cell {
  if (cell['type'] === 'rich_text') return { of: readRichText(cell).paragraphs, isNumber: false };
  return {
    of: [{ kind: 'lines', of: [{ kind: 'text', text: textIn(cell, 'text') ?? '' }] }],
    isNumber: cell['type'] === 'raw_number',
  };
}
