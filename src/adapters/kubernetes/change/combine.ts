/** Several resolved changes as one plan. Pure. */
import type { ActionClass } from '../../../domain/action.ts';
import type { ClusterChange, ObjectChange, SeveralAction } from '../../../domain/change-action.ts';
import { invariant } from '../../../domain/errors.ts';
import { objectName, type PlanFacts, type Target, type Undo } from '../../../domain/plan.ts';
import type { WaveSize } from '../../../domain/waves.ts';
import { isAboutPods } from './cordon.ts';
import { severalBudgets } from './effects/evict.ts';

export type Resolved = { readonly action: ObjectChange; readonly facts: PlanFacts };

const podNamesMax = 20;
const namedMax = 3;
const warningsMax = 40;
const severity: readonly ActionClass[] = ['read', 'change', 'destructive', 'forbidden'];

export function combine(
  action: ClusterChange,
  { resolved, notes, target }: { resolved: readonly Resolved[]; notes: readonly string[]; target?: Target },
): PlanFacts {
  const [first] = resolved;
  invariant(first, 'a plan has at least one part');
  const waves = wavesOf(action, resolved);
  return {
    target: target ?? first.facts.target,
    changes: [],
    parts: resolved.map(({ action: one, facts }) => ({ action: one, target: facts.target, changes: facts.changes })),
    ...(waves === undefined ? {} : { waves }),
    affected: {
      pods: podsOf(resolved),
      podNames: unique(resolved.flatMap(({ facts }) => facts.affected.podNames)).slice(0, podNamesMax),
      budgets: unique(resolved.flatMap(({ facts }) => facts.affected.budgets)),
    },
    ...classOf(resolved),
    warnings: bounded([...notes, ...warningsOf(resolved)]),
    undo: isDrain(resolved) ? undoOfDrain(resolved) : undoOf(resolved),
    preview: previewOf(resolved),
  };
}

/** Several pods, and nothing else: one at a time, unless somebody chose otherwise. */
export function wavesOf(action: ClusterChange, resolved: readonly Resolved[]): WaveSize | undefined {
  if (resolved.length < 2 || resolved.some(({ action: one }) => one.type !== 'delete-pod')) return undefined;
  const asked = (action.type === 'each' || action.type === 'several' ? action.waves : undefined) ?? 1;
  return asked === 'all' || asked >= resolved.length ? 'all' : asked;
}

const tries = 'its eviction is tried again until the time is up';
const mayNever = 'it cannot be evicted until all but one of them are gone or choose other pods';

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)];
const nameOf = ({ kind, namespace, name }: Target): string =>
  `${kind} ${objectName({ name, ...(namespace === undefined ? {} : { namespace }) })}`;

/** A pod that two parts touch counts once, as far as all of a part's pods are named. */
function podsOf(resolved: readonly Resolved[]): number {
  const named = new Set<string>();
  let others = 0;
  for (const { target, affected } of resolved.map(({ facts }) => facts)) {
    if (affected.pods !== affected.podNames.length) others += affected.pods;
    else for (const name of affected.podNames) named.add(`${target.namespace ?? ''}/${name}`);
  }
  return named.size + others;
}

/** Ending more than one object is destructive, whoever makes them again; what is forbidden stays so in any company. */
function classOf(resolved: readonly Resolved[]): Pick<PlanFacts, 'class' | 'classReason'> {
  const ends = resolved.filter(({ action }) => ['delete', 'delete-pod', 'evict'].includes(action.type));
  const rank = Math.max(...resolved.map(({ facts }) => severity.indexOf(facts.class)));
  if (ends.length > 0 && severity[rank] !== 'forbidden') {
    const evicts = ends.every(({ action }) => action.type === 'evict');
    const what = `${evicts ? 'pod' : 'object'}${ends.length === 1 ? '' : 's'}`;
    return { class: 'destructive', classReason: `${evicts ? 'evicts' : 'deletes'} ${ends.length} ${what}` };
  }
  const reasons = resolved.flatMap(({ facts }) =>
    severity.indexOf(facts.class) === rank && facts.classReason !== undefined
      ? [`${facts.target.name}: ${facts.classReason}`]
      : [],
  );
  const more = reasons.length > namedMax ? `; and ${reasons.length - namedMax} more` : '';
  return {
    class: severity[rank] ?? 'forbidden',
    ...(reasons.length === 0 ? {} : { classReason: `${reasons.slice(0, namedMax).join('; ')}${more}` }),
  };
}

