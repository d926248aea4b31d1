/** A whole list, asked for in pieces as kubectl asks. */
import { OperationError } from '../../../domain/errors.ts';
import type { Json } from '../../../domain/json.ts';
import type { Connection } from '../connection.ts';
import { listAt, textAt } from '../live.ts';

const chunkSize = 500;
const chunksMax = 40;

export type ListQuery = { readonly labelSelector?: string; readonly fieldSelector?: string };

/** Throws `cluster-rejected` beyond 20,000 objects, `ApiRefusal` when the server refuses. */
export async function listAll(
  connection: Connection,
  path: string,
  { query, signal }: { query: ListQuery; signal: AbortSignal },
): Promise<readonly Json[]> {
  const parameters = new URLSearchParams({ ...query, limit: String(chunkSize) });
  const items: Json[] = [];
  for (let chunk = 0; chunk < chunksMax; chunk++) {
    const list = await connection.get(`${path}?${parameters.toString()}`, { signal });
    items.push(...listAt(list, 'items'));
    const next = textAt(list, 'metadata', 'continue') ?? '';
    if (next === '') return items;
    parameters.set('continue', next);
  }
  throw new OperationError(
    'cluster-rejected',
    `there are more than ${chunkSize * chunksMax} objects to read. Name one, or narrow the selector.`,
    { retryable: false },
  );
}
