/** `kubectl set resources`: limits and requests of every container, or of one. */
import type { ClusterChangeOf } from '../../domain/change-action.ts';
import type { Template } from '../../domain/object-reference.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { aimedAt, aimOf, cutAt, otherKindIn } from './change-targets.ts';
import { type FlagTable, parseFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  containers: { short: 'c', takes: 'value' },
  selector: { short: 'l', takes: 'value' },
  all: { takes: 'nothing' },
  limits: { takes: 'value' },
  requests: { takes: 'value' },
} satisfies FlagTable;

const templated = new Set(['deployments', 'statefulsets', 'daemonsets']);

/** `words` are those behind `set resources`. */
export function compileSetResources(words: readonly Template[]): Compiled<ClusterChangeOf<Template>> | Refusal {
  const parsed = parseFlags(words, flags, 'set resources');
  if ('refused' in parsed) return parsed;
  const { values, switches } = parsed;
  const limits = amountsOf(values.get('limits'));
  if ('refused' in limits) return limits;
  const requests = amountsOf(values.get('requests'));
  if ('refused' in requests) return requests;
  if (limits.amounts === undefined && requests.amounts === undefined) {
    return refuse('malformed', '`kubectl set resources` needs --limits or --requests.');
  }
  const container = values.get('containers');
  if (container !== undefined && container !== '*' && textOf(container).includes('*')) {
    return refuse('left-to-people', 'A pattern of container names may fit more than one; name one container.');
  }
  const selector = values.get('selector');
  const aim = aimOf(
    parsed.words,
    { ...(selector !== undefined && { selector }), all: switches.has('all') },
    'set resources',
  );
  if ('refused' in aim) return aim;
  const other = otherKindIn(aim, templated);
  if (other !== undefined) {
    return refuse(
      'left-to-people',
      `Setting resources of ${other} is not compiled; of deployments, statefulsets and daemonsets it is.`,
    );
  }
  const deed = {
    type: 'set-resources' as const,
    ...(container !== undefined && container !== '*' && { container }),
    ...(limits.amounts !== undefined && { limits: limits.amounts }),
    ...(requests.amounts !== undefined && { requests: requests.amounts }),
  };
  return { action: aimedAt(aim, deed, values.get('namespace')) };
}

const quantity = /^\d{1,18}(?:\.\d{1,9})?(?:m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/;

/** `cpu=200m,memory=512Mi`. */
function amountsOf(list: Template | undefined): { amounts?: Readonly<Record<string, Template>> } | Refusal {
  if (list === undefined || list === '') return {};
  const amounts: Record<string, Template> = {};
  let rest: Template | undefined = list;
  while (rest !== undefined) {
    const cut = cutAt(rest, ',');
    const pair: Template = cut?.[0] ?? rest;
    rest = cut?.[1];
    const [name, amount] = cutAt(pair, '=') ?? [pair, undefined];
    if (typeof name !== 'string')
      return refuse('unresolved-substitution', `The resource is left open in ${quoted(textOf(pair))}.`);
    if (amount === undefined || amount === '' || !/^[a-z][a-z0-9./-]{0,252}$/.test(name)) {
      return refuse('malformed', `${quoted(textOf(pair))} is not RESOURCE=amount, such as cpu=500m.`);
    }
    if (typeof amount === 'string' && !quantity.test(amount)) {
      return refuse('malformed', `${quoted(amount)} is not an amount such as 500m or 2Gi.`);
    }
    if (Object.hasOwn(amounts, name)) return refuse('malformed', `${quoted(name)} is given twice.`);
    amounts[name] = amount;
  }
  return { amounts };
}
