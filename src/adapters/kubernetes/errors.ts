/** Turns what an API server answers into our errors, once. A server's message is kept for `read`, which prints as kubectl does. */
import { OperationError, type OperationCode } from '../../domain/errors.ts';
import { troubleOf } from './connection-trouble.ts';
import { listAt, numberAt, textAt, tryParse } from './live.ts';
import { hasKnownForm, missingRight, type Rejection, rightsHint, whyRejected } from './rejections.ts';

/** What an answer says beside its body. */
export type AnswerHints = {
  /** Of the header Retry-After. */
  readonly retryAfterSeconds?: number;
  /** With 401: the day since when our client certificate is out of date. */
  readonly certificateExpired?: string;
};

/** The parts of a `Status` that are used. */
export type ServerStatus = Rejection &
  AnswerHints & {
    /** False: the answer is a proxy's or a gateway's, and tells nothing about what the API server did. */
    readonly fromKubernetes: boolean;
  };

/** A server that asks for more is asked again all the same. */
const retryAfterMaxSeconds = 300;

/** A status that is not 2xx. */
export class ApiRefusal extends OperationError {
  readonly status: ServerStatus;

  constructor(cluster: string, status: ServerStatus) {
    super(codeOf(status.code), inOurWords(cluster, status), {
      retryable: status.code === 429 || status.code >= 500,
      ...(status.retryAfterSeconds === undefined ? {} : { retryAfterMs: status.retryAfterSeconds * 1000 }),
    });
    this.name = 'ApiRefusal';
    this.status = status;
  }
}

export const unreachable = (cluster: string, what: string, cause?: unknown): OperationError =>
  notReached(cluster, { what, next: 'Try again, or check it.' }, cause);

/** No answer came. `certificate`: our own one. */
export const brokenOff = (cluster: string, cause: unknown, certificate?: string | Buffer): OperationError =>
  notReached(cluster, troubleOf(cause, certificate), cause);

const notReached = (cluster: string, { what, next }: { what: string; next: string }, cause: unknown): OperationError =>
  new OperationError('cluster-unavailable', `Cluster ${cluster} cannot be reached: ${what}. ${next}`, {
    retryable: true,
    cause,
  });

export const notAnObject = (cluster: string): OperationError =>
  new OperationError('cluster-unavailable', `Cluster ${cluster} gave an answer that is not a Kubernetes object.`, {
    retryable: true,
  });

export function parseStatus(code: number, body: string, hints: AnswerHints = {}): ServerStatus {
  const parsed = tryParse(body);
  const { certificateExpired } = hints;
  const retryAfterSeconds = numberAt(parsed, 'details', 'retryAfterSeconds') ?? hints.retryAfterSeconds;
  const isStatus = textAt(parsed, 'kind') === 'Status';
  return {
    code,
    fromKubernetes: isStatus,
    reason: isStatus ? (textAt(parsed, 'reason') ?? '') : '',
    // Anything but a Status may be a proxy's page; it is not shown.
    message: isStatus ? (textAt(parsed, 'message') ?? '') : 'an answer that is not from Kubernetes',
    kind: textAt(parsed, 'details', 'kind') ?? '',
    name: textAt(parsed, 'details', 'name') ?? '',
    causes: listAt(parsed, 'details', 'causes').map((cause) => ({
      field: textAt(cause, 'field') ?? '',
      message: textAt(cause, 'message') ?? '',
    })),
    ...(retryAfterSeconds === undefined || retryAfterSeconds < 0
      ? {}
      : { retryAfterSeconds: Math.min(retryAfterSeconds, retryAfterMaxSeconds) }),
    ...(certificateExpired === undefined ? {} : { certificateExpired }),
  };
}

/** `5`, or a date (RFC 9110). */
export function secondsOf(retryAfter: string | string[] | undefined, now: number): number | undefined {
  const text = Array.isArray(retryAfter) ? retryAfter[0] : retryAfter;
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text.trim())) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}

function codeOf(status: number): OperationCode {
  if (status === 401 || status === 403) return 'cluster-denied';
  if (status === 404) return 'cluster-not-found';
  if (status === 429 || status === 408 || status >= 500) return 'cluster-unavailable';
  return 'cluster-rejected';
}

function inOurWords(cluster: string, status: ServerStatus): string {
  const { code, certificateExpired, retryAfterSeconds } = status;
  const object = `${status.kind} ${status.name}`.trim().slice(0, 300);
  if (code === 401) {
    return certificateExpired === undefined
      ? `Cluster ${cluster} does not accept our credentials; they may have expired. Renew those of its kubeconfig.`
      : `Cluster ${cluster} does not accept our credentials: the client certificate expired on ${certificateExpired}. Renew it in its kubeconfig.`;
  }
  if (code === 403) {
    const right = missingRight(status);
    if (right !== undefined) {
      return `Cluster ${cluster} does not allow this: ${right}. ${rightsHint}`;
    }
    if (hasKnownForm(status)) return `Cluster ${cluster} rejected the request: ${whyRejected(status)}`;
    return `Cluster ${cluster} does not allow this${object === '' ? '' : ` for ${object}`}. ${rightsHint}`;
  }
  if (code === 404) {
    return object === ''
      ? `Cluster ${cluster} has nothing at the address that was asked for. Check the name and the namespace.`
      : `Cluster ${cluster} has no ${object}. Check the name and the namespace.`;
  }
  if (code === 410) {
    return `Cluster ${cluster} has dropped the state that this list began with. Run it again, or ask for less.`;
  }
  if (code === 429) {
    const wait = retryAfterSeconds === undefined ? '' : ` ${retryAfterSeconds} s`;
    return `Cluster ${cluster} is busy and asked us to wait${wait}. Try again then.`;
  }
  if (code >= 500 && hasKnownForm(status)) return `Cluster ${cluster} cannot do this now: ${whyRejected(status)}`;
  if (code >= 500) {
    return status.fromKubernetes
      ? `Cluster ${cluster} failed to answer (status ${code}). Try again.`
      : `Cluster ${cluster} failed to answer (status ${code}, not from Kubernetes itself). Try again, or check what stands before it.`;
  }
  if (!status.fromKubernetes) {
    return `Cluster ${cluster} gave an answer that is not from Kubernetes (status ${code}). Check its address, and what stands before it.`;
  }
  return `Cluster ${cluster} rejected the request: ${whyRejected(status)}`;
}
