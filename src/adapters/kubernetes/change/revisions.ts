/**
 * The history of a workload, as its controller and kubectl find it: ReplicaSets of a deployment (deployment_util.go),
 * ControllerRevisions of StatefulSets and DaemonSets (history.go).
 */
import type { Json } from '../../../domain/json.ts';
import type { Connection } from '../connection.ts';
import { controllerRevisionKind, pathOf, replicaSetKind } from '../discovery.ts';
import { at, isRecord, listAt, numberAt, recordAt, sameJson, textAt, textsAt } from '../live.ts';
import { controllerIn } from './controller.ts';
import { selectorOf, selectorText } from './workload.ts';

const hashLabel = 'pod-template-hash';

export type Revision = {
  readonly kind: 'ReplicaSet' | 'ControllerRevision';
  readonly name: string;
  readonly uid: string;
  readonly hash: string;
  /** 0 when the controller has not numbered it. */
  readonly number: number;
  /** Those that come along with the template; kubectl leaves the annotations of the other kinds alone. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Without the label that the controller adds. */
  readonly template: Json;
};

/** Newest first. `live` is a Deployment, StatefulSet or DaemonSet. */
export async function revisionsOf(connection: Connection, namespace: string, live: Json): Promise<readonly Revision[]> {
  const selector = selectorText(selectorOf(recordAt(live, 'spec', 'selector')));
  if (selector === '') return [];
  const isDeployment = textAt(live, 'kind') === 'Deployment';
  const path = pathOf(isDeployment ? replicaSetKind : controllerRevisionKind, { namespace });
  const uid = textAt(live, 'metadata', 'uid');
  return listAt(await connection.get(`${path}?labelSelector=${encodeURIComponent(selector)}`), 'items')
    .filter(
      (one) =>
        textAt(controllerIn(at(one, 'metadata', 'ownerReferences')), 'uid') === uid &&
        at(one, 'metadata', 'deletionTimestamp') === undefined,
    )
    .map(isDeployment ? ofReplicaSet : ofControllerRevision)
    .toSorted((a, b) => b.number - a.number);
}

/** The one whose template the workload asks for. */
export const currentRevision = (revisions: readonly Revision[], live: Json): Revision | undefined =>
  revisions.find((one) => sameTemplate(one.template, at(live, 'spec', 'template') ?? null));

/** Whether two templates mean the same pods. */
export const sameTemplate = (a: Json, b: Json): boolean => sameJson(bare(a), bare(b));

const ofReplicaSet = (set: Json): Revision => ({
  kind: 'ReplicaSet',
  ...identity(set),
  hash: textAt(set, 'metadata', 'labels', hashLabel) ?? '',
  number: numberOf(textAt(set, 'metadata', 'annotations', 'deployment.kubernetes.io/revision')),
  annotations: textsAt(set, 'metadata', 'annotations'),
  template: withoutHash(at(set, 'spec', 'template') ?? null),
});

/** Its data is a patch that replaces the template. */
function ofControllerRevision(revision: Json): Revision {
  const { $patch: _, ...template } = recordAt(revision, 'data', 'spec', 'template');
  const labels = textsAt(revision, 'metadata', 'labels');
  return {
    kind: 'ControllerRevision',
    ...identity(revision),
    hash: labels['controller-revision-hash'] ?? labels['controller.kubernetes.io/hash'] ?? '',
    number: numberAt(revision, 'revision') ?? 0,
    template,
  };
}

const identity = (object: Json): { name: string; uid: string } => ({
  name: textAt(object, 'metadata', 'name') ?? '',
  uid: textAt(object, 'metadata', 'uid') ?? '',
});

const numberOf = (text: string | undefined): number =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : 0;

function withoutHash(template: Json): Json {
  const metadata = at(template, 'metadata');
  const labels = at(metadata, 'labels');
  if (!isRecord(template) || !isRecord(metadata) || !isRecord(labels)) return template;
  const { [hashLabel]: _, ...rest } = labels;
  return { ...template, metadata: { ...metadata, labels: rest } };
}

/** Servers before 1.34 write `creationTimestamp: null` into templates. */
function bare(template: Json): Json {
  const plain = withoutHash(template);
  const metadata = at(plain, 'metadata');
  if (!isRecord(plain) || !isRecord(metadata)) return plain;
  const { creationTimestamp: _, ...rest } = metadata;
  return { ...plain, metadata: rest };
}
