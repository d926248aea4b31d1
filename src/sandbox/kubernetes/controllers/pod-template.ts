/** From a template to a pod, and the hash that names a ReplicaSet. */
import { canonical, clone } from '../json.ts';
import type { KubeObject, Pod, Template } from '../objects.ts';
import type { NewObject } from '../store.ts';
import { nameSuffix } from '../admit/admit.ts';
import { ownerReference } from './pods.ts';
import { withDefaultTolerations } from './taints.ts';

/** FNV-1a over the template's canonical text, in the alphabet of names. Not the server's own number, but as stable. */
export function templateHash(template: Template): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(canonical(template))) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
  return String(hash).replace(/\d/g, (digit) => alphabet.charAt(Number(digit) + 17));
}

const podDefaults = {
  serviceAccountName: 'default',
  serviceAccount: 'default',
  priority: 0,
  enableServiceLinks: true,
  preemptionPolicy: 'PreemptLowerPriority',
};
/** A pod of `owner`; `name` is drawn from `generateName` when it is not given. */
export function podFromTemplate(owner: KubeObject, template: Template, name?: string): NewObject<Pod> {
  const prefix = `${owner.metadata.name}-`;
  const { labels, annotations } = clone(template.metadata);
  return {
    metadata: {
      name: name ?? `${prefix}${nameSuffix()}`,
      ...(name === undefined ? { generateName: prefix } : {}),
      namespace: owner.metadata.namespace ?? 'default',
      generation: 1,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [ownerReference(owner)],
    },
    spec: {
      ...clone(template.spec),
      ...podDefaults,
      tolerations: withDefaultTolerations(template.spec.tolerations ?? []),
    },
    status: { phase: 'Pending', qosClass: qualityOfService(template) },
  };
}

function qualityOfService(template: Template): string {
  const parts = template.spec.containers.map(({ resources }) => resources);
  if (parts.every(({ limits, requests }) => limits === undefined && requests === undefined)) return 'BestEffort';
  const guaranteed = parts.every(
    ({ limits, requests }) =>
      limits?.['cpu'] !== undefined &&
      limits['memory'] !== undefined &&
      (requests === undefined || canonical(requests) === canonical(limits)),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
