/** `jq`: its words, and what may not be in a program that knows nothing but its input. Runs in src/flow/jq/. */
import type { Filter, JqFilter } from '../../domain/filter.ts';
import { isRefusal, quoted, refuse, type Refusal } from '../reasons.ts';
import { notExact, parseOptions, readsFile } from './options.ts';

const table = {
  switches: 'rjcesnRSMT',
  valued: 'fLI',
  long: {
    'raw-output': 'r',
    'join-output': 'j',
    'compact-output': 'c',
    'exit-status': 'e',
    slurp: 's',
    'null-input': 'n',
    'raw-input': 'R',
    'sort-keys': 'S',
    'monochrome-output': 'M',
    unbuffered: 'M',
    tab: 'T',
    indent: 'I',
    'from-file': 'f',
  },
};
const queryMax = 10_000;

export function compileJq(words: readonly string[]): Filter | Refusal {
  const variables: { name: string; value: string; json?: true }[] = [];
  const rest: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word !== '--arg' && word !== '--argjson') {
      if (/^-[^-]*[TI]/.test(word)) return refuse('unknown-flag', `The flag ${quoted(word)} of jq is not compiled.`);
      rest.push(word);
      continue;
    }
    const [name, value] = [words[index + 1], words[index + 2]];
    if (name === undefined || value === undefined || !/^[A-Za-z_]\w*$/.test(name))
      return refuse('malformed', `${word} of jq takes a name and a value.`);
    variables.push({ name, value, ...(word === '--argjson' && { json: true as const }) });
    index += 2;
  }
  const parsed = parseOptions('jq', rest, table);
  if (isRefusal(parsed)) return parsed;
  const values = new Map(parsed.options.map(({ letter, value }) => [letter, value]));
  if (values.has('f') || values.has('L')) return refuse('external-tool', 'jq takes its program or modules from files.');
  const [query = '.', ...files] = parsed.operands;
  if (files[0] !== undefined) return readsFile('jq', files[0]);
  const problem = queryProblem(query);
  if (problem) return problem;
  const indent = values.get('I');
  if (indent !== undefined && !/^[1-7]$/.test(indent)) return notExact('This indent of jq is not compiled.');
  const filter: JqFilter = {
    program: 'jq',
    query,
    ...((values.has('r') || values.has('j')) && { raw: true as const }),
    ...(values.has('j') && { join: true as const }),
    ...(values.has('c') && { compact: true as const }),
    ...(values.has('T') ? { indent: 'tab' as const } : indent !== undefined && { indent: Number(indent) }),
    ...(values.has('e') && { exitStatus: true as const }),
    ...(values.has('s') && { slurp: true as const }),
    ...(values.has('n') && { nullInput: true as const }),
    ...(values.has('R') && { rawInput: true as const }),
    ...(values.has('S') && { sortKeys: true as const }),
    ...(variables.length > 0 && { variables }),
  };
  return filter;
}

/** As jq's options that change what is computed; how it is printed is done apart. */
export function jqArguments(filter: JqFilter): string[] {
  return [
    '-c',
    ...(filter.exitStatus ? ['-e'] : []),
    ...(filter.slurp ? ['-s'] : []),
    ...(filter.nullInput ? ['-n'] : []),
    ...(filter.rawInput ? ['-R'] : []),
    ...(filter.sortKeys ? ['-S'] : []),
    ...(filter.variables ?? []).flatMap(({ name, value, json }) => [json ? '--argjson' : '--arg', name, value]),
  ];
}

function queryProblem(query: string): Refusal | undefined {
  if (query.length > queryMax) return notExact('The jq program is too long.');
  if (query.startsWith('-')) return notExact('A jq program that begins with - is not compiled.');
  const code = codeOf(query);
  if (code === undefined) return refuse('malformed', `The jq program ${quoted(query)} is not well formed.`);
  const asks = (names: string): string | undefined =>
    // A field (`.env`), a key (`{env: 1}`) or a variable has the name only by chance.
    new RegExp(`(?<![.\\w$:]|\\.\\s+)(?:${names})(?![\\w:]|\\s*:)`).exec(code)?.[0];
  if (/\$ENV\b/.test(code) || asks('env') !== undefined)
    return refuse('operator-host', 'jq asks for the environment of the machine where it is typed.');
  if (asks('import|include|modulemeta|get_search_list') !== undefined)
    return refuse('external-tool', 'jq takes modules from files.');
  const other = asks(
    'now|localtime|strflocaltime|mktime|strptime|input_filename|input_line_number|halt|halt_error|builtins|toarray|trim|ltrim|rtrim|abs|pick|have_decnum|have_literal_numbers|trimstr|skip|implode',
  );
  return other === undefined
    ? undefined
    : notExact(`${quoted(other)} of jq depends on the machine, the moment or the version.`);
}

/**
 * The program without the text of its strings and comments; what `\(…)` in a string computes stays. Undefined when a string
 * or a bracket is not closed.
 */
function codeOf(query: string): string | undefined {
  let out = '';
  /** What closes what is open: a bracket, or the end of `\(…)` within a string. */
  const open: string[] = [];
  let inString = false;
  for (let at = 0; at < query.length; at++) {
    const char = query.charAt(at);
    if (inString) {
      if (char === '"') {
        inString = false;
        out += '"';
      } else if (char === '\\') {
        if (query.charAt(++at) === '(') {
          open.push('string');
          inString = false;
          out += ' (';
        }
      }
      continue;
    }
    if (char === '"') {
      inString = true;
      out += '"';
    } else if (char === '#') {
      const end = query.indexOf('\n', at);
      at = end === -1 ? query.length : end - 1;
    } else if (/[([{]/.test(char)) {
      open.push(char === '(' ? ')' : char === '[' ? ']' : '}');
      out += char;
    } else if (/[)\]}]/.test(char)) {
      const opener = open.pop();
      if (opener === 'string' && char === ')') inString = true;
      else if (opener !== char) return undefined;
      out += char;
    } else out += char;
  }
  return inString || open.length > 0 ? undefined : out;
}
