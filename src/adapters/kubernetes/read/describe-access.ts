/** The texts of `kubectl describe` (1.34) for roles and their bindings. Pure. */
import type { Json } from '../../../domain/json.ts';
import { listAt, textAt, textsAt } from '../live.ts';
import { annotationLines, describedText, labelLines, type Description } from './describe-lines.ts';
import { metadata } from './describe-policy.ts';
import { compactRules, ruleCells } from './rules.ts';

const head = (object: Json): string[] => [
  `Name:\t${metadata(object, 'name')}`,
  ...labelLines('Labels', textsAt(object, 'metadata', 'labels')),
  ...annotationLines('Annotations', textsAt(object, 'metadata', 'annotations')),
];

export function describeRole(role: Json, now: number): Description {
  const body = [
    ...head(role),
    'PolicyRule:',
    '  Resources\tNon-Resource URLs\tResource Names\tVerbs',
    '  ---------\t-----------------\t--------------\t-----',
    ...compactRules(listAt(role, 'rules')).map((rule) => `  ${ruleCells(rule)}`),
  ];
  return describedText(body, undefined, now);
}

export function describeBinding(binding: Json, now: number): Description {
  const body = [
    ...head(binding),
    'Role:',
    `  Kind:\t${textAt(binding, 'roleRef', 'kind') ?? ''}`,
    `  Name:\t${textAt(binding, 'roleRef', 'name') ?? ''}`,
    'Subjects:',
    '  Kind\tName\tNamespace',
    '  ----\t----\t---------',
    ...listAt(binding, 'subjects').map(
      (one) => `  ${textAt(one, 'kind') ?? ''}\t${textAt(one, 'name') ?? ''}\t${textAt(one, 'namespace') ?? ''}`,
    ),
  ];
  return describedText(body, undefined, now);
}
