/**
 * One command in a container, over a WebSocket of `v5.channel.k8s.io`. Each message begins with the number of its
 * channel: 1 is standard output, 2 standard error, 3 a Status with the exit code. Source: Kubernetes 1.34,
 * `k8s.io/apimachinery/pkg/util/remotecommand/constants.go`, and what a real API server sent.
 */
import type { IncomingMessage } from 'node:http';
import type { RawData } from 'ws';
import type { Connection, RequestHeaders } from '../connection.ts';
import { pathOf, podKind } from '../discovery.ts';
import { parseStatus, type ServerStatus } from '../errors.ts';
import { listAt, textAt, tryParse } from '../live.ts';

export type ExecWanted = {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly argv: readonly string[];
};

type Printed = { readonly out: string; readonly err: string; readonly cut: boolean };

export type ExecEnd =
  | (Printed & { readonly kind: 'exited'; readonly exitCode: number })
  /** The server or the kubelet says why it did not work; `status` when it refused the handshake: then nothing ran. */
  | (Printed & { readonly kind: 'failed'; readonly message: string })
  | { readonly kind: 'refused'; readonly status: ServerStatus }
  /** The connection ended before the command's end was told. `isSent` false: certainly nobody was asked. */
  | (Printed & { readonly kind: 'lost'; readonly why: string; readonly isSent: boolean })
  /** It was given up: its time was over, or the caller stopped. The command itself may go on. */
  | (Printed & { readonly kind: 'late'; readonly why: string });

const protocol = 'v5.channel.k8s.io';
const refusalBytesMax = 64 * 1024;
/** Of a Status, which is some hundred characters long; a longer one is none. */
const statusMax = 64 * 1024;

/** Path and query. Each part is checked or encoded: an unescaped name has led into other resources. */
export function execPath({ namespace, pod, container, argv }: ExecWanted): string {
  const query = new URLSearchParams();
  for (const word of argv) query.append('command', word);
  query.set('container', container);
  query.set('stdout', 'true');
  query.set('stderr', 'true');
  return `${pathOf(podKind, { namespace, name: pod, subresource: 'exec' })}?${query.toString()}`;
}

/** Runs it once. Throws only when there are no credentials. `bytesMax` is kept of both streams together. */
export async function runExec(
  connection: Connection,
  path: string,
  options: {
    readonly timeoutMs: number;
    readonly bytesMax: number;
    readonly signal?: AbortSignal;
    readonly headers?: RequestHeaders;
  },
): Promise<ExecEnd> {
  const { timeoutMs, bytesMax, signal, headers = {} } = options;
  const socket = await connection.openSocket({ path, protocol, timeoutMs, headers });
  return new Promise((resolve) => {
    const kept = createKeeper(bytesMax);
    let isOpen = false;
    let status: string | undefined;
    const end = (ended: ExecEnd): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      resolve(ended);
      if (socket.readyState !== socket.CLOSED) socket.terminate();
    };
    const lose = (why: string, isSent = true): void => end({ kind: 'lost', why, isSent, ...kept.printed() });
    const giveUp = (why: string): void => {
      // Its end may have been told, though the connection stays open.
      const told = status === undefined ? undefined : endOf(status, kept.printed());
      end(told?.kind === 'exited' ? told : { kind: 'late', why, ...kept.printed() });
    };
    const stop = (): void => giveUp('it was stopped before its end');
    const timer = setTimeout(() => giveUp('it did not end in time'), timeoutMs);
    signal?.addEventListener('abort', stop);

    socket.on('open', () => {
      isOpen = true;
    });
    socket.on('message', (data: RawData) => {
      const bytes = bytesOf(data);
      if (bytes[0] === 3) {
        status ??= '';
        if (status.length <= statusMax) status += bytes.subarray(1, statusMax + 2).toString('utf8');
      } else kept.add(bytes[0] === 1 ? 'out' : bytes[0] === 2 ? 'err' : undefined, bytes.subarray(1));
    });
    socket.on('unexpected-response', (_, response: IncomingMessage) => {
      void readRefusal(response).then(end);
    });
    // Also after the end: an error without a listener would end the process.
    socket.on('error', (error: Error) => {
      if (status === undefined) lose(troubleOf(error), isOpen || !neverConnected(error));
      else end(endOf(status, kept.printed()));
    });
    socket.on('close', () => {
      if (status === undefined) lose('the connection broke before the end of the command was told');
      else end(endOf(status, kept.printed()));
    });
    if (signal?.aborted === true) stop();
  });
}

function endOf(status: string, printed: Printed): ExecEnd {
  const parsed = tryParse(status);
  if (textAt(parsed, 'status') === 'Success') return { kind: 'exited', exitCode: 0, ...printed };
  const cause = listAt(parsed, 'details', 'causes').find((one) => textAt(one, 'reason') === 'ExitCode');
  const code = textAt(cause, 'message') ?? '';
  if (textAt(parsed, 'reason') === 'NonZeroExitCode' && /^\d{1,5}$/.test(code)) {
    return { kind: 'exited', exitCode: Number(code), ...printed };
  }
  return { kind: 'failed', message: textAt(parsed, 'message') ?? 'the end of the command is not known', ...printed };
}

/** A status other than 101. */
function readRefusal(response: IncomingMessage): Promise<ExecEnd> {
  return new Promise((resolve) => {
    let body = '';
    const done = (): void => resolve({ kind: 'refused', status: parseStatus(response.statusCode ?? 0, body) });
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      if (body.length < refusalBytesMax) body += text;
    });
    response.once('end', done);
    response.once('error', done);
    response.once('close', done);
  });
}

function createKeeper(bytesMax: number) {
  const streams = { out: [] as Buffer[], err: [] as Buffer[] };
  let size = 0;
  let cut = false;
  return {
    add(stream: 'out' | 'err' | undefined, bytes: Buffer): void {
      if (stream === undefined || bytes.length === 0) return;
      const room = bytesMax - size;
      if (bytes.length > room) cut = true;
      if (room <= 0) return;
      streams[stream].push(bytes.subarray(0, room));
      size += Math.min(room, bytes.length);
    },
    printed: (): Printed => ({
      out: Buffer.concat(streams.out).toString('utf8'),
      err: Buffer.concat(streams.err).toString('utf8'),
      cut,
    }),
  };
}

const bytesOf = (data: RawData): Buffer =>
  Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? Buffer.from(data) : data;

const codeOf = (error: Error): string => ('code' in error ? String(error.code) : '');

/** Before a byte of the request was written. */
const neverConnected = (error: Error): boolean =>
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/.test(codeOf(error)) ||
  /CERT|SELF_SIGNED|ALTNAME/.test(codeOf(error));

function troubleOf(error: Error): string {
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') return 'the cluster refuses connections';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'the address of the cluster is not known';
  if (/CERT|SELF_SIGNED|ALTNAME/.test(code)) return 'the certificate of the cluster is not trusted';
  return 'the connection to the cluster broke';
}
