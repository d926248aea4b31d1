/** `kubectl set image`: container=image pairs, or `*=image` for every container, init containers too. */
import type { ClusterChangeOf, SetImageAction } from '../../domain/change-action.ts';
import type { Template } from '../../domain/object-reference.ts';
import { isImageReference } from '../../domain/image.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { aimedAt, aimOf, cutAt, otherKindIn } from './change-targets.ts';
import { type FlagTable, parseFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  selector: { short: 'l', takes: 'value' },
  all: { takes: 'nothing' },
} satisfies FlagTable;
const templated = new Set(['deployments', 'statefulsets', 'daemonsets']);

type Pair = SetImageAction<Template>['images'][number];

/** `words` are those behind `set image`. */
export function compileSetImage(words: readonly Template[]): Compiled<ClusterChangeOf<Template>> | Refusal {
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
  const selector = parsed.values.get('selector');
  const all = parsed.switches.has('all');
  const aim = aimOf(objects, { ...(selector !== undefined && { selector }), all }, 'set image');
  if ('refused' in aim) return aim;
  const other = otherKindIn(aim, templated);
  if (other !== undefined) {
    return refuse(
      'left-to-people',
      `Setting an image of ${other} is not compiled; of deployments, statefulsets and daemonsets it is.`,
    );
  }
  return { action: aimedAt(aim, { type: 'set-image', images }, parsed.values.get('namespace')) };
}

const nameOf = ({ container }: Pair): string => (container === undefined ? '*' : textOf(container));

/** Undefined: no pair by kubectl's rule (it has no `=`). */
function pairOf(word: Template): Pair | Refusal | undefined {
  const cut = cutAt(word, '=');
  if (cut === undefined) return undefined;
  const [container, image] = cut;
  if (container === '' || image === '') return refuse('malformed', `${quoted(textOf(word))} is not container=image.`);
  if (typeof image === 'string' && !isImageReference(image)) {
    return refuse(
      'malformed',
      `${quoted(image)} is not an image: a repository in lower case, then a tag or a digest, as in registry/app:1.2.`,
    );
  }
  return container === '*' ? { image } : { container, image };
}
