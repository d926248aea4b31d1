/**
 * How many replicas an autoscaler wants by what its pods use (k8s.io/kubernetes/pkg/controller/podautoscaler,
 * replica_calculator.go): the ceiling of pods × usage ÷ target, and nothing within 10 % of the target. A pod that is not
 * ready, or of which nothing is known, counts against a change: as idle when scaling up, as busy when scaling down. Of memory
 * what is known counts, ready or not.
 */
import type { Autoscaler, Pod } from '../objects.ts';
import { formatQuantity, parseQuantity } from '../quantity.ts';
import type { Usage } from '../usage.ts';
import { isActive, isReady } from './pods.ts';

type Metric = 'cpu' | 'memory';
type Measured = { readonly used: number; readonly requested: number };
type CurrentMetric = NonNullable<Autoscaler['status']['currentMetrics']>[number];

export type Proposal =
  | { readonly kind: 'replicas'; readonly count: number; readonly metric: Metric; readonly current: CurrentMetric }
  /** Worded as the controller words it. */
  | { readonly kind: 'failed'; readonly why: string }
  /** No story has said what these pods use: nothing is to be done. */
  | { readonly kind: 'untold' };

const tolerance = 0.1;
const isSteady = (ratio: number): boolean => ratio >= 1 - tolerance && ratio <= 1 + tolerance;

/** `targetPercent` of what is requested. `usage` is undefined without a metrics server. */
export function proposeReplicas(
  pods: readonly Pod[],
  replicas: number,
  { metric, targetPercent }: { readonly metric: Metric; readonly targetPercent: number },
  usage: Usage | undefined,
): Proposal {
  if (!usage) {
    const why = `unable to get metrics for resource ${metric}: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)`;
    return { kind: 'failed', why: `failed to get ${metric} utilization: ${why}` };
  }
  const counted = pods.filter(isActive);
  const toldOf = (pod: Pod) => usage.told(pod).size > 0;
  const counts = (pod: Pod) => metric === 'memory' || isReady(pod);
  const measured = counted.filter((pod) => counts(pod) && toldOf(pod));
  if (measured.length === 0) return { kind: 'untold' };
  for (const pod of counted) {
    const silent = pod.spec.containers.find((container) => requestOf(container, metric) === undefined);
    if (silent) {
      const why = `missing request for ${metric} in container ${silent.name} of Pod ${pod.metadata.name}`;
      return { kind: 'failed', why: `failed to get ${metric} utilization: ${why}` };
    }
  }
  const requested = (pod: Pod): number =>
    pod.spec.containers.reduce((sum, container) => sum + (requestOf(container, metric) ?? 0), 0);
  const known: Measured[] = measured.map((pod) => ({
    used: [...usage.of(pod).values()].reduce((sum, amounts) => sum + amounts[metric], 0),
    requested: requested(pod),
  }));
  const unready = counted.filter((pod) => !counts(pod)).map(requested);
  const missing = counted.filter((pod) => counts(pod) && !toldOf(pod)).map(requested);
  const count = replicasFor({ known, unready, missing }, replicas, targetPercent);
  return { kind: 'replicas', count, metric, current: currentMetric(metric, known) };
}

type Groups = {
  readonly known: readonly Measured[];
  /** What each of the others requests. */
  readonly unready: readonly number[];
  readonly missing: readonly number[];
};

export function replicasFor({ known, unready, missing }: Groups, replicas: number, targetPercent: number): number {
  const ratio = utilization(known) / targetPercent;
  const slowsUp = unready.length > 0 && ratio > 1;
  if (!slowsUp && missing.length === 0) return isSteady(ratio) ? replicas : Math.ceil(ratio * known.length);
  const assumed = (requested: number, percent: number): Measured => ({ used: (requested * percent) / 100, requested });
  const all = [
    ...known,
    ...missing.map((requested) => assumed(requested, ratio < 1 ? Math.max(100, targetPercent) : 0)),
    ...(slowsUp ? unready.map((requested) => assumed(requested, 0)) : []),
  ];
  const careful = utilization(all) / targetPercent;
  if (isSteady(careful) || ratio < 1 !== careful < 1) return replicas;
  const count = Math.ceil(careful * all.length);
  return careful < 1 ? Math.min(count, replicas) : Math.max(count, replicas);
}

/** In whole percent, cut off, as the controller has it. */
function utilization(pods: readonly Measured[]): number {
  const sum = (of: keyof Measured) => pods.reduce((total, pod) => total + pod[of], 0);
  // Rounded first: 0.3 cores are 29.999… % of 1 in floating point.
  return Math.floor(Math.round((sum('used') / sum('requested')) * 1e8) / 1e6);
}

function currentMetric(metric: Metric, known: readonly Measured[]): CurrentMetric {
  const average = known.reduce((total, pod) => total + pod.used, 0) / known.length;
  // Cut off to thousandths of a core and to bytes.
  const whole = metric === 'cpu' ? Math.floor(average * 1000 + 1e-6) / 1000 : Math.floor(average);
  return {
    type: 'Resource',
    resource: {
      name: metric,
      current: { averageUtilization: utilization(known), averageValue: formatQuantity(whole, metric) },
    },
  };
}

function requestOf({ resources }: Pod['spec']['containers'][number], metric: Metric): number | undefined {
  const text = resources.requests?.[metric] ?? resources.limits?.[metric];
  return text === undefined ? undefined : parseQuantity(text);
}
