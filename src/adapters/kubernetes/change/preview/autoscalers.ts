/** What autoscalers will make of a change: HPA, KEDA behind it, VPA. Sentences for people. */
import type { ObjectChange } from '../../../../domain/change-action.ts';
import type { Json } from '../../../../domain/json.ts';
import type { FieldChange } from '../../../../domain/plan.ts';
import { pathOf, type Discovery } from '../../discovery.ts';
import { at, listAt, numberAt, sameJson, textAt } from '../../live.ts';
import { look, lookAtList, lookAtObject, type Reader } from './look.ts';
import { brief } from './owners.ts';

type Parts = { readonly connection: Reader; readonly discovery: Discovery };
export type Scaled = {
  readonly action: ObjectChange;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly live: Json;
  readonly after: Json;
  readonly changes: readonly FieldChange[];
};

export async function autoscalerWarnings(parts: Parts, scaled: Scaled): Promise<string[]> {
  if (scaled.kind === 'HorizontalPodAutoscaler') return ofKeda(scaled.live, 'this');
  const replicas = scaled.changes.some(({ path }) => path === '/spec/replicas');
  const resources = changesResources(scaled);
  if (!replicas && !resources) return [];
  const [horizontal, vertical] = await Promise.all([
    ofHorizontal(parts.connection, scaled, { replicas, resources }),
    resources ? ofVertical(parts, scaled) : [],
  ]);
  return [...horizontal, ...vertical];
}

const containersOf = (object: Json): readonly Json[] => listAt(object, 'spec', 'template', 'spec', 'containers');
const changesResources = ({ live, after }: Scaled): boolean =>
  !sameJson(
    containersOf(live).map((one) => at(one, 'resources') ?? null),
    containersOf(after).map((one) => at(one, 'resources') ?? null),
  );

async function ofHorizontal(
  connection: Reader,
  scaled: Scaled,
  about: { replicas: boolean; resources: boolean },
): Promise<string[]> {
  const path = `/apis/autoscaling/v2/namespaces/${encodeURIComponent(scaled.namespace)}/horizontalpodautoscalers`;
  const list = await lookAtList(connection, path, 'HorizontalPodAutoscalers');
  if ('unknown' in list) return [`Whether an autoscaler will fight this is not known: ${list.unknown}.`];
  return list.found
    .filter((hpa) => isFor(hpa, scaled))
    .flatMap((hpa) => [
      ...(about.replicas
        ? [ofReplicas(hpa, numberAt(scaled.after, 'spec', 'replicas') ?? 1), ...ofKeda(hpa, 'that')]
        : []),
      ...(about.resources ? ofShares(hpa) : []),
    ]);
}

const isFor = (scaler: Json, { kind, name }: Pick<Scaled, 'kind' | 'name'>): boolean => {
  const target = at(scaler, 'spec', 'scaleTargetRef') ?? at(scaler, 'spec', 'targetRef');
  return textAt(target, 'kind') === kind && textAt(target, 'name') === name;
};

function ofReplicas(hpa: Json, wanted: number): string {
  const name = textAt(hpa, 'metadata', 'name') ?? '';
  const min = numberAt(hpa, 'spec', 'minReplicas') ?? 1;
  const max = numberAt(hpa, 'spec', 'maxReplicas') ?? min;
  return wanted === 0
    ? `HorizontalPodAutoscaler ${name} (${min} to ${max}) stops while the replicas are 0 and takes over again afterwards.`
    : `HorizontalPodAutoscaler ${name} keeps this between ${min} and ${max} replicas and will change the number again.`;
}

/** Source: the label that KEDA puts on the autoscalers that it makes. */
function ofKeda(hpa: Json, which: 'this' | 'that'): string[] {
  const owner = textAt(hpa, 'metadata', 'labels', 'scaledobject.keda.sh/name');
  return owner === undefined
    ? []
    : [
        `KEDA ScaledObject ${brief(owner)} keeps ${which} autoscaler as it says. Change or pause the ScaledObject instead.`,
      ];
}

/** A goal in percent is a share of what the pods ask for. */
function ofShares(hpa: Json): string[] {
  const shared = listAt(hpa, 'spec', 'metrics').flatMap((metric) => {
    const resource = at(metric, 'resource') ?? at(metric, 'containerResource');
    const goal = numberAt(resource, 'target', 'averageUtilization');
    return goal === undefined ? [] : [`${goal} % of the requested ${textAt(resource, 'name') ?? ''}`];
  });
  return shared.length === 0
    ? []
    : [
        `HorizontalPodAutoscaler ${textAt(hpa, 'metadata', 'name') ?? ''} aims at ${shared.slice(0, 3).join(' and ')}: with other requests it will choose another number of replicas.`,
      ];
}

async function ofVertical({ connection, discovery }: Parts, scaled: Scaled): Promise<string[]> {
  const what = 'VerticalPodAutoscalers';
  const found = await look(what, async (signal) => {
    const kind = await discovery.find({ resource: 'verticalpodautoscalers', group: 'autoscaling.k8s.io' });
    if (kind === undefined) return [];
    return listAt(await connection.get(pathOf(kind, { namespace: scaled.namespace }), { signal }), 'items');
  });
  if ('unknown' in found)
    return [`Whether a VerticalPodAutoscaler sets these resources is not known: ${found.unknown}.`];
  return found.found
    .filter((vpa) => isFor(vpa, scaled) && textAt(vpa, 'spec', 'updatePolicy', 'updateMode') !== 'Off')
    .map(
      (vpa) =>
        `VerticalPodAutoscaler ${textAt(vpa, 'metadata', 'name') ?? ''} sets the requests of these pods as they start: they may get others than these.`,
    );
}

export type Bounded = {
  /** The workload; undefined: it is not there, or may not be read. */
  readonly target: Json | undefined;
  /** What the bounds make of its replicas; undefined: nothing. */
  readonly wanted?: number;
  readonly words: string;
};

/** What new bounds of an autoscaler ask of the workload behind it. */
export async function boundedBy(
  { connection, discovery }: Parts,
  namespace: string,
  hpa: Json,
): Promise<Bounded | undefined> {
  const reference = at(hpa, 'spec', 'scaleTargetRef');
  const [kindName, name] = [textAt(reference, 'kind') ?? '', textAt(reference, 'name') ?? ''];
  const version = textAt(reference, 'apiVersion') ?? '';
  const group = version.includes('/') ? (version.split('/')[0] ?? '') : '';
  const found = await look('', () => discovery.find({ resource: kindName.toLowerCase(), group }));
  const kind = 'found' in found ? found.found : undefined;
  if (kind === undefined) return undefined;
  const target = await lookAtObject(connection, () => pathOf(kind, { namespace, name }));
  const words = brief(`${kindName} ${name}`);
  const now = numberAt(target, 'spec', 'replicas');
  if (target === undefined || now === undefined) return { target, words };
  const min = numberAt(hpa, 'spec', 'minReplicas') ?? 1;
  const max = numberAt(hpa, 'spec', 'maxReplicas') ?? min;
  // What stands at 0 is left there.
  const wanted = now === 0 ? 0 : Math.min(Math.max(now, min), max);
  return wanted === now ? { target, words } : { target, wanted, words };
}

/** A sentence when the bounds end pods at once. */
export function whyEnds({ target, wanted, words }: Bounded): string | undefined {
  const now = numberAt(target, 'spec', 'replicas') ?? 0;
  return wanted === undefined || wanted >= now
    ? undefined
    : `these bounds make ${words} ${now} → ${wanted} replicas, which ends running pods`;
}
