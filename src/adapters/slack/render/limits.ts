/**
 * Slack's limits on a message (Slack documentation, "Block Kit", chat.postMessage, chat.update). Renderers build
 * within them; this checks, and degrades what is still too long instead of losing the message.
 */
import type { KnownBlock } from '@slack/web-api';
import { inline, visible } from './mrkdwn.ts';

export type RenderedMessage = { readonly text: string; readonly blocks: readonly KnownBlock[] };

export const limits = {
  blocks: 50,
  modalBlocks: 100,
  sectionText: 3_000,
  headerText: 150,
  buttonText: 75,
  buttonValue: 2_000,
  contextElements: 10,
  actionElements: 25,
  fields: 10,
  fieldText: 2_000,
  confirmTitle: 100,
  confirmText: 300,
  confirmButton: 30,
  id: 255,
  /** chat.update takes no longer text. */
  text: 4_000,
  /** `msg_blocks_too_long` comes at about 13,200 characters over all blocks. */
  allBlocks: 13_000,
} as const;

/** What Slack would refuse, as sentences; empty when it is fine. */
export function problemsOf(message: RenderedMessage): string[] {
  const problems: string[] = [];
  const check = (what: string, length: number, max: number) => {
    if (length > max) problems.push(`${what}: ${length} > ${max}`);
  };
  if (message.text === '') problems.push('text is empty');
  check('text', message.text.length, limits.text);
  check('blocks', message.blocks.length, limits.blocks);
  check('all blocks', sizeOf(message.blocks), limits.allBlocks);
  for (const block of message.blocks) walk(block, check);
  return problems;
}

/** Characters of all blocks together, counted on the safe side: as JSON. */
export function sizeOf(blocks: readonly KnownBlock[]): number {
  let size = 0;
  for (const block of blocks) size += JSON.stringify(block).length;
  return size;
}

type Check = (what: string, length: number, max: number) => void;
/** A block or a part of one, as JSON. */
type Part = { readonly [field: string]: unknown };
const isPart = (value: unknown): value is Part => typeof value === 'object' && value !== null;

/** Looks at every object inside a block; what its `type` is decides the limits of its fields. */
function walk(value: unknown, check: Check): void {
  if (Array.isArray(value)) {
    for (const one of value) walk(one, check);
    return;
  }
  if (!isPart(value)) return;
  const type = String(value['type']);
  checkText(`${type} text`, value['text'], textMax[type], check);
  for (const id of ['action_id', 'block_id']) checkText(id, value[id], limits.id, check);
  if (type === 'button') {
    checkText('button value', value['value'], limits.buttonValue, check);
    const confirm = value['confirm'];
    if (isPart(confirm)) {
      checkText('confirm title', confirm['title'], limits.confirmTitle, check);
      checkText('confirm text', confirm['text'], limits.confirmText, check);
      checkText('confirm button', confirm['confirm'], limits.confirmButton, check);
      checkText('deny button', confirm['deny'], limits.confirmButton, check);
    }
  }
  if (Array.isArray(value['elements'])) {
    check(
      `${type} elements`,
      value['elements'].length,
      type === 'context' ? limits.contextElements : limits.actionElements,
    );
  }
  if (Array.isArray(value['fields'])) {
    check('fields', value['fields'].length, limits.fields);
    for (const field of value['fields']) checkText('field', field, limits.fieldText, check);
  }
  for (const inner of Object.values(value)) walk(inner, check);
}

const textMax: Readonly<Record<string, number>> = {
  section: limits.sectionText,
  header: limits.headerText,
  button: limits.buttonText,
  // Of a context; a section's own text is checked at the section too.
  mrkdwn: limits.sectionText,
  plain_text: limits.sectionText,
};

/** `text` is a string or a text object; an empty one is refused too. */
function checkText(what: string, text: unknown, max: number | undefined, check: Check): void {
  if (text === undefined || max === undefined) return;
  const string = isPart(text) ? text['text'] : text;
  if (typeof string !== 'string') return;
  check(what, string.length, max);
  if (string === '') check(`${what} is empty`, 1, 0);
}

/**
 * The message itself when Slack will take it. Otherwise its first lines as plain text with a notice, and the buttons
 * that still fit, so that a decision can be taken.
 */
export function withinLimits(
  message: RenderedMessage,
  onProblem: (problems: readonly string[]) => void,
): RenderedMessage {
  const problems = problemsOf(message);
  if (problems.length === 0) return message;
  onProblem(problems);
  const notice = 'This message was too long for Slack, so only its beginning is shown. The ledger has all of it.';
  const buttons = message.blocks.filter((block) => block.type === 'actions').slice(0, 3);
  const short: RenderedMessage = {
    text: visibleText(message.text),
    blocks: [
      { type: 'section', text: { type: 'plain_text', text: visible(message.text, 2_500) || notice, emoji: false } },
      { type: 'context', elements: [{ type: 'mrkdwn', text: notice, verbatim: true }] },
      ...buttons,
    ],
  };
  if (problemsOf(short).length === 0) return short;
  return { text: short.text, blocks: short.blocks.slice(0, 2) };
}

const visibleText = (text: string): string => inline(text.replace(/&(amp|lt|gt);/g, ' '), 1_000).text || 'Firebreak';
