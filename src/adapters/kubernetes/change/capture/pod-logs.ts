/** The last lines of a pod's containers, and of those before their last restart. Nothing here throws. */
import { type CapturedLog, captureLimits } from '../../../../domain/capture.ts';
import type { Json } from '../../../../domain/json.ts';
import { maskText } from '../../../../domain/masking.ts';
import type { Connection } from '../../connection.ts';
import { pathOf, podKind } from '../../discovery.ts';
import { at, listAt, numberAt, textAt } from '../../live.ts';
import { lastBytes } from './fit.ts';
import { whyNot, whyRefused } from './why-not.ts';

/** Read of one log. The API server cuts a log's end and not its beginning, so it is never asked to. */
const readBytesMax = 256 * 1024;
/** Lines that are asked for when the usual number of them is longer than that. */
const fewLines = 20;
const containersMax = 8;
/** Twice what is kept: a secret that begins before it does not end within what is kept. Masking takes long for long lines. */
const maskedBytesMax = 2 * captureLimits.podBytes;

type Wanted = { readonly container: string; readonly previous: boolean };
export type LogOrWhy = CapturedLog | { readonly missing: string };

export function readPodLogs(connection: Connection, pod: Json, signal: AbortSignal): Promise<readonly LogOrWhy[]> {
  return Promise.all(wantedOf(pod).map((wanted) => readLog(connection, pod, wanted, signal)));
}

/**
 * Every container that has run, what says most first: those that restarted, and of one that runs again the lines before
 * its restart. An init container only when it did not simply do its work.
 */
function wantedOf(pod: Json): readonly Wanted[] {
  const init = listAt(pod, 'status', 'initContainerStatuses').filter(
    (one) => numberAt(one, 'state', 'terminated', 'exitCode') !== 0,
  );
  const statuses = [...init, ...listAt(pod, 'status', 'containerStatuses')]
    .toSorted((a, b) => restartsOf(b) - restartsOf(a))
    .slice(0, containersMax);
  return statuses.flatMap((status): readonly Wanted[] => {
    const container = textAt(status, 'name') ?? '';
    const hasEnded = at(status, 'lastState', 'terminated') !== undefined;
    const waits = at(status, 'state', 'waiting') !== undefined;
    // It has never run: there is no log.
    if (waits && !hasEnded) return [];
    // While it waits to be started again, its log is that of the one before.
    const both = [
      { container, previous: true },
      { container, previous: false },
    ];
    if (!hasEnded || waits) return both.slice(1);
    return at(status, 'state', 'terminated') === undefined ? both : both.toReversed();
  });
}

const restartsOf = (status: Json): number => numberAt(status, 'restartCount') ?? 0;

async function readLog(
  connection: Connection,
  pod: Json,
  { container, previous }: Wanted,
  signal: AbortSignal,
): Promise<LogOrWhy> {
  const namespace = textAt(pod, 'metadata', 'namespace') ?? '';
  const name = textAt(pod, 'metadata', 'name') ?? '';
  const ask = (tailLines: number) => {
    const query = new URLSearchParams({
      container,
      tailLines: String(tailLines),
      ...(previous && { previous: 'true' }),
    });
    return connection.request({
      method: 'GET',
      path: `${pathOf(podKind, { namespace, name, subresource: 'log' })}?${query.toString()}`,
      accept: 'application/json, */*',
      signal,
      keepBytes: readBytesMax,
    });
  };
  const what = `logs of ${name} (container ${container}${previous ? ', before its restart' : ''})`;
  try {
    const all = await ask(captureLimits.lines);
    const { status, body, truncated } = all.truncated ? await ask(fewLines) : all;
    if (status < 200 || status > 299) return { missing: `${what}: ${whyRefused(status)}` };
    const end = lastBytes(body, maskedBytesMax);
    return {
      container,
      ...(previous && { previous: true as const }),
      text: maskText(end),
      ...((all.truncated || truncated || end !== body) && { isCut: true as const }),
    };
  } catch (error) {
    return { missing: `${what}: ${whyNot(error)}` };
  }
}
