/** The class of a change by the fields that it changes (DESIGN, "Classes look at fields, not only verbs"). */
import type { ActionClass } from '../../../domain/action.ts';
import type { Json } from '../../../domain/json.ts';
import type { FieldChange } from '../../../domain/plan.ts';
import { at, pointerKeys, sameJson } from '../live.ts';
import { guardedDifferences, whyDestructive } from './template-class.ts';

const templated = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);
const scaled = new Set(['Deployment', 'StatefulSet', 'ReplicaSet']);
/** Whoever changes these changes what others may do, or whom they serve. */
const weighty = new Set(['Namespace', 'ServiceAccount']);
const namedMax = 5;

export type Changed = {
  readonly kind: string;
  readonly group: string;
  readonly before: Json;
  readonly after: Json;
  readonly changes: readonly FieldChange[];
};

export type FieldClass = { readonly class: ActionClass; readonly classReason?: string };

/** `labelRisk`: why a label that changes is more than a label; see label-risk. */
export function classOfFields(
  { kind, group, before, after, changes }: Changed,
  { repositories, labelRisk }: { repositories: readonly string[]; labelRisk: string | undefined },
): FieldClass {
  const forbidden = forbiddenIn(kind, before, after, changes);
  if (forbidden.length > 0) {
    return {
      class: 'forbidden',
      classReason: `This changes ${forbidden.slice(0, namedMax).join(', ')}, which Firebreak never changes. Do it by hand.`,
    };
  }
  const reasons: string[] = [];
  const others: string[] = [];
  let ends: string | undefined;
  let image: string | undefined;
  for (const { path, label, before: was, after: is } of changes) {
    const [first, second, key = ''] = pointerKeys(path);
    if (first === 'metadata' && (second === 'labels' || second === 'annotations')) {
      if (weighty.has(kind)) others.push(label);
      else if (second === 'annotations' && isOrder(key)) {
        reasons.push(`the annotation ${key} is one that a controller of the cluster acts on`);
      } else if (second === 'labels' && labelRisk !== undefined) reasons.push(labelRisk);
      continue;
    }
    if (group === 'apps' && templated.has(kind) && first === 'spec' && second === 'template') {
      image ??= whyDestructive(at(before, 'spec', 'template') ?? {}, at(after, 'spec', 'template') ?? {}, repositories);
      continue;
    }
    if (group === 'apps' && scaled.has(kind) && path === '/spec/replicas') {
      const [from, to] = [typeof was === 'number' ? was : 1, typeof is === 'number' ? is : 1];
      if (to < from) ends = `${from} → ${to} replicas ${to === 0 ? 'stops every pod' : 'ends running pods'}`;
      continue;
    }
    if (group === 'apps' && kind === 'Deployment' && path === '/spec/paused') continue;
    if (kind === 'HorizontalPodAutoscaler' && (path === '/spec/minReplicas' || path === '/spec/maxReplicas')) continue;
    if (group === '' && kind === 'ConfigMap' && first === 'data') continue;
    others.push(label);
  }
  if (ends !== undefined) reasons.push(ends);
  if (image !== undefined) reasons.push(image);
  if (others.length > 0) {
    const more = others.length > namedMax ? ` and ${others.length - namedMax} more` : '';
    reasons.push(
      `it changes fields that are not on the list of safe ones: ${others.slice(0, namedMax).join(', ')}${more}`,
    );
  }
  const classReason = [...new Set(reasons)].join('; ');
  return classReason === '' ? { class: 'change' } : { class: 'destructive', classReason };
}

/** An ingress controller's configuration, a load balancer's kind, a deployment's revision; not what kubectl notes. */
const isOrder = (key: string): boolean =>
  /(?:^|\.)(?:kubernetes|k8s)\.io\//.test(key) &&
  !/^(?:app|kubectl)\.kubernetes\.io\/|^kubernetes\.io\/change-cause$/.test(key);

const admission = /^(?:pod-security\.kubernetes\.io\/|.*admission)/;

/** Names for people. */
export function forbiddenIn(
  kind: string,
  before: Json,
  after: Json,
  changes: readonly Pick<FieldChange, 'path'>[],
): readonly string[] {
  const labels =
    kind === 'Namespace'
      ? changes
          .map(({ path }) => pointerKeys(path))
          .filter(([first, second, key]) => first === 'metadata' && second === 'labels' && admission.test(key ?? ''))
          .map(([, , key]) => `the label ${key ?? ''}`)
      : [];
  return [
    ...labels,
    ...nodePathsIn(kind, before, after),
    ...templatesOf(before, after).flatMap(([was, is]) => guardedDifferences(was, is)),
  ];
}

/** A volume that is a folder of a node is a way round the host paths of pods. */
const nodePathsIn = (kind: string, before: Json, after: Json): readonly string[] =>
  kind !== 'PersistentVolume'
    ? []
    : ['hostPath', 'local']
        .filter((field) => !sameJson(at(before, 'spec', field), at(after, 'spec', field)))
        .map((field) => `the volume’s ${field}`);

/** Every place where a built-in kind, and most others, hold a pod template. A pod is one itself. */
function templatesOf(before: Json, after: Json): readonly (readonly [Json, Json])[] {
  const paths = [['spec', 'template'], ['spec', 'jobTemplate', 'spec', 'template'], ['template'], []];
  return paths.map((path) => [at(before, ...path) ?? {}, at(after, ...path) ?? {}] as const);
}
