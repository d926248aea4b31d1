/** The Docker Engine API of one host, over TCP or a Unix socket, in a version that both sides know. */
import { Agent, request } from 'undici';
import { OperationError } from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';

/** The newest that was tested; an older engine's own is used instead. */
const minorMax = 50;
const answerLimitBytes = 64 * 1024 * 1024;

export type EngineAnswer = { readonly status: number; readonly body: Buffer; readonly truncated: boolean };

export type Engine = {
  /** As people wrote it in firebreak.yaml. */
  readonly host: string;
  /** `path` without the version. Throws `source-unavailable` when the engine cannot be asked. */
  call(
    method: 'GET' | 'POST',
    path: string,
    options: { readonly signal: AbortSignal; readonly keep?: number; readonly partial?: boolean },
  ): Promise<EngineAnswer>;
  close(): Promise<void>;
};

/** `host`: `unix:///path`, `tcp://host:port` (plain HTTP), `http://…` or `https://…`. */
export function connectEngine(host: string): Engine {
  const socket = /^unix:\/\/(\/.*)$/.exec(host)?.[1];
  const base = socket === undefined ? host.replace(/^tcp:/, 'http:').replace(/\/+$/, '') : 'http://docker';
  const agent = new Agent({ connections: 4, connect: socket === undefined ? {} : { socketPath: socket } });
  let version: Promise<string> | undefined;

  async function send(
    method: 'GET' | 'POST',
    path: string,
    options: Parameters<Engine['call']>[2],
  ): Promise<EngineAnswer & { apiVersion: string }> {
    const { signal, keep = answerLimitBytes, partial = false } = options;
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      const answer = await request(`${base}${path}`, { method, dispatcher: agent, signal });
      const header = answer.headers['api-version'];
      const apiVersion = typeof header === 'string' ? header : '';
      try {
        for await (const chunk of answer.body) {
          // undici gives bytes unless an encoding was set.
          const bytes = chunk as Buffer;
          if (size < keep) chunks.push(bytes.subarray(0, keep - size));
          size += bytes.length;
          if (size > keep) break;
        }
      } catch (error) {
        // What came of a stream before its time was up is an answer.
        if (!partial || !signal.aborted) throw error;
      }
      return {
        status: answer.statusCode,
        body: Buffer.concat(chunks),
        truncated: size > keep || signal.aborted,
        apiVersion,
      };
    } catch (error) {
      throw unavailable(host, error);
    }
  }

  /** Asked once; asked again after a failure. */
  const versionOf = (signal: AbortSignal): Promise<string> => {
    version ??= send('GET', '/_ping', { signal }).then(({ status, apiVersion }) => {
      const [, minor] = /^1\.(\d+)$/.exec(apiVersion) ?? [];
      if (status !== 200 || minor === undefined) throw unavailable(host, `it answered ${status}`);
      return `v1.${Math.min(Number(minor), minorMax)}`;
    });
    version.catch(() => (version = undefined));
    return version;
  };

  return {
    host,
    async call(method, path, options) {
      return send(method, `/${await versionOf(options.signal)}${path}`, options);
    },
    close: () => agent.close(),
  };
}

const unavailable = (host: string, cause: unknown): OperationError =>
  new OperationError('source-unavailable', `The Docker host ${host} does not answer. Check services[].docker.host.`, {
    retryable: true,
    cause,
  });

/** JSON of an answer. Throws `source-unavailable` for what is none. */
export function jsonOf(engine: Engine, { body }: EngineAnswer): Json {
  try {
    // JSON.parse gives exactly the values of Json.
    return JSON.parse(body.toString('utf8')) as Json;
  } catch (error) {
    throw unavailable(engine.host, error);
  }
}

/** The engine's sentence about what it refused. */
export function messageOf({ body, status }: EngineAnswer): string {
  const found = /"message"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(body.toString('utf8'))?.[1];
  // A JSON string.
  return found === undefined ? `it answered ${status}` : String(JSON.parse(found)).slice(0, 300);
}
