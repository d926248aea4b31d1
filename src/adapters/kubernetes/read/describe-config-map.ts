/** The text of `kubectl describe configmap` (1.34) for one ConfigMap. Pure. Values that look secret are hidden. */
import type { Json } from '../../../domain/json.ts';
import { maskValue } from '../../../domain/masking.ts';
import { textAt, textsAt } from '../live.ts';
import { annotationLines, describedText, labelLines, type Description } from './describe-lines.ts';

export function describeConfigMap(configMap: Json, events: readonly Json[] | undefined, now: number): Description {
  const data = textsAt(configMap, 'data');
  const binary = textsAt(configMap, 'binaryData');
  const body = [
    `Name:\t${textAt(configMap, 'metadata', 'name') ?? ''}`,
    `Namespace:\t${textAt(configMap, 'metadata', 'namespace') ?? ''}`,
    ...labelLines('Labels', textsAt(configMap, 'metadata', 'labels')),
    ...annotationLines('Annotations', textsAt(configMap, 'metadata', 'annotations')),
    '',
    'Data',
    '====',
    ...Object.keys(data)
      .sort()
      .flatMap((key) => {
        const value = data[key] ?? '';
        return [`${key}:`, '----', ...maskValue(key, value).split('\n'), ''];
      }),
    '',
    'BinaryData',
    '====',
    ...Object.keys(binary)
      .sort()
      .map((key) => `${key}: ${Buffer.from(binary[key] ?? '', 'base64').length} bytes`),
    '',
  ];
  return describedText(body, events, now);
}
