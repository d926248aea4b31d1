import type { JsonObject } from '../account.ts';
import { PagerDutyRefusal } from '../refusal.ts';

const limitDefault = 25;
const limitMax = 100;
const reachMax = 10_000;

/** Classic pagination ("REST API: Pagination"): `limit` up to 100, `offset` + `limit` up to 10,000. */
export function page<One>(
  query: URLSearchParams,
  name: string,
  all: readonly One[],
  write: (one: One) => JsonObject,
): { status: number; body: JsonObject } {
  const limit = Math.min(natural(query, 'limit', limitDefault), limitMax);
  const offset = natural(query, 'offset', 0);
  if (limit < 1 || offset + limit > reachMax) throw new PagerDutyRefusal(2001, ['Offset and limit are out of range']);
  const shown = all.slice(offset, offset + limit);
  return {
    status: 200,
    body: {
      [name]: shown.map(write),
      limit,
      offset,
      more: offset + limit < all.length,
      total: query.get('total') === 'true' ? all.length : null,
    },
  };
}

function natural(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name);
  if (text === null) return otherwise;
  if (!/^\d{1,9}$/.test(text)) throw new PagerDutyRefusal(2001, [`${name} must be a number`]);
  return Number(text);
}
