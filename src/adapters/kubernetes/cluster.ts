/** The `Cluster` port on a real API server. */
import { actingAs, type Impersonation } from '../../domain/acting-as.ts';
import { OperationError } from '../../domain/errors.ts';
import type { Cluster, Log } from '../../flow/ports.ts';
import { defaultCompilePolicy } from '../../runbook/compile-policy.ts';
import type { ExecPatterns } from '../../runbook/exec-policy.ts';
import { createAccess } from './access/access.ts';
import { findCandidates } from './candidates.ts';
import { captureEnding } from './change/capture/capture.ts';
import { withWhoActs } from './change/may-send.ts';
import { shareNodes } from './change/preview/room.ts';
import { resolveChange } from './change/resolve.ts';
import { prepareChange, readBackChange, sendChange } from './change/send.ts';
import { countUnready } from './change/unready.ts';
import { openConnection } from './connection.ts';
import type { ConnectionOptions } from './credentials.ts';
import { createDiscovery } from './discovery.ts';
import { textAt } from './live.ts';
import { runRead } from './read/read.ts';
import { settleMsDefault } from './verify/bounds.ts';
import { observeChange } from './verify/observe.ts';

/** kube-system's uid names the cluster; it is asked for again after this, since a context may be pointed elsewhere. */
const uidAgeMs = 60_000;

const nobodyElse = Promise.resolve(undefined);

/**
 * Opens nothing yet: the kubeconfig is read and the server connected at the first call.
 * Given path or text > `$KUBECONFIG` > the pod's own account. `execReads` is `policy.exec`; absent: the default list.
 */
export function connectCluster(
  options: ConnectionOptions & {
    readonly log: Log;
    readonly execReads?: ExecPatterns;
    /** How long a container without a readiness probe has to run before a verification counts it. */
    readonly settleMs?: number | undefined;
    /** Changes are sent in the name of who approved them. */
    readonly impersonate?: Impersonation;
    /** The kubeconfig is that of the person at the keyboard, which is how refusals speak of it. */
    readonly isOperators?: boolean;
  },
): Cluster {
  const connection = openConnection(options);
  const discovery = createDiscovery(connection);
  const parts = { connection, discovery, execReads: options.execReads ?? defaultCompilePolicy.exec };
  const { impersonate, isOperators = false } = options;
  const access = createAccess(connection, { impersonation: impersonate, isOperators });
  const nodes = shareNodes(connection);
  /** For what goes out the server is asked just then which cluster it is. */
  const effectParts = { ...parts, access, clusterUid: askUid };
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
    async resolve(action, context) {
      const resolution = await resolveChange({ ...effectParts, clusterUid: uid, nodes }, action, context);
      return impersonate === undefined ? resolution : withWhoActs(resolution);
    },
    ...(impersonate === undefined ? {} : { whoActs: (approver) => actingAs(impersonate, approver) }),
    prepare: (plan, acting = nobodyElse) => prepareChange({ ...effectParts, knownUid: uid }, plan, acting),
    send: (plan, request, sendOptions) => sendChange(effectParts, plan, request, sendOptions),
    readBack: (plan, request) => readBackChange(effectParts, plan, request),
    observe: (plan) => observeChange({ ...parts, settleMs: options.settleMs ?? settleMsDefault }, plan),
    unready: (plan, others) => countUnready(parts, plan, others),
    capture: (plan, captureOptions) => captureEnding(parts, plan, captureOptions),
    close: () => connection.close(),
  };
}
