/** `kubectl rollout status`: looks until the rollout is done, fails, or the time is over. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RolloutStatusAction } from '../../../domain/read-action.ts';
import type { Json } from '../../../domain/json.ts';
import type { Connection } from '../connection.ts';
import { isNotFound, pathOf, type Discovery } from '../discovery.ts';
import { textAt } from '../live.ts';
import { rolloutStatus } from '../rollout.ts';
import { failure, failureOf, printed, type Printed } from './printed.ts';

/** An endless wait of the author becomes one of a minute. */
const timeoutSecondsDefault = 60;
const lookEveryMs = 500;

/** kubectl prints a line for each event that it sees; here each different line is printed once. */
export async function readRolloutStatus(
  { connection, discovery }: { connection: Connection; discovery: Discovery },
  action: RolloutStatusAction<string>,
  scope: { namespace: string; signal: AbortSignal },
): Promise<Printed> {
  const kind = await discovery.find(action.target);
  if (kind === undefined) return failure(`error: the server doesn't have a resource type "${action.target.resource}"`);
  const path = pathOf(kind, { namespace: scope.namespace, name: action.target.name });
  const wait =
    action.timeoutSeconds === undefined || action.timeoutSeconds === 0 ? timeoutSecondsDefault : action.timeoutSeconds;
  const deadline = performance.now() + wait * 1000;
  let out = '';
  let last = '';
  for (;;) {
    let status: ReturnType<typeof rolloutStatus>;
    try {
      const live = await connection.get(path, { signal: scope.signal });
      const other = otherRevision(live, action.revision);
      status = other === undefined ? rolloutStatus(kind.kind, live) : { text: '', done: true, error: other };
    } catch (error) {
      if (isNotFound(error) && out !== '') return failure('error: object has been deleted', out);
      return failureOf([error], out);
    }
    if (status.error !== undefined) return failure(`error: ${status.error}`, out);
    if (status.text !== last) out += status.text;
    last = status.text;
    if (status.done || action.once === true) return printed(out);
    const left = deadline - performance.now();
    if (left <= 0 || scope.signal.aborted) return failure('error: timed out waiting for the condition', out);
    // An abort ends the pause; the loop then says so.
    await sleep(Math.min(lookEveryMs, left), undefined, { signal: scope.signal }).catch(() => {});
  }
}

/** kubectl: of deployments alone, by the annotation; the others ignore it. */
function otherRevision(live: Json, revision: number | undefined): string | undefined {
  if (revision === undefined || textAt(live, 'kind') !== 'Deployment') return undefined;
  const key = 'deployment.kubernetes.io/revision';
  const current = textAt(live, 'metadata', 'annotations', key);
  if (current === undefined) return `cannot get the revision: annotation ${key} is missing`;
  return Number(current) === revision
    ? undefined
    : `desired revision (${revision}) is different from the running revision (${current})`;
}
