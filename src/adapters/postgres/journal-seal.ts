/** What a seal's hash is taken over; the sealer and the verifier must agree on every byte of it. */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { sql } from 'kysely';
import { invariant } from '../../domain/errors.ts';

/** A journal row as it is hashed: texts as they are stored, the time in UTC with microseconds. */
export type SealedRow = {
  readonly id: string;
  readonly at: string;
  readonly kind: string;
  readonly incidentId: string | null;
  readonly planId: string | null;
  readonly actor: string;
  /** The stored JSON text itself. */
  readonly data: string;
};

export const sealedColumns = sql`
  journal.id::text as id, to_char(journal.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
  journal.kind, journal.incident_id, journal.plan_id, journal.actor, journal.data::text as data`;

/** What the first seal has for a predecessor. */
export const genesis = '0'.repeat(64);

/** SHA-256 in hex over the RFC 8785 form of `{ seq, previous, row }`. */
export function sealHash(seq: number, previous: string, row: SealedRow): string {
  const { id, at, kind, incidentId, planId, actor, data } = row;
  const bytes = canonicalize({ seq, previous, row: { id, at, kind, incidentId, planId, actor, data } });
  invariant(bytes !== undefined, 'A journal row has no canonical form.');
  return createHash('sha256').update(bytes).digest('hex');
}
