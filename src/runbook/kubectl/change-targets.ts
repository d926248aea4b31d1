/** The objects of a change that kubectl takes several of: `TYPE NAME…`, `TYPE/NAME…`, `-l`, `--all`. */
import type { ClusterChangeOf, DrainAction, EachAction, ObjectChangeOf } from '../../domain/change-action.ts';
import { whyForbidden } from '../../domain/forbidden-kinds.ts';
import type { ObjectReference, ResourceKind, Template } from '../../domain/object-reference.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { textOf } from './flags.ts';
import { isOneOf, kindOf, splitReference } from './resources.ts';

export type Aim =
  | { readonly named: readonly ObjectReference<Template>[] }
  | { readonly kinds: readonly ResourceKind[]; readonly selector?: Template; readonly fieldSelector?: Template };

type Found = {
  readonly selector?: Template;
  readonly fieldSelector?: Template;
  readonly all?: boolean;
  /** A kind without a name or a selector means all of it in the namespace, as `rollout` has it. */
  readonly alone?: true;
};

export function aimOf(words: readonly Template[], found: Found, verb: string): Aim | Refusal {
  const aim = readAim(words, found, verb);
  if ('refused' in aim) return aim;
  const why = ('named' in aim ? aim.named : aim.kinds).map(whyForbidden).find((one) => one !== undefined);
  return why === undefined ? aim : refuse('never-run', `${quoted(`kubectl ${verb}`)}: ${why}`);
}

function readAim(words: readonly Template[], found: Found, verb: string): Aim | Refusal {
  const { selector, fieldSelector, all = false, alone } = found;
  const searched = selector !== undefined || fieldSelector !== undefined || all;
  const [first, ...names] = words;
  if (first === undefined)
    return refuse('malformed', `${quoted(`kubectl ${verb}`)} needs an object such as deployment/web.`);
  const slashed = splitReference(first);
  if (slashed !== undefined) {
    const named: ObjectReference<Template>[] = [];
    for (const word of words) {
      const reference = splitReference(word);
      if (reference === undefined)
        return refuse('malformed', 'kubectl takes either TYPE/NAME words or one TYPE and names.');
      if ('refused' in reference) return reference;
      named.push(reference);
    }
    return searched ? bothWays : onceEach(named);
  }
  if (typeof first !== 'string') {
    return refuse(
      'unresolved-substitution',
      `The kind of object in ${quoted(textOf(first))} is left open; it has to be written out.`,
    );
  }
  const kinds: ResourceKind[] = [];
  for (const word of first.split(',')) {
    const kind = kindOf(word);
    if ('refused' in kind) return kind;
    kinds.push(kind);
  }
  if (names.length > 0) {
    if (searched) return bothWays;
    if (names.some((name) => textOf(name).includes('/'))) {
      return refuse('malformed', 'kubectl takes either TYPE/NAME words or one TYPE and names.');
    }
    return onceEach(kinds.flatMap((kind) => names.map((name) => ({ ...kind, name }))));
  }
  if (!searched && alone === undefined) {
    return refuse('malformed', `${quoted(`kubectl ${verb} ${first}`)} names no object; kubectl stops here, too.`);
  }
  if (all && (selector !== undefined || fieldSelector !== undefined)) {
    return refuse('malformed', '--all and a selector exclude each other.');
  }
  return {
    kinds,
    ...(selector !== undefined && { selector }),
    ...(fieldSelector !== undefined && { fieldSelector }),
  };
}

/** kubectl does it to the same object twice, which fails or says something else the second time. */
function onceEach(named: readonly ObjectReference<Template>[]): Aim | Refusal {
  const keys = named.map(({ resource, group, name }) => JSON.stringify([resource, group, name]));
  const again = named.find((_, index) => keys.indexOf(keys[index] ?? '') < index);
  if (again !== undefined) return refuse('malformed', `${quoted(textOf(again.name))} is named twice.`);
  const deep = named.find(({ name }) => textOf(name).includes('/'));
  return deep === undefined ? { named } : refuse('malformed', 'kubectl takes one slash in TYPE/NAME.');
}

const bothWays = refuse('malformed', 'A name and a selector exclude each other; kubectl takes one of them.');

/** The kinds of all that is meant. */
export const kindsOf = (aim: Aim): readonly ResourceKind[] => ('named' in aim ? aim.named : aim.kinds);

/** A kind that is none of these. */
export const otherKindIn = (aim: Aim, resources: ReadonlySet<string>): string | undefined =>
  ('named' in aim ? aim.named : aim.kinds).find((kind) => !isOneOf(kind, resources))?.resource;

/** Without the object: what is done to each. */
export type Deed = EachAction<Template>['change'];

/** One object stays itself; several become parts, in the command's order. */
export function aimedAt(
  aim: Aim,
  deed: Deed | ((kind: ResourceKind) => Deed),
  namespace: Template | undefined,
): ClusterChangeOf<Template> {
  const deedOf = typeof deed === 'function' ? deed : () => deed;
  const scope = namespace === undefined ? {} : { namespace };
  const changes =
    'named' in aim
      ? // A deed and a target are one change of an object: `Deed` is such a change without its target.
        aim.named.map((target): ObjectChangeOf<Template> | DrainAction<Template> => ({
          ...deedOf(target),
          ...scope,
          target,
        }))
      : aim.kinds.map(
          (kind): EachAction<Template> => ({
            type: 'each',
            ...scope,
            kind,
            ...(aim.selector !== undefined && { selector: aim.selector }),
            ...(aim.fieldSelector !== undefined && { fieldSelector: aim.fieldSelector }),
            change: deedOf(kind),
          }),
        );
  const [only] = changes;
  return changes.length === 1 && only !== undefined ? only : { type: 'several', ...scope, changes };
}

/** Cuts a word at the first `mark` that is literal text. Undefined: there is none. */
export function cutAt(word: Template, mark: string): readonly [Template, Template] | undefined {
  const parts = typeof word === 'string' ? [word] : word.template;
  const index = parts.findIndex((part) => typeof part === 'string' && part.includes(mark));
  const holder = parts[index];
  if (typeof holder !== 'string') return undefined;
  const at = holder.indexOf(mark);
  return [
    joined([...parts.slice(0, index), holder.slice(0, at)]),
    joined([holder.slice(at + mark.length), ...parts.slice(index + 1)]),
  ];
}

function joined(parts: readonly (string | { readonly parameter: string })[]): Template {
  const filled = parts.filter((part) => part !== '');
  const [only] = filled;
  if (only === undefined) return '';
  return filled.length === 1 && typeof only === 'string' ? only : { template: filled };
}
