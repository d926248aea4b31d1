/** JSON as Go's `json.MarshalIndent` prints it: sorted keys, four spaces, and `<`, `>`, `&` escaped. */
import { asGoWrites, type Json } from '../../../domain/json.ts';
import { isList, isRecord } from '../live.ts';

export const printJson = (value: Json): string => `${print(value, '\n')}\n`;

/** On one line, as jsonpath prints maps and lists. */
export const compactJson = (value: Json): string => print(value, '');

/** Not JSON.stringify: a plain object puts keys like `10` and `2` first, by their number. */
function print(value: Json, line: string): string {
  const isObject = isRecord(value);
  if (!isObject && !isList(value)) return asGoWrites(JSON.stringify(value));
  const colon = line === '' ? ':' : ': ';
  const inner = line === '' ? '' : `${line}    `;
  const items = isObject
    ? Object.keys(value)
        .sort()
        .map((key) => `${asGoWrites(JSON.stringify(key))}${colon}${print(value[key] ?? null, inner)}`)
    : value.map((item) => print(item, inner));
  const [open, close] = isObject ? ['{', '}'] : ['[', ']'];
  return items.length === 0 ? `${open}${close}` : `${open}${inner}${items.join(`,${inner}`)}${line}${close}`;
}
