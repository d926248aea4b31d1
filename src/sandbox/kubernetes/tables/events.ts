/** Events, as `kubectl get events` shows them. */
import type { KubeEvent } from '../objects.ts';
import { age } from './age.ts';
import type { KindTable } from './kind-table.ts';

export const eventTable: KindTable<KubeEvent> = {
  columns: [
    ['Last Seen', 'string'],
    ['Type', 'string'],
    ['Reason', 'string'],
    ['Object', 'string'],
    ['Subobject', 'string', 1],
    ['Source', 'string', 1],
    ['Message', 'string'],
    ['First Seen', 'string', 1],
    ['Count', 'string', 1],
    ['Name', 'string', 1],
  ],
  cells: (event, now) => {
    const first = event.firstTimestamp ?? event.eventTime;
    const component = event.source.component ?? event.reportingComponent;
    const host = event.source.host ?? event.reportingInstance;
    return [
      age(event.lastTimestamp ?? first, now),
      event.type,
      event.reason,
      `${event.involvedObject.kind.toLowerCase()}/${event.involvedObject.name}`,
      event.involvedObject.fieldPath ?? '',
      host === '' ? component : `${component}, ${host}`,
      event.message.trim(),
      age(first, now),
      event.count ?? 1,
      event.metadata.name,
    ];
  },
};
