import type { Json } from '../../../domain/json.ts';
import { at, listAt, textAt, textsAt } from '../live.ts';
import { parseQuantity } from './quantity.ts';

/** The pod's own word for it; without one (a server that does not compute it), by the rules of the documentation. */
export function podQos(pod: Json): string {
  const stored = textAt(pod, 'status', 'qosClass');
  if (stored !== undefined && stored !== '') return stored;
  const containers = [...listAt(pod, 'spec', 'containers'), ...listAt(pod, 'spec', 'initContainers')];
  const amount = (container: Json, group: string, name: string): number =>
    parseQuantity(textsAt(container, 'resources', group)[name] ?? '0') ?? 0;
  const names = ['cpu', 'memory'];
  const any = containers.some((one) =>
    names.some((name) => amount(one, 'limits', name) > 0 || amount(one, 'requests', name) > 0),
  );
  if (!any) return 'BestEffort';
  const guaranteed = containers.every((one) =>
    names.every((name) => {
      const limit = amount(one, 'limits', name);
      const requested = at(one, 'resources', 'requests', name) === undefined ? limit : amount(one, 'requests', name);
      return limit > 0 && limit === requested;
    }),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
