/** Who else will write to the object: autoscalers, GitOps, Helm, operators. Sentences for people. */
import type { ChangeAction } from '../../../domain/action.ts';
import type { Json } from '../../../domain/json.ts';
import type { Connection } from '../connection.ts';
import { ApiRefusal } from '../errors.ts';
import { at, listAt, numberAt, textAt } from '../live.ts';

export async function findWarnings(
  connection: Connection,
  action: ChangeAction,
  object: { namespace: string; kind: string; name: string; live: Json },
): Promise<readonly string[]> {
  // A pod is never put back: its controller makes another one.
  if (action.type === 'delete-pod') return [];
  return [...(await autoscalers(connection, action, object)), ...owners(object.live)];
}

async function autoscalers(
  connection: Connection,
  action: ChangeAction,
  object: { namespace: string; kind: string; name: string },
): Promise<string[]> {
  if (action.type !== 'scale') return [];
  try {
    const path = `/apis/autoscaling/v2/namespaces/${encodeURIComponent(object.namespace)}/horizontalpodautoscalers`;
    return listAt(await connection.get(path), 'items').flatMap((hpa) => {
      const target = at(hpa, 'spec', 'scaleTargetRef');
      if (textAt(target, 'kind') !== object.kind || textAt(target, 'name') !== object.name) return [];
      const name = textAt(hpa, 'metadata', 'name') ?? '';
      const min = numberAt(hpa, 'spec', 'minReplicas') ?? 1;
      const max = numberAt(hpa, 'spec', 'maxReplicas') ?? min;
      const off = Number(action.replicas) === 0;
      return [
        off
          ? `HorizontalPodAutoscaler ${name} (${min} to ${max}) stops while the replicas are 0 and takes over again afterwards.`
          : `HorizontalPodAutoscaler ${name} keeps this between ${min} and ${max} replicas and will change the number again.`,
      ];
    });
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.retryable) throw error;
    return ['Whether an autoscaler will fight this is not known: our account may not list HorizontalPodAutoscalers.'];
  }
}

/** Marks that GitOps tools, Helm and operators leave on what they own. Sources: their own documentation. */
function owners(live: Json): string[] {
  const label = (key: string): string | undefined => textAt(live, 'metadata', 'labels', key);
  const annotation = (key: string): string | undefined => textAt(live, 'metadata', 'annotations', key);
  const found: string[] = [];
  const argo =
    annotation('argocd.argoproj.io/tracking-id')?.split(':')[0] ??
    label('argocd.argoproj.io/instance') ??
    annotation('argocd.argoproj.io/instance');
  if (argo !== undefined) {
    found.push(`Argo CD application ${brief(argo)} manages this and may put it back. Change it in Git too.`);
  }
  const kustomization = label('kustomize.toolkit.fluxcd.io/name');
  if (kustomization !== undefined) {
    found.push(`Flux kustomization ${brief(kustomization)} manages this and will put it back. Change it in Git too.`);
  }
  const fluxRelease = label('helm.toolkit.fluxcd.io/name');
  if (fluxRelease !== undefined) {
    found.push(`Flux Helm release ${brief(fluxRelease)} manages this and may put it back. Change it in Git too.`);
  }
  if (label('app.kubernetes.io/managed-by') === 'Helm' && fluxRelease === undefined) {
    const release = annotation('meta.helm.sh/release-name');
    found.push(
      `Helm${release === undefined ? '' : ` release ${brief(release)}`} manages this; the next helm upgrade may put it back.`,
    );
  }
  for (const owner of listAt(live, 'metadata', 'ownerReferences')) {
    const name = `${textAt(owner, 'kind') ?? ''} ${textAt(owner, 'name') ?? ''}`;
    found.push(`${brief(name)} owns this, and its controller may put it back. Change that object instead.`);
  }
  return found;
}

const brief = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text);
