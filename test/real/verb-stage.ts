/** A namespace where the cases of verbs.ts stand up, and what the cluster's audit log says that they have done. */
import { randomBytes } from 'node:crypto';
import { type AuditEvent, isEffect } from '../../src/sandbox/kubernetes/audit.ts';
import type { ServerForCluster } from '../contracts/cluster.ts';
import { type Body, bodyOf, textOf } from '../contracts/kubernetes-server-subject.ts';
import { eventually } from '../eventually.ts';
import { openNamespace } from './kubernetes-api.ts';
import type { Manifest } from './verb-objects.ts';
import type { Place, VerbCase } from './verbs.ts';

const patienceMs = 60_000;
const plurals: Readonly<Record<string, string>> = { NetworkPolicy: 'networkpolicies', Ingress: 'ingresses' };
const scopedByCluster = new Set(['Node', 'Namespace']);

export type VerbStage = {
  readonly server: ServerForCluster;
  readonly place: (suffix: string) => Place;
  /** Makes the case's objects and waits until their controllers have seen them. */
  standUp(verb: VerbCase, at: Place): Promise<void>;
  /** Its path, also when it is not there. */
  pathOf(manifest: Manifest): string;
  create(manifest: Manifest): Promise<Body>;
  /** Undefined: it is not there. */
  read(path: string): Promise<Body | undefined>;
  close(): Promise<void>;
};

export async function openVerbStage(prefix: string): Promise<VerbStage> {
  const server = await openNamespace(prefix);
  const widgets = `w${randomBytes(4).toString('hex')}.firebreak.test`;
  /** Of the whole cluster, to be taken away at the end. */
  const made = new Set<string>();

  const send = async (method: string, path: string, body?: object, contentType = 'application/json') => {
    const answer = await server.send({
      method,
      path,
      ...(body === undefined ? {} : { headers: { 'Content-Type': contentType }, body: JSON.stringify(body) }),
    });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return bodyOf(answer);
  };
  const folderOf = ({ apiVersion, kind }: Pick<Manifest, 'apiVersion' | 'kind'>): string => {
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const scope = scopedByCluster.has(kind) ? '' : `/namespaces/${server.namespace}`;
    return `${root}${scope}/${plurals[kind] ?? `${kind.toLowerCase()}s`}`;
  };
  const pathOf = (manifest: Manifest): string => `${folderOf(manifest)}/${manifest.metadata.name}`;
  const read = async (path: string): Promise<Body | undefined> => {
    const answer = await server.send({ path });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status}`);
    return bodyOf(answer);
  };
  const seen = (path: string): Promise<Body> =>
    eventually(
      `the controller has seen ${path}`,
      async () => {
        const object = await read(path);
        if (object === undefined) return undefined;
        const { kind, metadata, status } = object;
        if (textOf(kind) === 'Node') return readyNode(object);
        const isDeployment = textOf(kind) === 'Deployment';
        if (!isDeployment && !['StatefulSet', 'DaemonSet', 'ReplicaSet'].includes(textOf(kind))) return object;
        const isSeen = Number(status?.['observedGeneration']) === Number(metadata?.['generation']);
        const isMarked = metadata?.['annotations']?.['deployment.kubernetes.io/revision'] !== undefined;
        const paused = textOf(object['spec']?.['paused']) === 'true';
        return isSeen && (!isDeployment || isMarked || paused) ? object : undefined;
      },
      patienceMs,
    );
  async function create(manifest: Manifest): Promise<Body> {
    if (scopedByCluster.has(manifest.kind)) made.add(pathOf(manifest));
    return send('POST', folderOf(manifest), manifest);
  }

  await send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', widgetDefinition(widgets));
  const definition = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.${widgets}`;
  await eventually(
    'widgets are served',
    async () =>
      (await server.send({ path: `/apis/${widgets}/v1/namespaces/${server.namespace}/widgets` })).status === 200,
    patienceMs,
  );
  return {
    server,
    place: (suffix) => ({ namespace: server.namespace, suffix, widgets }),
    pathOf,
    create,
    read,
    async standUp(verb, at) {
      const objects = verb.objects(at);
      for (const manifest of objects) await create(manifest);
      await Promise.all(objects.map((manifest) => seen(pathOf(manifest))));
      const [first] = objects;
      for (const change of verb.history ?? []) {
        if (first === undefined) throw new Error(`${verb.name} has a history of nothing`);
        await send('PATCH', pathOf(first), change, 'application/strategic-merge-patch+json');
        await seen(pathOf(first));
      }
      for (const pod of verb.pods?.(at) ?? []) {
        const path = `/api/v1/namespaces/${at.namespace}/pods/${pod}`;
        const isUp = (phase: string): boolean => verb.guarded !== 'opaque' || phase === 'Running';
        await eventually(
          `${pod} is there`,
          async () => {
            const found = await read(path);
            return found && isUp(textOf(found['status']?.['phase']));
          },
          patienceMs,
        );
      }
      for (const path of verb.leaves?.(at) ?? []) made.add(path);
    },
    async close() {
      await Promise.all([...made, definition].map((path) => server.send({ method: 'DELETE', path })));
      await server.close();
    },
  };
}

/** Its controller has taken the taint away that every new node has, and has put one on that lets no pod in. */
function readyNode(object: Body): Body | undefined {
  const { taints, unschedulable } = object['spec'] ?? {};
  const has = (key: string): boolean => JSON.stringify(taints ?? []).includes(`node.kubernetes.io/${key}`);
  const cordoned = textOf(unschedulable) === 'true';
  return !has('not-ready') && has('unschedulable') === cordoned ? object : undefined;
}

/** Accepted requests that have had an effect: writes that are no dry run, and commands that were started. */
export const hadEffect = (event: AuditEvent): boolean =>
  event.stage === 'ResponseComplete' &&
  ((isEffect(event) && event.responseStatus.code < 300) ||
    (event.objectRef?.subresource === 'exec' && event.responseStatus.code === 101));

function widgetDefinition(group: string): object {
  const spec = { type: 'object', properties: { size: { type: 'integer' }, colour: { type: 'string' } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: { spec, status: { type: 'object', properties: { seen: { type: 'integer' } } } },
            },
          },
        },
      ],
    },
  };
}
