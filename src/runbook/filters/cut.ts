/** `cut`, which counts bytes on Debian even for `-c`. Source of the rules: coreutils manual, "cut: Print selected parts of lines". */
import type { CutFilter, Filter } from '../../domain/filter.ts';
import { isRefusal, quoted, refuse, type Refusal } from '../reasons.ts';
import { fromBytes, linesOf, toBytes } from './limits.ts';
import { isOneByte, parseOptions, readsFile } from './options.ts';

const table = {
  switches: 'snC',
  valued: 'bcfdO',
  long: {
    bytes: 'b',
    characters: 'c',
    fields: 'f',
    delimiter: 'd',
    'only-delimited': 's',
    complement: 'C',
    'output-delimiter': 'O',
  },
};

export function compileCut(words: readonly string[]): Filter | Refusal {
  // -C and -O stand for long names only.
  const strange = words.find((word) => /^-[^-]*[CO]/.test(word) && !/^-[dfcb]/.test(word));
  if (strange !== undefined) return refuse('unknown-flag', `The flag ${quoted(strange)} of cut is not compiled.`);
  const parsed = parseOptions('cut', words, table);
  if (isRefusal(parsed)) return parsed;
  if (parsed.operands.some((operand) => operand !== '-')) return readsFile('cut', parsed.operands[0] ?? '');
  const values = new Map<string, string>();
  let lists = 0;
  for (const { letter, value } of parsed.options) {
    if ('bcf'.includes(letter)) lists++;
    values.set(letter, value);
  }
  if (lists !== 1) return refuse('malformed', 'cut takes one list of -f, -c or -b.');
  const fields = values.get('f');
  const delimiter = values.get('d');
  if (fields === undefined && (delimiter !== undefined || values.has('s')))
    return refuse('malformed', 'cut -d and -s go with -f only.');
  if (delimiter !== undefined && !isOneByte(delimiter))
    return refuse('malformed', `${quoted(delimiter)} is not one character for cut -d.`);
  const joint = values.get('O');
  const list = fields ?? values.get('c') ?? values.get('b') ?? '';
  const ranges = rangesOf(list);
  if (!ranges) return refuse('malformed', `${quoted(list)} is not a list of cut.`);
  return {
    program: 'cut',
    by: fields === undefined ? 'bytes' : 'fields',
    ranges,
    ...(delimiter !== undefined && { delimiter }),
    ...(joint !== undefined && { joint }),
    ...(values.has('s') && { onlyDelimited: true as const }),
    ...(values.has('C') && { complement: true as const }),
  };
}

type Range = CutFilter['ranges'][number];

/** `1,3-5,7-` sorted, with overlapping ranges made one; ranges that only touch stay apart. */
function rangesOf(list: string): Range[] | undefined {
  const ranges: Range[] = [];
  for (const item of list.split(/[, \t]/)) {
    const [, from = '', dash = '', to = ''] = /^(\d{0,8})(-?)(\d{0,8})$/.exec(item) ?? [];
    if (from === '' && to === '') return undefined;
    const range = { from: Number(from || 1), to: Number(dash === '' ? from : to || Number.POSITIVE_INFINITY) };
    if (range.from === 0 || range.to < range.from) return undefined;
    ranges.push(range.to === Number.POSITIVE_INFINITY ? { from: range.from } : range);
  }
  const merged: Range[] = [];
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    const lastTo = last ? (last.to ?? Number.POSITIVE_INFINITY) : 0;
    if (!last || range.from > lastTo) merged.push(range);
    else if (range.to === undefined) merged[merged.length - 1] = { from: last.from };
    else if (range.to > lastTo) merged[merged.length - 1] = { from: last.from, to: range.to };
  }
  return merged;
}

export function runCut(filter: CutFilter, text: string): string {
  const delimiter = filter.delimiter ?? '\t';
  const joint = filter.joint === undefined ? undefined : toBytes(filter.joint);
  const ranges = filter.complement ? complementOf(filter.ranges) : filter.ranges;
  const out: string[] = [];
  for (const line of linesOf(toBytes(text))) {
    if (filter.by === 'bytes') {
      out.push(
        `${pick(Array.from(line), ranges)
          .map((run) => run.join(''))
          .join(joint ?? '')}\n`,
      );
      continue;
    }
    const fields = line.split(delimiter);
    if (fields.length === 1) {
      if (!filter.onlyDelimited) out.push(`${line}\n`);
    } else
      out.push(
        `${pick(fields, ranges)
          .flat()
          .join(joint ?? delimiter)}\n`,
      );
  }
  return fromBytes('cut', out.join(''));
}

const pick = (items: readonly string[], ranges: readonly Range[]): string[][] =>
  ranges.map(({ from, to }) => items.slice(from - 1, to)).filter((run) => run.length > 0);

function complementOf(ranges: readonly Range[]): Range[] {
  const rest: Range[] = [];
  let from = 1;
  for (const range of ranges) {
    if (range.from > from) rest.push({ from, to: range.from - 1 });
    if (range.to === undefined) return rest;
    from = range.to + 1;
  }
  return [...rest, { from }];
}
