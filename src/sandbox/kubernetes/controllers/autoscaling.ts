/**
 * Autoscalers (k8s.io/kubernetes/pkg/controller/podautoscaler, horizontal.go). A target out of its bounds is pushed back; a
 * target at 0 is switched off; else CPU and memory utilisation decide, as far as a story has set what the pods use: without
 * that nothing is scaled.
 */
import { type Clock, timestamp } from '../clock.ts';
import type { Autoscaler, Condition, Deployment } from '../objects.ts';
import { matches } from '../selectors.ts';
import type { Store } from '../store.ts';
import type { Usage } from '../usage.ts';
import type { Recorder } from './recorder.ts';
import { type Proposal, proposeReplicas } from './replica-count.ts';
import { createScaleLimits, type ScaleLimits } from './scale-limits.ts';

type Tools = {
  readonly store: Store;
  readonly clock: Clock;
  readonly recorder: Recorder;
  /** Undefined: there is no metrics server. */
  readonly measured: Usage | undefined;
  /** How long a smaller wish has to last before it is granted, unless the autoscaler says it itself. */
  readonly scaleDownMs: number;
};
type Verdict = {
  readonly replicas: number;
  /** What the status says; `replicas` unless told. */
  readonly desired?: number;
  /** Why, for the event. */
  readonly reason: string;
  readonly conditions: readonly Omit<Condition, 'lastTransitionTime'>[];
  readonly currentMetrics?: Autoscaler['status']['currentMetrics'];
  readonly wakeAt?: number;
};
const condition = (type: string, status: string, reason: string, message: string) => ({
  type,
  status,
  reason,
  message,
});
const ableToScale = condition('AbleToScale', 'True', 'ReadyForNewScale', 'recommended size matches current size');
const seen = condition(
  'AbleToScale',
  'True',
  'SucceededGetScale',
  "the HPA controller was able to get the target's current scale",
);

