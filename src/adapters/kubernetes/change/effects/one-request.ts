/** The stored bytes on the wire, once, under an Audit-ID. */
import type { EffectRequest } from '../../../../domain/outcome.ts';
import { asHeaders } from '../../access/headers.ts';
import type { Connection } from '../../connection.ts';

export const sendRequest = (
  connection: Connection,
  { method, path, contentType, body, as }: EffectRequest,
  { auditId, timeoutMs }: { readonly auditId: string; readonly timeoutMs: number },
): ReturnType<Connection['request']> =>
  connection.request({
    method,
    path,
    contentType,
    body,
    headers: { ...asHeaders(as), 'Audit-ID': auditId },
    timeoutMs,
  });

/** For `whyRejected`: with impersonation it is either that the person may not do it, or we may not act as them. */
export const senderOf = ({ as }: EffectRequest): string | undefined => as && `${as.user}, in whose name it was sent,`;
