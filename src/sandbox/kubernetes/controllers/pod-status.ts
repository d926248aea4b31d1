/** Builds a pod's status from what its containers do. */
import { randomBytes } from 'node:crypto';
import { timestamp } from '../clock.ts';
import type { Condition, Container, ContainerState, ContainerStatus, Pod, PodStatus } from '../objects.ts';

export const runtimeId = (): string => `containerd://${randomBytes(32).toString('hex')}`;

/** The container as the kubelet first reports it. */
export const waitingStatus = (container: Container, reason: string, message?: string): ContainerStatus => ({
  name: container.name,
  state: { waiting: { reason, ...(message === undefined ? {} : { message }) } },
  lastState: {},
  ready: false,
  restartCount: 0,
  image: container.image,
  imageID: '',
  started: false,
});

export const terminated = (exitCode: number, reason: string, startedAt: number, now: number): ContainerState => ({
  terminated: {
    exitCode,
    reason,
    startedAt: timestamp(startedAt),
    finishedAt: timestamp(now),
    containerID: runtimeId(),
  },
});

/** The pod with these containers; phase and conditions follow from them. */
export function withContainers(pod: Pod, containers: ContainerStatus[], now: number): Pod {
  const unready = containers.filter((status) => !status.ready).map((status) => status.name);
  const ended = containers.every((status) => status.state.terminated !== undefined);
  const restarts = pod.spec.restartPolicy !== 'Never' && pod.spec.restartPolicy !== 'OnFailure';
  const succeeded = containers.every((status) => status.state.terminated?.exitCode === 0);
  const started = containers.every(
    (status) => status.state.running ?? status.state.terminated ?? status.lastState.terminated,
  );
  const phase = ended && !restarts ? (succeeded ? 'Succeeded' : 'Failed') : started ? 'Running' : 'Pending';
  const done = phase === 'Succeeded';
  const notReady = done
    ? { reason: 'PodCompleted' }
    : { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };
  const readiness = unready.length === 0 ? { status: 'True' } : { status: 'False', ...notReady };
  return withStatus(
    pod,
    { phase, containerStatuses: containers },
    [
      { type: 'PodReadyToStartContainers', status: done ? 'False' : 'True' },
      { type: 'Initialized', status: 'True', ...(done ? { reason: 'PodCompleted' } : {}) },
      { type: 'Ready', ...readiness },
      { type: 'ContainersReady', ...readiness },
      { type: 'PodScheduled', status: 'True' },
    ],
    now,
  );
}

export function withStatus(pod: Pod, change: Partial<PodStatus>, conditions: Condition[], now: number): Pod {
  const observedGeneration = pod.metadata.generation ?? 1;
  const merged = conditions.map((condition): Condition => {
    const known = pod.status.conditions?.find(({ type }) => type === condition.type);
    const lastTransitionTime = known?.status === condition.status ? known.lastTransitionTime : undefined;
    const { type, ...others } = condition;
    return {
      type,
      observedGeneration,
      lastProbeTime: null,
      lastTransitionTime: lastTransitionTime ?? timestamp(now),
      ...others,
    };
  });
  return { ...pod, status: { ...pod.status, observedGeneration, ...change, conditions: merged } };
}
