/** How a job that a plan made stands. */
import type { Json } from '../../../domain/json.ts';
import { objectName, type Target } from '../../../domain/plan.ts';
import type { RolloutProgress } from '../../../flow/ports.ts';
import { podsOf } from '../change/workload.ts';
import { at, listAt, numberAt, textAt } from '../live.ts';
import { howEnded } from './container-trouble.ts';
import { diagnosePods } from './diagnose.ts';
import type { ObserveParts } from './observe-parts.ts';
import { lastWords, optional } from './read-evidence.ts';
import { plural } from './short-text.ts';
import { conditionOf, nameOf, timeAt } from './trouble.ts';

export async function observeJob({ connection }: ObserveParts, job: Json): Promise<RolloutProgress> {
  const wanted = numberAt(job, 'spec', 'completions') ?? 1;
  const ready = numberAt(job, 'status', 'succeeded') ?? 0;
  const holds = (type: string): Json | undefined => {
    const found = conditionOf(job, type);
    return textAt(found, 'status') === 'True' ? found : undefined;
  };
  if (holds('Complete') !== undefined) return { state: 'done', text: 'The job is complete', ready, wanted };
  const namespace = textAt(job, 'metadata', 'namespace') ?? '';
  const pods = await optional(() => podsOf(connection, namespace, job), []);
  const failed = holds('Failed');
  if (failed !== undefined) {
    const reason = textAt(failed, 'reason') ?? 'it does not say why';
    return { state: 'failed', text: `The job failed: ${reason}${await lastFailure(connection, pods)}`, ready, wanted };
  }
  const running = pods.filter((pod) => !['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase') ?? ''));
  const diagnosis = await diagnosePods(connection, { namespace, pods: running, noun: 'pod of the job' });
  if (diagnosis?.isFinal === true) return { state: 'failed', text: diagnosis.text, ready, wanted };
  const active = numberAt(job, 'status', 'active') ?? 0;
  const failures = numberAt(job, 'status', 'failed') ?? 0;
  const tried = failures === 0 ? '' : `, ${plural(failures, 'pod')} failed${await lastFailure(connection, pods)}`;
  const text = `${plural(active, 'pod')} of the job at work, ${ready} of ${wanted} done${tried}`;
  return { state: 'rolling', text: diagnosis === undefined ? text : `${text}; ${diagnosis.text}`, ready, wanted };
}

/** How the pod that failed last ended, when it is still there. */
async function lastFailure(connection: ObserveParts['connection'], pods: readonly Json[]): Promise<string> {
  const ends = pods.flatMap((pod) =>
    listAt(pod, 'status', 'containerStatuses').flatMap((status) => {
      const ended = at(status, 'state', 'terminated');
      const container = textAt(status, 'name') ?? '';
      if (ended === undefined || numberAt(ended, 'exitCode') === 0) return [];
      return [{ pod, container, ended, at: timeAt(ended, 'finishedAt') ?? 0 }];
    }),
  );
  const last = ends.sort((a, b) => a.at - b.at).at(-1);
  if (last === undefined) return '';
  const line = await lastWords(connection, last.pod, last.container);
  return `, ${howEnded(last.pod, last.container, last.ended)} in pod ${nameOf(last.pod)}${line === undefined ? '' : `; last log line "${line}"`}`;
}

const ends = new Set(['Completed', 'BackoffLimitExceeded', 'DeadlineExceeded', 'PodFailurePolicy', 'FailedIndexes']);

/** A job that is taken away when it has finished (`ttlSecondsAfterFinished`): how it ended is in its events for an hour. */
export async function observeCleanedUp({ connection }: ObserveParts, target: Target): Promise<RolloutProgress> {
  const { namespace = '', name } = target;
  const query = new URLSearchParams({
    fieldSelector: `involvedObject.kind=Job,involvedObject.name=${name}`,
    limit: '500',
  });
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events?${query.toString()}`;
  const events = await optional(async () => listAt(await connection.get(path), 'items'), []);
  const when = (event: Json): number => timeAt(event, 'metadata', 'creationTimestamp') ?? 0;
  const newest = [...events].sort((a, b) => when(a) - when(b));
  // Earlier jobs had the same name.
  const uid = textAt(newest.at(-1), 'involvedObject', 'uid');
  const reason = newest
    .filter((event) => textAt(event, 'involvedObject', 'uid') === uid)
    .map((event) => textAt(event, 'reason') ?? '')
    .findLast((one) => ends.has(one));
  if (reason === 'Completed') {
    return { state: 'done', text: 'The job is complete, and has cleaned up after itself', ready: 0, wanted: 0 };
  }
  const how = reason === undefined ? 'nobody can tell any more how it ended' : `it failed: ${reason}`;
  return {
    state: 'failed',
    text: `Job ${objectName(target)} cleans up after itself and is gone; ${how}`,
    ready: 0,
    wanted: 0,
  };
}