/** A sentence about some of several objects says which. */
function warningsOf(resolved: readonly Resolved[]): string[] {
  const by = new Map<string, Target[]>();
  const drains = resolved.some(({ action }) => action.type === 'evict');
  for (const { action, facts } of resolved) {
    const blocked =
      action.type === 'evict' && facts.preview.kind === 'none'
        ? [`${facts.preview.why}: ${facts.preview.why.startsWith(severalBudgets) ? mayNever : tries}.`]
        : [];
    // Those that stay behind a cordon go with a drain.
    const own =
      drains && action.type === 'cordon' ? facts.warnings.filter((text) => !isAboutPods(text)) : facts.warnings;
    for (const text of unique([...own, ...blocked])) by.set(text, [...(by.get(text) ?? []), facts.target]);
  }
  return [...by].map(([text, targets]) => {
    const [one] = targets;
    if (targets.length === resolved.length && targets.length > 1) return text;
    if (one === undefined || (targets.length === 1 && says(text, one.name))) return text;
    const more = targets.length > namedMax ? ` and ${targets.length - namedMax} more` : '';
    return `${targets.slice(0, namedMax).map(nameOf).join(', ')}${more}: ${text}`;
  });
}

/** Whether a sentence names it, and not merely as a part of another word. */
export const says = (text: string, name: string): boolean => text.split(/[^\w.-]+|[.,:;]+(?=\s|$)/).includes(name);

const bounded = (warnings: readonly string[]): readonly string[] =>
  warnings.length <= warningsMax
    ? warnings
    : [...warnings.slice(0, warningsMax), `${warnings.length - warningsMax} more warnings are left out.`];

/** The last change is undone first. One that cannot be undone makes the whole one that cannot. */
function undoOf(resolved: readonly Resolved[]): Undo {
  const changes: SeveralAction<string>['changes'][number][] = [];
  const texts: string[] = [];
  for (const { facts } of [...resolved].reverse()) {
    const { undo, target } = facts;
    if (undo.kind === 'none')
      return resolved.length === 1 ? undo : { kind: 'none', why: `${nameOf(target)}: ${undo.why}` };
    if (undo.action.type === 'several') changes.push(...undo.action.changes);
    else changes.push(undo.action);
    texts.push(`${nameOf(target)}: ${undo.text}`);
  }
  const more = texts.length > namedMax ? `; and ${texts.length - namedMax} more` : '';
  const text = `${texts.slice(0, namedMax).join('; ')}${more}`;
  return { kind: 'action', action: { type: 'several', changes }, text };
}

/** Of one node, or of several. */
const isDrain = (resolved: readonly Resolved[]): boolean =>
  resolved.some(({ action }) => action.type === 'evict') &&
  resolved.every(({ action }) => action.type === 'evict' || action.type === 'cordon');

function undoOfDrain(resolved: readonly Resolved[]): Undo {
  const stay = 'pods that were moved stay where they are';
  const cordons = resolved.filter(({ action }) => action.type === 'cordon');
  if (cordons.length === 0) return { kind: 'none', why: stay };
  const back = undoOf(cordons);
  const [only] = cordons;
  const own = cordons.length === 1 && only !== undefined ? only.facts.undo : back;
  return own.kind === 'action' ? { ...own, text: `${own.text}; ${stay}` } : own;
}

function previewOf(resolved: readonly Resolved[]): PlanFacts['preview'] {
  const whys = unique(resolved.flatMap(({ facts }) => (facts.preview.kind === 'none' ? [facts.preview.why] : [])));
  return whys.length === 0 ? { kind: 'dry-run' } : { kind: 'none', why: whys.slice(0, namedMax).join('; ') };
}
