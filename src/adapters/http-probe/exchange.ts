/** One HTTP/1.1 request and what came back. Nothing is followed, repeated, unpacked or kept open. */
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { type HttpUrl, hostPort } from '../../domain/http-url.ts';
import type { Address } from './address.ts';
import { failureOf, type Failure } from './failure.ts';

export type Asked = {
  readonly url: HttpUrl;
  readonly method: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body?: string;
  readonly program: 'curl' | 'wget';
};

/** Seconds from the start; 0 for what was not reached. */
export type Times = {
  readonly lookUp: number;
  connect: number;
  tls: number;
  firstByte: number;
  total: number;
};

export type Exchange = {
  readonly status?: number;
  /** The status line and headers as they came, with the empty line. */
  readonly head: string;
  readonly contentType: string;
  readonly location?: string;
  readonly body: Buffer;
  /** All that came, also what was cut. */
  readonly bodyBytes: number;
  readonly truncated: boolean;
  readonly times: Times;
  readonly remote?: { readonly ip: string; readonly port: number };
  readonly failure?: Failure;
};

export type Limits = {
  readonly signal: AbortSignal;
  /** Ends when it is connected. */
  readonly connectTimeoutMs?: number;
  /** Without any byte. */
  readonly idleTimeoutMs?: number;
  /** Bytes of body kept. */
  readonly keep: number;
};

const headBytesMax = 64 * 1024;
/** Beyond ASCII curl sends the bytes of the author's shell, and Node others or none. */
const sendable = /^[\t\x20-\x7e]*$/;

/** `startedAt` is performance.now() before the look-up. Never throws. */
export async function exchange(
  asked: Asked,
  addresses: readonly Address[],
  limits: Limits,
  startedAt: number,
): Promise<Exchange> {
  const since = (): number => (performance.now() - startedAt) / 1000;
  const times: Times = { lookUp: since(), connect: 0, tls: 0, firstByte: 0, total: 0 };
  const { url } = asked;
  const secure = url.scheme === 'https';
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  let remote: Exchange['remote'];
  let response: IncomingMessage | undefined;
  const chunks: Buffer[] = [];
  let kept = 0;
  let bodyBytes = 0;
  const finish = (failure?: Failure): Exchange => {
    times.total = since();
    agent.destroy();
    return {
      ...(response?.statusCode !== undefined && { status: response.statusCode }),
      head: response ? headOf(response) : '',
      contentType: response?.headers['content-type'] ?? '',
      ...(response?.headers.location !== undefined && { location: response.headers.location }),
      body: Buffer.concat(chunks),
      bodyBytes,
      truncated: bodyBytes > kept,
      times,
      ...(remote && { remote }),
      ...(failure && { failure }),
    };
  };

  if (headersOf(asked).some(([, value]) => !sendable.test(value))) {
    return finish({ kind: 'unfit', text: 'A header holds characters that are not sent in headers', seconds: since() });
  }
  return new Promise((resolve) => {
    let connecting: NodeJS.Timeout | undefined;
    const end = (failure?: Failure): void => {
      clearTimeout(connecting);
      resolve(finish(failure));
      request.destroy();
    };
    const fail = (error: unknown): void =>
      end(
        failureOf(error, {
          url,
          response,
          bodyBytes,
          connected: times.connect > 0,
          secured: times.tls > 0,
          seconds: since(),
        }),
      );
    const look: LookupFunction = (_host, options, done) => {
      const [first] = addresses;
      if (!first) done(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '', 4);
      else if (options.all) done(null, [...addresses]);
      else done(null, first.address, first.family);
    };
    const request = (secure ? httpsRequest : httpRequest)({
      method: asked.method,
      host: url.host,
      port: url.port,
      path: url.target,
      agent,
      lookup: look,
      setHost: false,
      maxHeaderSize: headBytesMax,
    });
    // Before anything else: an error without a listener would end the process.
    request.on('error', fail);
    for (const [name, value] of headersOf(asked)) request.setHeader(name, value);
    // curl sends neither, and servers answer them with headers of their own.
    request.removeHeader('connection');
    request.removeHeader('transfer-encoding');
    if (asked.body === undefined) request.removeHeader('content-length');

    const onAbort = (): void => end({ kind: 'timeout', text: 'Firebreak waits no longer', seconds: since() });
    if (limits.signal.aborted) onAbort();
    limits.signal.addEventListener('abort', onAbort, { once: true });
    if (limits.connectTimeoutMs !== undefined) {
      connecting = setTimeout(() => end({ kind: 'timeout', text: '', seconds: since() }), limits.connectTimeoutMs);
    }
    if (limits.idleTimeoutMs !== undefined) request.setTimeout(limits.idleTimeoutMs, onAbort);
    request.once('close', () => limits.signal.removeEventListener('abort', onAbort));
    request.once('socket', (socket) => {
      const connected = (): void => {
        remote = { ip: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
      };
      socket.once('connect', () => {
        times.connect = since();
        connected();
        if (!secure) clearTimeout(connecting);
      });
      socket.once('secureConnect', () => {
        times.tls = since();
        clearTimeout(connecting);
      });
    });
    request.once('response', (answer) => {
      times.firstByte = since();
      response = answer;
      // Whatever a server sends behind the head of a HEAD's answer is nobody's.
      if (asked.method === 'HEAD') {
        end();
        return;
      }
      answer.on('data', (chunk: Buffer) => {
        bodyBytes += chunk.length;
        const part = chunk.subarray(0, Math.max(0, limits.keep - kept));
        kept += part.length;
        if (part.length > 0) chunks.push(part);
      });
      answer.on('error', fail);
      answer.once('end', () => end());
    });
    request.end(asked.body);
  });
}

function headersOf({ url, headers, body, program }: Asked): readonly (readonly [string, string])[] {
  const standard = url.port === (url.scheme === 'https' ? 443 : 80);
  const given = new Set(headers.map(({ name }) => name.toLowerCase()));
  const first: readonly (readonly [string, string])[] = [
    ['Host', standard ? hostPort(url).replace(/:\d+$/, '') : hostPort(url)],
    // Servers tell programs from browsers by how this begins.
    ['User-Agent', program === 'curl' ? 'curl/8 (Firebreak)' : 'Wget/1 (Firebreak)'],
    ['Accept', '*/*'],
  ];
  return [
    ...first.filter(([name]) => !given.has(name.toLowerCase())),
    ...headers.map(({ name, value }) => [name, value] as const),
    ...(body === undefined ? [] : [['Content-Length', String(Buffer.byteLength(body))] as const]),
  ];
}

function headOf(response: IncomingMessage): string {
  const { httpVersion, statusCode = 0, statusMessage = '', rawHeaders } = response;
  const lines = [`HTTP/${httpVersion} ${statusCode} ${statusMessage}`];
  for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}
