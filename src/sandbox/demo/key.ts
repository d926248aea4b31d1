/**
 * The key of a page behind which something real is. Loopback is shared with everybody who has an account on this
 * machine; the key is known to whoever read the terminal. It comes once in the address and stays as a cookie.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Refusal } from './request-guard.ts';

/** `enters`: the key was in the address; it becomes a cookie, and the address loses it. */
export type KeyCheck =
  | { readonly kind: 'passes' }
  | { readonly kind: 'enters'; readonly location: string; readonly cookie: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** @param key absent: everybody may pass */
export function checkKey(
  { method, headers, url = '/' }: Pick<IncomingMessage, 'method' | 'headers' | 'url'>,
  port: number,
  key: string | undefined,
): KeyCheck {
  if (key === undefined) return { kind: 'passes' };
  // Browsers send cookies to every port of a host, so each demo's has a name of its own.
  const name = `firebreak-demo-${port}`;
  const given = URL.parse(url, 'http://127.0.0.1')?.searchParams.get('key');
  if (method === 'GET' && url.startsWith('/?') && given != null && isSame(given, key)) {
    return { kind: 'enters', location: '/', cookie: `${name}=${key}; Path=/; HttpOnly; SameSite=Strict` };
  }
  if (cookieIn(headers.cookie ?? '', name).some((one) => isSame(one, key))) return { kind: 'passes' };
  const text =
    'This demo acts on a real cluster, so it answers only whoever has its key. Open the address that the terminal shows, to its end.';
  return { kind: 'refused', refusal: { status: 403, text } };
}

function cookieIn(header: string, name: string): string[] {
  return header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
}

/** In the same time wherever they differ. */
function isSame(given: string, key: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(key));
}
