/**
 * `awk`: the part of POSIX awk that works on the text alone. Where gawk and mawk differ, the program is refused or the
 * filter stops; where POSIX decides (characters, not bytes), POSIX is followed.
 */
import type { AwkFilter, Filter } from '../../../domain/filter.ts';
import { isRefusal, quoted, refuse, type Refusal } from '../../reasons.ts';
import { notExact, parseOptions, readsFile } from '../options.ts';
import { separatorProblem } from './fields.ts';
import { parseAwk } from './parse.ts';
import { AwkRefused, unescape } from './tokens.ts';

const table = { switches: '', valued: 'Fvf', long: { 'field-separator': 'F', assign: 'v', file: 'f' } };
const sourceMax = 10_000;

export function compileAwk(words: readonly string[]): Filter | Refusal {
  const parsed = parseOptions('awk', words, table, true);
  if (isRefusal(parsed)) return parsed;
  const [source, ...files] = parsed.operands;
  const variables: { name: string; value: string }[] = [];
  let separator: string | undefined;
  for (const { letter, value } of parsed.options) {
    if (letter === 'f') return refuse('external-tool', `awk takes its program from the file ${quoted(value)}.`);
    if (letter === 'F') {
      separator = value;
      continue;
    }
    const [, name, text] = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(value) ?? [];
    if (name === undefined || text === undefined)
      return refuse('malformed', `${quoted(value)} sets no variable of awk.`);
    if (unescape(text) === undefined || text.includes('\n'))
      return notExact(`${quoted(value)} is read differently by different awks.`);
    if (!/^(?:FS|OFS|ORS|OFMT|CONVFMT|SUBSEP)$/.test(name) && /^[A-Z]+$/.test(name) && builtInNames.has(name)) {
      return notExact(`awk's ${name} is not to be set here.`);
    }
    variables.push({ name, value: text });
  }
  if (source === undefined) return refuse('malformed', 'awk has no program.');
  if (files[0] !== undefined && !(files[0] === '-' && files.length === 1)) return readsFile('awk', files[0]);
  if (source.length > sourceMax) return notExact('The awk program is too long.');
  const problem = separator === undefined ? undefined : separatorProblem(separator);
  if (problem) return notExact(`The field separator ${quoted(separator ?? '')} ${problem}`);
  try {
    parseAwk(source);
  } catch (error) {
    if (error instanceof AwkRefused) return error.refusal;
    throw error;
  }
  const filter: AwkFilter = {
    program: 'awk',
    source,
    ...(separator !== undefined && { separator }),
    ...(variables.length > 0 && { variables }),
  };
  return filter;
}

const builtInNames = new Set([
  'NR',
  'NF',
  'FNR',
  'RS',
  'RSTART',
  'RLENGTH',
  'ENVIRON',
  'ARGC',
  'ARGV',
  'FILENAME',
  'IGNORECASE',
  'FPAT',
  'FIELDWIDTHS',
  'PROCINFO',
  'RT',
]);
