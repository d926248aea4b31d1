/** A ResourceQuota's status: what it allows, and how much of that is used. */
import { usedOf } from '../admit/quota.ts';
import type { Quota } from '../objects.ts';
import { formatQuantity } from '../quantity.ts';
import type { Store } from '../store.ts';

export function reconcileQuota({ store }: { store: Store }, quota: Quota): void {
  const { hard = {} } = quota.spec;
  const used = Object.entries(usedOf(store, quota)).map(([name, amount]) => [name, formatQuantity(amount, name)]);
  store.put('resourcequotas', { ...quota, status: { hard: { ...hard }, used: Object.fromEntries(used) } });
}
