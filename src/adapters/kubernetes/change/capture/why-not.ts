/** Why something of a pod could not be kept, in a few words behind what it is. */
import { OperationError } from '../../../../domain/errors.ts';
import { ApiRefusal } from '../../errors.ts';

export function whyNot(error: unknown): string {
  if (error instanceof ApiRefusal) return whyRefused(error.status.code);
  if (error instanceof OperationError) return 'the cluster did not answer in time';
  throw error;
}

export function whyRefused(status: number): string {
  if (status === 401 || status === 403) return 'our account may not read them';
  if (status === 404) return 'the pod is gone';
  if (status === 400) return 'the container has not run';
  return `the cluster could not give them (status ${status})`;
}
