/** `kubectl set env` with KEY=value and KEY- pairs, and the way to `kubectl set image`. Other forms are not compiled yet. */
import type { EnvAssignment, SetEnvAction, SetImageAction, Template } from '../../domain/action.ts';
import { isEnvName } from '../../domain/names.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { type FlagTable, parseFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';
import { isOneOf, secretsReason, targetOf } from './resources.ts';
import { compileSetImage } from './set-image.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  containers: { short: 'c', takes: 'value' },
} satisfies FlagTable;

const templated = new Set(['deployments', 'statefulsets', 'daemonsets']);

type Set = SetEnvAction<Template> | SetImageAction<Template>;

export function compileSet(words: readonly Template[]): Compiled<Set> | Refusal {
  const [what, ...rest] = words;
  if (what === 'image') return compileSetImage(rest);
  if (what !== 'env') {
    const known = what === 'resources' || what === 'selector' || what === 'serviceaccount';
    return known
      ? refuse('not-supported-yet', `\`kubectl set ${what}\` is not compiled yet.`)
      : refuse('unknown-verb', '`kubectl set` needs env, image or resources next.');
  }
  if (rest.some((word) => /^--from=secrets?\//i.test(textOf(word)))) return refuse('reads-secret', secretsReason);
  const parsed = parseFlags(rest, flags, 'set env');
  if ('refused' in parsed) return parsed;

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
  const target = targetOf(objects, 'set env');
  if ('refused' in target) return target;
  if (!isOneOf(target, templated)) {
    return refuse(
      'not-supported-yet',
      `Setting variables of ${target.resource} is not compiled; of deployments it is.`,
    );
  }
  const container = parsed.values.get('containers');
  if (container !== undefined && container !== '*' && textOf(container).includes('*')) {
    return refuse('not-supported-yet', 'A pattern of container names is not compiled yet.');
  }
  const namespace = parsed.values.get('namespace');
  return {
    action: {
      type: 'set-env',
      ...(namespace !== undefined && { namespace }),
      target,
      // `*` is kubectl's default: every container.
      ...(container !== undefined && container !== '*' && { container }),
      assignments,
    },
  };
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
