/** What a kubectl process would leave behind. */
import type { ResourceKind } from '../../../domain/object-reference.ts';
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

/** kubectl names neither the group nor the version of what it did not find. */
export const noSuchKind = ({ resource }: ResourceKind): Printed =>
  failure(`error: the server doesn't have a resource type "${resource}"`);

/** One after the other, whatever became of the one before. Of several errors, ours and kubectl's lose their `error: `. */
export async function oneByOne<T>(all: readonly T[], read: (one: T) => Promise<Printed>): Promise<Printed> {
  const done: Printed[] = [];
  for (const one of all) done.push(await read(one));
  const failed = done.filter(({ exitCode }) => exitCode !== 0);
  const err =
    failed.length > 1 ? failed.map((each) => each.err.replace(/^error: /, '')).join('') : (failed[0]?.err ?? '');
  return { out: done.map(({ out }) => out).join(''), err, exitCode: failed.length > 0 ? 1 : 0 };
}

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

/** Several errors of one command: what is no answer of the server loses its `error: ` among others. */
export function failureLines(errors: readonly unknown[], out: string): Printed {
  const [only] = errors;
  if (errors.length === 1) return typeof only === 'string' ? failure(`error: ${only}`, out) : failureOf(errors, out);
  const lines = errors.map((error) => (typeof error === 'string' ? error : failureOf([error]).err.trimEnd()));
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
