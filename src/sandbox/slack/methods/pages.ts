import { refusal, SlackRefusal } from './refusal.ts';
import type { Arguments } from './arguments.ts';

/** One page of a longer answer, with the cursor of the next one (empty at the end), as Slack pages. */
export interface Page<Item> {
  items: Item[];
  metadata: { next_cursor: string };
}

const cursorStart = 'from:';

/**
 * Cuts a page out of `all` by the `limit` and `cursor` arguments.
 *
 * @param max the greatest `limit` that the method takes
 */
export function cutPage<Item>(
  all: readonly Item[],
  args: Arguments,
  sizes: { usual: number; max: number },
): Page<Item> {
  const limit = args.count('limit') ?? sizes.usual;
  if (limit < 1 || limit > sizes.max) throw refusal('invalid_limit', []);
  const from = startOf(args.text('cursor'));
  const items = all.slice(from, from + limit);
  const next = from + limit < all.length ? Buffer.from(`${cursorStart}${from + limit}`).toString('base64') : '';
  return { items, metadata: { next_cursor: next } };
}

function startOf(cursor: string | undefined): number {
  if (cursor === undefined || cursor === '') return 0;
  const text = Buffer.from(cursor, 'base64').toString();
  const from = Number(text.slice(cursorStart.length));
  if (!text.startsWith(cursorStart) || !Number.isInteger(from) || from < 0) throw new SlackRefusal('invalid_cursor');
  return from;
}
