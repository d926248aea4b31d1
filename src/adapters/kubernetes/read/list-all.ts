/** A whole list. */
import { OperationError } from '../../../domain/errors.ts';
import type { Json } from '../../../domain/json.ts';
import type { Connection } from '../connection.ts';
import { listAt } from '../live.ts';
import { readPages } from './pages.ts';

const objectsMax = 20_000;

export type ListQuery = { readonly labelSelector?: string; readonly fieldSelector?: string };

/**
 * `keep`: what is wanted of each piece, so that the rest of it need not be held. Throws `cluster-rejected` beyond 20,000
 * objects that are kept, `ApiRefusal` when the server refuses.
 */
export async function listAll(
  connection: Pick<Connection, 'get'>,
  path: string,
  { query = {}, signal, keep }: { query?: ListQuery; signal?: AbortSignal; keep?: (item: Json) => boolean } = {},
): Promise<readonly Json[]> {
  let items: Json[] = [];
  const { whole } = await readPages(connection, path, {
    query: { ...query },
    signal,
    take(page) {
      for (const item of listAt(page, 'items')) if (keep === undefined || keep(item)) items.push(item);
      return items.length < objectsMax;
    },
    restart() {
      items = [];
    },
  });
  if (whole) return items;
  throw new OperationError(
    'cluster-rejected',
    `there are more than ${objectsMax} objects to read. Name one, or narrow the selector.`,
    { retryable: false },
  );
}
