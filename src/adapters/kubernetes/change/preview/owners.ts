/**
 * Who else writes to the object: GitOps tools, Helm, operators, by the marks that they leave on what they own (sources:
 * their own documentation), and by their own objects where our account may read them. Sentences for people.
 */
import type { Json } from '../../../../domain/json.ts';
import type { FieldChange } from '../../../../domain/plan.ts';
import { pathOf, type Kind } from '../../discovery.ts';
import { at, listAt, textAt } from '../../live.ts';
import { lookAtObject, type Reader } from './look.ts';

type Owned = { readonly kind: string; readonly live: Json; readonly changes: readonly FieldChange[] };

export async function ownerWarnings(connection: Reader, owned: Owned): Promise<string[]> {
  const [argo, flux] = await Promise.all([ofArgo(connection, owned), ofFlux(connection, owned.live)]);
  return [...argo, ...flux, ...ofHelm(owned.live), ...ofOperators(owned)];
}

const label = (live: Json, key: string): string | undefined => textAt(live, 'metadata', 'labels', key);
const annotation = (live: Json, key: string): string | undefined => textAt(live, 'metadata', 'annotations', key);
const custom = (group: string, version: string, plural: string): Kind => ({
  group,
  version,
  plural,
  kind: '',
  singular: '',
  shortNames: [],
  namespaced: true,
});
const inGit = 'Change it in Git too.';

async function ofArgo(connection: Reader, { kind, live, changes }: Owned): Promise<string[]> {
  const name =
    annotation(live, 'argocd.argoproj.io/tracking-id')?.split(':')[0] ??
    label(live, 'argocd.argoproj.io/instance') ??
    annotation(live, 'argocd.argoproj.io/instance');
  if (name === undefined) return [];
  // Applications outside of Argo CD's own namespace are tracked as `namespace_name`.
  const [outer, inner] = name.split('_', 2);
  const where = inner === undefined ? { namespace: 'argocd', name } : { namespace: outer, name: inner };
  const application = await lookAtObject(connection, () =>
    pathOf(custom('argoproj.io', 'v1alpha1', 'applications'), where),
  );
  const it = `Argo CD application ${brief(name)} manages this`;
  const policy = at(application, 'spec', 'syncPolicy', 'automated');
  if (application === undefined) return [`${it} and may put it back. ${inGit}`];
  if (ignored(application, kind, changes)) return [`${it}, but ignores differences in these fields.`];
  const isAutomatic = policy !== undefined && policy !== null && at(policy, 'enabled') !== false;
  if (isAutomatic && at(policy, 'selfHeal') === true) {
    return [`${it} and heals itself: it puts this back within minutes. ${inGit}`];
  }
  return isAutomatic
    ? [`${it} and puts it back with the next change in Git. ${inGit}`]
    : [`${it} and shows it as out of sync; whoever syncs it puts it back. ${inGit}`];
}

function ignored(application: Json, kind: string, changes: readonly FieldChange[]): boolean {
  const rules = listAt(application, 'spec', 'ignoreDifferences').filter((rule) => textAt(rule, 'kind') === kind);
  const pointers = rules.flatMap((rule) => listAt(rule, 'jsonPointers')).filter((one) => typeof one === 'string');
  const covers = (path: string): boolean => pointers.some((one) => path === one || path.startsWith(`${one}/`));
  return changes.length > 0 && changes.every(({ path }) => covers(path));
}

async function ofFlux(connection: Reader, live: Json): Promise<string[]> {
  return [
    ...(await ofKustomization(connection, live, 'kustomize.toolkit.fluxcd.io')),
    ...(await ofHelmRelease(connection, live, 'helm.toolkit.fluxcd.io')),
  ];
}

async function ofKustomization(connection: Reader, live: Json, group: string): Promise<string[]> {
  const name = label(live, `${group}/name`);
  if (name === undefined) return [];
  const it = `Flux kustomization ${brief(name)} manages this`;
  const mark = (key: string): string =>
    (annotation(live, `${group}/${key}`) ?? label(live, `${group}/${key}`) ?? '').toLowerCase();
  if (mark('reconcile') === 'disabled') return [`${it}, but its mark on the object says to leave it alone.`];
  if (['ignore', 'ifnotpresent'].includes(mark('ssa'))) {
    return [`${it}, but its mark on the object says to leave changes alone (ssa: ${mark('ssa')}).`];
  }
  const namespace = label(live, `${group}/namespace`) ?? '';
  const own = await lookAtObject(connection, () => pathOf(custom(group, 'v1', 'kustomizations'), { namespace, name }));
  return at(own, 'spec', 'suspend') === true
    ? [`${it}, but is suspended: it puts this back once somebody resumes it. ${inGit}`]
    : [`${it} and will put it back. ${inGit}`];
}

async function ofHelmRelease(connection: Reader, live: Json, group: string): Promise<string[]> {
  const name = label(live, `${group}/name`);
  if (name === undefined) return [];
  const it = `Flux Helm release ${brief(name)} manages this`;
  const namespace = label(live, `${group}/namespace`) ?? '';
  const own = await lookAtObject(connection, () => pathOf(custom(group, 'v2', 'helmreleases'), { namespace, name }));
  if (at(own, 'spec', 'suspend') === true) {
    return [`${it}, but is suspended: it may put this back once somebody resumes it. ${inGit}`];
  }
  const detects = textAt(own, 'spec', 'driftDetection', 'mode') === 'enabled';
  const left = (annotation(live, `${group}/driftDetection`) ?? label(live, `${group}/driftDetection`)) === 'disabled';
  return detects && !left ? [`${it} and will put it back. ${inGit}`] : [`${it} and may put it back. ${inGit}`];
}

function ofHelm(live: Json): string[] {
  const isFlux = label(live, 'helm.toolkit.fluxcd.io/name') !== undefined;
  if (label(live, 'app.kubernetes.io/managed-by') !== 'Helm' || isFlux) return [];
  const release = annotation(live, 'meta.helm.sh/release-name');
  const name = release === undefined ? '' : ` release ${brief(release)}`;
  return [`Helm${name} manages this; the next helm upgrade may put it back.`];
}

function ofOperators({ kind, live, changes }: Owned): string[] {
  return listAt(live, 'metadata', 'ownerReferences').flatMap((owner) => {
    const name = brief(`${textAt(owner, 'kind') ?? ''} ${textAt(owner, 'name') ?? ''}`);
    if (kind !== 'Pod') return [`${name} owns this, and its controller may put it back. Change that object instead.`];
    // Nobody puts the labels of a pod back.
    return changes.some(({ path }) => path.startsWith('/metadata/labels'))
      ? [`${name} lets go of this pod if its selector no longer finds it, and makes another one.`]
      : [];
  });
}

/** Of marks that anybody may write. */
export function brief(text: string): string {
  const line = text.replace(/[\p{C}\s]+/gu, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
