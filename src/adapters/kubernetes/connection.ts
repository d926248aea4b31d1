/**
 * The one place that opens sockets to an API server. client-node reads the kubeconfig and does the authentication
 * (certificates, tokens, exec plug-ins, OIDC); the requests themselves go through one undici dispatcher of ours,
 * because client-node opens a TLS connection for each call, has no time-out, and hides bytes and headers.
 * Nothing here repeats a request: whether to send again is the flow's decision.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { KubeConfig } from '@kubernetes/client-node';
import { request as send, type Dispatcher } from 'undici';
import { WebSocket } from 'ws';
import { OperationError } from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';
import { authenticate, loadConfig, type Authentication, type ConnectionOptions } from './credentials.ts';
import { expiredSince } from './connection-trouble.ts';
import { ApiRefusal, type AnswerHints, brokenOff, notAnObject, parseStatus, secondsOf, unreachable } from './errors.ts';
import { tryParse } from './live.ts';

/** One name several times: a list. */
export type RequestHeaders = Readonly<Record<string, string | string[]>>;

type ApiRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query below the server's address. */
  readonly path: string;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: string;
  readonly headers?: RequestHeaders;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Each text of the answer's Warning headers. */
  readonly onWarning?: ((text: string) => void) | undefined;
  /** Bytes of the answer that are kept; without it a longer answer than `answerBytesMax` is an error. */
  readonly keepBytes?: number;
};

type ApiAnswer = AnswerHints & { readonly status: number; readonly body: string; readonly truncated: boolean };

export type GetOptions = {
  readonly accept?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly onWarning?: (text: string) => void;
  /** The length of the answer. */
  readonly onBytes?: (bytes: number) => void;
};

export type Connection = {
  readonly name: string;
  /** Any status is an answer. Throws `cluster-unavailable` when there is none. */
  request(request: ApiRequest): Promise<ApiAnswer>;
  /** GET of JSON. Throws `ApiRefusal` for a status that is not 2xx. */
  get(path: string, options?: GetOptions): Promise<Json>;
  /** A WebSocket whose handshake has just begun; it ends with the connection. Throws when a proxy stands between. */
  openSocket(wanted: {
    path: string;
    protocol: string;
    headers?: RequestHeaders;
    timeoutMs: number;
  }): Promise<WebSocket>;
  /** Where the API server is: `https://10.0.0.1:6443`. */
  address(): Promise<string>;
  /** The namespace of the kubeconfig's context; `default` when it names none. */
  contextNamespace(): Promise<string>;
  /** Milliseconds since the epoch by the API server's clock, as its newest answer told it: what its time stamps are of. */
  now(): number;
  close(): Promise<void>;
};

const timeoutMsDefault = 15_000;
/** A list of some 10,000 pods. */
const answerBytesMax = 64 * 1024 * 1024;
/** The Date header has whole seconds, and the answer took its time to come. */
const dateStepMs = 2_000;
/** Of one message of a WebSocket; API servers send 32 KiB. */
const messageBytesMax = 4 * 1024 * 1024;
/** Tokens of files and exec plug-ins rotate; client-node caches what may be cached. */
const authenticationAgeMs = 60_000;
/** A plug-in that hangs is asked again. */
const renewalMsMax = 30_000;

