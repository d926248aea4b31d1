/** Puts a deployment back to what it was when the story was built, as a colleague would with `kubectl replace`. */
import { jsonOf } from '../kubernetes/http/answer.ts';
import { clone, isObject, type Json, type JsonObject } from '../kubernetes/json.ts';
import type { Deployment } from '../kubernetes/objects.ts';
import type { World } from '../kubernetes/world.ts';

const revisionKey = 'deployment.kubernetes.io/revision';

/** Returns how: to the spec and the annotations that it has now. Its history goes on. */
export function keepDeployment(world: World, deployment: Deployment): () => void {
  const { namespace = 'default', name } = deployment.metadata;
  const kept = clone(jsonOf(deployment));
  return () => {
    world.edit('deployments', namespace, name, (object) => {
      const metadata = objectAt(object, 'metadata');
      const revision = objectAt(metadata, 'annotations')[revisionKey];
      const before = objectAt(objectAt(kept, 'metadata'), 'annotations');
      const annotations = { ...before, ...(revision === undefined ? {} : { [revisionKey]: revision }) };
      object['metadata'] = { ...metadata, annotations: clone(annotations) };
      object['spec'] = clone(objectAt(kept, 'spec'));
    });
  };
}

function objectAt(object: JsonObject, field: string): JsonObject {
  const value: Json | undefined = object[field];
  return isObject(value) ? value : {};
}
