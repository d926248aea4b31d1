/** `kubectl set image`: container=image pairs, or `*=image` for every container, init containers too. */
import type { SetImageAction, Template } from '../../domain/action.ts';
import { isImageReference } from '../../domain/image.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { type FlagTable, parseFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';
import { isOneOf, targetOf } from './resources.ts';

const flags = { namespace: { short: 'n', takes: 'value' } } satisfies FlagTable;
const templated = new Set(['deployments', 'statefulsets', 'daemonsets']);

type Pair = SetImageAction<Template>['images'][number];

/** `words` are those behind `set image`. */
export function compileSetImage(words: readonly Template[]): Compiled<SetImageAction<Template>> | Refusal {
  const parsed = parseFlags(words, flags, 'set image');
  if ('refused' in parsed) return parsed;
  const objects: Template[] = [];
  const images: Pair[] = [];
  for (const word of parsed.words) {
    const pair = pairOf(word);
    if (pair === undefined) {
      if (images.length > 0) return refuse('malformed', 'kubectl wants the object before the images.');
      objects.push(word);
    } else if ('refused' in pair) return pair;
    else if (images.some((each) => nameOf(each) === nameOf(pair))) {
      return refuse('malformed', `The image of ${quoted(nameOf(pair))} is given twice.`);
    } else images.push(pair);
  }
  if (images.length === 0) return refuse('malformed', '`kubectl set image` sets nothing here.');
  if (images.length > 1 && images.some(({ container }) => container === undefined)) {
    return refuse('malformed', '`*` means every container already; kubectl takes no other pair beside it.');
  }
  const target = targetOf(objects, 'set image');
  if ('refused' in target) return target;
  if (!isOneOf(target, templated)) {
    return refuse(
      'not-supported-yet',
      `Setting an image of ${target.resource} is not compiled; of deployments, statefulsets and daemonsets it is.`,
    );
  }
  const namespace = parsed.values.get('namespace');
  return { action: { type: 'set-image', ...(namespace !== undefined && { namespace }), target, images } };
}

const nameOf = ({ container }: Pair): string => (container === undefined ? '*' : textOf(container));

/** Undefined: no pair by kubectl's rule (it has no `=`). */
function pairOf(word: Template): Pair | Refusal | undefined {
  const parts = typeof word === 'string' ? [word] : word.template;
  const at = parts.findIndex((part) => typeof part === 'string' && part.includes('='));
  const holder = parts[at];
  if (typeof holder !== 'string') return undefined;
  const equals = holder.indexOf('=');
  const container = templateOf([...parts.slice(0, at), holder.slice(0, equals)]);
  const image = templateOf([holder.slice(equals + 1), ...parts.slice(at + 1)]);
  if (container === '' || image === '') return refuse('malformed', `${quoted(textOf(word))} is not container=image.`);
  if (typeof image === 'string' && !isImageReference(image)) {
    return refuse(
      'malformed',
      `${quoted(image)} is not an image: a repository in lower case, then a tag or a digest, as in registry/app:1.2.`,
    );
  }
  return container === '*' ? { image } : { container, image };
}

function templateOf(parts: readonly (string | { readonly parameter: string })[]): Template {
  const filled = parts.filter((part) => part !== '');
  const [only] = filled;
  if (filled.length === 0) return '';
  return filled.length === 1 && typeof only === 'string' ? only : { template: filled };
}
