/** `wget -qO- URL` and `wget -q --spider URL`. Source of the rules: GNU Wget's manual, compared with 1.21. */
import type { Template } from '../../domain/object-reference.ts';
import type { HttpReadAction } from '../../domain/read-action.ts';
import type { CompilePolicy } from '../compile-policy.ts';
import type { Compiled } from '../kubectl/get.ts';
import { textOf } from '../kubectl/flags.ts';
import { isRefusal, quoted, refuse, type Refusal } from '../reasons.ts';
import { urlOf } from './url-template.ts';

type WgetOptions = {
  readonly urls: readonly Template[];
  readonly quiet: boolean;
  readonly spider: boolean;
  readonly output?: string;
  readonly seconds?: number;
};

export function compileWget(
  words: readonly Template[],
  policy: CompilePolicy | undefined,
): Compiled<HttpReadAction<Template>> | Refusal {
  const options = wgetOptions(words);
  if (isRefusal(options)) return options;
  const { urls, quiet, spider, output, seconds } = options;
  const [first, ...others] = urls;
  if (first === undefined) return refuse('malformed', 'wget has no address to ask.');
  if (others.length > 0) return refuse('several-requests', 'This sends several requests; write one wget for each.');
  if (!spider && output !== '-' && output !== '/dev/null') {
    return refuse('writes-file', 'wget writes a file on the machine where it is typed; `wget -qO- URL` prints it.');
  }
  if (!quiet) return noisy;
  const url = urlOf(first, policy);
  if (isRefusal(url)) return url;
  return {
    action: {
      type: 'http-read',
      method: spider ? 'HEAD' : 'GET',
      url,
      headers: [],
      print: spider || output === '/dev/null' ? 'nothing' : 'body',
      program: 'wget',
      silent: true,
      ...(seconds !== undefined && { timeoutSeconds: seconds }),
    },
  };
}

const noisy = refuse(
  'unknown-flag',
  'Without `-q` wget prints a log with times and sizes, which is not reproduced; write `wget -q`.',
);
const longs: Readonly<Record<string, string>> = { 'output-document': 'O', timeout: 'T', tries: 't' };

function wgetOptions(words: readonly Template[]): WgetOptions | Refusal {
  const urls: Template[] = [];
  const values = new Map<string, string>();
  let quiet = false;
  let spider = false;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (typeof word !== 'string' || !word.startsWith('-') || word === '-') {
      urls.push(word);
      continue;
    }
    let letter: string | undefined;
    let value: Template | undefined;
    if (word === '--quiet') quiet = true;
    else if (word === '--spider') spider = true;
    else if (word === '-nv' || word === '--no-verbose') return noisy;
    else if (word.startsWith('--')) {
      const [, name = '', inline] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
      letter = Object.hasOwn(longs, name) ? longs[name] : undefined;
      if (letter === undefined) return unknown(word);
      value = inline;
    } else {
      const [, quiets = '', own, inline] = /^-(q*)(?:([OTt])(.+)?)?$/s.exec(word) ?? [];
      if (quiets === '' && own === undefined) return unknown(word);
      quiet ||= quiets !== '';
      letter = own;
      value = inline;
    }
    if (letter === undefined) continue;
    value ??= words[++index];
    if (typeof value !== 'string')
      return refuse('malformed', `${quoted(textOf(word))} of wget needs a value that is written out.`);
    values.set(letter, value);
  }
  if ((values.get('t') ?? '1') !== '1') {
    return refuse('unknown-flag', '`--tries` of wget sends the request again; a step sends it once.');
  }
  const time = values.get('T') ?? '0';
  if (!/^\d{1,6}(?:\.\d{1,6})?$/.test(time)) return refuse('malformed', `${quoted(time)} is not a number of seconds.`);
  const output = values.get('O');
  return {
    urls,
    quiet,
    spider,
    ...(output !== undefined && { output }),
    ...(Number(time) > 0 && { seconds: Number(time) }),
  };
}

const unknown = (word: string): Refusal =>
  /^-(?:[cbNrmPi]|-(?:continue|mirror|recursive|input-file|directory-prefix))/.test(word)
    ? refuse('writes-file', `${quoted(word)} of wget writes or reads files on the machine where it is typed.`)
    : refuse('unknown-flag', `${quoted(word)} of wget is not one that is compiled.`);
