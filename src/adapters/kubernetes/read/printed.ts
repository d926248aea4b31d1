/** What a kubectl process would leave behind. */
import { OperationError } from '../../../domain/errors.ts';
import { ApiRefusal, type ServerStatus } from '../errors.ts';

export type Printed = {
  /** What goes into a pipe. */
  readonly out: string;
  /** What a terminal shows besides, after `out`. */
  readonly err: string;
  readonly exitCode: number;
  /** `out` was cut before it was whole. */
  readonly cut?: true;
};

export const printed = (out: string, err = ''): Printed => ({ out, err, exitCode: 0 });

/** A refusal of ours or of kubectl's own checks: `error: …` and exit code 1. */
export const failure = (text: string, out = ''): Printed => ({
  out,
  err: text.endsWith('\n') ? text : `${text}\n`,
  exitCode: 1,
});

/** Errors that the server gave an answer to are text; others (no answer, no credentials) are thrown on. */
export function failureOf(errors: readonly unknown[], out = ''): Printed {
  const lines = errors.map((error) => {
    if (error instanceof ApiRefusal && (error.status.code < 500 || error.status.message !== ''))
      return serverSays(error.status);
    if (error instanceof OperationError && error.code === 'cluster-rejected') return `error: ${error.message}`;
    throw error;
  });
  return failure(lines.join('\n'), out);
}

/** kubectl's words for an API error. Source: kubectl 1.34, `pkg/cmd/util/helpers.go`, by its behaviour. */
function serverSays(status: ServerStatus): string {
  if (status.reason === 'Unauthorized') return `error: You must be logged in to the server (${status.message})`;
  if (status.reason === 'Invalid') return `The request is invalid${status.message === '' ? '' : `: ${status.message}`}`;
  return status.reason === ''
    ? `Error from server: ${status.message}`
    : `Error from server (${status.reason}): ${status.message}`;
}
