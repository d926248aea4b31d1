/** `kubectl cordon` and `kubectl uncordon` of one node by its name. */
import type { CordonAction, Template } from '../../domain/action.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { type FlagTable, parseFlags } from './flags.ts';
import type { Compiled } from './get.ts';
import { isOneOf, splitReference } from './resources.ts';

// kubectl takes a namespace with every verb; a node has none.
const flags = {
  namespace: { short: 'n', takes: 'value' },
  selector: { short: 'l', takes: 'value' },
} satisfies FlagTable;

export const compileCordon = compileAs('cordon');
export const compileUncordon = compileAs('uncordon');

function compileAs(verb: 'cordon' | 'uncordon') {
  return (words: readonly Template[]): Compiled<CordonAction<Template>> | Refusal => {
    const parsed = parseFlags(words, flags, verb);
    if ('refused' in parsed) return parsed;
    if (parsed.values.has('selector')) {
      return refuse(
        'not-supported-yet',
        `${quoted(`kubectl ${verb}`)} of the nodes of a selector is not compiled yet; one node by its name is.`,
      );
    }
    const [first, ...more] = parsed.words;
    if (first === undefined) return refuse('malformed', `${quoted(`kubectl ${verb}`)} needs the name of a node.`);
    // kubectl reads `cordon node a` as two nodes.
    if (more.length > 0) {
      return refuse(
        'not-supported-yet',
        `${quoted(`kubectl ${verb}`)} of several nodes is not compiled; one at a time.`,
      );
    }
    const slashed = splitReference(first);
    if (slashed && 'refused' in slashed) return slashed;
    if (slashed && !isOneOf(slashed, new Set(['nodes']))) {
      return refuse('malformed', `${quoted(`kubectl ${verb}`)} is for nodes, not for ${slashed.resource}.`);
    }
    return { action: { type: verb, target: slashed ?? { resource: 'nodes', name: first } } };
  };
}
