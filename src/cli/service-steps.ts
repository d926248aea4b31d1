/** The compiled steps of services, each with its place: what their rights follow from. */
import type { Impersonation } from '../domain/acting-as.ts';
import type { Policy, Service } from '../domain/policy.ts';
import type { Runbook } from '../domain/runbook.ts';
import type { Reach, ServiceSteps } from '../runbook/rights/rbac.ts';

export type ServiceRunbooks = { readonly service: Service; readonly runbooks: readonly Runbook[] };

export const stepsOf = (read: readonly ServiceRunbooks[]): readonly ServiceSteps[] =>
  read.map(({ service: { namespaces }, runbooks }) => ({
    namespaces,
    steps: runbooks.flatMap(({ path, procedures }) =>
      procedures.flatMap(({ steps }) =>
        steps.flatMap((step) => (step.kind === 'action' ? [{ place: `${path}:${step.line}`, step }] : [])),
      ),
    ),
  }));

type ClusterSettings = { readonly context?: string; readonly impersonate?: Impersonation };

/** What bounds the account on one cluster. `approvers`: their e-mail addresses; none: anybody. */
export const reachOf = (
  { protectedNamespaces, clusterScoped }: Policy,
  cluster: ClusterSettings | undefined,
  approvers: readonly string[] = [],
): Reach => {
  const impersonate = cluster?.impersonate;
  return {
    protectedNamespaces,
    clusterScoped,
    ...(impersonate === undefined
      ? {}
      : {
          impersonates: {
            users: approvers.map((email) => `${impersonate.prefix}${email.toLowerCase()}`),
            groups: impersonate.groups,
          },
        }),
  };
};
