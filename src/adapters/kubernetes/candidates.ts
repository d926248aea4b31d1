/** Live names for the choices of a modal. */
import type { ObjectReference } from '../../domain/object-reference.ts';
import { kindOfParameter, type ParameterType } from '../../domain/action.ts';
import type { Json } from '../../domain/json.ts';
import type { Connection } from './connection.ts';
import { isNotFound, metadataOnly, pathOf, type Discovery } from './discovery.ts';
import { ApiRefusal } from './errors.ts';
import { at, listAt, textAt } from './live.ts';

const candidatesMax = 100;
const listed = 1000;

export async function findCandidates(
  parts: { connection: Connection; discovery: Discovery },
  type: ParameterType,
  scope: { namespace: string; of?: ObjectReference<string> },
): Promise<readonly string[]> {
  if (type === 'container') return await containersOf(parts, scope);
  const resource = kindOfParameter[type];
  if (resource === undefined) return [];
  const kind = await parts.discovery.find({ resource });
  if (kind === undefined) return [];
  const path = `${pathOf(kind, { namespace: scope.namespace })}?limit=${listed}`;
  try {
    return sorted(listAt(await parts.connection.get(path, { accept: metadataOnly, timeoutMs: 2_000 }), 'items'), [
      'metadata',
      'name',
    ]);
  } catch (error) {
    // A bot that may not list namespaces still knows its own.
    if (type === 'namespace' && error instanceof ApiRefusal && !error.retryable) return [scope.namespace];
    throw error;
  }
}

async function containersOf(
  { connection, discovery }: { connection: Connection; discovery: Discovery },
  { namespace, of }: { namespace: string; of?: ObjectReference<string> },
): Promise<readonly string[]> {
  const kind = of === undefined ? undefined : await discovery.find(of);
  if (of === undefined || kind === undefined) return [];
  try {
    const live = await connection.get(pathOf(kind, { namespace, name: of.name }), { timeoutMs: 2_000 });
    const spec = kind.kind === 'Pod' ? at(live, 'spec') : at(live, 'spec', 'template', 'spec');
    return sorted([...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')], ['name']);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

const sorted = (items: readonly Json[], path: readonly string[]): readonly string[] =>
  items
    .map((item) => textAt(item, ...path) ?? '')
    .filter((name) => name !== '')
    .sort()
    .slice(0, candidatesMax);
