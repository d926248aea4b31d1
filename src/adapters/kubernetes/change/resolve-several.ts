/**
 * From a command about several objects to a plan with a part for each. Writes nothing.
 *
 *   the command → its changes, one object each (expand) → each resolved like a change of its own → one plan
 *
 * One that is refused refuses all: nobody approves half of a command. What is already as it should be is left out.
 */
import type {
  ClusterChange,
  DrainAction,
  EachAction,
  ObjectChange,
  SeveralAction,
} from '../../../domain/change-action.ts';
import type { Resolution, ResolveContext } from '../../../flow/ports.ts';
import { pathOf } from '../discovery.ts';
import { listAt, textAt } from '../live.ts';
import { combine, says, wavesOf, type Resolved } from './combine.ts';
import { expandDrain } from './drain.ts';
import type { EffectParts } from './effects/effect.ts';
import { whyOutside } from './outside.ts';
import type { Expanded, Step } from './steps.ts';
import { wholeWorkloads } from './whole-workloads.ts';

/** Of one plan, besides the policy's own bound. */
const objectsMax = 250;
/** Resolved at the same time. */
const atOnce = 8;

type SeveralParts = EffectParts & {
  resolveOne(parts: EffectParts, change: ObjectChange, context: ResolveContext): Promise<Resolution>;
};
type Many = DrainAction<string> | EachAction<string> | SeveralAction<string>;

export async function resolveSeveral(parts: SeveralParts, action: Many, context: ResolveContext): Promise<Resolution> {
  const expanded = await expand(parts, action, context);
  if (expanded.kind === 'refused') return expanded;
  const { steps, target } = expanded;
  const most = Math.min(objectsMax, context.podsPerPlan);
  if (steps.length > most) return tooMany(steps.length, most);

  const resolved: Resolved[] = [];
  const notes = [...expanded.notes];
  const alike: string[] = [];
  for (let from = 0; from < steps.length; from += atOnce) {
    const found = await Promise.all(
      steps.slice(from, from + atOnce).map(async ({ change, anywhere }) => ({
        change,
        resolution: await parts.resolveOne(parts, change, anywhere ? everywhere(context) : context),
      })),
    );
    for (const { change, resolution } of found) {
      if (resolution.kind === 'refused') return named(change, resolution.text);
      if (resolution.kind === 'no-change') alike.push(resolution.text);
      else resolved.push({ action: change, facts: resolution.facts });
    }
  }
  if (resolved.length === 0) {
    const texts = [...alike, ...notes];
    return texts.length > 0 ? { kind: 'no-change', text: texts.join(' ') } : nothingFound(action);
  }
  notes.push(
    ...alike.map((text) => `Left out: ${text}`),
    ...(await wholeWorkloads(parts.connection, resolved, wavesOf(action, resolved))),
  );
  const facts = combine(action, { resolved, notes, ...(target === undefined ? {} : { target }) });
  return facts.affected.pods > context.podsPerPlan
    ? {
        kind: 'refused',
        text: `This touches ${facts.affected.pods} pods, and a plan may touch ${context.podsPerPlan} (policy.limits.podsPerPlan). Do it in smaller steps.`,
      }
    : { kind: 'resolved', facts };
}

/** The changes of single objects, in kubectl's order. */
async function expand(parts: EffectParts, action: ClusterChange, context: ResolveContext): Promise<Expanded> {
  if (action.type === 'each') return expandEach(parts, action, context);
  if (action.type === 'drain') return expandDrain(parts, action, context);
  if (action.type !== 'several') return { kind: 'expanded', steps: [{ change: action }], notes: [] };
  const changes = action.changes.map((change) =>
    change.namespace === undefined && action.namespace !== undefined
      ? { ...change, namespace: action.namespace }
      : change,
  );
  const found = await oneAfterTheOther(changes, (change) => expand(parts, change, context));
  if (found.kind === 'refused') return found;
  const steps = found.all.flatMap((one) => one.steps);
  const drains = changes.every(({ type }) => type === 'drain');
  return {
    kind: 'expanded',
    steps: drains ? cordonsFirst(steps) : steps,
    notes: found.all.flatMap((one) => one.notes),
  };
}

