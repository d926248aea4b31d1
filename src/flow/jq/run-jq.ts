/** `jq` on text: its own code (jq 1.8) in a thread that has no access to files, network or environment, with a time limit. */
import type { FilterResult, JqFilter } from '../../domain/filter.ts';
import { jqArguments } from '../../runbook/filters/jq.ts';
import { formatJq } from '../../runbook/filters/jq-format.ts';
import { outputMax, stopped } from '../../runbook/filters/limits.ts';
import { inThread } from '../thread.ts';
import type { JqReply, JqRequest } from './worker.ts';

const timeMaxMs = 5_000;

/** Errors of the program or of its input give jq's exit code (2 to 5) and what was printed before. */
export async function runJq(
  filter: JqFilter,
  text: string,
  { signal, timeMs = timeMaxMs }: { signal?: AbortSignal | undefined; timeMs?: number } = {},
): Promise<FilterResult> {
  const request: JqRequest = { text, query: filter.query, flags: jqArguments(filter) };
  // What worker.ts posts.
  const reply = (await inThread(new URL('./worker.ts', import.meta.url), request, {
    signal,
    timeMs,
    megabytesMax: 256,
    late: 'The jq program did not come to an end in the time that a filter has.',
  })) as JqReply;
  if (!reply) throw stopped('The jq program asked for more memory than a filter has.');
  if (reply.stdout.length > outputMax) throw stopped('jq printed more than 16 million characters, and was stopped.');
  return { text: formatJq(filter, reply.stdout), exitCode: reply.exitCode };
}
