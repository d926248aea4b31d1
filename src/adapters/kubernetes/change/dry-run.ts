import type { ObjectChange } from '../../../domain/change-action.ts';
import type { Json } from '../../../domain/json.ts';
import type { PlanFacts, Target } from '../../../domain/plan.ts';
import type { Connection } from '../connection.ts';
import { ApiRefusal, parseStatus } from '../errors.ts';
import { whyRejected } from '../rejections.ts';
import { droppedFields } from './ask-server.ts';
import { whyBlocked } from './effects/evict.ts';
import { effectFor } from './send.ts';

export type DryRun =
  | { readonly kind: 'answered'; readonly preview: PlanFacts['preview'] }
  /** The object changed between our look and the dry run: look again. */
  | { readonly kind: 'moved' }
  | { readonly kind: 'refused'; readonly text: string };

/** Asks the server, with admission and validation, whether it would take the very request. Nothing is stored. */
export async function tryChange(
  connection: Connection,
  plan: { readonly action: ObjectChange; readonly target: Target; readonly changes: PlanFacts['changes'] },
  live: Json,
): Promise<DryRun> {
  const request = effectFor(plan).dryRun(plan, live);
  if (request === undefined) {
    return { kind: 'answered', preview: { kind: 'none', why: 'the server has no dry run of this' } };
  }
  const { method, path, contentType, body } = request;
  const answer = await connection.request({ method, path, contentType, body });
  if (answer.status >= 200 && answer.status < 300) return { kind: 'answered', preview: { kind: 'dry-run' } };
  const status = parseStatus(answer.status, answer.body, answer);
  if (answer.status === 400 && /does not support dry run/.test(status.message)) {
    const webhook = /admission webhook "([^"]{1,253})"/.exec(status.message)?.[1] ?? 'an admission webhook';
    return { kind: 'answered', preview: { kind: 'none', why: `${webhook} does not support dry runs` } };
  }
  const dropped = droppedFields(status);
  if (dropped !== undefined) return { kind: 'refused', text: dropped };
  const blocked = whyBlocked(status);
  if (blocked !== undefined) return { kind: 'answered', preview: { kind: 'none', why: blocked } };
  // A failed test of the patch says neither field nor cause.
  if (answer.status === 422 && status.causes.length === 0 && status.kind === '') return { kind: 'moved' };
  if (answer.status === 409) return { kind: 'moved' };
  const refusal = new ApiRefusal(connection.name, status);
  if (refusal.retryable || answer.status === 401) throw refusal;
  return { kind: 'refused', text: `The cluster would not take this change: ${whyRejected(status)}` };
}
