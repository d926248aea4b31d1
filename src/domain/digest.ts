import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { invariant } from './errors.ts';
import type { PlanContent } from './plan.ts';

/**
 * What people approve, as bytes: the RFC 8785 form of the plan's content and its SHA-256 in hex. The same content
 * gives the same bytes on every machine; anything that changes between the vote and the run changes the digest.
 */
export function sealPlan(content: PlanContent): { canonical: string; digest: string } {
  const canonical = canonicalize(content);
  invariant(canonical !== undefined, 'a plan content is always serializable');
  return { canonical, digest: digestOf(canonical) };
}

/** Checked when the run is queued and again when it is taken. */
export const digestOf = (canonical: string): string => createHash('sha256').update(canonical, 'utf8').digest('hex');
