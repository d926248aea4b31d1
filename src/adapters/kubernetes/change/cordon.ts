/** `kubectl cordon` and `uncordon`: `/spec/unschedulable` of a node. The taint is its controller's to add and take. */
import type { CordonAction } from '../../../domain/change-action.ts';
import type { Json } from '../../../domain/json.ts';
import type { Connection } from '../connection.ts';
import { ApiRefusal } from '../errors.ts';
import { at, listAt, textAt } from '../live.ts';
import type { Proposal } from './proposal.ts';

export async function proposeCordon(
  connection: Connection,
  action: CordonAction<string>,
  live: Json,
): Promise<Proposal> {
  const { name } = action.target;
  const cordon = action.type === 'cordon';
  const before = at(live, 'spec', 'unschedulable');
  if ((before === true) === cordon) {
    return { kind: 'no-change', text: `Node ${name} is ${cordon ? 'already cordoned' : 'not cordoned'}.` };
  }
  return {
    kind: 'proposed',
    changes: [
      {
        path: '/spec/unschedulable',
        label: 'unschedulable',
        ...(before === undefined ? {} : { before }),
        // kubectl takes the field away, too.
        ...(cordon ? { after: true } : {}),
      },
    ],
    class: 'change',
    undo: {
      kind: 'action',
      action: { ...action, type: cordon ? 'uncordon' : 'cordon' },
      text: cordon ? `uncordon ${name}` : `cordon ${name} again`,
    },
    warnings: cordon
      ? [...(await podsThere(connection, name)), ...(await lastOne(connection, name))]
      : [...otherTaints(live), ...(isReady(live) ? [] : [`Node ${name} is not ready, so it takes no pods even then.`])],
  };
}

/** The sentences on the pods of the node, which a drain takes along. */
export const isAboutPods = (warning: string): boolean =>
  warning.endsWith(stayThere) || warning.startsWith('How many pods');
const stayThere = 'and stay there.';

async function podsThere(connection: Connection, name: string): Promise<string[]> {
  const pods = await listOrUnknown(
    connection,
    `/api/v1/pods?fieldSelector=${encodeURIComponent(`spec.nodeName=${name}`)}`,
  );
  if (pods === undefined)
    return [`How many pods run on ${name} is not known: our account may not list pods everywhere.`];
  const running = pods.filter((pod) => !['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase') ?? '')).length;
  return running === 0 ? [] : [`${running} ${running === 1 ? 'pod runs' : 'pods run'} on ${name} ${stayThere}`];
}

async function lastOne(connection: Connection, name: string): Promise<string[]> {
  const nodes = await listOrUnknown(connection, '/api/v1/nodes');
  if (nodes === undefined) return ['Whether another node takes pods is not known: our account may not list nodes.'];
  const others = nodes.filter(
    (node) => textAt(node, 'metadata', 'name') !== name && at(node, 'spec', 'unschedulable') !== true && isReady(node),
  );
  return others.length > 0
    ? []
    : [`${name} is the last node that takes pods: afterwards no new pod finds a place until one is uncordoned.`];
}

const isReady = (node: Json): boolean =>
  listAt(node, 'status', 'conditions').some(
    (one) => textAt(one, 'type') === 'Ready' && textAt(one, 'status') === 'True',
  );

/** Taint keys are names; their values are left out. */
function otherTaints(live: Json): string[] {
  const keys = listAt(live, 'spec', 'taints')
    .map((taint) => textAt(taint, 'key') ?? '')
    .filter((key) => key !== 'node.kubernetes.io/unschedulable');
  return keys.length === 0 ? [] : [`Other taints still keep pods away: ${keys.slice(0, 5).join(', ')}.`];
}

/** Undefined: we may not ask. */
async function listOrUnknown(connection: Connection, path: string): Promise<readonly Json[] | undefined> {
  try {
    return listAt(await connection.get(path), 'items');
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.retryable) throw error;
    return undefined;
  }
}
