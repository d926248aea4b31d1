/** Lists in pieces, as kubectl asks for them. A piece is handed on before the next one is asked for, so nobody has to hold the whole. */
import type { Json } from '../../../domain/json.ts';
import type { Connection } from '../connection.ts';
import { ApiRefusal } from '../errors.ts';
import { numberAt, textAt } from '../live.ts';

/** kubectl's own. */
const pageSize = 500;
/** 100,000 objects. */
const pagesMax = 200;

type Wanted = {
  readonly query?: Readonly<Record<string, string>>;
  readonly accept?: string;
  readonly signal?: AbortSignal | undefined;
  /** `bytes` is what the pieces so far took on the wire. False: enough, no further piece is wanted. */
  readonly take: (page: Json, bytes: number) => boolean | Promise<boolean>;
  /** The list begins anew: what was taken is void. */
  readonly restart: () => void;
};

/** How it ended. `remaining`: how many objects were not read, where the server says it (not with selectors). */
export type PagesEnd = { readonly whole: true } | { readonly whole: false; readonly remaining?: number };

/**
 * The server keeps the state of a list for some minutes only; then it answers 410, and kubectl gives up with half a list.
 * Here it begins anew, once. Throws `ApiRefusal` when the server refuses.
 */
export async function readPages(
  connection: Pick<Connection, 'get'>,
  path: string,
  { query, accept, signal, take, restart }: Wanted,
): Promise<PagesEnd> {
  const parameters = new URLSearchParams({ ...query, limit: String(pageSize) });
  let bytes = 0;
  let isSecondTry = false;
  let page: Json = null;
  for (let count = 0; count < pagesMax; count++) {
    try {
      page = await connection.get(`${path}?${parameters.toString()}`, {
        onBytes: (size) => (bytes += size),
        ...(signal === undefined ? {} : { signal }),
        ...(accept === undefined ? {} : { accept }),
      });
    } catch (error) {
      if (isSecondTry || !isExpired(error) || !parameters.has('continue')) throw error;
      isSecondTry = true;
      restart();
      parameters.delete('continue');
      [bytes, count] = [0, -1];
      continue;
    }
    const more = await take(page, bytes);
    const next = textAt(page, 'metadata', 'continue') ?? '';
    if (next === '') return { whole: true };
    if (!more) break;
    parameters.set('continue', next);
  }
  const remaining = numberAt(page, 'metadata', 'remainingItemCount');
  return { whole: false, ...(remaining === undefined ? {} : { remaining }) };
}

const isExpired = (error: unknown): boolean => error instanceof ApiRefusal && error.status.code === 410;

/** The last line of a list that is not whole. */
export function cutNote(read: number, { remaining }: { readonly remaining?: number }, plural: string): string {
  const all = remaining === undefined ? 'more' : (read + remaining).toLocaleString('en-US');
  return `Cut here: ${read.toLocaleString('en-US')} of ${all} ${plural} were read. Narrow it with a namespace, a selector or a name.\n`;
}
