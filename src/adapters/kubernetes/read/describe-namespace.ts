/** The texts of `kubectl describe` (1.34) for namespaces and service accounts. Pure. */
import type { Json } from '../../../domain/json.ts';
import { at, listAt, textAt, textsAt } from '../live.ts';
import { rfc1123 } from './ages.ts';
import { noAmount, printAmount } from './amounts.ts';
import { annotationLines, describedText, labelLines, type Description, type Events } from './describe-lines.ts';
import { limitHead, limitLines, metadata } from './describe-policy.ts';
import { scopeText } from './describe-quota.ts';
import { amountsOf } from './pod-amounts.ts';

export type NamespaceFacts = { readonly quotas: readonly Json[]; readonly limitRanges: readonly Json[] };

export function describeNamespace(namespace: Json, { quotas, limitRanges }: NamespaceFacts, now: number): Description {
  const conditions = listAt(namespace, 'status', 'conditions');
  const text = (one: Json, field: string): string => textAt(one, field) ?? '';
  const body = [
    `Name:\t${metadata(namespace, 'name')}`,
    ...labelLines('Labels', textsAt(namespace, 'metadata', 'labels')),
    ...annotationLines('Annotations', textsAt(namespace, 'metadata', 'annotations')),
    `Status:\t${textAt(namespace, 'status', 'phase') ?? ''}`,
    ...(conditions.length === 0
      ? []
      : [
          'Conditions:',
          '  Type\tStatus\tLastTransitionTime\tReason\tMessage',
          '  ----\t------\t------------------\t------\t-------',
          ...conditions.map((one) =>
            [
              `  ${text(one, 'type')}`,
              text(one, 'status'),
              rfc1123(text(one, 'lastTransitionTime')),
              text(one, 'reason'),
              text(one, 'message'),
            ].join('\t'),
          ),
        ]),
    '',
    ...(quotas.length === 0 ? ['No resource quota.'] : ['Resource Quotas', ...quotas.flatMap(quotaLines)]),
    '',
    ...(limitRanges.length === 0
      ? ['No LimitRange resource.']
      : ['Resource Limits', ...[...limitHead, ...limitRanges.flatMap(limitLines)].map((line) => ` ${line}`)]),
  ];
  return describedText(body, undefined, now);
}

function quotaLines(quota: Json): string[] {
  const scopes = listAt(quota, 'spec', 'scopes').map(String).sort();
  const hard = amountsOf(at(quota, 'status', 'hard'));
  const used = amountsOf(at(quota, 'status', 'used'));
  return [
    `  Name:\t${metadata(quota, 'name')}`,
    ...(scopes.length === 0 ? [] : [`  Scopes:\t${scopes.join(', ')}`]),
    ...scopes.flatMap((scope) => {
      const text = scopeText(scope);
      return text === undefined ? [] : [`  * ${text}`];
    }),
    '  Resource\tUsed\tHard',
    '  --------\t---\t---',
    ...[...hard]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, most]) => `  ${name}\t${printAmount(used.get(name) ?? noAmount)}\t${printAmount(most)}`),
  ];
}

/**
 * kubectl lists the Secrets of the namespace to find this account's tokens; no Secret is read here, so that its text is
 * the one that a person without that right sees.
 */
export function describeServiceAccount(account: Json, events: Events, now: number): Description {
  const names = (title: string, field: string): string[] => {
    const all = listAt(account, field).map((one) => textAt(one, 'name') ?? '');
    if (all.length === 0) return [`${title}\t<none>`];
    return all.map((name, index) => `${index === 0 ? title : ' '.repeat(title.length)}\t${name}`);
  };
  const body = [
    `Name:\t${metadata(account, 'name')}`,
    `Namespace:\t${metadata(account, 'namespace')}`,
    ...labelLines('Labels', textsAt(account, 'metadata', 'labels')),
    ...annotationLines('Annotations', textsAt(account, 'metadata', 'annotations')),
    ...names('Image pull secrets:', 'imagePullSecrets'),
    ...names('Mountable secrets: ', 'secrets'),
    'Tokens:            \t<none>',
  ];
  return describedText(body, events, now);
}
