/** How many pods a new object makes. */
import type { Json } from '../../../domain/json.ts';
import type { Connection } from '../connection.ts';
import type { Kind } from '../discovery.ts';
import { ApiRefusal } from '../errors.ts';
import { at, listAt, numberAt } from '../live.ts';

/** At once; a cron job's come later. Undefined: nobody can tell, since our account may not list the nodes. */
export async function podsMade(
  connection: Pick<Connection, 'get'>,
  { group, kind }: Pick<Kind, 'group' | 'kind'>,
  manifest: Json,
): Promise<number | undefined> {
  switch (`${group}/${kind}`) {
    case '/Pod':
      return 1;
    case '/ReplicationController':
    case 'apps/Deployment':
    case 'apps/ReplicaSet':
    case 'apps/StatefulSet':
      return numberAt(manifest, 'spec', 'replicas') ?? 1;
    case 'batch/Job': {
      if (at(manifest, 'spec', 'suspend') === true) return 0;
      const atOnce = numberAt(manifest, 'spec', 'parallelism') ?? 1;
      return Math.min(atOnce, numberAt(manifest, 'spec', 'completions') ?? atOnce);
    }
    // It may find them all there, or none.
    case 'autoscaling/HorizontalPodAutoscaler':
      return numberAt(manifest, 'spec', 'minReplicas') ?? 1;
    case 'apps/DaemonSet':
      return nodesOf(connection);
    default:
      return 0;
  }
}

async function nodesOf(connection: Pick<Connection, 'get'>): Promise<number | undefined> {
  try {
    return listAt(await connection.get('/api/v1/nodes'), 'items').length;
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.retryable) throw error;
    return undefined;
  }
}
