/** Jobs, cron jobs, autoscalers, disruption budgets. */
import type { Autoscaler, CronJob, DisruptionBudget, Job } from '../objects.ts';
import { selectorText } from '../selectors.ts';
import { age, duration } from './age.ts';
import type { KindTable } from './kind-table.ts';

const jobs: KindTable<Job> = {
  columns: [
    ['Name', 'string'],
    ['Status', 'string'],
    ['Completions', 'string'],
    ['Duration', 'string'],
    ['Age', 'string'],
    ['Containers', 'string', 1],
    ['Images', 'string', 1],
    ['Selector', 'string', 1],
  ],
  cells: (job, now) => {
    const { metadata, spec, status } = job;
    const { containers } = spec.template.spec;
    return [
      metadata.name,
      jobStatus(job),
      `${status.succeeded ?? 0}/${spec.completions ?? 1}`,
      status.startTime === undefined
        ? ''
        : duration(
            (status.completionTime === undefined ? now : Date.parse(status.completionTime)) -
              Date.parse(status.startTime),
          ),
      age(metadata.creationTimestamp, now),
      containers.map(({ name }) => name).join(','),
      containers.map(({ image }) => image).join(','),
      selectorText(spec.selector),
    ];
  },
};

function jobStatus({ metadata, status }: Job): string {
  const holds = (type: string) =>
    status.conditions?.some((condition) => condition.type === type && condition.status === 'True');
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  return holds('Suspended') ? 'Suspended' : 'Running';
}

const cronjobs: KindTable<CronJob> = {
  columns: [
    ['Name', 'string'],
    ['Schedule', 'string'],
    ['Timezone', 'string'],
    ['Suspend', 'boolean'],
    ['Active', 'integer'],
    ['Last Schedule', 'string'],
    ['Age', 'string'],
    ['Containers', 'string', 1],
    ['Images', 'string', 1],
    ['Selector', 'string', 1],
  ],
  cells: ({ metadata, spec, status }, now) => {
    const { selector, template } = spec.jobTemplate.spec;
    const { containers } = template.spec;
    return [
      metadata.name,
      spec.schedule,
      spec.timeZone ?? '<none>',
      spec.suspend === true ? 'True' : 'False',
      status.active?.length ?? 0,
      status.lastScheduleTime === undefined ? '<none>' : age(status.lastScheduleTime, now),
      age(metadata.creationTimestamp, now),
      containers.map(({ name }) => name).join(','),
      containers.map(({ image }) => image).join(','),
      selector === undefined ? '<none>' : selectorText(selector),
    ];
  },
};

const horizontalpodautoscalers: KindTable<Autoscaler> = {
  columns: [
    ['Name', 'string'],
    ['Reference', 'string'],
    ['Targets', 'string'],
    ['MinPods', 'string'],
    ['MaxPods', 'string'],
    ['Replicas', 'string'],
    ['Age', 'string'],
  ],
  cells: (scaler, now) => {
    const { metadata, spec, status } = scaler;
    return [
      metadata.name,
      `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`,
      targetText(scaler),
      spec.minReplicas === undefined ? '<unset>' : String(spec.minReplicas),
      spec.maxReplicas,
      status.currentReplicas ?? 0,
      age(metadata.creationTimestamp, now),
    ];
  },
};

function targetText({ spec, status }: Autoscaler): string {
  const texts = (spec.metrics ?? []).map((metric, at) => {
    if (metric.type !== 'Resource' || !metric.resource) return '<unknown type>';
    const { name, target } = metric.resource;
    const current = status.currentMetrics?.[at]?.resource?.current.averageUtilization;
    const wanted =
      target.averageUtilization === undefined ? (target.averageValue ?? '<auto>') : `${target.averageUtilization}%`;
    return `${name}: ${current === undefined ? '<unknown>' : `${current}%`}/${wanted}`;
  });
  return texts.length > 2
    ? `${texts.slice(0, 2).join(', ')} + ${texts.length - 2} more...`
    : texts.join(', ') || '<none>';
}

const poddisruptionbudgets: KindTable<DisruptionBudget> = {
  columns: [
    ['Name', 'string'],
    ['Min Available', 'string'],
    ['Max Unavailable', 'string'],
    ['Allowed Disruptions', 'integer'],
    ['Age', 'string'],
  ],
  cells: ({ metadata, spec, status }, now) => [
    metadata.name,
    String(spec.minAvailable ?? 'N/A'),
    String(spec.maxUnavailable ?? 'N/A'),
    status.disruptionsAllowed,
    age(metadata.creationTimestamp, now),
  ],
};

export const batchTables = { jobs, cronjobs, horizontalpodautoscalers, poddisruptionbudgets };
