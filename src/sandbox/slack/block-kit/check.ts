import type { Block, JsonObject } from '../workspace.ts';
import { messageBlocks, viewBlocks } from './blocks.ts';
import { complaints } from './complaints.ts';
import { suggestedOptions } from './elements.ts';

/** What Slack would say about blocks: a clean copy with ids given, or an error code with its sentences. */
export type Checked<Value> = { ok: true; value: Value } | { ok: false; code: string; faults: string[] };

/** Blocks whose text is together over this many characters fail with `msg_blocks_too_long` (measured on Slack). */
const blocksTextMax = 13_200;
const markdownTextMax = 12_000;

/** Checks the `blocks` argument of a message. */
export function checkMessageBlocks(given: unknown, newBlockId: () => string): Checked<Block[]> {
  const parsed = messageBlocks.safeParse(given, { reportInput: true });
  if (!parsed.success) return { ok: false, code: 'invalid_blocks', faults: complaints(parsed.error, '/blocks') };
  const faults = repeatedIds(parsed.data, '/blocks');
  if (faults.length > 0) return { ok: false, code: 'invalid_blocks', faults };
  if (parsed.data.filter((block) => block.type === 'table').length > 1) {
    return { ok: false, code: 'invalid_blocks', faults: ['only_one_table_allowed [json-pointer:/blocks]'] };
  }
  const markdown = parsed.data.flatMap((block) => (block.type === 'markdown' ? [block.text] : []));
  if (markdown.join('').length > markdownTextMax || textLength(parsed.data) > blocksTextMax) {
    return { ok: false, code: 'msg_blocks_too_long', faults: [] };
  }
  return { ok: true, value: withIds(parsed.data, newBlockId) };
}

/** Checks the `blocks` of a modal or home page. */
export function checkViewBlocks(given: unknown, newBlockId: () => string): Checked<Block[]> {
  const parsed = viewBlocks.safeParse(given, { reportInput: true });
  if (!parsed.success)
    return { ok: false, code: 'invalid_arguments', faults: complaints(parsed.error, '/view/blocks') };
  const faults = [...repeatedIds(parsed.data, '/view/blocks'), ...repeatedFocus(parsed.data)];
  if (faults.length > 0) return { ok: false, code: 'invalid_arguments', faults };
  return { ok: true, value: withIds(parsed.data, newBlockId) };
}

/** Checks what an app answers to a `block_suggestion`; Slack shows no options when it is wrong. */
export function checkSuggestedOptions(given: unknown): Checked<JsonObject> {
  const parsed = suggestedOptions.safeParse(given, { reportInput: true });
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, code: 'invalid_arguments', faults: complaints(parsed.error, '') };
}

/** The elements that a person can use in a block, wherever they stand in it. */
export function elementsOf(block: JsonObject): JsonObject[] {
  const inActions = block.type === 'actions' && Array.isArray(block.elements) ? block.elements : [];
  return [...inActions, block.accessory, block.element].filter(isObject).filter((one) => one.type !== 'image');
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function repeatedIds(blocks: readonly JsonObject[], pointer: string): string[] {
  const blockIds = blocks.map((block) => block.block_id);
  const sameBlock = blockIds.flatMap((id, at) =>
    id !== undefined && blockIds.indexOf(id) < at
      ? [`\`block_id\` already exists [json-pointer:${pointer}/${at}/block_id]`]
      : [],
  );
  const sameAction = blocks.flatMap((block, at) => {
    const ids = elementsOf(block).map((element) => element.action_id);
    return ids.flatMap((id, place) =>
      id !== undefined && ids.indexOf(id) < place
        ? [`\`action_id\` already exists for other action [json-pointer:${pointer}/${at}/elements/${place}/action_id]`]
        : [],
    );
  });
  return [...sameBlock, ...sameAction];
}

/** "Only one element can be set to true" in a view. */
function repeatedFocus(blocks: readonly JsonObject[]): string[] {
  const focused = blocks.flatMap(elementsOf).filter((element) => element.focus_on_load === true);
  return focused.length > 1 ? ['only one element may have `focus_on_load` [json-pointer:/view/blocks]'] : [];
}

/** Adds up every text a person would read. */
function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + textLength(one), 0);
  if (!isObject(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [key, one]) => sum + (key === 'text' && typeof one === 'string' ? one.length : textLength(one)),
    0,
  );
}

/** Slack names what the sender left unnamed, so that a click can say where it was. */
function withIds(
  blocks: readonly { type: string; block_id?: string | undefined }[],
  newBlockId: () => string,
): Block[] {
  return blocks.map((block) => {
    const named: Block = { ...structuredClone(block), type: block.type, block_id: block.block_id ?? newBlockId() };
    for (const element of elementsOf(named)) element.action_id ??= newBlockId();
    return named;
  });
}
