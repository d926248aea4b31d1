/** Which pods a scale-down ends, and what they leave behind. Pure. */
import type { Json } from '../../../../domain/json.ts';
import { at, listAt, numberAt, textAt } from '../../live.ts';

type Going = { readonly names: readonly string[]; readonly notes: readonly string[] };

const namedMax = 5;
/** More names than people read are not made: somebody may have asked for a million replicas. */
const namesMax = 100;
const nameOf = (pod: Json): string => textAt(pod, 'metadata', 'name') ?? '';

export function podsGoing(kind: string, live: Json, pods: readonly Json[], wanted: number): Going {
  const current = numberAt(live, 'spec', 'replicas') ?? 1;
  const count = current - wanted;
  if (kind === 'StatefulSet') return ofOrdinals(live, { current, wanted });
  if (wanted === 0) return { names: pods.map(nameOf).sort(), notes: [] };
  // Those on their way out are not chosen again.
  const active = pods.filter((pod) => at(pod, 'metadata', 'deletionTimestamp') === undefined);
  const first = [...active].sort(byRank(active)).slice(0, count).map(nameOf);
  if (first.length === 0) return { names: [], notes: [] };
  return {
    names: first,
    notes: [
      `Which ${count === 1 ? 'pod goes' : 'pods go'} is the controller's choice; as they are now, ${listed(first)} ${first.length === 1 ? 'comes' : 'come'} first.`,
    ],
  };
}

const listed = (names: readonly string[], total = names.length): string =>
  `${names.slice(0, namedMax).join(', ')}${total > namedMax ? ` and ${total - namedMax} more` : ''}`;

/** The highest go first, one after the other. */
function ofOrdinals(live: Json, { current, wanted }: { current: number; wanted: number }): Going {
  const set = textAt(live, 'metadata', 'name') ?? '';
  const start = numberAt(live, 'spec', 'ordinals', 'start') ?? 0;
  const count = current - wanted;
  const names = Array.from(
    { length: Math.min(count, namesMax) },
    (_, index) => `${set}-${start + current - 1 - index}`,
  );
  const templates = listAt(live, 'spec', 'volumeClaimTemplates');
  const claims = templates.flatMap((claim) => names.map((pod) => `${textAt(claim, 'metadata', 'name') ?? ''}-${pod}`));
  const someClaims = listed(claims, templates.length * count);
  const lost = textAt(live, 'spec', 'persistentVolumeClaimRetentionPolicy', 'whenScaled') === 'Delete';
  const about = lost
    ? `Their PersistentVolumeClaims are deleted with them, and the data: ${someClaims}.`
    : `Their PersistentVolumeClaims stay behind, with their data and their cost: ${someClaims}.`;
  return {
    names,
    notes: [
      ...(wanted === 0 ? [] : [`The pods with the highest numbers go first: ${listed(names, count)}.`]),
      ...(claims.length === 0 ? [] : [about]),
    ],
  };
}

const phases: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/**
 * The order in which a ReplicaSet's controller ends pods (Kubernetes 1.34, `ActivePodsWithRanks`). Not certain: the
 * controller rounds times, and the pods may be others by then.
 */
function byRank(pods: readonly Json[]): (a: Json, b: Json) => number {
  const node = (pod: Json): string => textAt(pod, 'spec', 'nodeName') ?? '';
  const together = new Map<string, number>();
  for (const pod of pods) together.set(node(pod), (together.get(node(pod)) ?? 0) + 1);
  const cost = (pod: Json): number =>
    Number(textAt(pod, 'metadata', 'annotations', 'controller.kubernetes.io/pod-deletion-cost') ?? 0) || 0;
  const rank = (pod: Json): readonly number[] => [
    node(pod) === '' ? 0 : 1,
    phases[textAt(pod, 'status', 'phase') ?? ''] ?? 2,
    readySince(pod) === undefined ? 0 : 1,
    cost(pod),
    -(together.get(node(pod)) ?? 0),
    -(readySince(pod) ?? 0),
    -restarts(pod),
    -time(textAt(pod, 'metadata', 'creationTimestamp')),
  ];
  return (a, b) => {
    const [left, right] = [rank(a), rank(b)];
    const differs = left.findIndex((value, index) => value !== right[index]);
    return (left[differs] ?? 0) - (right[differs] ?? 0);
  };
}

const time = (text: string | undefined): number => Date.parse(text ?? '') || 0;

function readySince(pod: Json): number | undefined {
  const ready = listAt(pod, 'status', 'conditions').find((one) => textAt(one, 'type') === 'Ready');
  return textAt(ready, 'status') === 'True' ? time(textAt(ready, 'lastTransitionTime')) : undefined;
}

const restarts = (pod: Json): number =>
  Math.max(0, ...listAt(pod, 'status', 'containerStatuses').map((one) => numberAt(one, 'restartCount') ?? 0));

/** Suspending and resuming jobs. */
export function suspension(kind: string, live: Json, after: Json): readonly string[] {
  const [was, is] = [at(live, 'spec', 'suspend') === true, at(after, 'spec', 'suspend') === true];
  if (was === is) return [];
  if (kind === 'Job') {
    const active = numberAt(live, 'status', 'active') ?? 0;
    if (!is) return ['It makes its pods anew, from the beginning of each.'];
    return active === 0
      ? []
      : [
          `Suspending a job ends its ${active === 1 ? 'running pod' : `${active} running pods`}; what they have done so far is lost.`,
        ];
  }
  if (kind !== 'CronJob') return [];
  const running = listAt(live, 'status', 'active').length;
  if (is) return running === 0 ? [] : [`Jobs that run already go on (${running}); only new ones are not made.`];
  return textAt(live, 'spec', 'concurrencyPolicy') === undefined
    ? []
    : ['A run that was missed meanwhile may start at once, unless startingDeadlineSeconds forbids it.'];
}
