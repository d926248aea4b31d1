/** curl's command line as its tool_getparam.c reads it: clusters of letters, a value behind a letter or as the next word. */
import type { Template } from '../../domain/object-reference.ts';
import { textOf } from '../kubectl/flags.ts';
import { templateOf } from '../shell/placeholders.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { partsOf } from './url-template.ts';

/** Options that are carried out; those of one letter are how the others are written as well. */
const valued = {
  request: 'X',
  header: 'H',
  data: 'd',
  'data-ascii': 'd',
  'data-raw': 'raw',
  'data-binary': 'd',
  'data-urlencode': 'urlencode',
  json: 'json',
  output: 'o',
  'write-out': 'w',
  'max-time': 'm',
  'connect-timeout': 'connect-timeout',
  'user-agent': 'A',
  url: 'url',
} as const;
const switches = {
  silent: 's',
  'show-error': 'S',
  fail: 'f',
  include: 'i',
  head: 'I',
  get: 'G',
  'no-buffer': 'N',
  'http1.1': 'N',
  'no-progress-meter': 'N',
} as const;

type Valued = (typeof valued)[keyof typeof valued];
type Switch = (typeof switches)[keyof typeof switches];
const letters: ReadonlySet<string> = new Set(['X', 'H', 'd', 'o', 'w', 'm', 'A']);
const switchLetters: ReadonlySet<string> = new Set(['s', 'S', 'f', 'i', 'I', 'G', 'N']);

export type CurlOptions = {
  readonly values: readonly { readonly option: Valued; readonly value: Template }[];
  readonly switches: ReadonlySet<Switch>;
  readonly urls: readonly Template[];
};

const secret = (flag: string): Refusal =>
  refuse(
    'reads-secret',
    `${quoted(flag)} hands over a password or a session, which has no place in a step that is stored and shown.`,
  );
const file = (flag: string): Refusal =>
  refuse('operator-host', `${quoted(flag)} sends a file of the machine where it is typed; send it yourself.`);
const writes = (flag: string): Refusal =>
  refuse('writes-file', `${quoted(flag)} writes a file on the machine where it is typed; run it on your own.`);
const unlike = (flag: string, why: string): Refusal => refuse('unknown-flag', `${quoted(flag)} of curl ${why}`);

/** Options that people write and that are refused, with what to do. */
const refused: Readonly<Record<string, (flag: string) => Refusal>> = {
  k: (flag) => unlike(flag, 'does not check who answers; a step only trusts certificates that can be checked.'),
  insecure: (flag) => unlike(flag, 'does not check who answers; a step only trusts certificates that can be checked.'),
  L: (flag) => unlike(flag, 'goes wherever the answer points; write the final address instead.'),
  location: (flag) => unlike(flag, 'goes wherever the answer points; write the final address instead.'),
  v: (flag) =>
    unlike(flag, 'prints how the connection was made, which is not reproduced; `-i` prints the answer’s head.'),
  verbose: (flag) =>
    unlike(flag, 'prints how the connection was made, which is not reproduced; `-i` prints the answer’s head.'),
  retry: (flag) => unlike(flag, 'sends the request again by itself; a step sends it once.'),
  x: (flag) => unlike(flag, 'goes through a proxy, which a step does not.'),
  proxy: (flag) => unlike(flag, 'goes through a proxy, which a step does not.'),
  u: secret,
  user: secret,
  'oauth2-bearer': secret,
  n: secret,
  netrc: secret,
  b: secret,
  cookie: secret,
  E: secret,
  cert: secret,
  key: secret,
  c: writes,
  'cookie-jar': writes,
  O: writes,
  'remote-name': writes,
  D: writes,
  'dump-header': writes,
  F: file,
  form: file,
  T: file,
  'upload-file': file,
  K: (flag) => refuse('operator-host', `${quoted(flag)} reads options from a file of the machine where it is typed.`),
  config: (flag) =>
    refuse('operator-host', `${quoted(flag)} reads options from a file of the machine where it is typed.`),
};

const unknown = (flag: string): Refusal => {
  const known = Object.hasOwn(refused, flag.replace(/^-+/, '')) ? refused[flag.replace(/^-+/, '')] : undefined;
  return known?.(flag) ?? unlike(flag, 'is not one that is compiled.');
};

export function curlOptions(words: readonly Template[]): CurlOptions | Refusal {
  const values: { option: Valued; value: Template }[] = [];
  const on = new Set<Switch>();
  const urls: Template[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (word === undefined) continue;
    const [head, ...tail] = partsOf(word);
    if (typeof head !== 'string' || !head.startsWith('-') || head === '-') {
      if (word === '-' || word === '') return refuse('malformed', `${quoted(textOf(word) || "''")} is not an address.`);
      urls.push(word);
      continue;
    }
    if (head.startsWith('--')) {
      const name = head.slice(2);
      if (tail.length > 0) return unknown(textOf(word));
      if (Object.hasOwn(switches, name)) {
        // `hasOwn` has just said that it is a key.
        on.add(switches[name as keyof typeof switches]);
        continue;
      }
      if (!Object.hasOwn(valued, name)) return unknown(head);
      const value = words[++index];
      if (value === undefined) return refuse('malformed', `${quoted(head)} needs a value.`);
      // As above.
      values.push({ option: valued[name as keyof typeof valued], value });
      continue;
    }
    for (let at = 1; at < head.length; at++) {
      const letter = head.charAt(at);
      if (switchLetters.has(letter)) {
        // `switchLetters` holds nothing else.
        on.add(letter as Switch);
        if (at === head.length - 1 && tail.length > 0) return unknown(textOf(word));
        continue;
      }
      if (!letters.has(letter)) return unknown(`-${letter}`);
      const rest = templateOf([head.slice(at + 1), ...tail].filter((part) => part !== ''));
      const value = rest === '' ? words[++index] : rest;
      if (value === undefined) return refuse('malformed', `${quoted(`-${letter}`)} needs a value.`);
      // `letters` holds nothing else.
      values.push({ option: letter as Valued, value });
      break;
    }
  }
  return { values, switches: on, urls };
}
