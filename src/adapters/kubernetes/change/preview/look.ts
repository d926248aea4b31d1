/**
 * What a preview looks at besides the object. It never fails a plan: what may not be read, or does not come in time,
 * is said as "not known".
 */
import { OperationError } from '../../../../domain/errors.ts';
import type { Json } from '../../../../domain/json.ts';
import type { Connection } from '../../connection.ts';
import { ApiRefusal } from '../../errors.ts';
import { listAt } from '../../live.ts';
import { listAll } from '../../read/list-all.ts';
import { readPages } from '../../read/pages.ts';

/** Of one look; a preview makes most of its looks at the same time. */
const previewMs = 5_000;

export type Reader = Pick<Connection, 'get'>;

export type Looked<T> = { readonly found: T } | { readonly unknown: string };

/** `what`: in the sentence "our account may not list …". */
export async function look<T>(what: string, ask: (signal: AbortSignal) => Promise<T>): Promise<Looked<T>> {
  try {
    const signal = AbortSignal.timeout(previewMs);
    return { found: await inTime(signal, ask(signal)) };
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    if (error.retryable || !(error instanceof ApiRefusal)) return { unknown: 'the cluster did not say in time' };
    const denied = error.code === 'cluster-denied';
    return { unknown: denied ? `our account may not list ${what}` : 'the cluster does not tell' };
  }
}

/** Not every question can be stopped, but nobody waits for its answer. */
const inTime = async <T>(signal: AbortSignal, answer: Promise<T>): Promise<T> =>
  await Promise.race([
    answer,
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(tooLate()));
    }),
  ]);
const tooLate = (): OperationError =>
  new OperationError('cluster-unavailable', 'the look took too long', { retryable: true });

/** One list; empty where the server has no such kind. */
export const lookAtList = (connection: Reader, path: string, what: string): Promise<Looked<readonly Json[]>> =>
  look(what, async (signal) => {
    try {
      return await listAll(connection, path, { query: {}, signal });
    } catch (error) {
      if (error instanceof ApiRefusal && error.status.code === 404) return [];
      throw error;
    }
  });

/**
 * Undefined: it is not there, or cannot be read. For what only makes a sentence more exact. The path is made within,
 * as a name that others wrote may be none.
 */
export async function lookAtObject(connection: Reader, pathTo: () => string): Promise<Json | undefined> {
  const found = await look('', async (signal) => await connection.get(pathTo(), { signal }));
  return 'found' in found ? found.found : undefined;
}

/** Each object of a list, none of which is kept. `restart`: what was taken is void. False beyond so many. */
export async function eachOf(
  connection: Reader,
  path: string,
  { query, signal, most }: { query: Readonly<Record<string, string>>; signal: AbortSignal; most: number },
  { take, restart }: { take: (item: Json) => void; restart: () => void },
): Promise<boolean> {
  let seen = 0;
  const { whole } = await readPages(connection, path, {
    query,
    signal,
    take(page) {
      const items = listAt(page, 'items');
      for (const item of items) take(item);
      seen += items.length;
      return items.length > 0 && seen < most;
    },
    restart() {
      seen = 0;
      restart();
    },
  });
  return whole;
}
