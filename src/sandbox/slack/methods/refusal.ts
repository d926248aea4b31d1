import { isObject } from '../block-kit/check.ts';
import type { JsonObject } from '../workspace.ts';

/** Thrown by a method to answer `{ ok: false, error: code, …extra }` with status 200, as Slack does. */
export class SlackRefusal extends Error {
  readonly code: string;
  readonly extra: JsonObject;

  constructor(code: string, extra: JsonObject = {}) {
    super(code);
    this.code = code;
    this.extra = extra;
  }
}

/** `invalid_arguments` and its kin carry sentences in `response_metadata.messages`. */
export function refusal(code: string, faults: readonly string[]): SlackRefusal {
  if (faults.length === 0) return new SlackRefusal(code);
  const errors = code === 'invalid_blocks' ? { errors: [...faults] } : {};
  return new SlackRefusal(code, { ...errors, response_metadata: { messages: faults.map((one) => `[ERROR] ${one}`) } });
}

/** The sentences that a refusal carries; none for most codes. */
export function complaintsOf({ extra }: SlackRefusal): string[] {
  const { response_metadata: about } = extra;
  return isObject(about) && Array.isArray(about.messages) ? about.messages.map(String) : [];
}
