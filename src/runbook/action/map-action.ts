/** Visits every open text of an action with its place, so that typing, checking and binding agree on what is where. */
import { type ActionOf, isRead } from '../../domain/action.ts';
import type { ReadActionOf } from '../../domain/read-action.ts';
import { mapChange } from './map-change.ts';
import { mapRead } from './map-read.ts';
import { type MapText, namespacePlace } from './places.ts';

/** The same action with each text replaced. `replicas` is visited too when it is a text. */
export function mapAction<T, U>(action: ActionOf<T>, map: MapText<T, U>): ActionOf<U> {
  if (!isRead(action)) return mapChange(action, map);
  const read: ReadActionOf<T> = action;
  if (read.type !== 'chain') return mapRead(read, map);
  const { namespace, links, ...same } = read;
  return {
    ...same,
    ...(namespace === undefined ? {} : { namespace: map(namespace, namespacePlace) }),
    links: links.map(({ when, read: link }) => ({ when, read: mapRead(link, map) })),
  };
}
