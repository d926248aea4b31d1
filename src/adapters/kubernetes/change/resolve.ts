/** From an action and the live object to what people approve. Writes nothing. */
import { type ClusterChange, isSingle, type ObjectChange } from '../../../domain/change-action.ts';
import type { Json } from '../../../domain/json.ts';
import { isObjectName } from '../../../domain/names.ts';
import type { FieldChange, PlanFacts, Undo } from '../../../domain/plan.ts';
import type { Resolution, ResolveContext } from '../../../flow/ports.ts';
import type { Connection } from '../connection.ts';
import { isNotFound, pathOf, type Discovery, type Kind } from '../discovery.ts';
import { at, textAt } from '../live.ts';
import { findAffected, whyTooMany } from './affected.ts';
import { tryChange } from './dry-run.ts';
import { proposeCordon } from './cordon.ts';
import { affectedByDelete, proposeDelete } from './delete.ts';
import { proposeDeletePod } from './delete-pod.ts';
import { proposeEvict } from './evict.ts';
import type { EffectParts } from './effects/effect.ts';
import { resolveExec } from './exec.ts';
import { proposeFieldwise } from './fieldwise.ts';
import { whyMayNotPlan } from './may-send.ts';
import { refuseNamespace, whyOutside } from './outside.ts';
import { proposePause } from './pause.ts';
import { boundedBy, type Bounded, whyEnds } from './preview/autoscalers.ts';
import { lookAround, type Surroundings } from './preview/room.ts';
import type { Proposal } from './proposal.ts';
import { proposeRestart } from './restart.ts';
import { withChanges } from './reverse.ts';
import { proposeRollback } from './rollback.ts';
import { proposeScale } from './scale.ts';
import { manifestOf, resolveCreation, resolveMade } from './resolve-create.ts';
import { resolveSeveral } from './resolve-several.ts';
import { proposeEnv } from './set-env.ts';
import { proposeImages } from './set-image.ts';
import { whyChangedSince } from './undone.ts';
import { findWarnings } from './warnings.ts';
import { kindFor, targetOf } from './workload.ts';

/** Looks at a moving object are repeated this often. */
const looksMax = 3;

type Parts = EffectParts & { readonly surroundings: Surroundings };

export async function resolveChange(
  parts: EffectParts & Pick<Surroundings, 'nodes'>,
  action: ClusterChange,
  context: ResolveContext,
): Promise<Resolution> {
  const looking = { ...parts, surroundings: lookAround(parts.connection, parts.nodes) };
  return isSingle(action)
    ? resolveOne(looking, action, context)
    : resolveSeveral(
        { ...parts, resolveOne: (_, change, within) => resolveOne(looking, change, within) },
        action,
        context,
      );
}

async function resolveOne(parts: Parts, action: ObjectChange, context: ResolveContext): Promise<Resolution> {
  const namespace = action.namespace ?? context.defaultNamespace;
  const badName = isObjectName(action.target.name)
    ? undefined
    : `${JSON.stringify(action.target.name.slice(0, 80))} is not an object's name. Correct it.`;
  if (badName !== undefined) return { kind: 'refused', text: badName };
  const foreign = action.type === 'exec' ? refuseNamespace(namespace, context) : undefined;
  if (foreign !== undefined) return { kind: 'refused', text: foreign };
  if (action.type === 'exec') return resolveExec(parts, action, { namespace, context });
  const kind = await kindFor(action, parts.discovery);
  if ('refused' in kind) return { kind: 'refused', text: kind.refused };
  const outside = whyOutside(kind, { namespace, name: action.target.name }, context);
  if (outside !== undefined) return { kind: 'refused', text: outside };

  for (let look = 1; look <= looksMax; look++) {
    const resolution = await lookOnce(parts, action, { kind, namespace, context });
    if (resolution !== 'moved') return resolution;
  }
  return {
    kind: 'refused',
    text: `${kind.kind} ${action.target.name} keeps changing while it is looked at. Try again in a moment.`,
  };
}

