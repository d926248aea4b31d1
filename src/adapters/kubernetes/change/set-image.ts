/** `kubectl set image` as field changes: one for each container, guarded by its name. */
import type { SetImageAction } from '../../../domain/change-action.ts';
import { isFrom, isImageReference, repositoryOf } from '../../../domain/image.ts';
import type { Json } from '../../../domain/json.ts';
import type { FieldChange } from '../../../domain/plan.ts';
import { at, listAt, textAt } from '../live.ts';
import type { Proposal } from './proposal.ts';
import { onDelete } from './restart.ts';

type Container = { readonly name: string; readonly path: string; readonly image: string | undefined };
type Edit = { readonly container: Container; readonly image: string };

/** `repositories` are the policy's; empty: each image must stay in the repository it is from. */
export function proposeImages(action: SetImageAction<string>, live: Json, repositories: readonly string[]): Proposal {
  const object = `${action.target.resource}/${action.target.name}`;
  const bad = action.images.find(({ image }) => !isImageReference(image));
  if (bad !== undefined || action.images.length === 0) {
    return { kind: 'refused', text: `${JSON.stringify(bad?.image.slice(0, 80) ?? '')} is not an image. Correct it.` };
  }
  const all = containersOf(live);
  const unknown = action.images.find(({ container }) => !all.some(({ name }) => (container ?? name) === name));
  if (unknown !== undefined) {
    const names = all.map(({ name }) => name).join(', ');
    return { kind: 'refused', text: `${object} has no container ${unknown.container ?? ''}. It has ${names}.` };
  }
  const edits = all.flatMap((container): Edit[] => {
    const image = action.images.find((one) => (one.container ?? container.name) === container.name)?.image;
    return image === undefined || image === container.image ? [] : [{ container, image }];
  });
  if (edits.length === 0) return { kind: 'no-change', text: `${object} already has this image.` };

  const foreign = edits
    .map(({ container, image }) =>
      whyForeign({ container: container.name, before: container.image, after: image }, repositories),
    )
    .find((why) => why !== undefined);
  return {
    kind: 'proposed',
    changes: edits.map(changeOf),
    class: foreign === undefined ? 'change' : 'destructive',
    ...(foreign === undefined ? {} : { classReason: foreign }),
    undo: undoOf(action, edits),
    warnings: [
      ...(at(live, 'spec', 'paused') === true
        ? [`${object} is paused: its pods get the new image only after kubectl rollout resume.`]
        : []),
      ...onDelete(live, object),
    ],
  };
}

function containersOf(live: Json): readonly Container[] {
  return (['initContainers', 'containers'] as const).flatMap((group) =>
    listAt(live, 'spec', 'template', 'spec', group).map((container, index) => ({
      name: textAt(container, 'name') ?? '',
      path: `/spec/template/spec/${group}/${index}`,
      image: textAt(container, 'image'),
    })),
  );
}

/** Why the new image is no safe one, or undefined. `before`: what that container runs now. */
export function whyForeign(
  { container, before, after }: { container: string; before: string | undefined; after: string },
  repositories: readonly string[],
): string | undefined {
  if (repositories.length > 0) {
    return isFrom(after, repositories)
      ? undefined
      : `${after} is from none of the policy's repositories (policy.imageRepositories)`;
  }
  if (before === undefined) return `${after} is new: container ${container} runs no image now`;
  const from = repositoryOf(after);
  return from !== undefined && repositoryOf(before) === from
    ? undefined
    : `${after} is from another repository than ${before} that container ${container} runs now`;
}

const changeOf = ({ container, image }: Edit): FieldChange => ({
  path: `${container.path}/image`,
  label: `image (container ${container.name})`,
  ...(container.image === undefined ? {} : { before: container.image }),
  after: image,
  guard: [{ path: `${container.path}/name`, value: container.name }],
});

function undoOf(action: SetImageAction<string>, edits: readonly Edit[]): (Proposal & { kind: 'proposed' })['undo'] {
  const images = edits.flatMap(({ container }) =>
    container.image === undefined ? [] : [{ container: container.name, image: container.image }],
  );
  if (images.length < edits.length) return { kind: 'none', why: 'a container had no image of its own before' };
  return {
    kind: 'action',
    action: { ...action, images },
    text: images.map(({ container, image }) => `set the image of ${container} back to ${image}`).join(', '),
  };
}
