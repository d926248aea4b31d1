/** `kubectl top pods` and `kubectl top nodes`. Source of the rules: `kubectl top pod --help` and `node --help`, 1.34. */
import type { Template } from '../../domain/object-reference.ts';
import type { TopAction } from '../../domain/read-action.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { type FlagTable, parseFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';

const nodeFlags = {
  namespace: { short: 'n', takes: 'value' },
  selector: { short: 'l', takes: 'value' },
  'no-headers': { takes: 'nothing' },
  'sort-by': { takes: 'value' },
  'show-capacity': { takes: 'nothing' },
  // How the metrics come over the wire: the same metrics.
  'use-protocol-buffers': { takes: 'nothing' },
} satisfies FlagTable;
const { 'show-capacity': _, ...common } = nodeFlags;
const podFlags = {
  ...common,
  'field-selector': { takes: 'value' },
  sum: { takes: 'nothing' },
  'all-namespaces': { short: 'A', takes: 'nothing' },
  containers: { takes: 'nothing' },
} satisfies FlagTable;

/** kubectl knows these words only; here a kind is a sub-command. */
const subjects: Readonly<Record<string, TopAction<Template>['what']>> = {
  pod: 'pods',
  pods: 'pods',
  po: 'pods',
  node: 'nodes',
  nodes: 'nodes',
  no: 'nodes',
};

export function compileTop(words: readonly Template[]): Compiled<TopAction<Template>> | Refusal {
  const [subject, ...rest] = words;
  const what = typeof subject === 'string' && Object.hasOwn(subjects, subject) ? subjects[subject] : undefined;
  if (what === undefined) return refuse('malformed', '`kubectl top` needs pods or nodes next.');
  const parsed = parseFlags(rest, what === 'pods' ? podFlags : nodeFlags, `top ${what}`);
  if ('refused' in parsed) return parsed;
  const { values, switches } = parsed;
  const [name, ...more] = parsed.words;
  if (more.length > 0) return refuse('malformed', '`kubectl top` takes one name or a selector.');
  if (name !== undefined && textOf(name).includes('/')) {
    return refuse('malformed', `${quoted(textOf(name))} is not a name; \`kubectl top ${what}\` takes no type/name.`);
  }
  const selector = values.get('selector');
  const fieldSelector = values.get('field-selector');
  if (name !== undefined && (selector !== undefined || fieldSelector !== undefined)) {
    return refuse('malformed', 'kubectl takes either a name or a selector, not both.');
  }
  const everywhere = switches.has('all-namespaces');
  if (name !== undefined && everywhere) {
    return refuse('malformed', 'kubectl does not find one pod by name in all namespaces.');
  }
  const sortBy = values.get('sort-by');
  if (sortBy !== undefined && sortBy !== 'cpu' && sortBy !== 'memory') {
    return typeof sortBy === 'string'
      ? refuse('malformed', '--sort-by takes only cpu or memory.')
      : refuse('unresolved-substitution', 'The field of --sort-by is left open; it has to be written out.');
  }
  const namespace = values.get('namespace');
  return {
    action: {
      type: 'top',
      ...(namespace !== undefined && !everywhere && { namespace }),
      what,
      ...(name !== undefined && { name }),
      ...(selector !== undefined && { selector }),
      ...(fieldSelector !== undefined && { fieldSelector }),
      ...(everywhere && { allNamespaces: true as const }),
      ...(switches.has('containers') && { containers: true as const }),
      ...(switches.has('sum') && { sum: true as const }),
      ...(switches.has('show-capacity') && { of: 'capacity' as const }),
      ...(switches.has('no-headers') && { noHeaders: true as const }),
      ...(sortBy !== undefined && { sortBy }),
    },
  };
}
