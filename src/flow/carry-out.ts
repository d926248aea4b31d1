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
 * A command or a request that nothing can be read back of is `moved` after any doubt: it is never sent again. One that was
 * carried out has succeeded whatever its exit code is; that one is the verification's business.
 *
 * The bytes carry tests on uid, generation and every before-value, so the API server accepts them at most once; those of
 * a delete carry the uid, so that a second one cannot hit another object.
 */
import type { AttemptAnswer, EffectRequest, PartOutcome, RunOutput } from '../domain/outcome.ts';
import { OperationError } from '../domain/errors.ts';
import type { Actor, EffectAnswer, EffectPlan, Failpoint } from './ports.ts';

/** Less than the lease, so that a worker that lost its lease is not still sending. */
const requestTimeoutMs = 8_000;
/** Of a command in a container: it is sent once, and the lease is renewed while it runs. */
const commandTimeoutMs = 5 * 60_000;
const pauseMs = 700;
/** A disruption budget allows the next eviction when another pod is ready; kubectl asks this often. */
const evictionPauseMs = 5_000;

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
  /** Of one object, so never `partial`. */
  readonly outcome: PartOutcome['outcome'];
  readonly text: string;
  readonly differences: readonly string[];
  /** What an opaque effect printed. It succeeded when it was carried out, whatever its exit code is. */
  readonly output?: RunOutput;
  /** Of the last attempt, recorded with the outcome. */
  readonly last: { readonly auditId: string; readonly answer: AttemptAnswer; readonly status: number | undefined };
};

type Parts = {
  cluster: Pick<Actor, 'send' | 'readBack'>;
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
    const timeoutMs = plan.action.type === 'exec' ? commandTimeoutMs : requestTimeoutMs;
    const given = await cluster.send(plan, request, { auditId, timeoutMs });
    failpoint('request:after');
    return given;
  }
  const end = (outcome: PartOutcome['outcome'], text: string, differences: readonly string[] = []): CarriedOut => ({
    outcome,
    text,
    differences,
    last: { auditId, answer: answer.kind, status: answer.status },
  });

  if (answer.kind === 'rejected' && first) return end('refused', answer.text);
  for (;;) {
    if (answer.kind === 'accepted') {
      const { output, differences } = answer;
      if (output === undefined) return end('succeeded', 'the API server accepted the change', differences);
      return {
        ...end('succeeded', `it was carried out and ended with exit code ${output.exitCode}`, differences),
        output,
      };
    }
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
    await pause(pauseBefore(answer));
    if (found) {
      await book.answered(auditId, answer.kind, answer.status);
      auditId = await book.again();
      answer = await send();
    }
  }

  /** As long as the server asks for, but one more look before the deadline is ours. */
  function pauseBefore(given: EffectAnswer): number {
    const ours = plan.action.type === 'evict' ? evictionPauseMs : pauseMs;
    const asked = given.kind === 'ambiguous' ? (given.retryAfterMs ?? 0) : 0;
    return asked <= ours ? ours : Math.min(asked, Math.max(ours, deadlineAt.getTime() - now().getTime()));
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
