/** The sentences of manual steps. One code each; the text names what is meant and, where there is one, the way out. */
import type { Reason, ReasonCode } from '../domain/runbook.ts';

export const reason = (code: ReasonCode, text: string): Reason => ({ code, text });

/** A refusal on its way up, told apart from what it stands in for by `refused`. */
export type Refusal = { readonly refused: Reason };

export const refuse = (code: ReasonCode, text: string): Refusal => ({ refused: { code, text } });

export const isRefusal = (value: unknown): value is Refusal =>
  typeof value === 'object' && value !== null && 'refused' in value;

/** Author's text inside a sentence, cut to a readable length. */
export function quoted(text: string): string {
  const flat = text.replaceAll(/\s+/g, ' ').trim();
  return flat.length > 60 ? `\`${flat.slice(0, 57)}…\`` : `\`${flat}\``;
}
