/** Kinds that this program never writes, whatever the policy says: who may do what, and what the API server runs or trusts. */
import type { ResourceKind } from './object-reference.ts';

const groups: readonly string[] = [
  'rbac.authorization.k8s.io',
  'admissionregistration.k8s.io',
  'certificates.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
];

/** Every name that kubectl takes for them without a group. Source: `kubectl api-resources`, 1.34. */
const names = new Set(
  [
    'serviceaccounts serviceaccount sa',
    'roles role rolebindings rolebinding clusterroles clusterrole clusterrolebindings clusterrolebinding',
    'certificatesigningrequests certificatesigningrequest csr',
    'mutatingwebhookconfigurations mutatingwebhookconfiguration',
    'validatingwebhookconfigurations validatingwebhookconfiguration',
    'validatingadmissionpolicies validatingadmissionpolicy',
    'validatingadmissionpolicybindings validatingadmissionpolicybinding',
    'mutatingadmissionpolicies mutatingadmissionpolicy',
    'mutatingadmissionpolicybindings mutatingadmissionpolicybinding',
    'customresourcedefinitions customresourcedefinition crds crd',
    'apiservices apiservice',
  ].flatMap((line) => line.split(' ')),
);

/** By the author's word, or by the plural and the group that the cluster gives. A sentence, or undefined. */
export function whyForbidden({ resource, group }: ResourceKind): string | undefined {
  const isOne = group === undefined || group === '' ? names.has(resource) : groups.includes(group);
  return isOne
    ? `objects such as ${resource} say who may do what in the cluster, or what its API server runs or trusts; this program never writes them.`
    : undefined;
}
