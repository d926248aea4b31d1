/** Block Kit → lines: what a person sees of a message, read from the very JSON that was sent. Pure. */
import { isObject } from '../slack/block-kit/check.ts';
import type { JsonObject, Message } from '../slack/workspace.ts';
import { readMrkdwn, type Reader } from './mrkdwn.ts';
import { type Line, line, type Span, span } from './text.ts';

/** The message's blocks, or its text when it has none. Blocks of kinds that this program never sends are named. */
export function readMessage(message: Pick<Message, 'text' | 'blocks'>, reader: Reader): Line[] {
  if (!message.blocks?.length) return readMrkdwn(message.text, reader);
  return message.blocks.flatMap((block) => readBlock(block, reader));
}

function readBlock(block: JsonObject, reader: Reader): Line[] {
  switch (block.type) {
    case 'header':
      return readText(block.text, reader).map(({ spans }) => ({ spans: styled(spans, 'strong') }));
    case 'section': {
      const fields = Array.isArray(block.fields) ? block.fields : [];
      const lines = [block.text, ...fields].flatMap((text) => readText(text, reader));
      return isObject(block.accessory) ? withAccessory(lines, block.accessory, reader) : lines;
    }
    case 'context': {
      const parts = Array.isArray(block.elements) ? block.elements.map((one) => readText(one, reader)) : [];
      const spans = parts
        .filter((part) => part.length > 0)
        .flatMap((part, at) => [...(at > 0 ? [span(' · ')] : []), ...part.flatMap((one) => one.spans)]);
      return spans.length > 0 ? [{ spans: styled(spans, 'quiet') }] : [];
    }
    case 'actions': {
      const elements = Array.isArray(block.elements) ? block.elements.filter(isObject) : [];
      return [{ spans: elements.flatMap((one, at) => [...(at > 0 ? [span('  ')] : []), ...readButton(one, reader)]) }];
    }
    case 'divider':
      return [line('')];
    default:
      return [line(span(`(a block of type ${String(block.type)})`, 'quiet'))];
  }
}

/** The button stands at the right of a section; here behind its first line. */
function withAccessory(lines: readonly Line[], accessory: JsonObject, reader: Reader): Line[] {
  const [first, ...rest] = lines;
  return [{ spans: [...(first?.spans ?? []), span('  '), ...readButton(accessory, reader)] }, ...rest];
}

function readButton(element: JsonObject, reader: Reader): Span[] {
  const label = readText(element.text ?? element.placeholder, reader)
    .flatMap(({ spans }) => spans)
    .map(({ text }) => text)
    .join('');
  return [span(`[ ${label || String(element.type)} ]`, 'button')];
}

function readText(text: unknown, reader: Reader): Line[] {
  if (!isObject(text) || typeof text.text !== 'string') return [];
  return text.type === 'mrkdwn' ? readMrkdwn(text.text, reader) : text.text.split('\n').map((one) => line(one));
}

const styled = (spans: readonly Span[], style: Span['styles'][number]): Span[] =>
  spans.map(({ text, styles }) => ({ text, styles: [...styles, style] }));
