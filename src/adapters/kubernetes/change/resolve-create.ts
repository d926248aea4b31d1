/** From an object that is not there yet to a plan that makes it. Writes nothing. */
import type { AutoscaleAction, CreateJobAction, ObjectChange } from '../../../domain/change-action.ts';
import type { ActionClass } from '../../../domain/action.ts';
import type { Json } from '../../../domain/json.ts';
import { isObjectName } from '../../../domain/names.ts';
import type { Target, Undo } from '../../../domain/plan.ts';
import type { Resolution, ResolveContext } from '../../../flow/ports.ts';
import { apiVersionOf, isNotFound, type Kind, pathOf } from '../discovery.ts';
import { at, isRecord, listAt, numberAt, textAt, textsAt } from '../live.ts';
import { whyTooMany } from './affected.ts';
import { lastApplied, noted } from './apply.ts';
import { tryChange } from './dry-run.ts';
import type { EffectParts } from './effects/effect.ts';
import { forbiddenIn } from './field-class.ts';
import { autoscalerOf, jobOf } from './made-objects.ts';
import { whyMayNotPlan } from './may-send.ts';
import { podsMade } from './pods-made.ts';
import { boundedBy, whyEnds } from './preview/autoscalers.ts';
import { lookAtList } from './preview/look.ts';
import { findRoom, type Surroundings } from './preview/room.ts';
import { wavesOf } from './preview/waves.ts';
import { linesOf } from './shown-values.ts';
import { whyDestructive } from './template-class.ts';
import { boundedText, boundedWaves } from './warnings.ts';

type Parts = EffectParts & { readonly surroundings: Surroundings };

type Making = {
  readonly action: ObjectChange;
  readonly kind: Kind;
  readonly namespace: string;
  readonly manifest: Json;
  /** It is the cluster's own template: what it may do was decided when that was written. */
  readonly trusted?: true;
  readonly warnings?: readonly string[];
  /** Of an autoscaler: pods that come or go at once. */
  readonly pods?: number;
  /** Of an autoscaler: why its bounds end pods. */
  readonly ends?: string | undefined;
};

/** `moved`: the name was taken meanwhile; look again. */
export async function resolveCreation(
  parts: Parts,
  making: Making,
  context: ResolveContext,
): Promise<Resolution | 'moved'> {
  const { connection } = parts;
  const { action, kind, namespace, manifest } = making;
  const name = textAt(manifest, 'metadata', 'name') ?? '';
  if (!isObjectName(name)) return refused(`${JSON.stringify(name.slice(0, 80))} is not an object's name. Correct it.`);
  const wrong = misnamed(manifest, kind, namespace);
  if (wrong !== undefined) return refused(wrong);
  const counted = making.pods ?? (await podsMade(connection, kind, manifest));
  const pods = counted ?? 0;
  const affected = { pods, podNames: [], budgets: [] };
  const tooMany = whyTooMany(
    { affected, ...(counted === undefined ? { uncounted: 'our account may not list the nodes' } : {}) },
    context.podsPerPlan,
  );
  if (tooMany !== undefined) return refused(tooMany);
  const label = `${kind.kind} ${name}`;
  const target: Target = {
    cluster: connection.name,
    clusterUid: await parts.clusterUid(),
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    resource: kind.plural,
    ...(kind.namespaced ? { namespace } : {}),
    name,
    uid: '',
  };
  const shown = linesOf('', forPeople(manifest)).map((line) => ({ ...line, label: `${label}: ${line.label}` }));
  const changes = [{ path: '', label, after: manifest, shown: [{ label, after: 'made' }, ...shown] }];
  const [tried, room, denied] = await Promise.all([
    tryChange(connection, { action, target, changes }, null),
    roomFor(parts, making),
    whyMayNotPlan(parts, action, { kind, namespace }),
  ]);
  if (tried.kind === 'moved') return 'moved';
  if (tried.kind === 'refused' || denied !== undefined) {
    const missing = kind.namespaced && (await isMissing(parts, namespace));
    if (missing) return refused(`There is no namespace ${namespace}. Make it first.`);
    if (denied !== undefined) return refused(denied);
  }
  if (tried.kind === 'refused') return tried;
  return {
    kind: 'resolved',
    facts: {
      target,
      changes,
      affected,
      ...classOf(making, context.imageRepositories ?? []),
      warnings: [...room, ...(making.warnings ?? [])],
      undo: undoOf(kind, namespace, name),
      preview: tried.preview,
    },
  };
}

const refused = (text: string): Resolution => ({ kind: 'refused', text });

