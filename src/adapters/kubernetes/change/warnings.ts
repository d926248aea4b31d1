/** What people should know before they approve: whether the new pods find room, and who else writes to the object. */
import type { ObjectChange } from '../../../domain/change-action.ts';
import type { Json } from '../../../domain/json.ts';
import type { Connection } from '../connection.ts';
import type { Discovery } from '../discovery.ts';
import { numberAt, recordAt } from '../live.ts';
import { autoscalerWarnings, type Bounded, type Scaled } from './preview/autoscalers.ts';
import { suspension } from './preview/going.ts';
import { ownerWarnings } from './preview/owners.ts';
import { findRoom, type Surroundings } from './preview/room.ts';
import { wavesOf, type Wave } from './preview/waves.ts';

type Parts = {
  readonly connection: Connection;
  readonly discovery: Discovery;
  readonly surroundings: Surroundings;
};

/** `bounded`: what an autoscaler with new bounds makes of its workload. */
export async function findWarnings(
  { connection, discovery, surroundings }: Parts,
  seen: Scaled & { readonly bounded?: Bounded },
): Promise<readonly string[]> {
  // A pod is never put back: its controller makes another one.
  if (!staysThere(seen.action)) return [];
  const { namespace, kind, live, after, bounded } = seen;
  const waves = bounded === undefined ? wavesOf({ kind, live, after }) : boundedWaves(bounded);
  const [room, autoscalers, owners] = await Promise.all([
    findRoom(connection, surroundings, { namespace, live: bounded?.target ?? live, waves }),
    autoscalerWarnings({ connection, discovery }, seen),
    ownerWarnings(connection, seen),
  ]);
  return [...room, ...boundedText(bounded), ...suspension(kind, live, after), ...autoscalers, ...owners];
}

const staysThere = ({ type }: ObjectChange): boolean => type !== 'delete-pod' && type !== 'evict';

const replicasOf = (target: Json | undefined): number => numberAt(target, 'spec', 'replicas') ?? 1;

/** More replicas of what is there. */
export function boundedWaves({ target, wanted }: Bounded): readonly Wave[] {
  const count = (wanted ?? 0) - replicasOf(target);
  return target === undefined || wanted === undefined || count <= 0
    ? []
    : [{ kind: 'added', count, template: recordAt(target, 'spec', 'template') }];
}

export function boundedText(bounded: Bounded | undefined): readonly string[] {
  if (bounded?.target === undefined || bounded.wanted === undefined) return [];
  const { target, wanted, words } = bounded;
  const now = replicasOf(target);
  return [
    `${words} has ${now} ${now === 1 ? 'replica' : 'replicas'} now: these bounds make it ${wanted} at once${wanted < now ? `, so ${now - wanted === 1 ? 'a pod ends' : `${now - wanted} pods end`}` : ''}.`,
  ];
}
