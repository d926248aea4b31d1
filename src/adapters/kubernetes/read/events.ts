/** `kubectl events`: what happened, by time. Unlike `get events` it is laid out on this side. */
import type { EventsAction } from '../../../domain/read-action.ts';
import type { Json } from '../../../domain/json.ts';
import { maskJson, maskText } from '../../../domain/masking.ts';
import type { Connection } from '../connection.ts';
import { apiVersionOf, type Discovery } from '../discovery.ts';
import { at, isRecord, recordAt, textAt } from '../live.ts';
import { escapeTerminal, eventAge } from './describe-lines.ts';
import { goSort } from './go-sort.ts';
import { listAll } from './list-all.ts';
import { failure, printed, type Printed } from './printed.ts';
import { alignTabs, tableStops } from './tabwriter.ts';
import { printYaml } from './yaml.ts';

export async function readEvents(
  { connection, discovery }: { connection: Connection; discovery: Discovery },
  action: EventsAction<string>,
  { namespace, signal }: { readonly namespace: string; readonly signal: AbortSignal },
): Promise<Printed> {
  const { about } = action;
  const kind = about && (await discovery.find(about));
  // This verb says it without `error:`.
  if (about && !kind) {
    const inGroup = about.group === undefined ? '' : ` in group "${about.group}"`;
    return failure(`the server doesn't have a resource type "${about.resource}"${inGroup}`);
  }
  const query =
    about && kind
      ? {
          fieldSelector: `involvedObject.kind=${kind.kind},involvedObject.apiVersion=${apiVersionOf(kind)},involvedObject.name=${about.name}`,
        }
      : {};
  const everywhere = action.allNamespaces === true;
  const inside = everywhere ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const listed = await listAll(connection, `/api/v1${inside}/events`, { query, signal });
  const wanted: readonly string[] | undefined = action.types;
  const events = listed.filter((event) => wanted === undefined || wanted.includes(textAt(event, 'type') ?? ''));
  if (events.length === 0) {
    return printed('', everywhere ? 'No events found.\n' : `No events found in ${namespace} namespace.\n`);
  }
  if (action.output !== undefined) return printed(whole(events));
  return printed(layOut(events, { namespaces: everywhere, headers: action.noHeaders !== true }));
}

function layOut(events: readonly Json[], options: { namespaces: boolean; headers: boolean }): string {
  const now = Date.now();
  const rows = goSort(events, (a, b) => lastSeen(a) < lastSeen(b)).map((event) => [
    ...(options.namespaces ? [textAt(event, 'metadata', 'namespace') ?? ''] : []),
    eventAge(event, now),
    textAt(event, 'type') ?? '',
    textAt(event, 'reason') ?? '',
    `${textAt(event, 'involvedObject', 'kind') ?? ''}/${textAt(event, 'involvedObject', 'name') ?? ''}`,
    maskText((textAt(event, 'message') ?? '').trim()),
  ]);
  const header = [...(options.namespaces ? ['NAMESPACE'] : []), 'LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'];
  const lines = [...(options.headers ? [header] : []), ...rows].map((cells) => escapeTerminal(cells.join('\t')));
  return alignTabs(`${lines.join('\n')}\n`, tableStops);
}

/** `-o yaml`; kubectl's JSON of this verb has an order of its own. */
function whole(events: readonly Json[]): string {
  const sorted = goSort(events, (a, b) => lastSeen(a) < lastSeen(b));
  const items = sorted.map((event) => {
    const { managedFields: _, ...metadata } = recordAt(event, 'metadata');
    return { ...recordAt(maskJson(event)), metadata, kind: 'Event', apiVersion: 'v1' };
  });
  return printYaml({ apiVersion: 'v1', items, kind: 'EventList', metadata: {} });
}

/** Microseconds since the epoch; JavaScript's dates would make ties of what kubectl tells apart. */
function lastSeen(event: Json): number {
  const series = at(event, 'series');
  const time = isRecord(series)
    ? textAt(series, 'lastObservedTime')
    : (textAt(event, 'lastTimestamp') ?? textAt(event, 'eventTime'));
  const seconds = Date.parse((time ?? '').replace(/\.\d+/, ''));
  const fraction = /\.(\d+)/.exec(time ?? '')?.[1] ?? '';
  return Number.isNaN(seconds) ? 0 : seconds * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}
