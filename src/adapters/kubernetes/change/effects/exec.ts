/**
 * opaque: a command in a container is sent at most once. Nothing in the cluster says afterwards whether it ran, so a
 * lost answer is `unknown`.
 */
import type { ExecAction } from '../../../../domain/change-action.ts';
import { invariant, OperationError } from '../../../../domain/errors.ts';
import { maskText } from '../../../../domain/masking.ts';
import type { EffectRequest } from '../../../../domain/outcome.ts';
import { objectName } from '../../../../domain/plan.ts';
import type { EffectAnswer, EffectPlan, Prepared } from '../../../../flow/ports.ts';
import { asHeaders } from '../../access/headers.ts';
import { isNotFound } from '../../discovery.ts';
import { execPath, type ExecEnd, runExec } from '../../exec/stream.ts';
import { textAt } from '../../live.ts';
import { whyRejected } from '../../rejections.ts';
import { misfit } from '../patch.ts';
import { readIfThere, readWorkload } from '../workload.ts';
import type { Effect, EffectParts } from './effect.ts';
import { senderOf } from './one-request.ts';

/** Of the output: enough for a thread and a person. */
const outputBytesMax = 64 * 1024;

export const execEffect: Effect = {
  dryRun: () => undefined,
  prepare,
  send,
  readBack: () =>
    Promise.resolve({
      kind: 'moved',
      text: 'a command in a container leaves no trace in the cluster. Look at what it should have done',
    }),
};

const execOf = ({ action }: Pick<EffectPlan, 'action'>): ExecAction<string> => {
  invariant(action.type === 'exec', 'only commands are run here');
  return action;
};

/** The bytes that are stored are the path with its query. On the wire it is the GET that opens a WebSocket. */
async function prepare({ connection }: EffectParts, plan: EffectPlan): Promise<Prepared> {
  const { target, changes } = plan;
  const live = await readIfThere(connection, target);
  if (live === undefined) {
    return { kind: 'refused', text: `${target.kind} ${objectName(target)} is gone. Nothing was run.` };
  }
  const why = misfit(plan, live);
  if (why !== undefined) return { kind: 'refused', text: why };
  const container = changes[0]?.after;
  invariant(typeof container === 'string' && target.namespace !== undefined, 'the plan names the container');
  const path = execPath({ namespace: target.namespace, pod: target.name, container, argv: execOf(plan).argv });
  return { kind: 'ready', request: { method: 'POST', path, contentType: '', body: '' } };
}

/** The pod is looked at once more: the name in the path may be another pod's by now. */
async function send(
  { connection }: EffectParts,
  { target }: EffectPlan,
  request: EffectRequest,
  { auditId, timeoutMs }: { auditId: string; timeoutMs: number },
): Promise<EffectAnswer> {
  try {
    const live = await readWorkload(connection, target);
    if (textAt(live, 'metadata', 'uid') !== target.uid) {
      return notRun(409, `${target.kind} ${objectName(target)} was deleted and made anew since the plan`);
    }
  } catch (error) {
    return notRun(
      0,
      isNotFound(error) ? `${target.kind} ${objectName(target)} is gone` : 'the cluster cannot be asked',
    );
  }
  let end: ExecEnd;
  try {
    const headers = { ...asHeaders(request.as), 'Audit-ID': auditId };
    end = await runExec(connection, request.path, { timeoutMs, bytesMax: outputBytesMax, headers });
  } catch (error) {
    // It throws before anything is sent, and only then.
    if (!(error instanceof OperationError)) throw error;
    return notRun(0, error.message.replace(/\.$/, ''));
  }
  return answerOf(end, senderOf(request));
}

const notRun = (status: number, why: string): EffectAnswer => ({
  kind: 'rejected',
  status,
  text: `The command was not run: ${why}.`,
});

/** What a kubelet says when the program was never started. Recorded from 1.34 with containerd. */
const neverStarted =
  /unable to upgrade connection: container not found|failed to start exec .*exec failed: (?:unable to start container process: )?exec: /s;

function answerOf(end: ExecEnd, sender: string | undefined): EffectAnswer {
  switch (end.kind) {
    case 'exited': {
      const text = maskText(end.out + end.err);
      return {
        kind: 'accepted',
        status: 101,
        differences: [],
        output: { text: end.cut ? `${text}\n(cut at 64 KiB)` : text, exitCode: end.exitCode },
      };
    }
    case 'failed':
      if (neverStarted.test(end.message) && end.out + end.err === '') {
        const missing = /executable file not found|no such file or directory/.test(end.message);
        return notRun(101, missing ? 'the container has no such program' : 'the container could not start it');
      }
      return {
        kind: 'ambiguous',
        status: 101,
        text: 'the node reported an error of its own instead of the end of the command',
      };
    case 'refused': {
      const { status } = end;
      const isFinal = status.fromKubernetes && status.code >= 400 && status.code < 500 && status.code !== 408;
      if (isFinal) return notRun(status.code, whyRejected(status, sender).replace(/\.$/, ''));
      return { kind: 'ambiguous', status: status.code, text: `the server answered with status ${status.code}` };
    }
    case 'late':
      return { kind: 'ambiguous', text: `${end.why}; the command may go on in the container` };
    case 'lost':
      return end.isSent ? { kind: 'ambiguous', text: end.why } : notRun(0, end.why);
    default:
      return end satisfies never;
  }
}
