/** `kubectl cordon` and `kubectl uncordon` of nodes by their names or a selector. */
import type { ClusterChangeOf } from '../../domain/change-action.ts';
import type { Template } from '../../domain/object-reference.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { type Aim, aimedAt, aimOf } from './change-targets.ts';
import { dryRunFlag, previewOnly, withBareFlags } from './dry-run.ts';
import { type FlagTable, type ParsedFlags, parseFlags } from './flags.ts';
import type { Compiled } from './get.ts';
import { isOneOf, splitReference } from './resources.ts';

// kubectl takes a namespace with every verb; a node has none.
const flags = {
  namespace: { short: 'n', takes: 'value' },
  selector: { short: 'l', takes: 'value' },
  ...dryRunFlag,
} satisfies FlagTable;

export const compileCordon = compileAs('cordon');
export const compileUncordon = compileAs('uncordon');

function compileAs(verb: 'cordon' | 'uncordon') {
  return (words: readonly Template[]): Compiled<ClusterChangeOf<Template>> | Refusal => {
    const parsed = parseFlags(withBareFlags(words), flags, verb);
    if ('refused' in parsed) return parsed;
    const preview = previewOnly(parsed, verb);
    if (preview) return preview;
    const nodes = nodesOf(parsed, verb);
    return 'refused' in nodes ? nodes : { action: aimedAt(nodes, { type: verb }, undefined) };
  };
}

/** kubectl's `ResourceNames("nodes", …)`: every word is a node, `node/a` too, and `node a` are two nodes. */
export function nodesOf(parsed: ParsedFlags, verb: string): Aim | Refusal {
  const selector = parsed.values.get('selector');
  const found = selector === undefined ? {} : { selector };
  const [first] = parsed.words;
  if (first === undefined) {
    return selector !== undefined
      ? aimOf(['nodes'], found, verb)
      : refuse('malformed', `${quoted(`kubectl ${verb}`)} needs the name of a node.`);
  }
  if (typeof first === 'string' && /^(?:no|[Nn]odes?)$/.test(first)) {
    return refuse('malformed', `kubectl takes ${quoted(first)} for the name of a node here; leave the word out.`);
  }
  const words: Template[] = [];
  for (const word of parsed.words) {
    const slashed = splitReference(word);
    if (slashed && 'refused' in slashed) return slashed;
    if (slashed && !isOneOf(slashed, new Set(['nodes']))) {
      return refuse('malformed', `${quoted(`kubectl ${verb}`)} is for nodes, not for ${slashed.resource}.`);
    }
    words.push(slashed ? slashed.name : word);
  }
  return aimOf(['nodes', ...words], found, verb);
}
