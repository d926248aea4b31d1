import type { ChangeAction } from '../../../domain/action.ts';
import type { Json } from '../../../domain/json.ts';
import type { PlanFacts, Target } from '../../../domain/plan.ts';
import type { Connection } from '../connection.ts';
import { ApiRefusal, parseStatus, whyRejected } from '../errors.ts';
import { dryRunFor } from './request.ts';

export type DryRun =
  | { readonly kind: 'answered'; readonly preview: PlanFacts['preview'] }
  /** The object changed between our look and the dry run: look again. */
  | { readonly kind: 'moved' }
  | { readonly kind: 'refused'; readonly text: string };

/** Asks the server, with admission and validation, whether it would take the very request. Nothing is stored. */
export async function tryChange(
  connection: Connection,
  plan: { readonly action: ChangeAction; readonly target: Target; readonly changes: PlanFacts['changes'] },
  live: Json,
): Promise<DryRun> {
  const { method, path, contentType, body } = dryRunFor(plan, live);
  const answer = await connection.request({ method, path, contentType, body });
  if (answer.status >= 200 && answer.status < 300) return { kind: 'answered', preview: { kind: 'dry-run' } };
  const status = parseStatus(answer.status, answer.body);
  if (answer.status === 400 && /does not support dry run/.test(status.message)) {
    const webhook = /admission webhook "([^"]{1,253})"/.exec(status.message)?.[1] ?? 'an admission webhook';
    return { kind: 'answered', preview: { kind: 'none', why: `${webhook} does not support dry runs` } };
  }
  // A failed test of the patch says neither field nor cause.
  if (answer.status === 422 && status.causes.length === 0 && status.kind === '') return { kind: 'moved' };
  if (answer.status === 409) return { kind: 'moved' };
  const refusal = new ApiRefusal(connection.name, status);
  if (refusal.retryable || answer.status === 401) throw refusal;
  return { kind: 'refused', text: `The cluster would not take this change: ${whyRejected(status)}` };
}
