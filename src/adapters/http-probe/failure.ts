/** Why there is no whole answer, in curl's words and codes (its manual, "Exit codes"). */
import type { IncomingMessage } from 'node:http';
import type { HttpUrl } from '../../domain/http-url.ts';

export type Failure = {
  readonly kind:
    | 'unfit'
    | 'resolve'
    | 'connect'
    | 'timeout'
    | 'tls'
    | 'certificate'
    | 'empty'
    | 'reset'
    | 'short'
    | 'protocol';
  /** What curl would say, without its code; of a time-out empty. */
  readonly text: string;
  readonly seconds: number;
};

/** Nothing of the request can have arrived. */
export const neverSent = ({ kind }: Failure): boolean =>
  kind === 'unfit' || kind === 'resolve' || kind === 'connect' || kind === 'tls' || kind === 'certificate';

export const curlCodes: Readonly<Record<Failure['kind'], number>> = {
  unfit: 3,
  resolve: 6,
  connect: 7,
  timeout: 28,
  tls: 35,
  certificate: 60,
  empty: 52,
  reset: 56,
  short: 18,
  protocol: 1,
};

/** GNU Wget's manual, "Exit Status". */
export const wgetCodes: Readonly<Record<Failure['kind'], number>> = {
  unfit: 2,
  resolve: 4,
  connect: 4,
  timeout: 4,
  tls: 4,
  certificate: 5,
  empty: 4,
  reset: 4,
  short: 4,
  protocol: 7,
};

export const unresolved = (host: string, seconds: number): Failure => ({
  kind: 'resolve',
  text: `Could not resolve host: ${host}`,
  seconds,
});

export function failureOf(
  error: unknown,
  at: {
    readonly url: HttpUrl;
    readonly response: IncomingMessage | undefined;
    readonly bodyBytes: number;
    readonly connected: boolean;
    /** The handshake of TLS was over: the request may have been taken. */
    readonly secured: boolean;
    readonly seconds: number;
  },
): Failure {
  const { url, response, bodyBytes, connected, secured, seconds } = at;
  const code = codeOf(error);
  if (response) {
    const length = Number(response.headers['content-length']);
    const missing = Number.isInteger(length)
      ? `transfer closed with ${length - bodyBytes} bytes remaining to read`
      : 'transfer closed with outstanding read data remaining';
    return { kind: 'short', text: missing, seconds };
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return unresolved(url.host, seconds);
  if (!connected) {
    const ms = Math.round(seconds * 1000);
    const text = `Failed to connect to ${url.host} port ${url.port} after ${ms} ms: Couldn't connect to server`;
    return { kind: 'connect', text, seconds };
  }
  if (!secured && /^(?:CERT_|UNABLE_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT|HOSTNAME_)/.test(code)) {
    return {
      kind: 'certificate',
      text: `SSL certificate problem: ${code.toLowerCase().replaceAll('_', ' ')}`,
      seconds,
    };
  }
  if (!secured && /^(?:EPROTO|ERR_SSL|ERR_TLS)/.test(code)) return { kind: 'tls', text: 'TLS connect error', seconds };
  if (code.startsWith('HPE_')) return { kind: 'protocol', text: 'The answer is not HTTP/1.1', seconds };
  const hungUp =
    typeof error === 'object' && error !== null && 'message' in error && error.message === 'socket hang up';
  return hungUp
    ? { kind: 'empty', text: 'Empty reply from server', seconds }
    : { kind: 'reset', text: 'Recv failure: Connection reset by peer', seconds };
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  // An AggregateError, of several addresses.
  return 'errors' in error && Array.isArray(error.errors) ? codeOf(error.errors[0]) : '';
}
