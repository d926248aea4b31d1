/** `kubectl exec` of a command that only looks. Prints what the command prints, and exits with its code. */
import type { ExecReadAction } from '../../../domain/read-action.ts';
import { type ExecPatterns, isExecRead } from '../../../runbook/exec-policy.ts';
import type { Connection } from '../connection.ts';
import type { Discovery } from '../discovery.ts';
import { ApiRefusal, unreachable } from '../errors.ts';
import { choosePod } from '../exec/choose-pod.ts';
import { execPath, runExec } from '../exec/stream.ts';
import { textAt } from '../live.ts';
import { failure, failureOf, type Printed } from './printed.ts';

/** The caller's signal is the shorter one. */
const timeoutMs = 120_000;

export async function readExec(
  parts: { readonly connection: Connection; readonly discovery: Discovery; readonly execReads: ExecPatterns },
  action: ExecReadAction<string>,
  scope: { readonly namespace: string; readonly signal: AbortSignal; readonly textLimit: number },
): Promise<Printed> {
  const { connection, execReads } = parts;
  const { namespace, signal, textLimit } = scope;
  // The policy may have changed since the runbook was compiled, and parameters are filled in by now.
  if (!isExecRead(action.argv, execReads)) {
    return failure('error: this command is not on the list of those that only look (policy.exec). Nothing was run.');
  }
  let notes = '';
  try {
    const { of, container } = action;
    const chosen = await choosePod(parts, { of, container, namespace, signal });
    if (chosen.kind === 'none') return failure(chosen.text);
    notes = chosen.notes;
    const pod = textAt(chosen.pod, 'metadata', 'name') ?? '';
    const path = execPath({ namespace, pod, container: chosen.container, argv: action.argv });
    const end = await runExec(connection, path, { timeoutMs, bytesMax: textLimit, signal });
    switch (end.kind) {
      case 'exited': {
        const exit = end.exitCode === 0 ? '' : `command terminated with exit code ${end.exitCode}\n`;
        return {
          out: end.out,
          err: notes + end.err + exit,
          exitCode: end.exitCode,
          ...(end.cut ? { cut: true as const } : {}),
        };
      }
      case 'failed':
        return { out: end.out, err: `${notes}${end.err}error: ${end.message}\n`, exitCode: 1 };
      case 'late':
        return { out: end.out, err: `${notes}${end.err}error: ${end.why}\n`, exitCode: 1, cut: true };
      case 'refused':
        throw new ApiRefusal(connection.name, end.status);
      case 'lost':
        throw unreachable(connection.name, end.why);
      default:
        return end satisfies never;
    }
  } catch (error) {
    const failed = failureOf([error]);
    return { ...failed, err: notes + failed.err };
  }
}
