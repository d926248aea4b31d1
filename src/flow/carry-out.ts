/**
 * The part between T1 and T2: send, and after any ambiguous answer look before sending again.
 *
 *   sent → accepted ................................. succeeded
 *        → rejected, and nothing before it was lost .. refused
 *        → anything else → read back → landed ........ succeeded
 *                                    → moved ......... unknown
 *                                    → untouched ..... the same bytes again, until the deadline; then
 *                                                      failed when every attempt was answered, else unknown
 *
 * The bytes carry tests on uid, generation and every before-value, so the API server accepts them at most once; those of
 * a delete carry the uid, so that a second one cannot hit another object.
 */
import type { AttemptAnswer, EffectRequest, Outcome } from '../domain/outcome.ts';
import { OperationError } from '../domain/errors.ts';
import type { Cluster, EffectAnswer, EffectPlan, Failpoint } from './ports.ts';

/** Less than the lease, so that a worker that lost its lease is not still sending. */
const requestTimeoutMs = 8_000;
const pauseMs = 700;

/** What is written down about each request; a ledger in the bot, memory for an operator's own `apply`. */
export type AttemptBook = {
  /** The attempt that is stored but whose answer is not: fresh from T1, or left by a worker that died. */
  readonly open: { readonly auditId: string; readonly maybeSent: boolean };
  /** Every earlier attempt got an HTTP answer. */
  readonly earlierAnswered: boolean;
  /** Stores a new attempt for the same bytes before they are sent; gives its Audit-ID. */
  again(): Promise<string>;
  answered(auditId: string, answer: AttemptAnswer, status: number | undefined): Promise<void>;
};

export type CarriedOut = {
  readonly outcome: Outcome;
  readonly text: string;
  readonly differences: readonly string[];
  /** Of the last attempt, recorded with the outcome. */
  readonly last: { readonly auditId: string; readonly answer: AttemptAnswer; readonly status: number | undefined };
};

type Parts = {
  cluster: Pick<Cluster, 'send' | 'readBack'>;
  plan: EffectPlan;
  request: EffectRequest;
  book: AttemptBook;
  deadlineAt: Date;
  now: () => Date;
  pause: (ms: number) => Promise<unknown>;
  failpoint: Failpoint;
};

export async function carryOut(parts: Parts): Promise<CarriedOut> {
  const { cluster, plan, request, book, deadlineAt, now, pause, failpoint } = parts;
  let auditId = book.open.auditId;
  let allAnswered = book.earlierAnswered;
  let answer: EffectAnswer = book.open.maybeSent
    ? { kind: 'ambiguous', text: 'the process that sent the request ended before its answer was recorded' }
    : await send();
  const first = !book.open.maybeSent && book.earlierAnswered;

  async function send(): Promise<EffectAnswer> {
    failpoint('request:before');
    const given = await cluster.send(plan, request, { auditId, timeoutMs: requestTimeoutMs });
    failpoint('request:after');
    return given;
  }
  const end = (outcome: Outcome, text: string, differences: readonly string[] = []): CarriedOut => ({
    outcome,
    text,
    differences,
    last: { auditId, answer: answer.kind, status: answer.status },
  });

  if (answer.kind === 'rejected' && first) return end('refused', answer.text);
  for (;;) {
    if (answer.kind === 'accepted') return end('succeeded', 'the API server accepted the change', answer.differences);
    allAnswered &&= answer.status !== undefined;
    const found = await look();
    if (found?.kind === 'landed')
      return end(
        'succeeded',
        `${found.text ?? 'the change landed'}, though its answer was lost (${answer.text})`,
        found.differences,
      );
    if (found?.kind === 'moved') return end('unknown', `nobody can tell whether the change landed: ${found.text}`);
    if (now() >= deadlineAt) {
      if (found?.kind === 'untouched' && allAnswered) {
        return end(answer.kind === 'rejected' ? 'refused' : 'failed', `the change did not happen: ${answer.text}`);
      }
      const why = found ? 'a request was never answered and might still arrive' : 'the cluster could not be asked';
      return end(
        'unknown',
        `${why} (${answer.text}); look at ${plan.target.kind} ${plan.target.name} before doing anything else`,
      );
    }
    await pause(pauseMs);
    if (found) {
      await book.answered(auditId, answer.kind, answer.status);
      auditId = await book.again();
      answer = await send();
    }
  }

  /** Undefined: the cluster cannot be asked now. */
  async function look() {
    try {
      return await cluster.readBack(plan, request);
    } catch (error) {
      if (error instanceof OperationError) return undefined;
      throw error;
    }
  }
}
