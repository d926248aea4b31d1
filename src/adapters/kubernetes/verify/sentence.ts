/** One sentence on what is wrong with the pods of a change, with its evidence. Pure. */
import type { Json } from '../../../domain/json.ts';
import { plural } from './short-text.ts';
import { type Evidence, nameOf, type Trouble, verbs, wroteIn } from './trouble.ts';

const clausesMax = 3;
const namesMax = 3;

export type Diagnosis = { readonly text: string; readonly isFinal: boolean };

export type Told = {
  /** Those that the change made or waits for. */
  readonly pods: readonly Json[];
  /** `new pod`, or `pod`. */
  readonly noun: string;
  readonly troubles: readonly Trouble[];
  /** Pods that the controller cannot make. */
  readonly unmade?: { readonly count: number; readonly why: string; readonly isFinal: boolean };
  /** Pods from before the change. */
  readonly older?: readonly Trouble[];
};

/** Undefined: nothing is known to be wrong. */
export function diagnosisOf(told: Told, evidence: Evidence): Diagnosis | undefined {
  const { pods, noun, troubles, unmade, older = [] } = told;
  const groups = grouped(troubles);
  const clauses = groups.slice(0, clausesMax).map((group) => clauseOf(group, { noun, total: pods.length }, evidence));
  if (groups.length > clausesMax) clauses.push(`${plural(groups.length - clausesMax, 'other trouble')} besides`);
  if (unmade !== undefined) {
    clauses.unshift(`${plural(unmade.count, noun)} cannot be made: ${unmade.why}`);
  }
  // What was wrong before is not this change's fault.
  if (older.length > 0) {
    const [worst] = grouped(older);
    const [one, several] = worst === undefined ? ['', ''] : verbs[worst[0].verb];
    clauses.push(
      `${plural(older.length, 'older pod')} ${older.length === 1 ? one : several} either: ${worst?.[0].cause ?? ''}`,
    );
  }
  if (clauses.length === 0) return undefined;
  return {
    text: clauses.join('; '),
    isFinal: unmade?.isFinal === true || troubles.some(({ isFinal }) => isFinal),
  };
}

type Group = readonly [Trouble, ...Trouble[]];

/** Those that do not mend themselves first, then the most frequent. */
export function grouped(troubles: readonly Trouble[]): readonly Group[] {
  const byKey = new Map<string, Trouble[]>();
  for (const trouble of troubles) byKey.set(trouble.key, [...(byKey.get(trouble.key) ?? []), trouble]);
  return [...byKey.values()]
    .map((group) => [...group].sort((a, b) => b.weight - a.weight))
    .filter((group): group is [Trouble, ...Trouble[]] => group.length > 0)
    .sort((a, b) => Number(isFinal(b)) - Number(isFinal(a)) || b.length - a.length);
}
const isFinal = (group: Group): boolean => group.some((one) => one.isFinal);

function clauseOf(group: Group, { noun, total }: { noun: string; total: number }, evidence: Evidence): string {
  const [told] = group;
  const [one, several] = verbs[told.verb];
  const more = group.length > namesMax ? ` and ${group.length - namesMax} more` : '';
  const names = `${group
    .slice(0, namesMax)
    .map(({ pod }) => nameOf(pod))
    .join(', ')}${more}`;
  const line = told.container === undefined ? undefined : evidence.lastLines.get(wroteIn(told.pod, told.container));
  const words = line === undefined ? '' : `; last log line "${line}"`;
  const who =
    total === 1
      ? `${capital(noun)} ${names} ${one}`
      : `${group.length} of ${plural(total, noun)} ${group.length === 1 ? one : several} (${names})`;
  return `${who}: ${told.cause}${words}`;
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
