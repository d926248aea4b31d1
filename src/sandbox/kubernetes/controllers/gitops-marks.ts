/** How Argo CD, Flux and Helm mark what they own, and what they say in events (from their documentation and sources). */
import type { DeclaredObject, Marks } from './gitops-fields.ts';

export type GitOpsTool = 'argocd' | 'flux' | 'helm';
type Text = { readonly reason: string; readonly message: string };
type ToolTexts = {
  /** The object that stands for the owner; it is not stored here, only named by its events. */
  readonly kind: string;
  readonly apiVersion: string;
  /** Where it lives unless told; undefined: where its objects are. */
  readonly namespace: string | undefined;
  readonly fieldManager: string;
  readonly component: string;
  /** Said when the cluster is seen to differ. */
  readonly drifted: Text | undefined;
  started(revision: string): Text | undefined;
  done(revision: string, object: DeclaredObject): Text | undefined;
};

const silent = () => undefined;

export const toolTexts: Readonly<Record<GitOpsTool, ToolTexts>> = {
  argocd: {
    kind: 'Application',
    apiVersion: 'argoproj.io/v1alpha1',
    namespace: 'argocd',
    fieldManager: 'argocd-controller',
    component: 'argocd-application-controller',
    drifted: { reason: 'ResourceUpdated', message: 'Updated sync status: Synced -> OutOfSync' },
    started: (revision) => ({ reason: 'OperationStarted', message: `Initiated automated sync to '${revision}'` }),
    done: (revision) => ({
      reason: 'OperationCompleted',
      message: `Partial sync operation to ${revision} succeeded`,
    }),
  },
  flux: {
    kind: 'Kustomization',
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    namespace: 'flux-system',
    fieldManager: 'kustomize-controller',
    component: 'kustomize-controller',
    drifted: undefined,
    started: silent,
    done: (_revision, { namespace, name }) => ({
      reason: 'Progressing',
      message: `Deployment/${namespace}/${name} configured`,
    }),
  },
  helm: {
    kind: 'Secret',
    apiVersion: 'v1',
    namespace: undefined,
    fieldManager: 'helm',
    component: 'helm',
    drifted: undefined,
    started: silent,
    done: silent,
  },
};

/** The labels and annotations that tell a reader whose the object is. */
export function marksOf(
  tool: GitOpsTool,
  owner: { readonly name: string; readonly namespace?: string },
  { namespace, name }: DeclaredObject,
): Marks {
  const home = owner.namespace ?? '';
  switch (tool) {
    case 'argocd': {
      // An application outside of Argo CD's own namespace is named with it ("Applications in any namespace").
      const instance = home === toolTexts.argocd.namespace ? owner.name : `${home}_${owner.name}`;
      return {
        annotations: { 'argocd.argoproj.io/tracking-id': `${instance}:apps/Deployment:${namespace}/${name}` },
      };
    }
    case 'flux':
      return {
        labels: {
          'kustomize.toolkit.fluxcd.io/name': owner.name,
          'kustomize.toolkit.fluxcd.io/namespace': home,
        },
      };
    case 'helm':
      return {
        labels: { 'app.kubernetes.io/managed-by': 'Helm' },
        annotations: { 'meta.helm.sh/release-name': owner.name, 'meta.helm.sh/release-namespace': home },
      };
    default:
      return tool satisfies never;
  }
}
