/** What ends together with an object, or stays behind without it: pods and sentences for people. */
import type { DeleteAction } from '../../../domain/change-action.ts';
import type { Json } from '../../../domain/json.ts';
import type { Connection } from '../connection.ts';
import { ApiRefusal } from '../errors.ts';
import { at, isList, listAt, numberAt, recordAt, textAt, textsAt } from '../live.ts';
import { selectorOf, selectorText } from './workload.ts';

/** `uncounted`: why the pods are not all of them. */
export type TakenAlong = {
  readonly pods: readonly string[];
  readonly warnings: readonly string[];
  readonly uncounted?: string;
};

/** More pods of one object than this are not named. */
const podsMax = 500;

const withPods: readonly string[] = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
];

export async function takenAlong(
  connection: Connection,
  action: DeleteAction<string>,
  live: Json,
): Promise<TakenAlong> {
  const found = await alongWith(connection, action, live);
  return { ...found, warnings: [...found.warnings, ...heldBy(live)] };
}

async function alongWith(connection: Connection, action: DeleteAction<string>, live: Json): Promise<TakenAlong> {
  const kind = textAt(live, 'kind') ?? '';
  const name = textAt(live, 'metadata', 'name') ?? '';
  const namespace = textAt(live, 'metadata', 'namespace') ?? '';
  const inNamespace = `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
  const builtIn = isBuiltIn(textAt(live, 'apiVersion') ?? '');
  if (builtIn && withPods.includes(kind)) return ofWorkload(connection, action, live, `${inNamespace}/pods`);
  if (!builtIn) {
    const warning = `${kind} is a custom resource: its operator decides what ends with it.`;
    return { pods: [], warnings: [warning] };
  }
  switch (kind) {
    case 'Namespace': {
      const inside = `/api/v1/namespaces/${encodeURIComponent(name)}`;
      const [pods, claims] = await Promise.all([
        podsAt(connection, `${inside}/pods`),
        listOrUnknown(connection, `${inside}/persistentvolumeclaims?limit=${podsMax}`),
      ]);
      const count = `${pods === undefined ? 'an unknown number of pods' : counting(pods.length, 'pod')}, ${
        claims === undefined ? 'an unknown number of claims' : counting(claims.length, 'PersistentVolumeClaim')
      }`;
      return {
        ...counted(pods),
        warnings: [`Everything in namespace ${name} ends with it: ${count} and all the rest.`],
      };
    }
    case 'Node': {
      const pods = await podsOfNode(connection, name);
      return {
        ...counted(pods),
        warnings: [
          `${pods === undefined ? 'The pods' : counting(pods.length, 'pod')} on ${name} ${pods?.length === 1 ? 'is' : 'are'} deleted with it, without asking disruption budgets; the machine itself goes on.`,
        ],
      };
    }
    case 'PersistentVolumeClaim':
      return { pods: [], warnings: await ofClaim(connection, live, `${inNamespace}/pods`) };
    case 'PersistentVolume': {
      const claim = textAt(live, 'spec', 'claimRef', 'name');
      return {
        pods: [],
        warnings: [claim === undefined ? 'It is bound to no claim.' : `Claim ${claim} is bound to it and loses it.`],
      };
    }
    case 'ConfigMap': {
      const users = (await podsAt(connection, `${inNamespace}/pods`))?.filter((pod) => usesConfig(pod, name));
      return {
        pods: [],
        warnings:
          users === undefined
            ? ['Which pods use it is not known: our account may not list pods.']
            : users.length === 0
              ? []
              : [
                  `${counting(users.length, 'pod')} (${namesOf(users).slice(0, 3).join(', ')}) ${users.length === 1 ? 'uses' : 'use'} it and cannot start anew without it.`,
                ],
      };
    }
    case 'Service':
      return {
        pods: [],
        warnings: [`Whoever calls ${name} by its name or address reaches nothing any more.`],
      };
    case 'CronJob':
      return { pods: [], warnings: ['Its jobs, their pods and their logs end with it.'] };
    default:
      return { pods: [], warnings: [] };
  }
}

async function ofWorkload(
  connection: Connection,
  action: DeleteAction<string>,
  live: Json,
  path: string,
): Promise<TakenAlong> {
  const selector =
    textAt(live, 'kind') === 'ReplicationController'
      ? selectorText({ labels: textsAt(live, 'spec', 'selector'), expressions: [] })
      : selectorText(selectorOf(recordAt(live, 'spec', 'selector')));
  const pods = selector === '' ? [] : await podsAt(connection, `${path}?labelSelector=${encodeURIComponent(selector)}`);
  const count = pods === undefined ? 'Its pods' : `Its ${counting(pods.length, 'pod')}`;
  const one = pods?.length === 1;
  const claims = listAt(live, 'spec', 'volumeClaimTemplates').length > 0;
  const lost = textAt(live, 'spec', 'persistentVolumeClaimRetentionPolicy', 'whenDeleted') === 'Delete';
  const about = claims
    ? [lost ? 'Its PersistentVolumeClaims are deleted with it, and their data.' : 'Its PersistentVolumeClaims stay.']
    : [];
  if (action.cascade === 'orphan') {
    return {
      pods: [],
      warnings: [`${count} ${one ? 'stays' : 'stay'}, and nothing makes ${one ? 'it' : 'them'} again.`],
    };
  }
  if (pods?.length === 0) return { pods: [], warnings: about };
  return {
    ...counted(pods),
    warnings: [`${count} ${one ? 'ends' : 'end'} with it, and nothing makes new ones.`, ...about],
  };
}

async function ofClaim(connection: Connection, live: Json, podsPath: string): Promise<string[]> {
  const name = textAt(live, 'metadata', 'name') ?? '';
  const volume = textAt(live, 'spec', 'volumeName');
  const [pods, bound] = await Promise.all([
    podsAt(connection, podsPath),
    volume === undefined
      ? undefined
      : oneOrUnknown(connection, `/api/v1/persistentvolumes/${encodeURIComponent(volume)}`),
  ]);
  const users = (pods ?? []).filter((pod) =>
    listAt(pod, 'spec', 'volumes').some((one) => textAt(one, 'persistentVolumeClaim', 'claimName') === name),
  );
  const policy = textAt(bound, 'spec', 'persistentVolumeReclaimPolicy');
  const data =
    volume === undefined
      ? 'It is bound to no volume.'
      : policy === 'Delete'
        ? `Volume ${volume} and its data are deleted with it.`
        : policy === undefined
          ? `Whether volume ${volume} keeps its data is not known: our account may not read it.`
          : `Volume ${volume} stays (${policy}), but no new claim gets it by itself.`;
  return [
    data,
    ...(users.length === 0
      ? []
      : [
          `${namesOf(users).slice(0, 3).join(', ')} ${users.length === 1 ? 'uses' : 'use'} it: it goes only when they have ended.`,
        ]),
  ];
}

function usesConfig(pod: Json, name: string): boolean {
  const containers = [...listAt(pod, 'spec', 'containers'), ...listAt(pod, 'spec', 'initContainers')];
  const projected = listAt(pod, 'spec', 'volumes').flatMap((one) => listAt(one, 'projected', 'sources'));
  return (
    [...listAt(pod, 'spec', 'volumes'), ...projected].some((one) => textAt(one, 'configMap', 'name') === name) ||
    containers.some(
      (one) =>
        listAt(one, 'envFrom').some((from) => textAt(from, 'configMapRef', 'name') === name) ||
        listAt(one, 'env').some((entry) => textAt(entry, 'valueFrom', 'configMapKeyRef', 'name') === name),
    )
  );
}

/** Of an object, a pod too. What the Job controller holds a pod by it lets go at once. */
export function heldBy(live: Json): string[] {
  const held = listAt(live, 'metadata', 'finalizers')
    .filter((one) => typeof one === 'string')
    .filter((one) => one !== 'batch.kubernetes.io/job-tracking');
  return held.length === 0 ? [] : [`It goes only when its finalizers are through: ${held.slice(0, 5).join(', ')}.`];
}

/** Groups without a dot, and those of Kubernetes itself. */
const isBuiltIn = (apiVersion: string): boolean => {
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  return !group.includes('.') || group.endsWith('.k8s.io');
};

const counting = (count: number, what: string): string =>
  `${count >= podsMax ? `${podsMax} or more` : count} ${what}${count === 1 ? '' : 's'}`;
const namesOf = (pods: readonly Json[] | undefined): string[] =>
  (pods ?? []).map((pod) => textAt(pod, 'metadata', 'name') ?? '');

function counted(pods: readonly Json[] | undefined): Pick<TakenAlong, 'pods' | 'uncounted'> {
  if (pods === undefined) return { pods: [], uncounted: 'our account may not list them' };
  return { pods: namesOf(pods), ...(pods.length < podsMax ? {} : { uncounted: `there are ${podsMax} or more` }) };
}

/** Every pod that this node runs. */
export const podsOfNode = (connection: Connection, name: string): Promise<readonly Json[] | undefined> =>
  podsAt(connection, `/api/v1/pods?fieldSelector=${encodeURIComponent(`spec.nodeName=${name}`)}`);

/** Those that have not ended; undefined: we may not ask. */
async function podsAt(connection: Connection, path: string): Promise<readonly Json[] | undefined> {
  const found = await listOrUnknown(connection, `${path}${path.includes('?') ? '&' : '?'}limit=${podsMax}`);
  return found?.filter((pod) => !['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase') ?? ''));
}

async function listOrUnknown(connection: Connection, path: string): Promise<readonly Json[] | undefined> {
  const items = at(await oneOrUnknown(connection, path), 'items');
  return isList(items) ? items : undefined;
}

async function oneOrUnknown(connection: Connection, path: string): Promise<Json | undefined> {
  try {
    return await connection.get(path);
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.retryable) throw error;
    return undefined;
  }
}

/** `2 of 3 replicas ready`, `Bound`, `4 keys`, or simply that it is there. */
export function stateOf(live: Json): string {
  const replicas = numberAt(live, 'spec', 'replicas');
  if (replicas !== undefined) return `${numberAt(live, 'status', 'readyReplicas') ?? 0} of ${replicas} replicas ready`;
  const phase = textAt(live, 'status', 'phase');
  if (phase !== undefined) return phase;
  return textAt(live, 'kind') === 'ConfigMap' ? `${Object.keys(recordAt(live, 'data')).length} keys` : 'there';
}
