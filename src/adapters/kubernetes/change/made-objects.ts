/** The objects that a command makes, as kubectl 1.34 makes them. */
import type { AutoscaleAction, CreateJobAction } from '../../../domain/change-action.ts';
import type { Json } from '../../../domain/json.ts';
import { apiVersionOf, type Kind } from '../discovery.ts';
import { at, isRecord, textAt, textsAt } from '../live.ts';

/** `kubectl autoscale`. Without a goal the server puts its own (80 % of the CPU). */
export function autoscalerOf(action: AutoscaleAction<string>, target: Kind, namespace: string): Json {
  const { name, min, max, cpu, memory } = action;
  const metric = (resource: string, percent: number): Json => ({
    type: 'Resource',
    resource: { name: resource, target: { type: 'Utilization', averageUtilization: percent } },
  });
  const metrics = [
    ...(cpu === undefined ? [] : [metric('cpu', cpu)]),
    ...(memory === undefined ? [] : [metric('memory', memory)]),
  ];
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: name ?? action.target.name, namespace },
    spec: {
      scaleTargetRef: { apiVersion: apiVersionOf(target), kind: target.kind, name: action.target.name },
      ...(min === undefined ? {} : { minReplicas: min }),
      maxReplicas: max,
      ...(metrics.length === 0 ? {} : { metrics }),
    },
  };
}

/** `kubectl create job --from`: the cron job's template, owned by the cron job. */
export function jobOf(action: CreateJobAction<string>, cronJob: Json, namespace: string): Json {
  const template = at(cronJob, 'spec', 'jobTemplate');
  const labels = textsAt(template, 'metadata', 'labels');
  const spec = at(template, 'spec');
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: action.name,
      namespace,
      annotations: { ...textsAt(template, 'metadata', 'annotations'), 'cronjob.kubernetes.io/instantiate': 'manual' },
      ...(Object.keys(labels).length === 0 ? {} : { labels: { ...labels } }),
      ownerReferences: [
        {
          apiVersion: 'batch/v1',
          kind: 'CronJob',
          name: textAt(cronJob, 'metadata', 'name') ?? '',
          uid: textAt(cronJob, 'metadata', 'uid') ?? '',
          controller: true,
        },
      ],
    },
    spec: isRecord(spec) ? spec : {},
  };
}
