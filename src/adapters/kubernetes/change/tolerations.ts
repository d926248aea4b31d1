/** Which pods a node's new taints with NoExecute end. Source of the rules: `ToleratesTaint` of k8s.io/component-helpers, 1.34. */
import type { Json } from '../../../domain/json.ts';
import { listAt, numberAt, sameJson, textAt } from '../live.ts';

/** Undefined: no such taint is new. */
export function endsOnNode(before: readonly Json[], after: readonly Json[]): ((pod: Json) => boolean) | undefined {
  const added = after.filter(
    (taint) => textAt(taint, 'effect') === 'NoExecute' && !before.some((old) => isSame(old, taint)),
  );
  return added.length === 0 ? undefined : (pod) => added.some((taint) => !staysUnder(pod, taint));
}

const isSame = (a: Json, b: Json): boolean =>
  ['key', 'value', 'effect'].every((field) => sameJson(textAt(a, field) ?? '', textAt(b, field) ?? ''));

/** Tolerated for some seconds is not tolerated. */
function staysUnder(pod: Json, taint: Json): boolean {
  const own = listAt(pod, 'spec', 'tolerations').filter((one) => tolerates(one, taint));
  return own.length > 0 && own.every((one) => numberAt(one, 'tolerationSeconds') === undefined);
}

export function tolerates(toleration: Json, taint: Json): boolean {
  const of = (field: string): string => textAt(toleration, field) ?? '';
  if (of('effect') !== '' && of('effect') !== textAt(taint, 'effect')) return false;
  if (of('key') !== '' && of('key') !== textAt(taint, 'key')) return false;
  const operator = of('operator');
  if (operator === 'Exists') return true;
  return (
    (operator === '' || operator === 'Equal') && of('key') !== '' && of('value') === (textAt(taint, 'value') ?? '')
  );
}
