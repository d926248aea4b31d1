/** `kubectl label` and `kubectl annotate`: KEY=value sets, KEY- removes. */
import type { ClusterChangeOf, KeyAssignment } from '../../domain/change-action.ts';
import type { Template } from '../../domain/object-reference.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { aimedAt, aimOf, cutAt } from './change-targets.ts';
import { type FlagTable, parseFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  selector: { short: 'l', takes: 'value' },
  'field-selector': { takes: 'value' },
  all: { takes: 'nothing' },
  overwrite: { takes: 'nothing' },
  list: { takes: 'nothing' },
} satisfies FlagTable;

const key = /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^(?:[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)?$/;

export const compileLabel = compileAs('label');
export const compileAnnotate = compileAs('annotate');

function compileAs(verb: 'label' | 'annotate') {
  return (words: readonly Template[]): Compiled<ClusterChangeOf<Template>> | Refusal => {
    const parsed = parseFlags(words, flags, verb);
    if ('refused' in parsed) return parsed;
    const { values, switches } = parsed;
    if (switches.has('list')) {
      return refuse(
        'unknown-flag',
        `${quoted(`kubectl ${verb} --list`)} only prints; ${quoted('kubectl get --show-labels')} is compiled.`,
      );
    }
    const objects: Template[] = [];
    const assignments: KeyAssignment<Template>[] = [];
    for (const word of parsed.words) {
      const assignment = assignmentOf(word, verb);
      if (assignment === undefined) {
        if (assignments.length > 0) return refuse('malformed', `kubectl wants all objects before the ${verb}s.`);
        objects.push(word);
      } else if ('refused' in assignment) return assignment;
      else if (assignments.some((each) => each.key === assignment.key)) {
        return refuse('malformed', `${quoted(assignment.key)} is given twice.`);
      } else assignments.push(assignment);
    }
    if (assignments.length === 0) return refuse('malformed', `${quoted(`kubectl ${verb}`)} sets nothing here.`);
    const selector = values.get('selector');
    const fieldSelector = values.get('field-selector');
    const aim = aimOf(
      objects,
      {
        ...(selector !== undefined && { selector }),
        ...(fieldSelector !== undefined && { fieldSelector }),
        all: switches.has('all'),
      },
      verb,
    );
    if ('refused' in aim) return aim;
    const deed = { type: verb, assignments, ...(switches.has('overwrite') && { overwrite: true as const }) };
    return { action: aimedAt(aim, deed, values.get('namespace')) };
  };
}

/** Undefined: an object, by kubectl's rule (no `=` in it and no `-` at its end). */
function assignmentOf(word: Template, verb: 'label' | 'annotate'): KeyAssignment<Template> | Refusal | undefined {
  const cut = cutAt(word, '=');
  if (cut === undefined) {
    if (!textOf(word).endsWith('-')) return undefined;
    if (typeof word !== 'string') return openKey(word);
    return key.test(word.slice(0, -1)) ? { key: word.slice(0, -1), remove: true } : badKey(word.slice(0, -1));
  }
  const [name, value] = cut;
  if (typeof name !== 'string') return openKey(word);
  if (!key.test(name)) return badKey(name);
  if (verb === 'label' && typeof value === 'string' && !labelValue.test(value)) {
    return refuse('malformed', `${quoted(value)} is not the value of a label; the server would refuse it.`);
  }
  return { key: name, value };
}

const openKey = (word: Template): Refusal =>
  refuse('unresolved-substitution', `The key is left open in ${quoted(textOf(word))}.`);
const badKey = (name: string): Refusal =>
  refuse('malformed', `${quoted(name)} is not the key of a label or an annotation.`);
