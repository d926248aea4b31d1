/** `kubectl taint`: the list of a node's taints, in the order in which kubectl writes it (new ones first). */
import type { TaintAction } from '../../../domain/change-action.ts';
import type { Json } from '../../../domain/json.ts';
import type { FieldChange } from '../../../domain/plan.ts';
import { at, isRecord, listAt, sameJson, textAt } from '../live.ts';
import type { Proposal } from './proposal.ts';
import { undoPatch, withChanges } from './reverse.ts';

export function proposeTaint(action: TaintAction<string>, live: Json): Proposal {
  const node = `Node ${action.target.name}`;
  const old = listAt(live, 'spec', 'taints');
  const added: { key: string; value?: string; effect: string }[] = [];
  for (const taint of action.taints) {
    if ('remove' in taint) continue;
    const { key, effect, value = '' } = taint;
    added.push({ key, ...(value === '' ? {} : { value }), effect });
  }
  const same = (a: Json, b: Json): boolean =>
    textAt(a, 'key') === textAt(b, 'key') && textAt(a, 'effect') === textAt(b, 'effect');
  const there = added.find((taint) => old.some((one) => same(one, taint)));
  if (there !== undefined && action.overwrite !== true) {
    return {
      kind: 'refused',
      text: `${node} has a taint ${there.key} with ${there.effect} already. Add --overwrite to change it.`,
    };
  }
  let taints: readonly Json[] = [...added, ...old.filter((one) => !added.some((taint) => same(one, taint)))];
  for (const taint of action.taints) {
    if (!('remove' in taint)) continue;
    const left = taints.filter(
      (one) =>
        textAt(one, 'key') !== taint.key || (taint.effect !== undefined && textAt(one, 'effect') !== taint.effect),
    );
    if (left.length === taints.length) {
      return {
        kind: 'refused',
        text: `${node} has no taint ${taint.key}${taint.effect === undefined ? '' : ` with ${taint.effect}`}. kubectl stops here, too.`,
      };
    }
    taints = left;
  }
  const before = at(live, 'spec', 'taints');
  const after = taints.length === 0 ? undefined : taints;
  if (sameJson(before, after)) return { kind: 'no-change', text: `${node} already has these taints.` };
  const changes: FieldChange[] = [
    {
      path: '/spec/taints',
      label: 'taints',
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
      shown: [{ label: 'taints', before: taintsText(old), after: taintsText(taints) }],
    },
  ];
  const evicts = added.find(({ effect }) => effect === 'NoExecute');
  return {
    kind: 'proposed',
    changes,
    class: evicts === undefined ? 'change' : 'destructive',
    ...(evicts === undefined
      ? {}
      : {
          classReason: `the taint ${evicts.key} with NoExecute ends the pods on ${action.target.name} that do not tolerate it`,
        }),
    undo: undoPatch(action.target, changes, withChanges(live, changes), 'put the taints of before back'),
    warnings: [],
  };
}

const taintsText = (taints: readonly Json[]): string =>
  taints.length === 0
    ? 'none'
    : taints
        .filter(isRecord)
        .map(
          (taint) =>
            `${textAt(taint, 'key') ?? ''}${textAt(taint, 'value') === undefined ? '' : `=${textAt(taint, 'value') ?? ''}`}:${textAt(taint, 'effect') ?? ''}`,
        )
        .join(', ');
