/** Why a container of a pod does not run, from its status: the first of the pod's that is in trouble. Pure. */
import type { Json } from '../../../domain/json.ts';
import { at, listAt, numberAt, textAt } from '../live.ts';
import { afterRestartMs, configGraceMs, pullGraceMs, restartsMax } from './bounds.ts';
import { plural, shortText } from './short-text.ts';
import { conditionOf, type Evidence, eventsOf, timeAt, type Trouble, uidOf } from './trouble.ts';

const pullReasons = ['ErrImagePull', 'ImagePullBackOff', 'RegistryUnavailable', 'ImageInspectError'];
const configReasons = ['CreateContainerConfigError', 'CreateContainerError'];
const neverReasons = ['InvalidImageName', 'ErrImageNeverPull'];

export function containerTrouble(pod: Json, evidence: Evidence, now: number): Trouble | undefined {
  const inits = listAt(pod, 'status', 'initContainerStatuses');
  const all = [...inits, ...listAt(pod, 'status', 'containerStatuses')];
  for (const [index, status] of all.entries()) {
    const found = troubleOf({ pod, evidence, now, status, isInit: index < inits.length });
    if (found === undefined) continue;
    const name = textAt(status, 'name') ?? '';
    const which = index < inits.length ? `init container ${name}: ` : all.length > 1 ? `container ${name}: ` : '';
    return { pod, weight: 0, ...found, key: `${found.key} ${name}`, cause: `${which}${found.cause}` };
  }
  return undefined;
}

type Found = Pick<Trouble, 'key' | 'verb' | 'cause' | 'isFinal' | 'container'> & { readonly weight?: number };
type Looked = {
  readonly pod: Json;
  readonly evidence: Evidence;
  readonly now: number;
  readonly status: Json;
  readonly isInit: boolean;
};

function troubleOf(looked: Looked): Found | undefined {
  const { status } = looked;
  const reason = textAt(status, 'state', 'waiting', 'reason') ?? '';
  const message = textAt(status, 'state', 'waiting', 'message') ?? '';
  const image = shortText(textAt(status, 'image') ?? '', 200);
  if (neverReasons.includes(reason)) {
    const why =
      reason === 'InvalidImageName' ? 'is no valid name' : 'is not on the node, and its policy is never to pull it';
    return { key: reason, verb: 'start', cause: `image ${image} ${why} (${reason})`, isFinal: true };
  }
  if (pullReasons.includes(reason)) {
    const cause = `image ${image} cannot be pulled: ${whyNotPulled(message)} (${reason})`;
    return { key: `pull ${image}`, verb: 'start', cause, isFinal: lasts(looked, ['Failed'], pullGraceMs) };
  }
  if (configReasons.includes(reason)) {
    const cause = `${reason}, ${shortText(message)}`;
    return { key: `${reason} ${message}`, verb: 'start', cause, isFinal: lasts(looked, ['Failed'], configGraceMs) };
  }
  return crash(looked, reason);
}

/** Since the first event that says so; when events cannot be read, since the pod has a node. */
function lasts({ pod, evidence, now }: Looked, reasons: readonly string[], graceMs: number): boolean {
  const first = eventsOf(evidence, uidOf(pod), reasons)
    .map((event) => event.first)
    .sort((a, b) => a - b)[0];
  const since = first ?? timeAt(conditionOf(pod, 'PodScheduled'), 'lastTransitionTime');
  return since !== undefined && now - since >= graceMs;
}

/** The first words that say something; the whole message repeats the image and the registry's URLs. */
function whyNotPulled(message: string): string {
  if (/not found|manifest unknown|does not exist/i.test(message)) return 'not found';
  if (/unauthorized|authentication required|denied|forbidden|insufficient_scope/i.test(message)) return 'unauthorized';
  if (/too ?many ?requests/i.test(message)) return 'the registry allows no more pulls now';
  if (
    /no such host|dial tcp|lookup |i\/o timeout|connection refused|network is unreachable|TLS handshake/i.test(message)
  ) {
    return 'the registry cannot be reached';
  }
  const told = message.replace(/^Back-off pulling image "[^"]*"(: )?/, '');
  return told === '' ? 'no reason is given' : shortText(told, 120);
}

