/** What of a cluster is not for a service to change. */
import { isLabelName } from '../../../domain/names.ts';
import type { ResolveContext } from '../../../flow/ports.ts';
import type { Kind } from '../discovery.ts';

/** Why an object is not for this service to change. */
export function whyOutside(
  kind: Kind,
  { namespace, name }: { namespace: string; name?: string },
  context: ResolveContext,
): string | undefined {
  if (kind.namespaced) return refuseNamespace(namespace, context);
  const isNamespace = kind.group === '' && kind.kind === 'Namespace' && name !== undefined;
  return (isNamespace ? refuseNamespace(name, context) : undefined) ?? refuseClusterScoped(kind.plural, context);
}

/** Kinds of the whole cluster belong to no service: the policy names those that may be changed. */
function refuseClusterScoped(resource: string, { clusterScoped }: ResolveContext): string | undefined {
  return clusterScoped === undefined || clusterScoped.includes(resource)
    ? undefined
    : `The policy does not allow changes of ${resource}, which belong to the whole cluster. Do it by hand, or add ${resource} to policy.clusterScoped.`;
}

/** A sentence, or undefined when the service may change what is in it. */
export function refuseNamespace(namespace: string, context: ResolveContext): string | undefined {
  if (!isLabelName(namespace))
    return `${JSON.stringify(namespace.slice(0, 80))} is not a namespace's name. Correct it.`;
  if (context.protectedNamespaces.includes(namespace)) {
    return `Namespace ${namespace} is protected by the policy: nothing is changed in it. Do it by hand, or change the policy.`;
  }
  if (context.allowedNamespaces !== undefined && !context.allowedNamespaces.includes(namespace)) {
    return `Namespace ${namespace} is not one of this service's (${context.allowedNamespaces.join(', ')}). Choose one of those, or add it to the service.`;
  }
  return undefined;
}
