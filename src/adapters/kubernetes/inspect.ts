/** What `doctor` asks a cluster: that it is there, and what the bot's account may do. */
import type { Json } from '../../domain/json.ts';
import { openConnection } from './connection.ts';
import type { ConnectionOptions } from './credentials.ts';
import { ApiRefusal, notAnObject, parseStatus } from './errors.ts';
import { at, textAt, tryParse } from './live.ts';

/** One thing that somebody may or may not do; `namespace` absent for what belongs to the cluster. */
export type Right = {
  readonly verb: string;
  /** `pods`, `pods/log`. */
  readonly resource: string;
  readonly group?: string;
  readonly namespace?: string;
};

export type ClusterInspection = {
  /** `v1.34.4` */
  version(): Promise<string>;
  /** SelfSubjectAccessReview: the server's own answer, nothing is tried. */
  may(right: Right): Promise<boolean>;
  close(): Promise<void>;
};

/** All errors are `OperationError`s with a `cluster-…` code. */
export function inspectCluster(options: ConnectionOptions): ClusterInspection {
  const connection = openConnection(options);

  async function review({ verb, resource, group, namespace }: Right): Promise<Json> {
    const [kind = '', subresource] = resource.split('/');
    const resourceAttributes = {
      verb,
      resource: kind,
      ...(subresource === undefined ? {} : { subresource }),
      ...(group === undefined ? {} : { group }),
      ...(namespace === undefined ? {} : { namespace }),
    };
    const answer = await connection.request({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      contentType: 'application/json',
      body: JSON.stringify({
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes },
      }),
    });
    if (answer.status > 299) throw new ApiRefusal(options.name, parseStatus(answer.status, answer.body));
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
    close: () => connection.close(),
  };
}
