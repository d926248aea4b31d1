/**
 * The front door: one node:http server for webhooks, chat and operations.
 *
 *   request → route (404, 405) → room for its bytes and for its handler (503) → body (413, 408) → handler → answer
 *
 * Every wait and every buffer has a bound. What the server refuses on its own is said in one JSON sentence,
 * `{"error": "…"}`. A handler that rejects is a 503 when trying again can help, else a 500; it never ends the process.
 */
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { OperationError } from '../../domain/errors.ts';
import type { Log } from '../../flow/ports.ts';
import { createByteBudget, readBody } from './body.ts';

export type HttpRequest = {
  readonly headers: IncomingHttpHeaders;
  /** The bytes as they came: signatures are taken over these. */
  readonly rawBody: Buffer;
  /** Address of the peer, for the log. */
  readonly remote: string;
};

export type HttpAnswer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

export type Route = {
  readonly method: 'GET' | 'POST';
  /** Exact; a query string is ignored. */
  readonly path: string;
  readonly bodyLimitBytes: number;
  /** Answered also when the server is full or closing: health and metrics. */
  readonly always?: true;
  readonly handle: (request: HttpRequest) => Promise<HttpAnswer>;
};

export type HttpOptions = {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly routes: readonly Route[];
  readonly log: Log;
  /** Bytes of bodies that are being read or handled. */
  readonly maxInFlightBytes?: number;
  readonly maxConcurrent?: number;
  /** For a whole request with its body to arrive. */
  readonly requestTimeoutMs?: number;
  readonly headersTimeoutMs?: number;
  /** Called once for each answer, for metrics. */
  readonly observe?: (answer: { path: string; status: number; tookMs: number }) => void;
};

export type HttpServer = {
  readonly url: string;
  readonly port: number;
  /** Stops accepting, lets running handlers finish for up to `drainMs`, then closes what is left. */
  readonly close: (drainMs: number) => Promise<void>;
};

/** An answer that says in one sentence what is wrong. */
export function refusal(status: number, sentence: string, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return jsonAnswer(status, { error: sentence }, headers);
}

export function jsonAnswer(status: number, body: object, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(body),
  };
}

/** Senders may come back after this; Alertmanager and Slack both retry a 503. */
const comeBack = { 'retry-after': '1' };

/**
 * Listens. Rejects with `config-invalid` when the address cannot be had.
 */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { routes, log, maxConcurrent = 256 } = options;
  const requestTimeoutMs = options.requestTimeoutMs ?? 30_000;
  const budget = createByteBudget(options.maxInFlightBytes ?? 96 * 1024 * 1024);
  const running = new Set<Promise<void>>();
  let closing = false;

  const server = createServer(
    {
      requestTimeout: requestTimeoutMs,
      headersTimeout: Math.min(options.headersTimeoutMs ?? 10_000, requestTimeoutMs),
      keepAliveTimeout: 65_000,
      maxHeaderSize: 16 * 1024,
      // Node looks for late requests only this often; the default of 30 s would make the limits above a wish.
      connectionsCheckingInterval: Math.min(1_000, requestTimeoutMs),
    },
    (request, response) => {
      const work: Promise<void> = serve(request, response).finally(() => running.delete(work));
      running.add(work);
    },
  );
  server.maxConnections = 2_000;
  server.on('clientError', answerClientError);

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = performance.now();
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const here = routes.filter((route) => route.path === path);
    const answer = await answerTo(request, here).catch((error: unknown) => troubled(error, path));
    if (answer) await write(response, answer);
    else request.destroy();
    options.observe?.({
      path: here.length > 0 ? path : 'other',
      status: answer?.status ?? 499,
      tookMs: performance.now() - startedAt,
    });
  }

  async function answerTo(request: IncomingMessage, here: readonly Route[]): Promise<HttpAnswer | undefined> {
    if (here.length === 0) return refusal(404, 'There is nothing at this path.');
    const route = here.find((one) => one.method === request.method);
    if (!route) {
      const allow = here.map((one) => one.method).join(', ');
      return refusal(405, `This path answers ${allow} only.`, { allow });
    }
    if (!route.always) {
      if (closing) return refusal(503, 'Firebreak is shutting down; send this again in a moment.', comeBack);
      // This request is not counted yet.
      if (running.size >= maxConcurrent) {
        return refusal(503, 'Firebreak is handling as many requests as it can; send this again in a moment.', comeBack);
      }
    }
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      return refusal(415, 'Send the body without a content encoding.');
    }
    const body = await readBody(request, route.bodyLimitBytes, budget);
    try {
      switch (body.kind) {
        case 'too-large':
          return refusal(413, `The body is larger than the ${route.bodyLimitBytes} bytes that this path takes.`);
        case 'no-room':
          return refusal(503, 'Firebreak holds as many bodies as it can; send this again in a moment.', comeBack);
        case 'aborted':
          return undefined;
        case 'read':
          return await route.handle({
            headers: request.headers,
            rawBody: body.bytes,
            remote: request.socket.remoteAddress ?? 'unknown',
          });
        default:
          return body satisfies never;
      }
    } finally {
      body.release();
    }
  }

  function troubled(error: unknown, path: string): HttpAnswer {
    if (error instanceof OperationError && error.retryable) {
      log.warn({ err: error, path }, 'request could not be handled now');
      return refusal(503, 'Firebreak cannot take this right now; send it again in a moment.', comeBack);
    }
    log.error({ err: error, path }, 'request handler failed');
    return refusal(500, 'Firebreak could not handle this; its log has the details.');
  }

  /** Until the answer is with the operating system, or the peer is gone. */
  async function write(response: ServerResponse, answer: HttpAnswer): Promise<void> {
    if (response.destroyed) return;
    const written = new Promise<void>((resolve) => {
      response.once('finish', resolve).once('close', resolve);
    });
    response.writeHead(answer.status, { ...answer.headers, ...(closing ? { connection: 'close' } : {}) });
    response.end(answer.body);
    await written;
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new OperationError(
          'config-invalid',
          `Cannot listen on ${options.host}:${options.port}. Is another process using the port? Set HOST and PORT.`,
          { retryable: false, cause },
        ),
      ),
    );
    server.listen(options.port, options.host, resolve);
  });
  // A TCP server's address is never a string (that is for pipes), and it listens now.
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;

  return {
    url: `http://${host}:${port}`,
    port,
    async close(drainMs) {
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, drainMs);
      });
      await Promise.race([Promise.allSettled(running), late]);
      clearTimeout(timer);
      server.closeAllConnections();
      await closed;
    },
  };
}

/** What never became a request: late, malformed or with too many headers. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, sentence] =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? ['408 Request Timeout', 'The request took too long to arrive.']
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? ['431 Request Header Fields Too Large', 'The headers are too large.']
        : ['400 Bad Request', 'This is not a well-formed HTTP request.'];
  const body = JSON.stringify({ error: sentence });
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  );
}
