/**
 * Who may talk to the demo: a browser on this machine that shows the demo's own page. Other web pages in the same
 * browser can send requests to loopback too, and a name that they control can be made to point at it (DNS rebinding).
 */
import type { IncomingMessage } from 'node:http';

export type Refusal = { readonly status: number; readonly text: string };

/** Undefined: the request may pass. */
export function refuseRequest(
  { method = 'GET', headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  port: number,
): Refusal | undefined {
  const host = headers.host ?? '';
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) {
    return { status: 403, text: `The demo answers on http://127.0.0.1:${port} alone. Open that address instead.` };
  }
  if (isOfAnotherPage(headers, `http://${host}`)) {
    return { status: 403, text: 'Another web page asked. Only the page of the demo itself may do that.' };
  }
  if (method !== 'GET' && method !== 'POST') {
    return { status: 405, text: `The demo takes GET and POST, not ${method}.` };
  }
  // A form of another web page can send no JSON without asking first.
  if (method === 'POST' && !/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) {
    return { status: 403, text: 'A gesture is sent as JSON, with content-type application/json.' };
  }
  return undefined;
}

/** An image or a script of another page carries no origin; browsers say by `Sec-Fetch-Site` where it is from. */
function isOfAnotherPage(headers: IncomingMessage['headers'], own: string): boolean {
  if (headers.origin !== undefined) return headers.origin !== own;
  const site = headers['sec-fetch-site'] ?? 'none';
  const followsLink = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return site !== 'same-origin' && site !== 'none' && !followsLink;
}
