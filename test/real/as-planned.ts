/** Whether what a plan's part should have made stands on the cluster, read past the adapter. */
import { atPointer } from '../../src/adapters/kubernetes/live.ts';
import type { EffectPlan } from '../../src/flow/ports.ts';
import { textOf } from '../contracts/kubernetes-server-subject.ts';
import type { VerbStage } from './verb-stage.ts';

const ends = new Set(['delete', 'delete-pod', 'evict']);

/** Undefined: it does; else what is otherwise. A command in a container is for the caller to look after. */
export async function whyNotAsPlanned(stage: VerbStage, effect: EffectPlan): Promise<string | undefined> {
  const { action, target, changes, id } = effect;
  if (action.type === 'exec') return undefined;
  const root = target.apiVersion.includes('/') ? `/apis/${target.apiVersion}` : `/api/${target.apiVersion}`;
  const scope = target.namespace === undefined ? '' : `/namespaces/${target.namespace}`;
  const live = await stage.read(`${root}${scope}/${target.resource}/${target.name}`);
  const metadata = live?.['metadata'];
  if (ends.has(action.type)) {
    const isSame = live !== undefined && textOf(metadata?.['uid']) === target.uid;
    return isSame && metadata?.['deletionTimestamp'] === undefined ? `${target.name} is still there` : undefined;
  }
  if (live === undefined) return `${target.name} is not there`;
  const mark = textOf(metadata?.['annotations']?.['firebreak.dev/plan']);
  if (mark !== id) return `${target.name} carries the mark ${mark} instead of ${id}`;
  // The manifest of what was made has been checked by the differences of the answer.
  const wrong = target.uid === '' ? [] : changes.filter(({ path, after }) => !same(atPointer(live, path), after));
  return wrong.length === 0 ? undefined : `${target.name} has other values at ${wrong.map(({ path }) => path).join()}`;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .toSorted(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, inner]) => [key, sorted(inner)]),
        )
      : value;
