/** What lint says about single commands. */
import { type ActionType, type CompiledAction, isRead, readsOf } from '../../domain/action.ts';
import type { ChangeActionOf } from '../../domain/change-action.ts';
import type { Json } from '../../domain/json.ts';
import type { ResourceKind, Template } from '../../domain/object-reference.ts';
import type { SingleReadOf } from '../../domain/read-action.ts';
import type { ActionStep, ManualStep, ReasonCode, Runbook, Step } from '../../domain/runbook.ts';
import { clusterScopedKinds } from '../rights/rights-kinds.ts';
import { type Finding, finding, type RuleId } from './finding.ts';
import { lintCode } from './lint-code.ts';
import { lintValues } from './lint-values.ts';

export function lintSteps(runbook: Runbook, { namespaceKnown }: { readonly namespaceKnown: boolean }): Finding[] {
  return runbook.procedures
    .flatMap(({ steps }) => steps)
    .flatMap((step) => [
      ...(step.kind === 'manual' ? lintManual(runbook.path, step) : lintAction(runbook.path, step)),
      ...(namespaceKnown || step.kind === 'manual' ? [] : lintNamespace(runbook.path, step)),
    ]);
}

/** Reasons that are the runbook's own trouble, and not merely Firebreak's limits. */
const reasonRules: Readonly<Partial<Record<ReasonCode, { readonly rule: RuleId; readonly mend: string }>>> = {
  malformed: { rule: 'malformed', mend: 'Write the command so that it can be pasted into a terminal as it is.' },
  'unknown-flag': {
    rule: 'unknown-flag',
    mend: 'Check the spelling against the program’s --help; when it is right, a person runs this, or leave the flag out.',
  },
  'unknown-verb': { rule: 'unknown-verb', mend: 'Check the spelling against kubectl help.' },
  'relative-replicas': { rule: 'relative-replicas', mend: 'Write the number of replicas that shall run afterwards.' },
  'dropped-by-server': { rule: 'no-effect', mend: 'Set spec.metrics of autoscaling/v2 instead.' },
  'never-run': { rule: 'never-run', mend: 'Leave out what forces it, or say who does this by hand and how.' },
};

function lintManual(path: string, step: ManualStep): Finding[] {
  const known = reasonRules[step.reason.code];
  return known ? [finding(known.rule, { path, ...step }, step.reason.text, known.mend)] : [];
}

function lintAction(path: string, step: ActionStep): Finding[] {
  const { action } = step;
  const place = { path, ...step };
  if (isRead(action)) return readsOf(action).flatMap((read) => lintRead(place, read));
  return changesOf(action).flatMap((change) => [...lintChange(place, change), ...lintValues(place, change)]);
}

type Place = { readonly path: string; readonly line: number; readonly endLine: number };

function lintRead(place: Place, read: SingleReadOf<Template>): Finding[] {
  if (read.type === 'logs' && 'selector' in read.of && read.tail === undefined) {
    return [
      finding(
        'ten-lines',
        place,
        'Without --tail this reads 10 lines of each pod, however long ago the trouble was.',
        'Add --tail=-1 for all lines, or the number that is wanted.',
      ),
    ];
  }
  if (seeksNodeEvents(read)) {
    return [
      finding(
        'node-events',
        place,
        'Events of memory that ran out belong to nodes, so a namespace of applications has none.',
        'Look with -A, or for OOMKilled in kubectl describe of the pod.',
      ),
    ];
  }
  return [];
}

const memoryReasons = /reason=(?:OOMKilling|SystemOOM)\b/;

/** In one namespace, and only for memory that ran out: by the field, or by a grep for nothing else. */
function seeksNodeEvents(read: SingleReadOf<Template>): boolean {
  const ofEvents = read.type === 'events' || (read.type === 'get' && read.objects.every(isEvents));
  if (!ofEvents || read.allNamespaces || read.namespace === 'default') return false;
  if (read.type === 'get' && typeof read.fieldSelector === 'string' && memoryReasons.test(read.fieldSelector))
    return true;
  return (read.filters ?? []).some(
    (filter) =>
      filter.program === 'grep' &&
      !filter.invert &&
      /^(?:OOM|OOM-?kill(?:ing|ed|er)?|SystemOOM)$/i.test(filter.pattern),
  );
}

const isEvents = ({ resource }: ResourceKind): boolean => resource === 'events';