async function lookOnce(
  parts: Parts,
  action: ObjectChange,
  { kind, namespace, context }: { kind: Kind; namespace: string; context: ResolveContext },
): Promise<Resolution | 'moved'> {
  const { connection } = parts;
  const { name } = action.target;
  const [live, uid, denied] = await Promise.all([
    readLive(connection, kind, { namespace, name }),
    parts.clusterUid(),
    whyMayNotPlan(parts, action, { kind, namespace, name }),
  ]);
  if (action.type === 'create' || (action.type === 'apply' && live === undefined)) {
    if (live !== undefined) {
      return {
        kind: 'refused',
        text: `There is a ${kind.kind} ${name} already. Choose another name, or change that one.`,
      };
    }
    const manifest = manifestOf(action, kind, namespace);
    return resolveCreation(parts, { action, kind, namespace, manifest }, context);
  }
  if (live === undefined) {
    if (ignoresAbsence(action))
      return { kind: 'no-change', text: `There is no ${kind.kind} ${name}: nothing to delete.` };
    return {
      kind: 'refused',
      text: `There is no ${kind.kind} ${name}${kind.namespaced ? ` in namespace ${namespace}` : ''}. Check the name, or choose one that is there.`,
    };
  }
  if (textAt(live, 'metadata', 'deletionTimestamp') !== undefined) {
    return { kind: 'refused', text: `${kind.kind} ${name} is being deleted. There is nothing to change.` };
  }
  if (action.type === 'create-job' || action.type === 'autoscale') {
    return resolveMade(parts, action, { kind, live, namespace }, context);
  }
  if (denied !== undefined) return { kind: 'refused', text: denied };
  const proposal = await propose(parts, action, live, { kind, namespace, context });
  if (proposal.kind === 'no-change') return proposal;
  const since = whyChangedSince(context.undoes ?? [], { kind, namespace, name }, live);
  if (since !== undefined) return { kind: 'refused', text: since };
  if (proposal.kind === 'refused') return proposal;

  const target = targetOf(live, kind, { name: connection.name, uid, namespace });
  const { changes } = proposal;
  const replicas = changes.find(({ path }) => path === '/spec/replicas')?.after;
  const after = withChanges(live, changes);
  const bounded = await boundsOf(parts, { kind, namespace }, { after, changes });
  const [counted, warnings, tried] = await Promise.all([
    action.type === 'delete'
      ? affectedByDelete(connection, action, live)
      : findAffected(connection, action, {
          namespace,
          kind: kind.kind,
          live,
          changes,
          ...(typeof replicas === 'number' ? { replicas } : {}),
          ...(bounded === undefined ? {} : { bounded }),
        }),
    findWarnings(parts, {
      action,
      namespace,
      kind: kind.kind,
      name,
      live,
      after,
      changes,
      ...(bounded === undefined ? {} : { bounded }),
    }),
    tryChange(connection, { action, target, changes: proposal.changes }, live),
  ]);
  const tooMany = whyTooMany(counted, context.podsPerPlan);
  if (tooMany !== undefined) return { kind: 'refused', text: tooMany };
  if (tried.kind === 'moved') return 'moved';
  if (tried.kind === 'refused') return tried;
  return {
    kind: 'resolved',
    facts: {
      target,
      changes: proposal.changes,
      affected: counted.affected,
      ...classWith(proposal, bounded),
      warnings: [...new Set([...warnings, ...(counted.notes ?? []), ...proposal.warnings])],
      undo: kind.namespaced ? inNamespace(proposal.undo, namespace) : proposal.undo,
      preview: tried.preview,
    },
  };
}

/** New bounds of an autoscaler reach its workload. */
async function boundsOf(
  parts: Parts,
  { kind, namespace }: { kind: Kind; namespace: string },
  { after, changes }: { after: Json; changes: readonly FieldChange[] },
): Promise<Bounded | undefined> {
  const bounds = changes.some(({ path }) => path === '/spec/minReplicas' || path === '/spec/maxReplicas');
  return bounds && kind.kind === 'HorizontalPodAutoscaler' && kind.group === 'autoscaling'
    ? await boundedBy(parts, namespace, after)
    : undefined;
}

/** Bounds that end pods at once are a scale-down by another name. */
function classWith(
  proposal: Proposal & { kind: 'proposed' },
  bounded: Bounded | undefined,
): Pick<PlanFacts, 'class' | 'classReason'> {
  const ends = bounded === undefined ? undefined : whyEnds(bounded);
  if (ends !== undefined && proposal.class === 'change') return { class: 'destructive', classReason: ends };
  const { class: found, classReason } = proposal;
  return { class: found, ...(classReason === undefined ? {} : { classReason }) };
}

const ignoresAbsence = (action: ObjectChange): boolean =>
  (action.type === 'delete' || action.type === 'delete-pod') && action.ignoreNotFound === true;

/** The default namespace may be another one when the undo is pressed. */
const inNamespace = (undo: Undo, namespace: string): Undo =>
  undo.kind === 'action' ? { ...undo, action: { ...undo.action, namespace } } : undo;

async function readLive(
  connection: Connection,
  kind: Kind,
  where: { namespace: string; name: string },
): Promise<Json | undefined> {
  try {
    const live = await connection.get(pathOf(kind, where));
    return at(live, 'metadata', 'uid') === undefined ? undefined : live;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function propose(
  parts: { connection: Connection; discovery: Discovery },
  action: ObjectChange,
  live: Json,
  { kind, namespace, context }: { kind: Kind; namespace: string; context: ResolveContext },
): Promise<Proposal> {
  switch (action.type) {
    case 'scale':
      return proposeScale(action, live);
    case 'rollout-restart':
      return proposeRestart(action, live, context.now);
    case 'set-env':
      return proposeEnv(action, live);
    case 'set-image':
      return proposeImages(action, live, context.imageRepositories ?? []);
    case 'rollout-undo':
      return proposeRollback(parts.connection, action, live, {
        namespace,
        imageRepositories: context.imageRepositories ?? [],
      });
    case 'rollout-pause':
    case 'rollout-resume':
      return proposePause(action, live);
    case 'delete-pod':
      return proposeDeletePod(parts, action, live);
    case 'delete':
      return proposeDelete(parts.connection, action, live);
    case 'evict':
      return proposeEvict(action, live);
    case 'cordon':
    case 'uncordon':
      return proposeCordon(parts.connection, action, live);
    case 'patch':
    case 'set-field':
    case 'set-resources':
    case 'label':
    case 'annotate':
    case 'taint':
    case 'apply':
      return proposeFieldwise(
        { connection: parts.connection, kind, namespace, repositories: context.imageRepositories ?? [] },
        action,
        live,
      );
    case 'exec':
    case 'create':
    case 'create-job':
    case 'autoscale':
      throw new TypeError(`${action.type} changes no object that is there`);
  }
}
