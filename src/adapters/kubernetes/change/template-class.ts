/** What a new pod template may be called: safe, more than that, or never to be done here. */
import type { Json } from '../../../domain/json.ts';
import { at, listAt, sameJson, textAt } from '../live.ts';
import { whyForeign } from './set-image.ts';
import { containerGroups, differencesIn, named, namesOf } from './template-diff.ts';

const namedMax = 5;

/**
 * Why a new template is destructive, or undefined: then images stay within the policy's repositories, and nothing but
 * images, environment, resources and the time of the last restart differs.
 */
export function whyDestructive(before: Json, after: Json, repositories: readonly string[]): string | undefined {
  for (const group of containerGroups) {
    const old = listAt(before, 'spec', group);
    for (const container of listAt(after, 'spec', group)) {
      const name = textAt(container, 'name') ?? '';
      const [was, is] = [textAt(named(old, name), 'image'), textAt(container, 'image') ?? ''];
      const foreign = was === is ? undefined : whyForeign({ container: name, before: was, after: is }, repositories);
      if (foreign !== undefined) return foreign;
    }
  }
  const others = differencesIn(before, after).filter(({ field }) => field === 'other');
  if (others.length === 0) return undefined;
  const labels = others.map(({ shown }) => shown.label);
  const more = labels.length > namedMax ? ` and ${labels.length - namedMax} more` : '';
  return `it changes more than images, environment and resources: ${labels.slice(0, namedMax).join(', ')}${more}`;
}

const podFields: readonly (readonly string[])[] = [
  ['serviceAccountName'],
  // The older name of the same field; servers write both.
  ['serviceAccount'],
  ['automountServiceAccountToken'],
  ['hostNetwork'],
  ['hostPID'],
  ['hostIPC'],
  ['hostUsers'],
  ['securityContext', 'windowsOptions', 'hostProcess'],
  ['securityContext', 'seccompProfile'],
  ['securityContext', 'appArmorProfile'],
];
const containerFields: readonly (readonly string[])[] = [
  ['privileged'],
  ['allowPrivilegeEscalation'],
  ['capabilities'],
  ['procMount'],
  ['seccompProfile'],
  ['appArmorProfile'],
  ['windowsOptions', 'hostProcess'],
];

/**
 * Fields that this program never changes (service account, host namespaces and paths, what keeps a container apart from
 * its node), where the two differ: names for people.
 */
export function guardedDifferences(before: Json, after: Json): readonly string[] {
  const pod = podFields
    .filter((path) => !sameJson(at(before, 'spec', ...path), at(after, 'spec', ...path)))
    .map((path) => path.at(-1) ?? '');
  const containers = containerGroups.flatMap((group) => {
    const old = listAt(before, 'spec', group);
    const next = listAt(after, 'spec', group);
    return namesOf([...old, ...next]).flatMap((name) => {
      const [was, is] = [named(old, name), named(next, name)];
      const fields = containerFields
        .filter((path) => !sameJson(at(was, 'securityContext', ...path), at(is, 'securityContext', ...path)))
        .map((path) => `${path.at(-1) ?? ''} of container ${name}`);
      const mounts = sameJson(hostMounts(before, was), hostMounts(after, is));
      return mounts ? fields : [...fields, `mounts of host paths of container ${name}`];
    });
  });
  const paths = sameJson(hostPaths(before), hostPaths(after)) ? [] : ['host paths'];
  return [...new Set([...pod, ...paths, ...containers])];
}

const hostPaths = (template: Json): readonly Json[] =>
  listAt(template, 'spec', 'volumes').filter((volume) => at(volume, 'hostPath') !== undefined);

/** A mount may become writable, or another part of the same path. */
function hostMounts(template: Json, container: Json | undefined): readonly Json[] {
  const volumes = namesOf(hostPaths(template));
  return listAt(container, 'volumeMounts').filter((mount) => volumes.includes(textAt(mount, 'name') ?? ''));
}