/** Ended, and about to start again or just started again. */
function crash({ pod, evidence, now, status, isInit }: Looked, reason: string): Found | undefined {
  const ended = at(status, 'state', 'terminated') ?? at(status, 'lastState', 'terminated');
  if (ended === undefined) return undefined;
  const isRunning = at(status, 'state', 'running') !== undefined;
  const code = numberAt(ended, 'exitCode') ?? 0;
  const why = textAt(ended, 'reason') ?? '';
  const policy = textAt(pod, 'spec', 'restartPolicy') ?? 'Always';
  // A job's container or an init container that ended well is done.
  if (code === 0 && !isRunning && reason !== 'CrashLoopBackOff' && (policy !== 'Always' || isInit)) return undefined;
  const startedAt = timeAt(status, 'state', 'running', 'startedAt');
  if (isRunning && (startedAt === undefined || now - startedAt >= afterRestartMs)) return undefined;
  const restarts = numberAt(status, 'restartCount') ?? 0;
  const name = textAt(status, 'name') ?? '';
  const probe = killedBy(pod, evidence, timeAt(ended, 'finishedAt') ?? now);
  const end = howEnded(pod, name, ended);
  const because = probe === undefined ? '' : `: ${probe}`;
  const isLooping = reason === 'CrashLoopBackOff';
  const times = restarts === 0 ? '' : ` after ${plural(restarts, 'restart')}`;
  return {
    key: `crash ${why} ${code}`,
    verb: 'stay',
    // The one that backs off says more than the one that was just started again.
    weight: restarts + (isLooping ? 1000 : 0),
    cause: isRunning
      ? `${end}, started again (${plural(restarts, 'restart')})${because}`
      : `${isLooping ? 'CrashLoopBackOff, ' : ''}${end}${times}${because}`,
    // How often a job's container may fail is the job's own business.
    isFinal: isLooping && policy === 'Always' && restarts >= restartsMax,
    container: name,
  };
}

/** A probe that failed just before the end is why the kubelet ended it. */
function killedBy(pod: Json, evidence: Evidence, finishedAt: number): string | undefined {
  const event = eventsOf(evidence, uidOf(pod), ['Unhealthy']).findLast(
    ({ message, last }) =>
      /^(Liveness|Startup) probe failed/.test(message) && last <= finishedAt && finishedAt - last < probeAgeMs,
  );
  return event && shortText(event.message, 120);
}
/** The longest grace period that is usual, and the probe's own time. */
const probeAgeMs = 60_000;

const signals: Readonly<Record<number, string>> = {
  130: 'SIGINT',
  134: 'SIGABRT',
  135: 'SIGBUS',
  136: 'SIGFPE',
  137: 'SIGKILL',
  139: 'SIGSEGV',
  143: 'SIGTERM',
};

/** `exit 1`, `exit 139 (SIGSEGV)`, `OOMKilled at its memory limit of 64Mi`, or why it could not be started at all. */
export function howEnded(pod: Json, container: string, ended: Json): string {
  const reason = textAt(ended, 'reason') ?? '';
  const code = numberAt(ended, 'exitCode') ?? 0;
  if (reason === 'OOMKilled') {
    const spec = [...listAt(pod, 'spec', 'containers'), ...listAt(pod, 'spec', 'initContainers')].find(
      (one) => textAt(one, 'name') === container,
    );
    const limit = textAt(spec, 'resources', 'limits', 'memory');
    return limit === undefined ? 'OOMKilled: its node ran out of memory' : `OOMKilled at its memory limit of ${limit}`;
  }
  if (['StartError', 'ContainerCannotRun'].includes(reason)) {
    const message = textAt(ended, 'message') ?? '';
    const told = /exec: .*$/s.exec(message)?.[0].replace(/: unknown$/, '') ?? message;
    return `${reason}, ${shortText(told)}`;
  }
  const signal = signals[code];
  if (code === 0) return 'exit 0 (its program is over)';
  return signal === undefined ? `exit ${code}` : `exit ${code} (${signal})`;
}
