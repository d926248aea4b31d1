/** Pods that cannot start, in people's words: names and reasons only; the kubelet's messages may hold values. */
import type { Json } from '../../domain/json.ts';
import { listAt, textAt } from './live.ts';

const troubledMax = 5;
const troubles = new Set([
  'CrashLoopBackOff',
  'ImagePullBackOff',
  'ErrImagePull',
  'InvalidImageName',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);

/** `web-1 (CrashLoopBackOff)`. */
export function troubledPods(pods: readonly Json[]): readonly string[] {
  return pods.flatMap((pod) => {
    const statuses = [...listAt(pod, 'status', 'initContainerStatuses'), ...listAt(pod, 'status', 'containerStatuses')];
    const reason = statuses
      .map((one) => textAt(one, 'state', 'waiting', 'reason') ?? textAt(one, 'state', 'terminated', 'reason') ?? '')
      .find((one) => troubles.has(one) || one === 'Error' || one === 'OOMKilled');
    return reason === undefined ? [] : [`${textAt(pod, 'metadata', 'name') ?? ''} (${reason})`];
  });
}

export function withTroubles(text: string, pods: readonly string[]): string {
  if (pods.length === 0) return text;
  const more = pods.length > troubledMax ? ` and ${pods.length - troubledMax} more` : '';
  return `${text}; in trouble: ${pods.slice(0, troubledMax).join(', ')}${more}`;
}