function lintChange(place: Place, change: ChangeActionOf<Template>): Finding[] {
  if (change.type === 'exec') return lintCode(place, change.argv);
  if (setsOldField(change)) {
    return [
      finding(
        'no-effect',
        place,
        'autoscaling/v2 has no targetCPUUtilizationPercentage: a server drops the field, or refuses the manifest.',
        'Set spec.metrics of autoscaling/v2 instead.',
      ),
    ];
  }
  if (change.type === 'each' && change.kind.resource === 'pods' && endsPods.has(change.change.type)) {
    return [
      finding(
        'all-at-once',
        place,
        'Every pod that the selector finds ends at the same time, and nothing serves until the new ones are ready.',
        'Use kubectl rollout restart of the workload.',
      ),
    ];
  }
  return [];
}

/** A field of autoscaling/v1 where version 2 is read: in a manifest, or in the editor, which shows version 2. */
function setsOldField(change: ChangeActionOf<Template>): boolean {
  const old = 'targetCPUUtilizationPercentage';
  if (change.type === 'set-field') {
    return change.target.resource === 'horizontalpodautoscalers' && change.field === old;
  }
  if (change.type !== 'apply' && change.type !== 'create') return false;
  const manifest = objectAt(change.manifest);
  const version = manifest?.['apiVersion'];
  return (
    manifest?.['kind'] === 'HorizontalPodAutoscaler' &&
    typeof version === 'string' &&
    version.startsWith('autoscaling/v2') &&
    Object.hasOwn(objectAt(manifest['spec']) ?? {}, old)
  );
}

const objectAt = (value: Json | undefined): { readonly [key: string]: Json } | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: Json }) // an array is ruled out, which Array.isArray does not tell of a readonly one
    : undefined;

const endsPods: ReadonlySet<ActionType> = new Set(['delete-pod', 'evict']);

/** Every change inside of one command. */
export const changesOf = (action: ChangeActionOf<Template>): readonly ChangeActionOf<Template>[] =>
  action.type === 'several' ? action.changes.flatMap((change) => changesOf(change)) : [action];

function lintNamespace(path: string, step: ActionStep): Finding[] {
  return namesNoNamespace(step.action)
    ? [
        finding(
          'no-namespace',
          { path, ...step },
          'The command names no namespace, so it runs wherever the reader’s context points.',
          'Add -n and the namespace.',
        ),
      ]
    : [];
}

function namesNoNamespace(action: CompiledAction): boolean {
  const single = isRead(action) ? readsOf(action) : changesOf(action);
  return single.some(
    (each) =>
      each.namespace === undefined &&
      !('allNamespaces' in each) &&
      kindsOf(each).some(({ resource }) => !clusterScopedKinds.has(resource)),
  );
}

/** The kinds that an action reaches in a namespace; none for what is not about objects. */
function kindsOf(action: SingleReadOf<Template> | ChangeActionOf<Template>): readonly ResourceKind[] {
  switch (action.type) {
    case 'get':
      return action.objects;
    case 'logs':
      return ['selector' in action.of ? { resource: 'pods' } : action.of];
    case 'exec-read':
      return [action.of];
    case 'describe':
      return [action.kind];
    case 'events':
      return [{ resource: 'events' }];
    case 'top':
      return [{ resource: action.what }];
    case 'can-i':
      return action.of === undefined ? [] : [action.of];
    case 'wait':
      return action.found === undefined ? action.objects : [action.found];
    case 'about':
    case 'http-read':
    case 'query':
    case 'docker-read':
    case 'echo':
    case 'http-send':
    case 'docker-change':
    case 'several':
    case 'drain':
      return [];
    case 'each':
      return [action.kind];
    case 'rollout-history':
    case 'rollout-status':
    case 'annotate':
    case 'apply':
    case 'autoscale':
    case 'cordon':
    case 'create':
    case 'create-job':
    case 'delete':
    case 'delete-pod':
    case 'evict':
    case 'exec':
    case 'label':
    case 'patch':
    case 'rollout-pause':
    case 'rollout-restart':
    case 'rollout-resume':
    case 'rollout-undo':
    case 'scale':
    case 'set-env':
    case 'set-field':
    case 'set-image':
    case 'set-resources':
    case 'taint':
    case 'uncordon':
      return [action.target];
  }
}

/** Whether a step would write when it is run. */
export const isChange = (step: Step): boolean => step.kind === 'action' && !isRead(step.action);
