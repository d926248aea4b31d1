/** The text of `kubectl describe job` (1.34) for one job. Pure. */
import type { Json } from '../../../domain/json.ts';
import { selectorOf, selectorText } from '../change/workload.ts';
import { at, listAt, numberAt, recordAt, scalarAt, textAt, textsAt } from '../live.ts';
import { ageOf, rfc1123 } from './ages.ts';
import { annotationLines, describedText, labelLines, type Description } from './describe-lines.ts';
import { describeTemplate } from './describe-template.ts';

/** A longer list of finished indexes is cut at the next comma. */
const indexesMax = 50;

export function describeJob(job: Json, events: readonly Json[] | undefined, now: number): Description {
  const template = describeTemplate(recordAt(job, 'spec', 'template'));
  if ('problem' in template) return template;
  const controller = listAt(job, 'metadata', 'ownerReferences').find((one) => at(one, 'controller') === true);
  const status = (field: string): number => numberAt(job, 'status', field) ?? 0;
  const optional = (title: string, value: string | undefined, unit = ''): string[] =>
    value === undefined ? [] : [`${title}:\t${value}${unit}`];
  const time = (title: string, field: string): string[] => {
    const written = textAt(job, 'status', field);
    return written === undefined ? [] : [`${title}:\t${rfc1123(written)}`];
  };
  const spec = (field: string): string | undefined => scalarAt(job, 'spec', field);
  const suspended = at(job, 'spec', 'suspend');
  const [started, completed] = [textAt(job, 'status', 'startTime'), textAt(job, 'status', 'completionTime')];
  const ready = at(job, 'status', 'ready') === undefined ? '' : ` (${status('ready')} Ready)`;
  const body = [
    `Name:\t${textAt(job, 'metadata', 'name') ?? ''}`,
    `Namespace:\t${textAt(job, 'metadata', 'namespace') ?? ''}`,
    `Selector:\t${selectorText(selectorOf(recordAt(job, 'spec', 'selector')))}`,
    ...labelLines('Labels', textsAt(job, 'metadata', 'labels')),
    ...annotationLines('Annotations', textsAt(job, 'metadata', 'annotations')),
    ...(controller === undefined
      ? []
      : [`Controlled By:\t${textAt(controller, 'kind') ?? ''}/${textAt(controller, 'name') ?? ''}`]),
    ...optional('Parallelism', spec('parallelism')),
    ...optional('Completions', spec('completions') ?? '<unset>'),
    ...optional('Completion Mode', spec('completionMode')),
    ...optional('Suspend', suspended === undefined ? undefined : String(suspended === true)),
    ...optional('Backoff Limit', spec('backoffLimit')),
    ...optional('TTL Seconds After Finished', spec('ttlSecondsAfterFinished')),
    ...time('Start Time', 'startTime'),
    ...time('Completed At', 'completionTime'),
    ...(started === undefined || completed === undefined
      ? []
      : [`Duration:\t${ageOf(started, Date.parse(completed))}`]),
    ...optional('Active Deadline Seconds', spec('activeDeadlineSeconds'), 's'),
    `Pods Statuses:\t${status('active')} Active${ready} / ${status('succeeded')} Succeeded / ${status('failed')} Failed`,
    ...(spec('completionMode') === 'Indexed'
      ? [`Completed Indexes:\t${indexes(textAt(job, 'status', 'completedIndexes') ?? '')}`]
      : []),
    ...template.lines,
  ];
  return describedText(body, events, now);
}

function indexes(text: string): string {
  if (text === '') return '<none>';
  const comma = text.indexOf(',', indexesMax);
  return comma === -1 ? text : `${text.slice(0, comma + 1)}...`;
}