async function expandEach(parts: EffectParts, action: EachAction<string>, context: ResolveContext): Promise<Expanded> {
  const namespace = action.namespace ?? context.defaultNamespace;
  const kind = await parts.discovery.find(action.kind);
  if (kind === undefined) {
    return { kind: 'refused', text: `The cluster has no resource type ${action.kind.resource}. Check the spelling.` };
  }
  const outside = whyOutside(kind, { namespace }, context);
  if (outside !== undefined) return { kind: 'refused', text: outside };
  const query = new URLSearchParams({ limit: String(objectsMax + 1) });
  if (action.selector !== undefined) query.set('labelSelector', action.selector);
  if (action.fieldSelector !== undefined) query.set('fieldSelector', action.fieldSelector);
  const list = await parts.connection.get(`${pathOf(kind, { namespace })}?${query.toString()}`);
  const items = listAt(list, 'items');
  if (items.length > objectsMax) return tooMany(items.length, objectsMax);

  const names: string[] = [];
  const notes: string[] = [];
  for (const item of items) {
    const name = textAt(item, 'metadata', 'name') ?? '';
    if (textAt(item, 'metadata', 'deletionTimestamp') === undefined) names.push(name);
    else notes.push(`Left out: ${kind.kind} ${name} is on its way out already.`);
  }
  const scope = kind.namespaced ? { namespace } : {};
  const { change } = action;
  if (change.type === 'drain') {
    const drains = names.map((name) => ({ ...change, target: { ...action.kind, name } }));
    const found = await oneAfterTheOther(drains, (drain) => expandDrain(parts, drain, context));
    if (found.kind === 'refused') return found;
    const steps = cordonsFirst(found.all.flatMap((one) => one.steps));
    return { kind: 'expanded', steps, notes: [...notes, ...found.all.flatMap((one) => one.notes)] };
  }
  const steps = names.map((name): Step => ({ change: { ...change, ...scope, target: { ...action.kind, name } } }));
  return { kind: 'expanded', steps, notes };
}

/** `kubectl drain a b` cordons both before a pod goes. */
const cordonsFirst = (steps: readonly Step[]): readonly Step[] => [
  ...steps.filter(({ change }) => change.type === 'cordon'),
  ...steps.filter(({ change }) => change.type !== 'cordon'),
];

async function oneAfterTheOther<T>(
  each: readonly T[],
  expandOne: (one: T) => Promise<Expanded>,
): Promise<
  { kind: 'all'; all: readonly Extract<Expanded, { kind: 'expanded' }>[] } | { kind: 'refused'; text: string }
> {
  const all: Extract<Expanded, { kind: 'expanded' }>[] = [];
  for (const one of each.slice(0, objectsMax + 1)) {
    const found = await expandOne(one);
    if (found.kind === 'refused') return found;
    all.push(found);
  }
  return { kind: 'all', all };
}

function everywhere(context: ResolveContext): ResolveContext {
  const { allowedNamespaces: _own, ...anywhere } = context;
  return anywhere;
}

const tooMany = (count: number, most: number): Extract<Resolution, { kind: 'refused' }> => ({
  kind: 'refused',
  text: `This is about ${count > most ? `more than ${most}` : count} objects, and a plan may be about ${most}. Do it in smaller steps.`,
});

function nothingFound(action: Many): Resolution {
  const where = action.type === 'each' && action.selector !== undefined ? ` by the selector ${action.selector}` : '';
  return { kind: 'refused', text: `No resources found${where}. Check the selector and the namespace.` };
}

function named({ target }: ObjectChange, text: string): Resolution {
  return { kind: 'refused', text: says(text, target.name) ? text : `${target.resource}/${target.name}: ${text}` };
}