/** Whether its pods find room; of an autoscaler, those that its bounds ask for at once. */
async function roomFor(parts: Parts, { kind, namespace, manifest }: Making): Promise<readonly string[]> {
  const { connection, surroundings } = parts;
  if (!kind.namespaced) return [];
  const isScaler = kind.group === 'autoscaling' && kind.kind === 'HorizontalPodAutoscaler';
  const bounded = isScaler ? await boundedBy(parts, namespace, manifest) : undefined;
  const waves =
    bounded === undefined ? wavesOf({ kind: kind.kind, live: undefined, after: manifest }) : boundedWaves(bounded);
  const room = await findRoom(connection, surroundings, { namespace, live: bounded?.target, waves });
  return [...room, ...boundedText(bounded)];
}

/** Why a manifest is not what the kind's own API takes by this name, or sets what no author may set. */
export function misnamed(manifest: Json, kind: Kind, namespace: string): string | undefined {
  const label = `${kind.kind} ${textAt(manifest, 'metadata', 'name') ?? ''}`;
  const version = textAt(manifest, 'apiVersion');
  if (version !== apiVersionOf(kind)) {
    return `${label} is written for ${version ?? 'no version'}, and the cluster prefers ${apiVersionOf(kind)}. Rewrite it, or apply it by hand.`;
  }
  const own = textAt(manifest, 'metadata', 'namespace');
  if (kind.namespaced && own !== undefined && own !== namespace) {
    return `${label} is for namespace ${own}, and the step for ${namespace}. Correct one of them.`;
  }
  const metadata = at(manifest, 'metadata');
  const allowed = new Set(['name', 'namespace', 'labels', 'annotations', 'creationTimestamp', 'ownerReferences']);
  const extra = isRecord(metadata) ? Object.keys(metadata).find((key) => !allowed.has(key)) : undefined;
  return extra === undefined
    ? undefined
    : `${label} sets metadata.${extra}, which Firebreak leaves alone. Do it by hand.`;
}

const safeKinds = new Set(['ConfigMap', 'Namespace']);

function classOf(
  { action, kind, manifest, trusted, ends }: Making,
  repositories: readonly string[],
): { class: ActionClass; classReason?: string } {
  const labels = Object.keys(textsAt(manifest, 'metadata', 'labels')).map((key) => ({
    path: `/metadata/labels/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`,
  }));
  const forbidden = trusted === true ? [] : forbiddenIn(kind.kind, {}, manifest, labels);
  if (forbidden.length > 0) {
    return {
      class: 'forbidden',
      classReason: `This sets ${forbidden.slice(0, 5).join(', ')}, which Firebreak never does. Do it by hand.`,
    };
  }
  if (ends !== undefined) return { class: 'destructive', classReason: ends };
  if (trusted === true || action.type === 'autoscale') return { class: 'change' };
  if (action.type === 'apply') return { class: 'destructive', classReason: 'apply makes whatever its manifest says' };
  if (kind.group === '' && safeKinds.has(kind.kind)) return { class: 'change' };
  if (kind.group === 'apps' && kind.kind === 'Deployment' && repositories.length > 0) {
    const containers = { spec: { containers: listAt(manifest, 'spec', 'template', 'spec', 'containers') } };
    const why = whyDestructive({ spec: {} }, containers, repositories);
    const plain = why === undefined || why.startsWith('it changes more than');
    return plain ? { class: 'change' } : { class: 'destructive', classReason: why };
  }
  return { class: 'destructive', classReason: `a new ${kind.kind} is more than a ConfigMap or a Namespace` };
}

function undoOf(kind: Kind, namespace: string, name: string): Undo {
  if (kind.group === '' && kind.kind === 'Namespace') {
    return { kind: 'none', why: `deleting Namespace ${name} would end whatever is in it by then; do that by hand` };
  }
  const group = kind.group === '' ? {} : { group: kind.group };
  const target = { resource: kind.plural, ...group, name };
  const scope = kind.namespaced ? { namespace } : {};
  return {
    kind: 'action',
    action:
      kind.group === '' && kind.kind === 'Pod'
        ? { type: 'delete-pod', ...scope, target }
        : { type: 'delete', ...scope, target },
    text: `delete ${kind.kind} ${name} again`,
  };
}

/** Without what the title line says, and kubectl's own note. */
function forPeople(manifest: Json): Json {
  if (!isRecord(manifest)) return manifest;
  const { apiVersion: _, kind: __, metadata, status: ___, ...rest } = manifest;
  const { [lastApplied]: ____, ...annotations } = textsAt(metadata, 'annotations');
  const labels = textsAt(metadata, 'labels');
  return {
    ...(Object.keys(labels).length === 0 ? {} : { labels: { ...labels } }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations: { ...annotations } }),
    ...rest,
  };
}

