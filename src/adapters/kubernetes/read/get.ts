/** `kubectl get`: which requests it makes, in its order, and how the answers become its output. */
import type { GetAction } from '../../../domain/read-action.ts';
import { isLabelSelector } from '../../../domain/names.ts';
import type { Connection } from '../connection.ts';
import type { Discovery, Kind } from '../discovery.ts';
import { getObjects } from './get-objects.ts';
import type { GetScope, Wanted } from './get-pages.ts';
import { getTable } from './get-table.ts';
import { failure, noSuchKind, type Printed } from './printed.ts';

export async function readGet(
  parts: { connection: Connection; discovery: Discovery },
  action: GetAction<string>,
  scope: GetScope,
): Promise<Printed> {
  const problem = wrongCombination(action);
  if (problem !== undefined) return failure(`error: ${problem}`);
  const wanted: Wanted[] = [];
  for (const { object, kind } of await kindsOf(parts.discovery, action.objects)) {
    if (kind === undefined) return noSuchKind(object);
    const outside = scope.outside(kind);
    if (outside !== undefined) return failure(`error: ${outside}`);
    // kubectl lists a kind once, however often and by whatever names it is asked for.
    if (object.name !== undefined) wanted.push({ kind, name: object.name });
    else if (!wanted.some((one) => one.kind === kind)) wanted.push({ kind });
  }
  const { format } = action.output;
  return format === 'table' || format === 'wide'
    ? await getTable(parts.connection, action, { wanted, scope })
    : await getObjects(parts.connection, action, { wanted, scope });
}

type Asked = GetAction<string>['objects'][number];

/** `all` is every kind that the server counts to this category, custom ones too, in discovery's order. */
async function kindsOf(
  discovery: Discovery,
  objects: readonly Asked[],
): Promise<readonly { readonly object: Asked; readonly kind: Kind | undefined }[]> {
  const found: { object: Asked; kind: Kind | undefined }[] = [];
  for (const object of objects) {
    const isCategory = object.resource === 'all' && object.name === undefined && object.group === undefined;
    const members = isCategory
      ? (await discovery.offered()).kinds.filter(({ categories = [] }) => categories.includes('all'))
      : [];
    if (members.length > 0) {
      for (const { plural, group } of members) {
        // Asked for again, so that what guards every read guards these.
        const member: Asked = { resource: plural, ...(group !== '' && { group }) };
        found.push({ object: member, kind: await discovery.find(member) });
      }
    } else found.push({ object, kind: await discovery.find(object) });
  }
  return found;
}

function wrongCombination(action: GetAction<string>): string | undefined {
  const named = action.objects.some((object) => object.name !== undefined);
  if (named && action.allNamespaces === true) return 'a resource cannot be retrieved by name across all namespaces';
  if (named && (action.selector !== undefined || action.fieldSelector !== undefined)) {
    return 'name cannot be provided when a selector is specified';
  }
  if (action.selector !== undefined && !isLabelSelector(action.selector))
    return 'unable to parse requirement: the label selector';
  return undefined;
}
