/** An account on the real cluster with the roles that `firebreak rbac` prints, and what the audit log says of it. */
import { open, stat } from 'node:fs/promises';
import { z } from 'zod';
import { parseAllDocuments } from 'yaml';
import type { AuditEvent } from '../../src/sandbox/kubernetes/audit.ts';
import type { ServerForCluster } from '../contracts/cluster.ts';
import { type Body, bodyOf, textOf } from '../contracts/kubernetes-server-subject.ts';
import type { KubernetesApi } from './kubernetes-api.ts';

export async function bodiesOf(server: Pick<ServerForCluster, 'send'>, path: string): Promise<readonly Body[]> {
  const items: unknown = bodyOf(await server.send({ path }))['items'];
  return Array.isArray(items) ? items : [];
}

/** What one user has asked since the last call. Others fill the log of a shared cluster much faster, so their lines are not parsed. */
export async function followAudit(path: string, user: string): Promise<() => Promise<readonly AuditEvent[]>> {
  const sizeOf = async (): Promise<number> => (await stat(path)).size;
  let from = await sizeOf();
  let rest = Buffer.alloc(0);
  return async () => {
    await using file = await open(path);
    const size = await sizeOf();
    if (size < from) throw new Error(`${path} was rotated in the middle of the test.`);
    const { buffer } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    from = size;
    const all = Buffer.concat([rest, buffer]);
    const end = all.lastIndexOf('\n') + 1;
    rest = all.subarray(end);
    const lines = all.subarray(0, end).toString('utf8').split('\n');
    return lines.filter((line) => line.includes(`"${user}"`)).map((line) => JSON.parse(line) as AuditEvent);
  };
}

const Rule = z.object({
  apiGroups: z.array(z.string()).default([]),
  resources: z.array(z.string()).default([]),
  resourceNames: z.array(z.string()).exactOptional(),
  nonResourceURLs: z.array(z.string()).exactOptional(),
  verbs: z.array(z.string()),
});
const Printed = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string().exactOptional() }),
  rules: z.array(Rule).exactOptional(),
});
export type Printed = z.infer<typeof Printed>;
/** One verb of one resource: what can be taken away. */
export type Right = { readonly verb: string; readonly resource: string; readonly group: string };
export type Granted = Right & {
  readonly namespace?: string;
  readonly names?: readonly string[];
  readonly url?: string;
};

export const parseRoles = (yaml: string): readonly Printed[] =>
  parseAllDocuments(yaml).map((document) => {
    if (document.errors.length > 0) throw new Error(String(document.errors[0]));
    return Printed.parse(document.toJS());
  });

export const grantedBy = (printed: readonly Printed[]): readonly Granted[] =>
  printed.flatMap(({ metadata: { namespace }, rules = [] }) =>
    rules.flatMap(({ verbs, resources, apiGroups: [group = ''], nonResourceURLs = [], resourceNames }) =>
      verbs.flatMap((verb) => [
        ...nonResourceURLs.map((url) => ({ verb, resource: '', group: '', url })),
        ...resources.map((resource) => ({
          verb,
          resource,
          group,
          ...(namespace === undefined ? {} : { namespace }),
          ...(resourceNames === undefined ? {} : { names: resourceNames }),
        })),
      ]),
    ),
  );

/** Whether it is this right that let a request through. */
export function covers(right: Granted, { verb, objectRef, requestURI }: AuditEvent): boolean {
  if (right.verb !== verb) return false;
  if (objectRef === undefined) return right.url !== undefined && requestURI.split('?')[0] === right.url;
  const { resource, subresource, apiGroup = '', namespace, name } = objectRef;
  return (
    right.group === apiGroup &&
    right.resource === (subresource === undefined ? resource : `${resource}/${subresource}`) &&
    (right.namespace === undefined || right.namespace === namespace) &&
    (right.names === undefined || (name !== undefined && right.names.includes(name)))
  );
}

export const inWords = ({ verb, resource, group, namespace, url }: Granted): string =>
  `${verb} ${url ?? resource}${group === '' ? '' : `.${group}`}${namespace === undefined ? '' : ` in ${namespace}`}`;

/** The role without one verb of one resource, wherever it stands. */
export function without(role: Printed, right: Granted): Printed {
  const rules = (role.rules ?? []).flatMap((rule): readonly z.infer<typeof Rule>[] => {
    const isUrl = right.url !== undefined;
    const own = isUrl ? rule.nonResourceURLs : rule.apiGroups.includes(right.group) ? rule.resources : [];
    const name = right.url ?? right.resource;
    if (own === undefined || !own.includes(name) || !rule.verbs.includes(right.verb)) return [rule];
    const others = own.filter((one) => one !== name);
    const verbs = rule.verbs.filter((verb) => verb !== right.verb);
    const key = isUrl ? 'nonResourceURLs' : 'resources';
    return [
      ...(others.length === 0 ? [] : [{ ...rule, [key]: others }]),
      ...(verbs.length === 0 ? [] : [{ ...rule, [key]: [name], verbs }]),
    ];
  });
  return { ...role, rules };
}

export function accountOn(api: Pick<KubernetesApi, 'send' | 'config' | 'server'>, namespace: string, name: string) {
  const user = `system:serviceaccount:${namespace}:${name}`;
  const post = async (path: string, body: object): Promise<Body> => {
    const answer = await api.send({
      method: 'POST',
      path,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (answer.status > 299) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    return bodyOf(answer);
  };
  return {
    user,
    /** A kubeconfig with a token of the account's. */
    async kubeconfig(): Promise<string> {
      const answer = await post(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: 3600 },
      });
      const cluster = api.config.getCurrentCluster();
      return JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'bot',
        clusters: [{ name: 'c', cluster: { server: api.server, 'certificate-authority-data': cluster?.caData } }],
        users: [{ name: 'u', user: { token: answer['status']?.['token'] } }],
        contexts: [{ name: 'bot', context: { cluster: 'c', user: 'u', namespace } }],
      });
    },
    /** What the authorizer says at this moment. */
    async may({ verb, resource: whole, group, url, names }: Granted, inside: string | undefined): Promise<boolean> {
      const [resource, subresource] = whole.split('/');
      const attributes = {
        verb,
        group,
        resource,
        ...(subresource === undefined ? {} : { subresource }),
        ...(names === undefined ? {} : { name: names[0] }),
        ...(inside === undefined ? {} : { namespace: inside }),
      };
      const answer = await post('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: {
          user,
          groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
          ...(url === undefined ? { resourceAttributes: attributes } : { nonResourceAttributes: { verb, path: url } }),
        },
      });
      return textOf(answer['status']?.['allowed']) === 'true';
    },
    async put(role: Printed): Promise<void> {
      const { kind, metadata } = role;
      const answer = await api.send({
        method: 'PUT',
        path: pathOfRole(role),
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata, rules: role.rules }),
      });
      if (answer.status !== 200) throw new Error(`${pathOfRole(role)}: ${answer.status} ${answer.text}`);
    },
    async remove(printed: readonly Printed[]): Promise<void> {
      for (const one of printed) {
        if (/Role/.test(one.kind)) await api.send({ method: 'DELETE', path: pathOfRole(one) });
      }
    },
  };
}

function pathOfRole({ kind, metadata: { name, namespace } }: Printed): string {
  const inside = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `/apis/rbac.authorization.k8s.io/v1${inside}/${kind.toLowerCase()}s/${name}`;
}
