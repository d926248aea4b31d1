/** Whether the scheduler may put a pod on a node at all, its room aside. Pure. Source: the scheduler's filters, 1.34. */
import type { Json } from '../../../../domain/json.ts';
import { at, listAt, textAt, textsAt } from '../../live.ts';
import { tolerates } from '../tolerations.ts';

export type Unfit = 'not ready' | 'tainted' | 'selector';

/** Undefined: it may. Rules about other pods (affinity, spread) and volumes are not looked at. */
export function whyUnfit(node: Json, spec: Json): Unfit | undefined {
  const tolerations = listAt(spec, 'tolerations');
  const cordon = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
  const isTolerated = (taint: Json): boolean => tolerations.some((one) => tolerates(one, taint));
  if (at(node, 'spec', 'unschedulable') === true && !isTolerated(cordon)) return 'not ready';
  const ready = listAt(node, 'status', 'conditions').find((one) => textAt(one, 'type') === 'Ready');
  if (textAt(ready, 'status') !== 'True') return 'not ready';
  const taints = listAt(node, 'spec', 'taints').filter((one) => textAt(one, 'effect') !== 'PreferNoSchedule');
  if (!taints.every(isTolerated)) return 'tainted';
  return matchesLabels(node, spec) ? undefined : 'selector';
}

function matchesLabels(node: Json, spec: Json): boolean {
  const labels = textsAt(node, 'metadata', 'labels');
  const selector = Object.entries(textsAt(spec, 'nodeSelector'));
  if (!selector.every(([key, value]) => labels[key] === value)) return false;
  const terms = at(
    spec,
    'affinity',
    'nodeAffinity',
    'requiredDuringSchedulingIgnoredDuringExecution',
    'nodeSelectorTerms',
  );
  if (terms === undefined) return true;
  const name = { 'metadata.name': textAt(node, 'metadata', 'name') ?? '' };
  return listAt(terms).some((term) => {
    const [expressions, fields] = [listAt(term, 'matchExpressions'), listAt(term, 'matchFields')];
    // An empty term matches nothing.
    if (expressions.length + fields.length === 0) return false;
    return expressions.every((one) => holds(one, labels)) && fields.every((one) => holds(one, name));
  });
}

function holds(expression: Json, labels: Readonly<Record<string, string>>): boolean {
  const key = textAt(expression, 'key') ?? '';
  const has = Object.hasOwn(labels, key);
  const value = labels[key] ?? '';
  const values = listAt(expression, 'values');
  switch (textAt(expression, 'operator') ?? '') {
    case 'In':
      return has && values.includes(value);
    case 'NotIn':
      return !has || !values.includes(value);
    case 'Exists':
      return has;
    case 'DoesNotExist':
      return !has;
    case 'Gt':
      return has && Number(value) > Number(values[0]);
    case 'Lt':
      return has && Number(value) < Number(values[0]);
    default:
      return false;
  }
}
