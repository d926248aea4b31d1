/**
 * The server of the demo's page, on loopback: the page's files, what happens as server-sent events, and what a person
 * does. It shows nothing that Slack, the cluster and the journal do not say themselves.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createAlarms } from './alarms.ts';
import { readGesture } from './gesture.ts';
import type { DemoHost } from './host.ts';
import { checkKey } from './key.ts';
import { connectionsMax, createLive } from './live.ts';
import { createPageFiles } from './page-files.ts';
import { perform } from './perform.ts';
import type { Outcome } from './protocol.ts';
import { type Refusal, refuseRequest } from './request-guard.ts';
import { createSights } from './sight.ts';

export type DemoServer = {
  /** To open: `http://127.0.0.1:<port>/`, with `?key=…` when there is a key. */
  readonly url: string;
  readonly port: number;
  /** Ends every connection at once. */
  stop(): Promise<void>;
};

/** A form with every field filled is far below. */
const bodyBytesMax = 256 * 1024;
/** Nobody who sends more than this waits for an answer. */
const readBytesMax = 16 * bodyBytesMax;

/**
 * Serves the demo on 127.0.0.1. Rejects with `EADDRINUSE` when the port is taken.
 *
 * @param options.port 0 (any free one) by default
 * @param options.folder the page's files; `page/` by default
 * @param options.key letters and digits; nobody gets an answer without it, except why. Absent: everybody on this machine
 */
export async function startDemoServer(
  host: DemoHost,
  options: { readonly port?: number; readonly folder?: string; readonly key?: string | undefined } = {},
): Promise<DemoServer> {
  const files = createPageFiles(options.folder);
  const alarms = createAlarms(host.slack);
  const live = createLive((changed) => createSights(host, alarms, changed));
  let port = 0;

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = refuseRequest(request, port);
    if (refusal) return sendRefusal(request, response, refusal);
    const check = checkKey(request, port, options.key);
    if (check.kind === 'refused') return sendRefusal(request, response, check.refusal);
    if (check.kind === 'enters') {
      response.writeHead(303, { location: check.location, 'set-cookie': check.cookie }).end();
      return;
    }
    const url = URL.parse(request.url ?? '/', `http://127.0.0.1:${port}`);
    if (!url) return sendRefusal(request, response, { status: 400, text: 'This is no address of the demo.' });
    const { pathname, searchParams } = url;
    if (request.method === 'POST') {
      if (pathname === '/do') return takeGesture(request, response);
      return sendRefusal(request, response, { status: 404, text: `Gestures go to /do, not to ${pathname}.` });
    }
    if (pathname === '/live') return watch(response, searchParams.get('as') ?? firstOf(host.cast));
    const nonce = randomBytes(16).toString('base64');
    const file = pathname === '/' ? await files.index(nonce) : await files.file(pathname);
    if (!file) return sendText(response, 404, `There is no ${pathname} here. The demo’s page is at /.`);
    if (pathname === '/') response.setHeader('content-security-policy', policyWith(nonce));
    response.writeHead(200, { 'content-type': file.type }).end(file.text);
  }

  function watch(response: ServerResponse, as: string): void {
    const user = host.slack.workspace.users.get(as);
    if (!user || host.cast[as] === undefined) {
      return sendText(response, 404, `Nobody can look as ${JSON.stringify(as)}. Ask with ?as= and a user id.`);
    }
    if (!live.hasRoom()) {
      return sendText(response, 503, `${connectionsMax} pages look already. Close one of them and load this again.`);
    }
    live.add(user, response);
  }

  async function takeGesture(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (body === undefined) {
      return sendRefusal(request, response, { status: 413, text: `That is more than ${bodyBytesMax} bytes.` });
    }
    const read = readGesture(body);
    if ('problem' in read) return sendOutcome(response, 400, { ok: false, text: read.problem });
    sendOutcome(response, 200, await perform({ host, alarms }, read.gesture));
  }

  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(safeHeaders)) response.setHeader(name, value);
    route(request, response).catch((error: unknown) => {
      if (response.headersSent) return response.destroy();
      const text = `The demo failed: ${error instanceof Error ? error.message : String(error)}`;
      sendOutcome(response, 500, { ok: false, text });
    });
  });
  const stopListening = (): void => {
    live.stop();
    alarms.stop();
  };
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
  } catch (error) {
    stopListening();
    throw error;
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The demo’s server got no TCP port.');
  port = address.port;

  return {
    url: `http://127.0.0.1:${port}/${options.key === undefined ? '' : `?key=${options.key}`}`,
    port,
    async stop() {
      stopListening();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

const safeHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
} as const;

/** Nothing from elsewhere; inline only what carries this answer's nonce. */
function policyWith(nonce: string): string {
  return [
    `default-src 'self'`,
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    `img-src 'self' data:`,
    `object-src 'none'`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
  ].join('; ');
}

/** Whom the page sees with when it does not say. */
const firstOf = (cast: DemoHost['cast']): string => Object.keys(cast)[0] ?? '';

/** The page reads outcomes for what it posted, whatever the status says. */
function sendRefusal(request: IncomingMessage, response: ServerResponse, { status, text }: Refusal): void {
  // What was not read yet is not worth waiting for.
  response.setHeader('connection', 'close');
  if (request.method === 'POST') sendOutcome(response, status, { ok: false, text });
  else sendText(response, status, text);
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}

function sendOutcome(response: ServerResponse, status: number, outcome: Outcome): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(outcome));
}

/** Undefined when it is longer than a gesture may be; some of the rest is read and dropped, so that the answer arrives. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.length;
    if (length <= bodyBytesMax) chunks.push(chunk);
    // Leaving the loop destroys the request.
    if (length > readBytesMax) break;
  }
  return length > bodyBytesMax ? undefined : Buffer.concat(chunks).toString();
}
