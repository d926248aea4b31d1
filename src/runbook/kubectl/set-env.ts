/** `kubectl set env` with KEY=value and KEY- pairs, and the way to the other forms of `kubectl set`. */
import type { ClusterChangeOf, EnvAssignment } from '../../domain/change-action.ts';
import type { Template } from '../../domain/object-reference.ts';
import { isEnvName } from '../../domain/names.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { aimedAt, aimOf, otherKindIn } from './change-targets.ts';
import { type FlagTable, parseFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';
import { secretsReason } from './resources.ts';
import { compileSetImage } from './set-image.ts';
import { compileSetResources } from './set-resources.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  containers: { short: 'c', takes: 'value' },
  selector: { short: 'l', takes: 'value' },
  all: { takes: 'nothing' },
  from: { takes: 'value' },
  list: { takes: 'nothing' },
} satisfies FlagTable;

const templated = new Set(['deployments', 'statefulsets', 'daemonsets']);

export function compileSet(words: readonly Template[]): Compiled<ClusterChangeOf<Template>> | Refusal {
  const [what, ...rest] = words;
  if (what === 'image') return compileSetImage(rest);
  if (what === 'resources') return compileSetResources(rest);
  if (what !== 'env') {
    const known = what === 'selector' || what === 'serviceaccount' || what === 'subject';
    return known
      ? refuse(
          'left-to-people',
          `\`kubectl set ${what}\` decides whom an object serves or as whom it acts; do it by hand.`,
        )
      : refuse('unknown-verb', '`kubectl set` needs env, image or resources next.');
  }
  if (rest.some((word) => /^--from=secrets?\//i.test(textOf(word)))) return refuse('reads-secret', secretsReason);
  const parsed = parseFlags(rest, flags, 'set env');
  if ('refused' in parsed) return parsed;

  const { values, switches } = parsed;
  if (values.has('from')) {
    return refuse(
      'left-to-people',
      '`--from` copies the names of all keys of another object as they are by then; set the variables.',
    );
  }
  if (switches.has('list')) return refuse('unknown-flag', '`kubectl set env --list` only prints; it is not compiled.');
  const objects: Template[] = [];
  const assignments: EnvAssignment<Template>[] = [];
  for (const word of parsed.words) {
    const assignment = assignmentOf(word);
    if (assignment === undefined) {
      if (assignments.length > 0) return refuse('malformed', 'kubectl wants the object before the variables.');
      objects.push(word);
    } else if ('refused' in assignment) return assignment;
    else if (assignments.some((each) => each.name === assignment.name)) {
      return refuse('malformed', `${quoted(assignment.name)} is given twice.`);
    } else assignments.push(assignment);
  }
  if (assignments.length === 0) return refuse('malformed', '`kubectl set env` sets nothing here.');
  const selector = values.get('selector');
  const aim = aimOf(objects, { ...(selector !== undefined && { selector }), all: switches.has('all') }, 'set env');
  if ('refused' in aim) return aim;
  const other = otherKindIn(aim, templated);
  if (other !== undefined) {
    return refuse(
      'left-to-people',
      `Setting variables of ${other} is not compiled; of deployments, statefulsets and daemonsets it is.`,
    );
  }
  const container = values.get('containers');
  if (container !== undefined && container !== '*' && textOf(container).includes('*')) {
    return refuse('left-to-people', 'A pattern of container names may fit more than one; name one container.');
  }
  // `*` is kubectl's default: every container.
  const only = container !== undefined && container !== '*' ? { container } : {};
  return { action: aimedAt(aim, { type: 'set-env', ...only, assignments }, values.get('namespace')) };
}

/** Undefined: no assignment by kubectl's rule (it has `=` or ends in `-`). */
function assignmentOf(word: Template): EnvAssignment<Template> | Refusal | undefined {
  const text = textOf(word);
  if (!text.includes('=') && !text.endsWith('-')) return undefined;
  const [first, ...others] = typeof word === 'string' ? [word] : word.template;
  const head = typeof first === 'string' ? first : '';
  const at = head.indexOf('=');
  if (at === -1) {
    if (others.length > 0 || typeof first !== 'string') {
      return refuse('unresolved-substitution', `The variable's name is left open in ${quoted(text)}.`);
    }
    const name = head.slice(0, -1);
    return isEnvName(name) ? { name, remove: true } : refuse('malformed', `${quoted(text)} is not KEY=value or KEY-.`);
  }
  const name = head.slice(0, at);
  if (!isEnvName(name)) return refuse('malformed', `${quoted(name)} is not the name of an environment variable.`);
  const tail = head.slice(at + 1);
  const parts = [...(tail === '' ? [] : [tail]), ...others];
  const only = parts[0];
  if (only === undefined) return { name, value: '' };
  return { name, value: parts.length === 1 && typeof only === 'string' ? only : { template: parts } };
}
