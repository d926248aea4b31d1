import { randomBytes } from 'node:crypto';

/** Ids are 20 characters of a-z and 0-9 from 13 random bytes: unguessable, and legal in Kubernetes names. */
export function newId(prefix: string): string {
  const digits = BigInt(`0x${randomBytes(13).toString('hex')}`).toString(36);
  return `${prefix}-${digits.padStart(21, '0').slice(-20)}`;
}
