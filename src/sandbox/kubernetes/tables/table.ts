/** The server's Table: `Accept: application/json;as=Table;v=v1;g=meta.k8s.io`, what `kubectl get` prints. */
import type { JsonObject } from '../json.ts';
import type { KubeObject, Kinds, ResourceName } from '../objects.ts';
import { batchTables } from './batch.ts';
import { clusterTables } from './cluster.ts';
import { configTables } from './config.ts';
import { eventTable } from './events.ts';
import type { KindTable } from './kind-table.ts';
import { networkTables } from './network.ts';
import { podTable } from './pods.ts';
import { workloadTables } from './workloads.ts';

const tables: { readonly [R in ResourceName]: KindTable<Kinds[R]> } = {
  pods: podTable,
  events: eventTable,
  ...workloadTables,
  ...networkTables,
  ...configTables,
  ...clusterTables,
  ...batchTables,
};

const nameText =
  'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically.';

/** `include` is the query's includeObject: None, Metadata (default) or Object. */
export function tableOf<R extends ResourceName>(
  resource: R,
  objects: readonly Kinds[R][],
  version: string,
  { now, include }: { now: number; include: string },
): JsonObject {
  const { columns, cells, conditions } = tables[resource];
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: version },
    columnDefinitions: columns.map(([name, type, priority = 0]) => ({
      name,
      type,
      format: name === 'Name' ? 'name' : '',
      description: name === 'Name' ? nameText : name,
      priority,
    })),
    rows: objects.map((object) => {
      const marks = conditions?.(object);
      const row: JsonObject = { cells: cells(object, now) };
      if (marks) row['conditions'] = marks;
      if (include !== 'None') row['object'] = rowObject(object, include === 'Object');
      return row;
    }),
  };
}

function rowObject(object: KubeObject, whole: boolean): JsonObject {
  const shown = whole
    ? object
    : { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
  return shown;
}
