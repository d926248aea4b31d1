import type { Outcome } from './protocol.ts';

export const done: Outcome = { ok: true };
/** @param text what the person reads: what happened and what to do */
export const refused = (text: string): Outcome => ({ ok: false, text });
