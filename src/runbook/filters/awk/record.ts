/** The line in hand and its fields, each of which follows the other. Source of the rules: POSIX awk, "Variables and Special Variables". */
import { stopped } from '../limits.ts';
import type { Split } from './fields.ts';
import { fromOutside, type Value } from './values.ts';

const fieldsMax = 100_000;

export type RecordInHand = {
  /** Takes the next line; it is parted by the separator of this moment. */
  readonly take: (line: string, split: Split) => void;
  readonly get: (index: number) => Value;
  readonly set: (index: number, value: Value, text: string) => void;
  readonly count: () => number;
  readonly setCount: (count: number) => void;
};

export function createRecord(joint: (fields: number) => string): RecordInHand {
  let whole: Value = '';
  let text = '';
  let fields: Value[] = [];
  let texts: string[] = [];
  /** What still has to be done before the other side is read. */
  let due: 'nothing' | 'part' | 'join' = 'nothing';
  let by: Split = () => [];

  function part(): void {
    if (due !== 'part') return;
    texts = by(text);
    if (texts.length > fieldsMax) throw stopped('awk found more than 100,000 fields in a line.');
    fields = texts.map(fromOutside);
    due = 'nothing';
  }
  function join(): void {
    if (due !== 'join') return;
    text = texts.join(joint(texts.length));
    whole = fromOutside(text);
    due = 'nothing';
  }
  function resize(count: number): void {
    if (count > fieldsMax || count < 0) throw stopped('awk asks for a number of fields that cannot be.');
    while (fields.length < count) {
      fields.push('');
      texts.push('');
    }
    fields.length = count;
    texts.length = count;
  }

  return {
    take(line, split) {
      text = line;
      whole = fromOutside(line);
      by = split;
      due = 'part';
    },
    get(index) {
      if (index < 0) throw stopped('awk asks for a field before the first.');
      if (index === 0) {
        join();
        return whole;
      }
      part();
      // gawk and mawk take a field that is not there for empty text.
      return fields[index - 1] ?? '';
    },
    set(index, value, asText) {
      if (index < 0) throw stopped('awk asks for a field before the first.');
      if (index === 0) {
        text = asText;
        whole = value;
        due = 'part';
        return;
      }
      part();
      resize(Math.max(fields.length, index));
      fields[index - 1] = value;
      texts[index - 1] = asText;
      due = 'join';
    },
    count() {
      part();
      return fields.length;
    },
    setCount(count) {
      part();
      resize(count);
      due = 'join';
    },
  };
}
