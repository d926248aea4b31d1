/** Copies of every verb, approved and ready to be carried out, for suites in which things die. */
import { eventually } from '../eventually.ts';
import type { ApprovedPlan, Office } from './approved-plans.ts';
import type { VerbStage } from './verb-stage.ts';
import { changeOf, nodeName, type Place, type VerbCase, verbCases } from './verbs.ts';

/** I3: from the last death on. */
export const overWithinMs = 45_000;
/** A cluster of one node is not to choke on them. */
const together = 6;

export type Case = ApprovedPlan & { readonly verb: VerbCase; readonly at: Place };
type Standing = { readonly verb: VerbCase; readonly at: Place };

export async function inTurns<T, R>(items: readonly T[], each: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += together) {
    results.push(...(await Promise.all(items.slice(from, from + together).map(each))));
  }
  return results;
}

/** Those about nodes come first: a controller taints nodes that no machine stands behind after a while. */
export function verbsInOrder(stage: VerbStage): readonly VerbCase[] {
  const isOnNode = (verb: VerbCase): boolean => verb.objects(stage.place('x')).some(({ kind }) => kind === 'Node');
  return verbCases.toSorted((a, b) => Number(isOnNode(b)) - Number(isOnNode(a)));
}

/** One copy of each; `letter` sets it apart from others. */
export const standUp = (stage: VerbStage, verbs: readonly VerbCase[], letter: string): Promise<Standing[]> =>
  inTurns(verbs, async (verb) => {
    const at = stage.place(`${letter}${verbCases.indexOf(verb)}`);
    await stage.standUp(verb, at);
    return { verb, at };
  });

/** Each for a service of its own, so that none waits for another. */
export const approve = (office: Office, standing: readonly Standing[]): Promise<Case[]> =>
  inTurns(standing, async ({ verb, at }) => {
    const where = { service: at.suffix, namespaces: [at.namespace, nodeName(at)] };
    return { verb, at, ...(await office.approve(changeOf(verb, at), where)) };
  });

export async function allOver(office: Office, cases: readonly Case[]): Promise<void> {
  const deadline = performance.now() + overWithinMs;
  for (const { verb, workId } of cases) {
    await eventually(`${verb.name} is over`, () => office.isOver(workId), deadline - performance.now());
  }
}
