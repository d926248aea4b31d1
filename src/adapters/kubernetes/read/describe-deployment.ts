/** The text of `kubectl describe deployment` (1.34) for one deployment. Pure. */
import type { Json } from '../../../domain/json.ts';
import { selectorOf, selectorText } from '../change/workload.ts';
import { at, listAt, numberAt, recordAt, scalarAt, textAt, textsAt } from '../live.ts';
import { rfc1123 } from './ages.ts';
import { annotationLines, describedText, labelLines, type Description } from './describe-lines.ts';
import { describeTemplate } from './describe-template.ts';
import type { ReplicaSets } from './replica-sets.ts';

export type DeploymentFacts = {
  readonly events: readonly Json[] | undefined;
  /** Absent when they may not be read: kubectl leaves their lines out then. */
  readonly replicaSets?: ReplicaSets;
};

export function describeDeployment(deployment: Json, facts: DeploymentFacts, now: number): Description {
  const template = describeTemplate(recordAt(deployment, 'spec', 'template'));
  if ('problem' in template) return template;
  const metadata = (field: string): string => textAt(deployment, 'metadata', field) ?? '';
  const body = [
    `Name:\t${metadata('name')}`,
    `Namespace:\t${metadata('namespace')}`,
    `CreationTimestamp:\t${rfc1123(metadata('creationTimestamp'))}`,
    ...labelLines('Labels', textsAt(deployment, 'metadata', 'labels')),
    ...annotationLines('Annotations', textsAt(deployment, 'metadata', 'annotations')),
    `Selector:\t${selectorText(selectorOf(recordAt(deployment, 'spec', 'selector')))}`,
    `Replicas:\t${replicas(deployment)}`,
    `StrategyType:\t${textAt(deployment, 'spec', 'strategy', 'type') ?? ''}`,
    `MinReadySeconds:\t${numberAt(deployment, 'spec', 'minReadySeconds') ?? 0}`,
    ...strategy(at(deployment, 'spec', 'strategy', 'rollingUpdate')),
    ...template.lines,
    ...conditions(listAt(deployment, 'status', 'conditions')),
    ...sets(facts.replicaSets),
  ];
  return describedText(body, facts.events, now);
}

function replicas(deployment: Json): string {
  const status = (field: string): number => numberAt(deployment, 'status', field) ?? 0;
  return [
    `${numberAt(deployment, 'spec', 'replicas') ?? 0} desired`,
    `${status('updatedReplicas')} updated`,
    `${status('replicas')} total`,
    `${status('availableReplicas')} available`,
    `${status('unavailableReplicas')} unavailable`,
  ].join(' | ');
}

function strategy(rolling: Json | undefined): string[] {
  if (rolling === undefined) return [];
  const bound = (field: string): string => scalarAt(rolling, field) ?? '0';
  return [`RollingUpdateStrategy:\t${bound('maxUnavailable')} max unavailable, ${bound('maxSurge')} max surge`];
}

function conditions(all: readonly Json[]): string[] {
  if (all.length === 0) return [];
  const text = (one: Json, field: string): string => textAt(one, field) ?? '';
  return [
    'Conditions:',
    '  Type\tStatus\tReason',
    '  ----\t------\t------',
    ...all.map((one) => `  ${text(one, 'type')} \t${text(one, 'status')}\t${text(one, 'reason')}`),
  ];
}

function sets(found: ReplicaSets | undefined): string[] {
  if (found === undefined || (found.old.length === 0 && found.new === undefined)) return [];
  const text = (set: Json): string =>
    `${textAt(set, 'metadata', 'name') ?? ''} (${numberAt(set, 'status', 'replicas') ?? 0}/${numberAt(set, 'spec', 'replicas') ?? 0} replicas created)`;
  return [
    `OldReplicaSets:\t${found.old.map(text).join(', ') || '<none>'}`,
    `NewReplicaSet:\t${found.new === undefined ? '<none>' : text(found.new)}`,
  ];
}
