/** The pod template within a description: of deployments, and of a revision in `kubectl rollout history`. Pure. */
import type { Json } from '../../../domain/json.ts';
import { listAt, recordAt, textAt, textsAt } from '../live.ts';
import { describeTemplateContainers } from './describe-containers.ts';
import { annotationLines, labelLines, spreadLines, tolerationLines } from './describe-lines.ts';
import { describeVolumes } from './describe-volumes.ts';

export function describeTemplate(template: Json): { readonly lines: readonly string[] } | { readonly problem: string } {
  const volumes = describeVolumes(listAt(template, 'spec', 'volumes'), '  ');
  if ('problem' in volumes) return volumes;
  const annotations = textsAt(template, 'metadata', 'annotations');
  const account = textAt(template, 'spec', 'serviceAccountName') ?? '';
  const priority = textAt(template, 'spec', 'priorityClassName') ?? '';
  return {
    lines: [
      'Pod Template:',
      ...labelLines('  Labels', textsAt(template, 'metadata', 'labels')),
      ...(Object.keys(annotations).length === 0 ? [] : annotationLines('  Annotations', annotations)),
      ...(account === '' ? [] : [`  Service Account:\t${account}`]),
      ...describeTemplateContainers(template),
      ...volumes.lines,
      ...spreadLines('  ', listAt(template, 'spec', 'topologySpreadConstraints')),
      ...(priority === '' ? [] : [`  Priority Class Name:\t${priority}`]),
      ...labelLines('  Node-Selectors', textsAt(recordAt(template, 'spec'), 'nodeSelector')),
      ...tolerationLines('  Tolerations', listAt(template, 'spec', 'tolerations')),
    ],
  };
}
