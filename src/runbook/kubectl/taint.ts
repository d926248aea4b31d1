/** `kubectl taint nodes NODE… KEY=value:Effect KEY:Effect KEY- KEY:Effect-`. */
import type { ClusterChangeOf, TaintAction, TaintEffect } from '../../domain/change-action.ts';
import type { Template } from '../../domain/object-reference.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { aimedAt, aimOf, cutAt } from './change-targets.ts';
import { type FlagTable, parseFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';

const flags = {
  // A node has no namespace.
  namespace: { short: 'n', takes: 'value' },
  selector: { short: 'l', takes: 'value' },
  all: { takes: 'nothing' },
  overwrite: { takes: 'nothing' },
} satisfies FlagTable;

type Taint = TaintAction<Template>['taints'][number];
const effects: readonly string[] = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] satisfies TaintEffect[];
const isEffect = (word: string): word is TaintEffect => effects.includes(word);
const key = /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/;

export function compileTaint(words: readonly Template[]): Compiled<ClusterChangeOf<Template>> | Refusal {
  const parsed = parseFlags(words, flags, 'taint');
  if ('refused' in parsed) return parsed;
  const { values, switches } = parsed;
  const objects: Template[] = [];
  const taints: Taint[] = [];
  for (const word of parsed.words) {
    if (!/[=:]|-$/.test(textOf(word))) {
      if (taints.length > 0) return refuse('malformed', 'kubectl wants the nodes before the taints.');
      objects.push(word);
      continue;
    }
    const taint = taintOf(word);
    if ('refused' in taint) return taint;
    if (taints.some((each) => each.key === taint.key && each.effect === taint.effect)) {
      return refuse('malformed', `${quoted(textOf(word))} is given twice.`);
    }
    taints.push(taint);
  }
  if (taints.length === 0) return refuse('malformed', '`kubectl taint` sets nothing here.');
  if (objects.some((word) => textOf(word).includes('/'))) {
    return refuse('malformed', 'kubectl taints `nodes NODE`, not `node/NODE`; it stops here.');
  }
  const selector = values.get('selector');
  const aim = aimOf(objects, { ...(selector !== undefined && { selector }), all: switches.has('all') }, 'taint');
  if ('refused' in aim) return aim;
  const kinds = 'named' in aim ? aim.named : aim.kinds;
  if (kinds.some(({ resource, group }) => resource !== 'nodes' || group !== undefined)) {
    return refuse('malformed', '`kubectl taint` is for nodes: `kubectl taint nodes NODE key=value:NoSchedule`.');
  }
  const deed = { type: 'taint' as const, taints, ...(switches.has('overwrite') && { overwrite: true as const }) };
  return { action: aimedAt(aim, deed, undefined) };
}

function taintOf(word: Template): Taint | Refusal {
  const whole = textOf(word);
  const open = refuse('unresolved-substitution', `The key or the effect is left open in ${quoted(whole)}.`);
  const bad = refuse(
    'malformed',
    `${quoted(whole)} is not KEY=value:Effect with NoSchedule, PreferNoSchedule or NoExecute.`,
  );
  const cut = cutAt(word, ':');
  let [named, effect]: readonly [Template, Template | undefined] = cut ?? [word, undefined];
  const last = effect ?? named;
  const lastText = typeof last === 'string' ? last : (last.template.at(-1) ?? '');
  const remove = typeof lastText === 'string' && lastText.endsWith('-');
  if (remove) {
    if (typeof last !== 'string') return open;
    if (effect === undefined) named = last.slice(0, -1);
    else effect = last.slice(0, -1);
  }
  if (effect !== undefined && typeof effect !== 'string') return open;
  const [name, value] = cutAt(named, '=') ?? [named, undefined];
  if (typeof name !== 'string') return open;
  if (!key.test(name) || (effect !== undefined && !isEffect(effect))) return bad;
  if (remove && effect === undefined && value !== undefined) return bad;
  if (remove) return { key: name, ...(effect !== undefined && { effect }), remove: true };
  if (effect === undefined) return bad;
  return { key: name, ...(value !== undefined && value !== '' && { value }), effect };
}
