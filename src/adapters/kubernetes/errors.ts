/** Turns what an API server answers into our errors, once. A server's message is kept for `read`, which prints as kubectl does. */
import { OperationError, type OperationCode } from '../../domain/errors.ts';
import { listAt, numberAt, textAt, tryParse } from './live.ts';

/** The parts of a `Status` that are used. */
export type ServerStatus = {
  /** The HTTP status. */
  readonly code: number;
  /** False: the answer is a proxy's or a gateway's, and tells nothing about what the API server did. */
  readonly fromKubernetes: boolean;
  /** `NotFound`, `Forbidden`, … or empty. */
  readonly reason: string;
  readonly message: string;
  readonly kind: string;
  readonly name: string;
  readonly causes: readonly { readonly field: string; readonly message: string }[];
  readonly retryAfterSeconds?: number;
};

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
  new OperationError('cluster-unavailable', `Cluster ${cluster} cannot be reached: ${what}. Try again, or check it.`, {
    retryable: true,
    cause,
  });

export const notAnObject = (cluster: string): OperationError =>
  new OperationError('cluster-unavailable', `Cluster ${cluster} gave an answer that is not a Kubernetes object.`, {
    retryable: true,
  });

export function parseStatus(code: number, body: string): ServerStatus {
  const parsed = tryParse(body);
  const retryAfterSeconds = numberAt(parsed, 'details', 'retryAfterSeconds');
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
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

function codeOf(status: number): OperationCode {
  if (status === 401 || status === 403) return 'cluster-denied';
  if (status === 404) return 'cluster-not-found';
  if (status === 429 || status === 408 || status >= 500) return 'cluster-unavailable';
  return 'cluster-rejected';
}

function inOurWords(cluster: string, status: ServerStatus): string {
  const object = `${status.kind} ${status.name}`.trim();
  const it = object === '' ? 'what was asked for' : object;
  if (status.code === 401) return `Cluster ${cluster} does not accept our credentials. Renew those of its kubeconfig.`;
  if (status.code === 403) {
    return `Cluster ${cluster} does not allow this for ${it}. \`firebreak doctor\` names the rights that are missing.`;
  }
  if (status.code === 404) return `Cluster ${cluster} has no ${it}. Check the name and the namespace.`;
  if (status.code === 429) return `Cluster ${cluster} is busy and asked us to wait.`;
  if (status.code >= 500) return `Cluster ${cluster} failed to answer (status ${status.code}). Try again.`;
  return `Cluster ${cluster} rejected the request: ${whyRejected(status)}`;
}

/**
 * A sentence on why a write was rejected. Field names and short messages of validation are repeated, values are not:
 * messages of the form `Invalid value: "…": must be …` lose the value.
 */
export function whyRejected(status: ServerStatus): string {
  if (status.causes.length > 0) {
    const told = status.causes.slice(0, 3).map((cause) => `${cause.field}: ${withoutValues(cause.message)}`);
    return `${told.join('; ')}.`;
  }
  const webhook = /^admission webhook "([^"]{1,253})"/.exec(status.message);
  if (webhook?.[1] !== undefined) return `the admission webhook ${webhook[1]} refused it.`;
  if (/exceeded quota/.test(status.message)) return 'it would exceed a resource quota of the namespace.';
  if (status.reason === 'Forbidden') return 'our account may not do this.';
  if (status.reason === 'NotFound') return 'the object is not there any more.';
  if (status.reason === 'Conflict') return 'somebody else changed the object at the same time.';
  if (status.code === 422) return 'the object is not as it was when the request was made.';
  return status.reason === '' ? `status ${status.code}.` : `${status.reason} (status ${status.code}).`;
}

const withoutValues = (message: string): string =>
  message
    .replace(/^(Invalid value|Unsupported value|Duplicate value): ("(?:[^"\\]|\\.)*"|[^:]*)(: )?/, '$1$3')
    .slice(0, 200);
