/** GET …/log, with the refusals of API server and kubelet. */
import type { Clock } from '../clock.ts';
import { isUnreachable } from '../controllers/node-lifecycle.ts';
import type { Pod } from '../objects.ts';
import type { LogLine, PodLogs } from '../pod-logs.ts';
import { badRequest, badValue, invalid, notFound, StatusError } from '../status.ts';
import type { Store } from '../store.ts';
import type { Answer } from './answer.ts';
import type { Route } from './route.ts';

type Tools = { store: Store; clock: Clock; logs: PodLogs };

export function log({ store, clock, logs }: Tools, route: Route): Answer {
  const { query } = route;
  const tail = wholeNumber(query, 'tailLines');
  const since = wholeNumber(query, 'sinceSeconds');
  const limitBytes = wholeNumber(query, 'limitBytes');
  const refuse = (field: string, value: number, rule: string) =>
    invalid({ kind: 'PodLogOptions', group: '' }, route.name, [badValue(field, value, rule)]);
  if (tail !== undefined && tail < 0) throw refuse('tailLines', tail, 'must be greater than or equal to 0');
  if (since !== undefined && since < 1) throw refuse('sinceSeconds', since, 'must be greater than 0');
  if (limitBytes !== undefined && limitBytes < 1) throw refuse('limitBytes', limitBytes, 'must be greater than 0');
  const pod = store.get('pods', route.namespace, route.name);
  if (!pod) throw notFound(route.resource, route.name);
  const previous = query.get('previous') === 'true';
  const container = chooseContainer(pod, query.get('container') ?? '');
  if (isUnreachable(store, pod)) throw noAnswer(pod, container);
  const lines = linesOf(logs, pod, container, previous);
  const from = since === undefined ? Number.NEGATIVE_INFINITY : clock.now() - since * 1000;
  const recent = lines.filter((line) => line.at >= from);
  const shown = tail === undefined ? recent : tail === 0 ? [] : recent.slice(-tail);
  const print = (line: LogLine) =>
    `${query.get('timestamps') === 'true' ? `${nanoTimestamp(line.at)} ` : ''}${line.text}\n`;
  const text = shown.map(print).join('');
  if (query.get('follow') !== 'true') {
    return { code: 200, text: limitBytes === undefined ? text : Buffer.from(text).subarray(0, limitBytes).toString() };
  }
  return {
    code: 200,
    contentType: 'text/plain',
    stream(write, end) {
      let seen = lines.length;
      write(text);
      return logs.onChange(() => {
        const now = logs.read(pod.metadata.uid, container, previous);
        if (!now) return end();
        for (const line of now.slice(seen)) write(print(line));
        seen = now.length;
      });
    },
  };
}

function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

function chooseContainer(pod: Pod, wanted: string): string {
  const names = pod.spec.containers.map(({ name }) => name);
  const inits = (pod.spec.initContainers ?? []).map(({ name }) => name);
  const [only] = names;
  if (wanted === '') {
    if (only !== undefined && names.length === 1) return only;
    const choices = `choose one of: [${names.join(' ')}]${inits.length === 0 ? '' : ` or one of the init containers: [${inits.join(' ')}]`}`;
    throw badRequest(`a container name must be specified for pod ${pod.metadata.name}, ${choices}`);
  }
  if (![...names, ...inits].includes(wanted))
    throw badRequest(`container ${wanted} is not valid for pod ${pod.metadata.name}`);
  return wanted;
}

function linesOf(logs: PodLogs, pod: Pod, container: string, previous: boolean): readonly LogLine[] {
  const where = `"${container}" in pod "${pod.metadata.name}"`;
  const found = logs.read(pod.metadata.uid, container, previous);
  const status = pod.status.containerStatuses?.find(({ name }) => name === container);
  if (previous) {
    if (!status?.lastState.terminated && !found) throw badRequest(`previous terminated container ${where} not found`);
    return found ?? logs.read(pod.metadata.uid, container, false) ?? [];
  }
  if (found) return found;
  const reason = status?.state.waiting?.reason;
  if (reason === 'ImagePullBackOff' || reason === 'ErrImagePull') {
    const why = reason === 'ErrImagePull' ? "image can't be pulled" : 'trying and failing to pull image';
    throw badRequest(`container ${where} is waiting to start: ${why}`);
  }
  if (!status || reason !== undefined)
    throw badRequest(`container ${where} is waiting to start: ${reason ?? 'ContainerCreating'}`);
  return [];
}

/** The API server asks the kubelet, and nobody is there. */
function noAnswer(pod: Pod, container: string): StatusError {
  const { hostIP = '' } = pod.status;
  const path = `containerLogs/${pod.metadata.namespace}/${pod.metadata.name}/${container}`;
  const message = `Get "https://${hostIP}:10250/${path}": dial tcp ${hostIP}:10250: connect: connection refused`;
  return new StatusError(500, '', message);
}

const nanoTimestamp = (at: number): string => `${new Date(at).toISOString().slice(0, -1)}000000Z`;
