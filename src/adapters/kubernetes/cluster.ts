/** The `Cluster` port on a real API server. */
import { OperationError } from '../../domain/errors.ts';
import type { Cluster, Log } from '../../flow/ports.ts';
import { findCandidates } from './candidates.ts';
import { resolveChange } from './change/resolve.ts';
import { prepareChange, readBackChange, sendChange } from './change/send.ts';
import { openConnection } from './connection.ts';
import type { ConnectionOptions } from './credentials.ts';
import { createDiscovery } from './discovery.ts';
import { textAt } from './live.ts';
import { runRead } from './read/read.ts';
import { observeChange } from './verify.ts';

/** kube-system's uid names the cluster; it is asked for again after this, since a context may be pointed elsewhere. */
const uidAgeMs = 60_000;

/**
 * Opens nothing yet: the kubeconfig is read and the server connected at the first call.
 * Given path or text > `$KUBECONFIG` > the pod's own account.
 */
export function connectCluster(options: ConnectionOptions & { readonly log: Log }): Cluster {
  const connection = openConnection(options);
  const discovery = createDiscovery(connection);
  const parts = { connection, discovery };
  let known: { readonly uid: string; readonly readAt: number } | undefined;

  const uid = async (): Promise<string> =>
    known !== undefined && performance.now() - known.readAt < uidAgeMs ? known.uid : askUid();

  async function askUid(): Promise<string> {
    const found = textAt(await connection.get('/api/v1/namespaces/kube-system'), 'metadata', 'uid');
    if (found === undefined) {
      throw new OperationError('cluster-rejected', `Cluster ${options.name} does not say the uid of kube-system.`, {
        retryable: false,
      });
    }
    if (known !== undefined && known.uid !== found) {
      options.log.warn(
        { cluster: options.name, before: known.uid, now: found },
        'the cluster is another one than before',
      );
    }
    known = { uid: found, readAt: performance.now() };
    return found;
  }

  return {
    uid,
    contextNamespace: () => connection.contextNamespace(),
    read: (action, context) => runRead(parts, action, context),
    candidates: (type, scope) => findCandidates(parts, type, scope),
    resolve: (action, context) => resolveChange({ ...parts, clusterUid: uid }, action, context),
    prepare: (plan) => prepareChange({ ...parts, clusterUid: uid }, plan),
    send: (plan, request, sendOptions) => sendChange(connection, plan, request, sendOptions),
    readBack: (plan, request) => readBackChange({ ...parts, clusterUid: askUid }, plan, request),
    observe: (plan) => observeChange(parts, plan),
    close: () => connection.close(),
  };
}
