/**
 * The one place that opens sockets to an API server. client-node reads the kubeconfig and does the authentication
 * (certificates, tokens, exec plug-ins, OIDC); the requests themselves go through one undici dispatcher of ours,
 * because client-node opens a TLS connection for each call, has no time-out, and hides bytes and headers.
 * Nothing here repeats a request: whether to send again is the flow's decision.
 */
import type { KubeConfig } from '@kubernetes/client-node';
import { request as send, type Dispatcher } from 'undici';
import { OperationError } from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';
import { authenticate, loadConfig, type Authentication, type ConnectionOptions } from './credentials.ts';
import { ApiRefusal, notAnObject, parseStatus, unreachable } from './errors.ts';
import { tryParse } from './live.ts';

type ApiRequest = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path and query below the server's address. */
  readonly path: string;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Bytes of the answer that are kept; without it a longer answer than `answerBytesMax` is an error. */
  readonly keepBytes?: number;
};

type ApiAnswer = { readonly status: number; readonly body: string; readonly truncated: boolean };

export type Connection = {
  readonly name: string;
  /** Any status is an answer. Throws `cluster-unavailable` when there is none. */
  request(request: ApiRequest): Promise<ApiAnswer>;
  /** GET of JSON. Throws `ApiRefusal` for a status that is not 2xx. */
  get(path: string, options?: { accept?: string; signal?: AbortSignal; timeoutMs?: number }): Promise<Json>;
  /** The namespace of the kubeconfig's context; `default` when it names none. */
  contextNamespace(): Promise<string>;
  close(): Promise<void>;
};

const timeoutMsDefault = 15_000;
/** A list of some 10,000 pods. */
const answerBytesMax = 64 * 1024 * 1024;
/** Tokens of files and exec plug-ins rotate; client-node caches what may be cached. */
const authenticationAgeMs = 60_000;

/** Reads the kubeconfig at the first request, so that a process starts without paying for the library (0.7 s). */
export function openConnection(options: ConnectionOptions): Connection {
  let config: Promise<KubeConfig> | undefined;
  let current: Authentication | undefined;
  let renewal: Promise<Authentication> | undefined;
  const retired: Dispatcher[] = [];
  let closed = false;

  async function renew(): Promise<Authentication> {
    config ??= loadConfig(options);
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

  async function authentication(): Promise<Authentication> {
    if (closed) throw unreachable(options.name, 'the connection was closed');
    if (current !== undefined && performance.now() - current.readAt < authenticationAgeMs) return current;
    renewal ??= renew().finally(() => {
      renewal = undefined;
    });
    return await renewal;
  }

  async function request(wanted: ApiRequest): Promise<ApiAnswer> {
    const auth = await authentication();
    const timeout = AbortSignal.timeout(wanted.timeoutMs ?? timeoutMsDefault);
    const signal = wanted.signal === undefined ? timeout : AbortSignal.any([wanted.signal, timeout]);
    try {
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
      if (response.statusCode === 401) current = undefined;
      const { bytes, truncated } = await collect(response.body, wanted.keepBytes ?? answerBytesMax);
      if (truncated && wanted.keepBytes === undefined) {
        throw new OperationError(
          'cluster-rejected',
          `The answer of cluster ${options.name} is longer than 64 MiB. Ask for less: a namespace, a selector or a name.`,
          { retryable: false },
        );
      }
      return { status: response.statusCode, body: bytes.toString('utf8'), truncated };
    } catch (error) {
      if (error instanceof OperationError) throw error;
      if (wanted.signal?.aborted === true) throw unreachable(options.name, 'the request was stopped', error);
      throw unreachable(options.name, timeout.aborted ? 'it did not answer in time' : connectionTrouble(error), error);
    }
  }

  return {
    name: options.name,
    request,
    async get(path, { accept, signal, timeoutMs } = {}) {
      const answer = await request({
        method: 'GET',
        path,
        ...(accept === undefined ? {} : { accept }),
        ...(signal === undefined ? {} : { signal }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      });
      if (answer.status < 200 || answer.status > 299) {
        throw new ApiRefusal(options.name, parseStatus(answer.status, answer.body));
      }
      const parsed = tryParse(answer.body);
      if (parsed === undefined) throw notAnObject(options.name);
      return parsed;
    },
    async contextNamespace() {
      config ??= loadConfig(options);
      const loaded = await config;
      return loaded.getContextObject(loaded.getCurrentContext())?.namespace ?? 'default';
    },
    async close() {
      closed = true;
      const last = current?.dispatcher;
      current = undefined;
      await Promise.all([...retired, ...(last === undefined ? [] : [last])].map((each) => each.destroy()));
    },
  };
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

function connectionTrouble(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  if (code === 'ECONNREFUSED') return 'it refuses connections';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its address is not known';
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return 'it cannot be connected to';
  if (code.includes('CERT') || code.includes('SELF_SIGNED')) return 'its certificate is not trusted';
  return 'the connection broke';
}
