/** The text of `kubectl describe cronjob` (1.34) for one cron job. Pure. */
import type { Json } from '../../../domain/json.ts';
import { selectorOf, selectorText } from '../change/workload.ts';
import { at, listAt, recordAt, scalarAt, textAt, textsAt } from '../live.ts';
import { rfc1123 } from './ages.ts';
import { annotationLines, describedText, labelLines, type Description, type Events } from './describe-lines.ts';
import { metadata } from './describe-policy.ts';
import { describeTemplate } from './describe-template.ts';

export function describeCronJob(job: Json, events: Events, now: number): Description {
  const made = recordAt(job, 'spec', 'jobTemplate', 'spec');
  const template = describeTemplate(recordAt(made, 'template'));
  if ('problem' in template) return template;
  const suspend = at(job, 'spec', 'suspend');
  const spec = (field: string): string => scalarAt(job, 'spec', field) ?? '<unset>';
  const starting = scalarAt(job, 'spec', 'startingDeadlineSeconds');
  const active = scalarAt(made, 'activeDeadlineSeconds');
  const last = textAt(job, 'status', 'lastScheduleTime');
  const selector = at(made, 'selector');
  const body = [
    `Name:\t${metadata(job, 'name')}`,
    `Namespace:\t${metadata(job, 'namespace')}`,
    ...labelLines('Labels', textsAt(job, 'metadata', 'labels')),
    ...annotationLines('Annotations', textsAt(job, 'metadata', 'annotations')),
    `Schedule:\t${textAt(job, 'spec', 'schedule') ?? ''}`,
    `Concurrency Policy:\t${textAt(job, 'spec', 'concurrencyPolicy') ?? ''}`,
    `Suspend:\t${suspend === undefined ? '<unset>' : suspend === true ? 'True' : 'False'}`,
    `Successful Job History Limit:\t${spec('successfulJobsHistoryLimit')}`,
    `Failed Job History Limit:\t${spec('failedJobsHistoryLimit')}`,
    `Starting Deadline Seconds:\t${starting === undefined ? '<unset>' : `${starting}s`}`,
    `Selector:\t${selector === undefined ? '<unset>' : selectorText(selectorOf(recordAt(made, 'selector')))}`,
    `Parallelism:\t${scalarAt(made, 'parallelism') ?? '<unset>'}`,
    `Completions:\t${scalarAt(made, 'completions') ?? '<unset>'}`,
    ...(active === undefined ? [] : [`Active Deadline Seconds:\t${active}s`]),
    ...template.lines,
    `Last Schedule Time:\t${last === undefined ? '<unset>' : rfc1123(last)}`,
    `Active Jobs:\t${
      listAt(job, 'status', 'active')
        .map((one) => textAt(one, 'name') ?? '')
        .join(', ') || '<none>'
    }`,
  ];
  return describedText(body, events, now);
}