/** Reads the kubeconfig at the first request, so that a process starts without paying for the library (0.7 s). */
export function openConnection(options: ConnectionOptions): Connection {
  const usualTimeoutMs = options.timeoutMs ?? timeoutMsDefault;
  let config: Promise<KubeConfig> | undefined;
  let configReadAt = Number.NEGATIVE_INFINITY;
  let current: Authentication | undefined;
  let renewal: Promise<Authentication> | undefined;
  const retired: Dispatcher[] = [];
  const sockets = new Set<WebSocket>();
  let closed = false;
  /** How far the server's clock is ahead of ours. */
  let aheadMs = 0;

  const tooLate = (): OperationError => unreachable(options.name, 'its credentials did not come in time');

  async function renew(): Promise<Authentication> {
    if (config === undefined) {
      config = loadConfig(options);
      configReadAt = performance.now();
    }
    let kubeConfig: KubeConfig;
    try {
      kubeConfig = await config;
    } catch (error) {
      config = undefined; // the file may be mounted or repaired later
      throw error;
    }
    const next = await authenticate(kubeConfig, options.name, current);
    if (current !== undefined && current.dispatcher !== next.dispatcher) {
      retired.push(current.dispatcher);
      current.dispatcher.close().catch(() => {}); // its last answers are still coming in; close() below ends the rest
    }
    current = next;
    return next;
  }

  /** Renewed at the next request. The sockets are kept, and the kubeconfig is read again: somebody may have renewed it. */
  function forget(): void {
    if (current !== undefined) current = { ...current, readAt: Number.NEGATIVE_INFINITY };
    if (performance.now() - configReadAt >= authenticationAgeMs) config = undefined;
  }

  async function authentication(): Promise<Authentication> {
    if (closed) throw unreachable(options.name, 'the connection was closed');
    if (current !== undefined && performance.now() - current.readAt < authenticationAgeMs) return current;
    renewal ??= until(AbortSignal.timeout(renewalMsMax), renew(), tooLate).finally(() => {
      renewal = undefined;
    });
    return await renewal;
  }

  async function authenticationWithin(timeoutMs: number): Promise<Authentication> {
    return await until(AbortSignal.timeout(timeoutMs), authentication(), tooLate);
  }

  async function request(wanted: ApiRequest): Promise<ApiAnswer> {
    const timeout = AbortSignal.timeout(wanted.timeoutMs ?? usualTimeoutMs);
    const signal = wanted.signal === undefined ? timeout : AbortSignal.any([wanted.signal, timeout]);
    try {
      const auth = await until(signal, authentication(), tooLate);
      const response = await send(`${auth.origin}${auth.basePath}${wanted.path}`, {
        dispatcher: auth.dispatcher,
        method: wanted.method,
        headers: {
          ...auth.headers,
          accept: wanted.accept ?? 'application/json',
          'user-agent': 'firebreak',
          ...(wanted.contentType === undefined ? {} : { 'content-type': wanted.contentType }),
          ...wanted.headers,
        },
        body: wanted.body ?? null,
        signal,
      });
      if (response.statusCode === 401) forget();
      const date = Date.parse(String(response.headers['date'] ?? ''));
      if (!Number.isNaN(date)) aheadMs = Math.abs(date - Date.now()) < dateStepMs ? 0 : date - Date.now();
      if (wanted.onWarning) for (const text of warningsIn(response.headers['warning'])) wanted.onWarning(text);
      const { bytes, truncated } = await collect(response.body, wanted.keepBytes ?? answerBytesMax);
      if (truncated && wanted.keepBytes === undefined) {
        throw new OperationError(
          'cluster-rejected',
          `The answer of cluster ${options.name} is longer than 64 MiB. Ask for less: a namespace, a selector or a name.`,
          { retryable: false },
        );
      }
      const { statusCode: status } = response;
      return { status, body: bytes.toString('utf8'), truncated, ...hintsOf(status, response.headers, auth) };
    } catch (error) {
      if (error instanceof OperationError) throw error;
      if (wanted.signal?.aborted === true) throw unreachable(options.name, 'the request was stopped', error);
      if (timeout.aborted) throw unreachable(options.name, 'it did not answer in time', error);
      const certificate = current === undefined ? undefined : certificateOf(current);
      if (expiredSince(certificate) !== undefined) forget();
      throw brokenOff(options.name, error, certificate);
    }
  }

  return {
    name: options.name,
    request,
    async get(path, { accept, signal, timeoutMs, onWarning, onBytes } = {}) {
      const answer = await request({
        method: 'GET',
        path,
        onWarning,
        ...(accept === undefined ? {} : { accept }),
        ...(signal === undefined ? {} : { signal }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      });
      if (answer.status < 200 || answer.status > 299) {
        throw new ApiRefusal(options.name, parseStatus(answer.status, answer.body, answer));
      }
      onBytes?.(answer.body.length);
      const parsed = tryParse(answer.body);
      if (parsed === undefined) throw notAnObject(options.name);
      return parsed;
    },
    async openSocket({ path, protocol, headers, timeoutMs }) {
      const auth = await authenticationWithin(timeoutMs);
      if (auth.isProxied) {
        throw new OperationError(
          'config-invalid',
          `Cluster ${options.name} is reached through a proxy, and kubectl exec is not carried through one. Do it by hand.`,
          { retryable: false },
        );
      }
      const socket = new WebSocket(`${auth.origin.replace(/^http/, 'ws')}${auth.basePath}${path}`, protocol, {
        ...auth.tls,
        headers: { ...auth.headers, 'user-agent': 'firebreak', ...headers },
        handshakeTimeout: timeoutMs,
        followRedirects: false,
        perMessageDeflate: false,
        maxPayload: messageBytesMax,
      });
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      socket.once('unexpected-response', (_, { statusCode }) => {
        if (statusCode === 401) forget();
      });
      return socket;
    },
    async address() {
      const { origin, basePath } = await authenticationWithin(usualTimeoutMs);
      return `${origin}${basePath}`;
    },
    async contextNamespace() {
      config ??= loadConfig(options);
      const loaded = await config;
      return loaded.getContextObject(loaded.getCurrentContext())?.namespace ?? 'default';
    },
    now: () => Date.now() + aheadMs,
    async close() {
      closed = true;
      for (const socket of sockets) socket.terminate();
      const last = current?.dispatcher;
      current = undefined;
      await Promise.all([...retired, ...(last === undefined ? [] : [last])].map((each) => each.destroy()));
    },
  };
}

/** A plug-in that gives credentials may hang, and its caller has a deadline. */
function until<T>(signal: AbortSignal, promised: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(late());
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    void promised.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

async function collect(body: AsyncIterable<Buffer>, limit: number): Promise<{ bytes: Buffer; truncated: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) break; // leaving the loop destroys the stream
  }
  return { bytes: Buffer.concat(chunks).subarray(0, limit), truncated: size > limit };
}

/** `299 - "text"`, several of them joined by commas or as headers of their own (RFC 9110 dropped them, Kubernetes has not). */
function warningsIn(header: string | string[] | undefined): string[] {
  const lines = header === undefined ? [] : Array.isArray(header) ? header : [header];
  return lines.flatMap((line) =>
    [...line.matchAll(/299 \S+ ("(?:[^"\\]|\\.)*")/g)].map(([, quotedText = '""']) =>
      quotedText.slice(1, -1).replaceAll(/\\(.)/g, '$1'),
    ),
  );
}

const certificateOf = ({ tls: { cert } }: Authentication): string | Buffer | undefined =>
  typeof cert === 'string' || Buffer.isBuffer(cert) ? cert : undefined;

function hintsOf(status: number, headers: IncomingHttpHeaders, auth: Authentication): AnswerHints {
  const retryAfterSeconds = status < 400 ? undefined : secondsOf(headers['retry-after'], Date.now());
  const certificateExpired = status === 401 ? expiredSince(certificateOf(auth)) : undefined;
  return {
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(certificateExpired === undefined ? {} : { certificateExpired }),
  };
}
