/** Deployments, ReplicaSets, StatefulSets, DaemonSets, and their revisions. */
import type { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet, Template } from '../objects.ts';
import { selectorText } from '../selectors.ts';
import { age } from './age.ts';
import type { Column, KindTable } from './kind-table.ts';

const names = (template: Template): string => template.spec.containers.map(({ name }) => name).join(',');
const images = (template: Template): string => template.spec.containers.map(({ image }) => image).join(',');
const containerColumns: readonly Column[] = [
  ['Containers', 'string', 1],
  ['Images', 'string', 1],
];
const wide: readonly Column[] = [...containerColumns, ['Selector', 'string', 1]];

const deployments: KindTable<Deployment> = {
  columns: [
    ['Name', 'string'],
    ['Ready', 'string'],
    ['Up-to-date', 'string'],
    ['Available', 'string'],
    ['Age', 'string'],
    ...wide,
  ],
  cells: ({ metadata, spec, status }, now) => [
    metadata.name,
    `${status.readyReplicas ?? 0}/${spec.replicas}`,
    status.updatedReplicas ?? 0,
    status.availableReplicas ?? 0,
    age(metadata.creationTimestamp, now),
    names(spec.template),
    images(spec.template),
    selectorText(spec.selector),
  ],
};

const replicasets: KindTable<ReplicaSet> = {
  columns: [
    ['Name', 'string'],
    ['Desired', 'integer'],
    ['Current', 'integer'],
    ['Ready', 'integer'],
    ['Age', 'string'],
    ...wide,
  ],
  cells: ({ metadata, spec, status }, now) => [
    metadata.name,
    spec.replicas,
    status.replicas,
    status.readyReplicas ?? 0,
    age(metadata.creationTimestamp, now),
    names(spec.template),
    images(spec.template),
    selectorText(spec.selector),
  ],
};

const statefulsets: KindTable<StatefulSet> = {
  columns: [['Name', 'string'], ['Ready', 'string'], ['Age', 'string'], ...containerColumns],
  cells: ({ metadata, spec, status }, now) => [
    metadata.name,
    `${status.readyReplicas ?? 0}/${spec.replicas}`,
    age(metadata.creationTimestamp, now),
    names(spec.template),
    images(spec.template),
  ],
};

const daemonsets: KindTable<DaemonSet> = {
  columns: [
    ['Name', 'string'],
    ['Desired', 'integer'],
    ['Current', 'integer'],
    ['Ready', 'integer'],
    ['Up-to-date', 'integer'],
    ['Available', 'integer'],
    ['Node Selector', 'string'],
    ['Age', 'string'],
    ...wide,
  ],
  cells: ({ metadata, spec, status }, now) => [
    metadata.name,
    status.desiredNumberScheduled,
    status.currentNumberScheduled,
    status.numberReady,
    status.updatedNumberScheduled ?? 0,
    status.numberAvailable ?? 0,
    selectorText({ matchLabels: spec.template.spec.nodeSelector ?? {} }) || '<none>',
    age(metadata.creationTimestamp, now),
    names(spec.template),
    images(spec.template),
    selectorText(spec.selector),
  ],
};

const controllerrevisions: KindTable<ControllerRevision> = {
  columns: [
    ['Name', 'string'],
    ['Controller', 'string'],
    ['Revision', 'integer'],
    ['Age', 'string'],
  ],
  cells: ({ metadata, revision }, now) => {
    const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
    const controller = owner === undefined ? '<none>' : `${owner.kind.toLowerCase()}.apps/${owner.name}`;
    return [metadata.name, controller, revision, age(metadata.creationTimestamp, now)];
  },
};

export const workloadTables = { deployments, replicasets, statefulsets, daemonsets, controllerrevisions };
