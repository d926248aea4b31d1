/** What `doctor` asks a cluster: that it is there, and what the bot's account may do. */
import type { ActingAs, Impersonation } from '../../domain/acting-as.ts';
import type { Json } from '../../domain/json.ts';
import type { ResourceKind } from '../../domain/object-reference.ts';
import { createAccess } from './access/access.ts';
import { asHeaders } from './access/headers.ts';
import { openConnection } from './connection.ts';
import type { ConnectionOptions } from './credentials.ts';
import { createDiscovery } from './discovery.ts';
import { ApiRefusal, notAnObject, parseStatus } from './errors.ts';
import { at, textAt, tryParse } from './live.ts';
import { postReview } from './read/review.ts';

/** One thing that somebody may or may not do; `namespace` absent for what belongs to the cluster. */
export type Right = {
  readonly verb: string;
  /** `pods`, `pods/log`. */
  readonly resource: string;
  readonly group?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Instead of a resource: `/readyz/etcd`. */
  readonly url?: string;
};

/** A kind as RBAC knows it. */
type NamedKind = { readonly resource: string; readonly group: string; readonly namespaced: boolean };

export type ClusterInspection = {
  /** `v1.34.4` */
  version(): Promise<string>;
  /** SelfSubjectAccessReview: the server's own answer, nothing is tried. */
  may(right: Right): Promise<boolean>;
  /** What the server offers now: finds a kind by any of its names. */
  kinds(): Promise<(wanted: ResourceKind) => NamedKind | undefined>;
  /** The account's name, or that of somebody in whose name it asks; undefined: the server does not say. */
  whoAmI(as?: ActingAs): Promise<string | undefined>;
  /** A sentence when changes are to be sent in the name of people, and the account may act as nobody. */
  whyNoImpersonation(): Promise<string | undefined>;
  close(): Promise<void>;
};

/** All errors are `OperationError`s with a `cluster-…` code. */
export function inspectCluster(
  options: ConnectionOptions & { readonly impersonate?: Impersonation },
): ClusterInspection {
  const connection = openConnection(options);
  const access = createAccess(connection, { impersonation: options.impersonate });

  async function review({ verb, resource, group, namespace, name, url }: Right): Promise<Json> {
    const [kind = '', subresource] = resource.split('/');
    const resourceAttributes = {
      verb,
      resource: kind,
      ...(subresource === undefined ? {} : { subresource }),
      ...(group === undefined ? {} : { group }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(name === undefined ? {} : { name }),
    };
    const answer = await connection.request({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      contentType: 'application/json',
      body: JSON.stringify({
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: url === undefined ? { resourceAttributes } : { nonResourceAttributes: { verb, path: url } },
      }),
    });
    if (answer.status > 299) throw new ApiRefusal(options.name, parseStatus(answer.status, answer.body, answer));
    const parsed = tryParse(answer.body);
    if (parsed === undefined) throw notAnObject(options.name);
    return parsed;
  }

  return {
    async version() {
      return textAt(await connection.get('/version'), 'gitVersion') ?? 'an unknown version';
    },
    async may(right) {
      return at(await review(right), 'status', 'allowed') === true;
    },
    async kinds() {
      const { kinds } = await createDiscovery(connection).offered();
      return ({ resource: word, group: wanted }) => {
        const kind = kinds.find(
          ({ plural, singular, shortNames, group }) =>
            [plural, singular, ...shortNames].includes(word) && (wanted === undefined || wanted === group),
        );
        return kind && { resource: kind.plural, group: kind.group, namespaced: kind.namespaced };
      };
    },
    async whoAmI(as) {
      try {
        const said = await postReview(
          connection,
          'authentication.k8s.io',
          'SelfSubjectReview',
          {},
          { headers: asHeaders(as) },
        );
        return textAt(said, 'status', 'userInfo', 'username');
      } catch (error) {
        // Older than 1.28, or not even that is allowed.
        if (as === undefined && error instanceof ApiRefusal && !error.retryable) return undefined;
        throw error;
      }
    },
    whyNoImpersonation: () => access.whyNoImpersonation(),
    close: () => connection.close(),
  };
}
