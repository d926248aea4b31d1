/** From an action and the live object to what people approve. Writes nothing. */
import type { ChangeAction } from '../../../domain/action.ts';
import type { Json } from '../../../domain/json.ts';
import { isLabelName, isObjectName } from '../../../domain/names.ts';
import type { Undo } from '../../../domain/plan.ts';
import type { Resolution, ResolveContext } from '../../../flow/ports.ts';
import type { Connection } from '../connection.ts';
import { isNotFound, pathOf, type Discovery, type Kind } from '../discovery.ts';
import { at, textAt } from '../live.ts';
import { findAffected } from './affected.ts';
import { tryChange } from './dry-run.ts';
import { proposeCordon } from './cordon.ts';
import { proposeDeletePod } from './delete-pod.ts';
import { proposePause } from './pause.ts';
import type { Proposal } from './proposal.ts';
import { proposeRestart } from './restart.ts';
import { proposeRollback } from './rollback.ts';
import { proposeScale } from './scale.ts';
import { proposeEnv } from './set-env.ts';
import { proposeImages } from './set-image.ts';
import { findWarnings } from './warnings.ts';
import { kindFor, targetOf } from './workload.ts';

/** Looks at a moving object are repeated this often. */
const looksMax = 3;

export async function resolveChange(
  parts: { connection: Connection; discovery: Discovery; clusterUid: () => Promise<string> },
  action: ChangeAction,
  context: ResolveContext,
): Promise<Resolution> {
  const namespace = action.namespace ?? context.defaultNamespace;
  const badName = isObjectName(action.target.name)
    ? undefined
    : `${JSON.stringify(action.target.name.slice(0, 80))} is not an object's name. Correct it.`;
  // Node is the one cluster-scoped kind, and its verbs are for nothing else.
  const onNode = action.type === 'cordon' || action.type === 'uncordon';
  const outside = badName ?? (onNode ? refuseClusterScoped('nodes', context) : refuseNamespace(namespace, context));
  if (outside !== undefined) return { kind: 'refused', text: outside };
  const kind = await kindFor(action, parts.discovery);
  if ('refused' in kind) return { kind: 'refused', text: kind.refused };

  for (let look = 1; look <= looksMax; look++) {
    const resolution = await lookOnce(parts, action, { kind, namespace, context });
    if (resolution !== 'moved') return resolution;
  }
  return {
    kind: 'refused',
    text: `${kind.kind} ${action.target.name} keeps changing while it is looked at. Try again in a moment.`,
  };
}

/** Kinds of the whole cluster belong to no service: the policy names those that may be changed. */
function refuseClusterScoped(resource: string, { clusterScoped }: ResolveContext): string | undefined {
  return clusterScoped === undefined || clusterScoped.includes(resource)
    ? undefined
    : `The policy does not allow changes of ${resource}, which belong to the whole cluster. Do it by hand, or add ${resource} to policy.clusterScoped.`;
}

function refuseNamespace(namespace: string, context: ResolveContext): string | undefined {
  if (!isLabelName(namespace))
    return `${JSON.stringify(namespace.slice(0, 80))} is not a namespace's name. Correct it.`;
  if (context.protectedNamespaces.includes(namespace)) {
    return `Namespace ${namespace} is protected by the policy: nothing is changed in it. Do it by hand, or change the policy.`;
  }
  if (context.allowedNamespaces !== undefined && !context.allowedNamespaces.includes(namespace)) {
    return `Namespace ${namespace} is not one of this service's (${context.allowedNamespaces.join(', ')}). Choose one of those, or add it to the service.`;
  }
  return undefined;
}

async function lookOnce(
  parts: { connection: Connection; discovery: Discovery; clusterUid: () => Promise<string> },
  action: ChangeAction,
  { kind, namespace, context }: { kind: Kind; namespace: string; context: ResolveContext },
): Promise<Resolution | 'moved'> {
  const { connection } = parts;
  const { name } = action.target;
  const [live, uid] = await Promise.all([readLive(connection, kind, { namespace, name }), parts.clusterUid()]);
  if (live === undefined) {
    return {
      kind: 'refused',
      text: `There is no ${kind.kind} ${name}${kind.namespaced ? ` in namespace ${namespace}` : ''}. Check the name, or choose one that is there.`,
    };
  }
  if (textAt(live, 'metadata', 'deletionTimestamp') !== undefined) {
    return { kind: 'refused', text: `${kind.kind} ${name} is being deleted. There is nothing to change.` };
  }
  const proposal = await propose(parts, action, live, { namespace, context });
  if (proposal.kind !== 'proposed') return proposal;

  const target = targetOf(live, kind, { name: connection.name, uid, namespace });
  const replicas = proposal.changes[0]?.after;
  const [affected, warnings, tried] = await Promise.all([
    findAffected(connection, action, { namespace, live, ...(typeof replicas === 'number' ? { replicas } : {}) }),
    findWarnings(connection, action, { namespace, kind: kind.kind, name, live }),
    tryChange(connection, { action, target, changes: proposal.changes }, live),
  ]);
  if (affected.pods > context.podsPerPlan) {
    return {
      kind: 'refused',
      text: `This touches ${affected.pods} pods, and a plan may touch ${context.podsPerPlan} (policy.limits.podsPerPlan). Do it in smaller steps.`,
    };
  }
  if (tried.kind === 'moved') return 'moved';
  if (tried.kind === 'refused') return tried;
  return {
    kind: 'resolved',
    facts: {
      target,
      changes: proposal.changes,
      affected,
      class: proposal.class,
      ...(proposal.classReason === undefined ? {} : { classReason: proposal.classReason }),
      warnings: [...proposal.warnings, ...warnings],
      undo: kind.namespaced ? inNamespace(proposal.undo, namespace) : proposal.undo,
      preview: tried.preview,
    },
  };
}

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
  action: ChangeAction,
  live: Json,
  { namespace, context }: { namespace: string; context: ResolveContext },
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
    case 'cordon':
    case 'uncordon':
      return proposeCordon(parts.connection, action, live);
    default:
      return action satisfies never;
  }
}