async function isMissing({ connection }: EffectParts, namespace: string): Promise<boolean> {
  try {
    await connection.get(`/api/v1/namespaces/${encodeURIComponent(namespace)}`);
    return false;
  } catch (error) {
    return isNotFound(error);
  }
}

/** A literal manifest that is not there yet. An apply notes it as kubectl does. */
export function manifestOf(action: ObjectChange & { type: 'apply' | 'create' }, kind: Kind, namespace: string): Json {
  const scope = kind.namespaced ? namespace : undefined;
  if (action.type === 'apply' && action.serverSide !== true) return noted(action, scope).manifest;
  const source = isRecord(action.manifest) ? action.manifest : {};
  const metadata = at(source, 'metadata');
  return {
    ...source,
    metadata: { ...(isRecord(metadata) ? metadata : {}), ...(scope === undefined ? {} : { namespace: scope }) },
  };
}

/** What `create job --from` and `autoscale` make of the object that they are about. */
export async function resolveMade(
  parts: Parts,
  action: AutoscaleAction<string> | CreateJobAction<string>,
  about: { readonly kind: Kind; readonly live: Json; readonly namespace: string },
  context: ResolveContext,
): Promise<Resolution | 'moved'> {
  const { live, namespace } = about;
  const isJob = action.type === 'create-job';
  const kind = await parts.discovery.find(
    isJob ? { resource: 'jobs', group: 'batch' } : { resource: 'horizontalpodautoscalers', group: 'autoscaling' },
  );
  if (kind === undefined) return refused('The cluster has no such kind.');
  const manifest = isJob ? jobOf(action, live, namespace) : autoscalerOf(action, about.kind, namespace);
  const name = textAt(manifest, 'metadata', 'name') ?? '';
  if (isObjectName(name)) {
    try {
      await parts.connection.get(pathOf(kind, { namespace, name }));
      return refused(`There is a ${kind.kind} ${name} already. Choose another name, or change that one.`);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  const warnings = isJob ? besideOthers(live) : await alreadyScaled(parts, about);
  return resolveCreation(
    parts,
    {
      action,
      kind,
      namespace,
      manifest,
      warnings,
      ...(isJob ? { trusted: true as const } : { pods: beyond(action, live), ends: whyBoundsEnd(action, about) }),
    },
    context,
  );
}

/** What the new bounds ask of the replicas that there are. */
function beyond({ min = 1, max }: AutoscaleAction<string>, live: Json): number {
  const now = numberAt(live, 'spec', 'replicas') ?? 1;
  // What stands at 0 is left there.
  return now === 0 ? 0 : Math.max(min - now, now - max, 0);
}

function whyBoundsEnd({ max }: AutoscaleAction<string>, { kind, live }: { kind: Kind; live: Json }) {
  const words = `${kind.kind} ${textAt(live, 'metadata', 'name') ?? ''}`;
  return whyEnds({ target: live, wanted: Math.min(max, numberAt(live, 'spec', 'replicas') ?? 1), words });
}

function besideOthers(cronJob: Json): string[] {
  const running = listAt(cronJob, 'status', 'active').length;
  return running > 0
    ? [
        `${running === 1 ? 'A job' : `${running} jobs`} of this cron job ${running === 1 ? 'runs' : 'run'} now; this one runs beside it, whatever its concurrency policy is.`,
      ]
    : [];
}

async function alreadyScaled(
  { connection }: EffectParts,
  { kind, live, namespace }: { kind: Kind; live: Json; namespace: string },
): Promise<string[]> {
  const path = `/apis/autoscaling/v2/namespaces/${encodeURIComponent(namespace)}/horizontalpodautoscalers`;
  const list = await lookAtList(connection, path, 'HorizontalPodAutoscalers');
  if ('unknown' in list) return [`Whether another autoscaler scales the same object is not known: ${list.unknown}.`];
  return list.found.flatMap((hpa) => {
    const target = at(hpa, 'spec', 'scaleTargetRef');
    const same = textAt(target, 'kind') === kind.kind && textAt(target, 'name') === textAt(live, 'metadata', 'name');
    if (!same) return [];
    const owner = textAt(hpa, 'metadata', 'labels', 'scaledobject.keda.sh/name');
    const keda =
      owner === undefined ? '' : ` KEDA ScaledObject ${owner.slice(0, 80)} keeps that one; change it instead.`;
    return [
      `HorizontalPodAutoscaler ${textAt(hpa, 'metadata', 'name') ?? ''} scales the same object; two of them fight.${keda}`,
    ];
  });
}
