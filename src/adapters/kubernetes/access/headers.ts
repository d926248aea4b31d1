import { type ActingAs, isActingAs } from '../../../domain/acting-as.ts';
import { invariant } from '../../../domain/errors.ts';
import type { RequestHeaders } from '../connection.ts';

/** Stored with the request, and checked once more: these bytes end up between two lines of a header. */
export function asHeaders(as: ActingAs | undefined): RequestHeaders {
  if (as === undefined) return {};
  invariant(isActingAs(as), 'a name that becomes a header was checked before it was stored');
  return { 'Impersonate-User': as.user, ...(as.groups.length === 0 ? {} : { 'Impersonate-Group': [...as.groups] }) };
}