export function createAutoscaling(tools: Tools) {
  const { store, clock, recorder } = tools;
  const limits = new Map<string, ScaleLimits>();
  const component = 'horizontal-pod-autoscaler';

  function judge(scaler: Autoscaler, target: Deployment): Verdict {
    const { minReplicas = 1, maxReplicas } = scaler.spec;
    const { replicas } = target.spec;
    if (replicas === 0) {
      const why = 'scaling is disabled since the replica count of the target is zero';
      return { replicas, reason: '', conditions: [seen, condition('ScalingActive', 'False', 'ScalingDisabled', why)] };
    }
    if (replicas > maxReplicas) {
      const reason = 'Current number of replicas above Spec.MaxReplicas';
      return { replicas: maxReplicas, reason, conditions: [seen] };
    }
    if (replicas < minReplicas) {
      const reason = 'Current number of replicas below Spec.MinReplicas';
      return { replicas: minReplicas, reason, conditions: [seen] };
    }
    const proposals = proposalsFor(scaler, target);
    const failed = proposals.find((one) => one.kind === 'failed');
    if (failed) return refuse(scaler, replicas, failed.why);
    const counted = proposals.filter((one) => one.kind === 'replicas');
    const [highest] = counted.sort((a, b) => b.count - a.count);
    return highest
      ? {
          ...temper(scaler, replicas, highest),
          currentMetrics: counted.map(({ current }) => current),
        }
      : { replicas, reason: '', conditions: [ableToScale] };
  }

  function proposalsFor(scaler: Autoscaler, target: Deployment): Proposal[] {
    const pods = store
      .list('pods', target.metadata.namespace)
      .filter(({ metadata }) => matches(target.spec.selector, metadata.labels));
    return (scaler.spec.metrics ?? []).flatMap(({ resource }) => {
      const { name, target: wanted } = resource ?? {};
      const targetPercent = wanted?.averageUtilization;
      if ((name !== 'cpu' && name !== 'memory') || targetPercent === undefined) return [];
      return [proposeReplicas(pods, target.spec.replicas, { metric: name, targetPercent }, tools.measured)];
    });
  }

  function refuse(scaler: Autoscaler, replicas: number, why: string): Verdict {
    const message = `the HPA was unable to compute the replica count: ${why}`;
    const known = scaler.status.conditions?.find(({ type }) => type === 'ScalingActive');
    if (known?.message !== message) {
      recorder.record(scaler, { type: 'Warning', reason: 'FailedGetResourceMetric', message: why, component });
      const [resource] = /cpu|memory/.exec(why) ?? ['cpu'];
      const all = `invalid metrics (1 invalid out of 1), first error is: failed to get ${resource} resource metric value: ${why}`;
      recorder.record(scaler, { type: 'Warning', reason: 'FailedComputeMetricsReplicas', message: all, component });
    }
    return {
      replicas,
      // What was wanted last stays in the status.
      desired: scaler.status.desiredReplicas,
      reason: '',
      conditions: [seen, condition('ScalingActive', 'False', 'FailedGetResourceMetric', message)],
    };
  }

  function temper(scaler: Autoscaler, replicas: number, { count, metric }: Proposal & { kind: 'replicas' }): Verdict {
    const { minReplicas = 1, maxReplicas } = scaler.spec;
    const now = clock.now();
    const own = limits.get(scaler.metadata.uid) ?? createScaleLimits();
    limits.set(scaler.metadata.uid, own);
    const seconds = scaler.spec.behavior?.scaleDown?.stabilizationWindowSeconds;
    const windowMs = seconds === undefined ? tools.scaleDownMs : seconds * 1000;
    const stable = own.stabilise(count, replicas, windowMs, now);
    const ceiling = own.ceiling(replicas, now);
    const most = Math.min(maxReplicas, ceiling.count);
    const wanted = Math.max(minReplicas, Math.min(most, stable.count));
    const metricName = `${metric} resource utilization (percentage of request)`;
    const held = `recent recommendations were higher than current one, applying the highest recent recommendation`;
    return {
      replicas: wanted,
      reason: wanted > replicas ? `${metricName} above target` : 'All metrics below target',
      conditions: [
        stable.count > count ? condition('AbleToScale', 'True', 'ScaleDownStabilized', held) : ableToScale,
        condition(
          'ScalingActive',
          'True',
          'ValidMetricFound',
          `the HPA was able to successfully calculate a replica count from ${metricName}`,
        ),
        limitation(stable.count, { minReplicas, maxReplicas, ceiling: ceiling.count }),
      ],
      wakeAt: Math.min(
        stable.count > count ? stable.until : Number.POSITIVE_INFINITY,
        stable.count > ceiling.count ? ceiling.until : Number.POSITIVE_INFINITY,
      ),
    };
  }

  function rescale(scaler: Autoscaler, target: Deployment, { replicas, reason }: Verdict): void {
    const metadata = { ...target.metadata, generation: (target.metadata.generation ?? 1) + 1 };
    store.put('deployments', { ...target, metadata, spec: { ...target.spec, replicas } });
    const message = `New size: ${replicas}; reason: ${reason}`;
    recorder.record(scaler, { type: 'Normal', reason: 'SuccessfulRescale', message, component });
    const grown = replicas - target.spec.replicas;
    if (grown > 0) limits.get(scaler.metadata.uid)?.grew(grown, clock.now());
  }

  return {
    /** Returns when it may want something else without anything happening before. */
    reconcile(scaler: Autoscaler): number {
      const never = Number.POSITIVE_INFINITY;
      const { scaleTargetRef } = scaler.spec;
      if (scaleTargetRef.kind !== 'Deployment') return never;
      const target = store.get('deployments', scaler.metadata.namespace ?? 'default', scaleTargetRef.name);
      if (!target) return never;
      const verdict = judge(scaler, target);
      const changes = verdict.replicas !== target.spec.replicas;
      if (changes) rescale(scaler, target, verdict);
      const done = condition(
        'AbleToScale',
        'True',
        'SucceededRescale',
        `the HPA controller was able to update the target scale to ${verdict.replicas}`,
      );
      const conditions = changes ? [done, ...verdict.conditions.slice(1)] : verdict.conditions;
      const lastScaleTime = changes ? timestamp(clock.now()) : scaler.status.lastScaleTime;
      store.put('horizontalpodautoscalers', {
        ...scaler,
        status: {
          ...scaler.status,
          currentReplicas: target.status.replicas ?? 0,
          desiredReplicas: verdict.desired ?? verdict.replicas,
          currentMetrics: verdict.currentMetrics ?? null,
          conditions: conditions.map((one) => dated(one, scaler, clock.now())),
          ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
        },
      });
      return verdict.wakeAt ?? never;
    },
    /** The autoscaler is gone. */
    forget: (uid: string): void => void limits.delete(uid),
  };
}

function dated(one: Omit<Condition, 'lastTransitionTime'>, scaler: Autoscaler, now: number): Condition {
  const known = scaler.status.conditions?.find(({ type }) => type === one.type);
  const kept = known?.status === one.status ? known.lastTransitionTime : undefined;
  return { ...one, lastTransitionTime: kept ?? timestamp(now) };
}

function limitation(
  wish: number,
  { minReplicas, maxReplicas, ceiling }: { minReplicas: number; maxReplicas: number; ceiling: number },
) {
  const limited = (reason: string, message: string) => condition('ScalingLimited', 'True', reason, message);
  if (wish > Math.min(maxReplicas, ceiling)) {
    return ceiling < maxReplicas
      ? limited('ScaleUpLimit', 'the desired replica count is increasing faster than the maximum scale rate')
      : limited('TooManyReplicas', 'the desired replica count is more than the maximum replica count');
  }
  if (wish < minReplicas) {
    return limited('TooFewReplicas', 'the desired replica count is less than the minimum replica count');
  }
  return condition('ScalingLimited', 'False', 'DesiredWithinRange', 'the desired count is within the acceptable range');
}
