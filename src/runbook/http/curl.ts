/** `curl`: GET and HEAD look, other methods are sent once. Source of the rules: curl's manual, compared with 7.88. */
import type { HttpSendAction } from '../../domain/change-action.ts';
import { hidesValue, looksSecret, maskText } from '../../domain/masking.ts';
import type { Template } from '../../domain/object-reference.ts';
import type { HttpReadAction, HttpRequestParts } from '../../domain/read-action.ts';
import type { CompileProgram } from '../command-context.ts';
import { type CurlOptions, curlOptions } from './curl-options.ts';
import { textOf } from '../kubectl/flags.ts';
import { templateOf } from '../shell/placeholders.ts';
import { isRefusal, quoted, refuse, type Refusal } from '../reasons.ts';
import { partsOf, urlOf } from './url-template.ts';
import { compileWget } from './wget.ts';
import { writeOutProblem } from './write-out.ts';

type HttpAction = HttpReadAction<Template> | HttpSendAction<Template>;
type Header = { readonly name: string; readonly value: Template };

export const compileCurl: CompileProgram = (words, { program, policy }) => {
  if (program === 'wget') return compileWget(words, policy);
  if (program !== 'curl') return refuse('external-tool', `${quoted(program)} is not run here; write it with curl.`);
  const options = curlOptions(words);
  if (isRefusal(options)) return options;
  const urls = [...options.urls, ...valuesOf(options, 'url')];
  const [first, ...others] = urls;
  if (first === undefined) return refuse('malformed', 'curl has no address to ask.');
  if (others.length > 0) return refuse('several-requests', 'This sends several requests; write one curl for each.');
  const url = urlOf(first, policy);
  if (isRefusal(url)) return url;
  const action = actionOf(options, url);
  return isRefusal(action) ? action : { action };
};

function actionOf(options: CurlOptions, url: Template): HttpAction | Refusal {
  const body = bodyOf(options);
  if (isRefusal(body)) return body;
  const method = methodOf(options, body !== undefined);
  if (isRefusal(method)) return method;
  const headers = headersOf(options);
  if (isRefusal(headers)) return headers;
  const shared = sharedParts(options);
  if (isRefusal(shared)) return shared;
  const inUrl = options.switches.has('G') && body !== undefined;
  const json = valuesOf(options, 'json').length > 0;
  const parts = {
    ...shared,
    url: inUrl ? withQuery(url, body) : url,
    headers: [...headers, ...(body === undefined || inUrl ? [] : bodyHeaders(headers, json))],
    ...(body !== undefined && !inUrl && { body }),
  };
  return method === 'GET' || method === 'HEAD'
    ? { type: 'http-read', method, ...parts }
    : { type: 'http-send', method, ...parts };
}

const valuesOf = (options: CurlOptions, option: CurlOptions['values'][number]['option']): readonly Template[] =>
  options.values.filter((each) => each.option === option).map(({ value }) => value);

/** Of an option that may be repeated the last counts. */
const lastOf = (options: CurlOptions, option: CurlOptions['values'][number]['option']): Template | undefined =>
  valuesOf(options, option).at(-1);

type Method = HttpAction['method'];

function methodOf(options: CurlOptions, sendsData: boolean): Method | Refusal {
  const asked = lastOf(options, 'X');
  const head = options.switches.has('I');
  const data = sendsData && !options.switches.has('G');
  if (head && data) return refuse('malformed', 'curl takes one of `-I` and `-d`, not both.');
  if (asked === undefined) return head ? 'HEAD' : data ? 'POST' : 'GET';
  if (typeof asked !== 'string')
    return refuse('unresolved-substitution', 'The method of the request is left open; write it out.');
  if (head && asked !== 'HEAD')
    return refuse(
      'unknown-flag',
      `\`-I\` with \`-X ${asked}\` sends ${asked} and prints only the answer's head, which is not reproduced; \`-i\` prints it with the body.`,
    );
  if (head) return 'HEAD';
  if (asked === 'HEAD') return refuse('endless', '`curl -X HEAD` waits for a body that never comes; write `curl -I`.');
  switch (asked) {
    case 'GET':
    case 'POST':
    case 'PUT':
    case 'PATCH':
    case 'DELETE':
      return asked;
    default:
      return refuse(
        'unknown-verb',
        `${quoted(asked)} is not a method that is sent: GET, HEAD, POST, PUT, PATCH and DELETE are.`,
      );
  }
}

/** Everything of `-d` and its like, joined as curl does. */
function bodyOf(options: CurlOptions): Template | undefined | Refusal {
  const pieces: Template[] = [];
  let json = false;
  for (const { option, value } of options.values) {
    if (option !== 'd' && option !== 'raw' && option !== 'urlencode' && option !== 'json') continue;
    const [head] = partsOf(value);
    if (typeof head !== 'string' && option !== 'raw') {
      return refuse('unresolved-substitution', 'What the request sends is left open as a whole; write it out.');
    }
    const file = typeof head === 'string' && (option === 'urlencode' ? /^[^=]*@/.test(head) : head.startsWith('@'));
    if (file && option !== 'raw') {
      return refuse(
        'operator-host',
        `${quoted(textOf(value))} sends a file of the machine where it is typed; send it yourself.`,
      );
    }
    if (option === 'urlencode') {
      if (typeof value !== 'string')
        return refuse(
          'unresolved-substitution',
          `${quoted(textOf(value))} would have to be encoded once it is filled in; write it out.`,
        );
      const equals = value.indexOf('=');
      pieces.push(
        equals > 0 ? `${value.slice(0, equals)}=${encoded(value.slice(equals + 1))}` : encoded(value.slice(equals + 1)),
      );
    } else pieces.push(value);
    json ||= option === 'json';
  }
  if (pieces.length === 0) return undefined;
  if (json && (pieces.length > 1 || options.switches.has('G'))) {
    return refuse('malformed', '`--json` stands alone here: without other data and without `-G`.');
  }
  const joined = pieces.flatMap((piece, index) => [...(index === 0 ? [] : ['&']), ...partsOf(piece)]);
  const text = joined.map((part) => (typeof part === 'string' ? part : 'x')).join('');
  const named = [...text.matchAll(/(?:^|&)([^=&]{1,80})=/g)].some(([, name = '']) => looksSecret(name, 'x'));
  if (maskText(text) !== text || named) {
    return refuse(
      'reads-secret',
      'What the request sends looks like a password or a token, which has no place in a step that is stored and shown.',
    );
  }
  return templateOf(joined);
}

/** As curl 7.88 does: everything but RFC 3986's unreserved characters, and `+` for a blank. */
const encoded = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');

/** curl writes the escapes of a URL in lower case. */
function withQuery(url: Template, added: Template): Template {
  const query = partsOf(added).map((part) =>
    typeof part === 'string' ? part.replace(/%[0-9A-Fa-f]{2}/g, (escape) => escape.toLowerCase()) : part,
  );
  const parts = partsOf(url);
  const has = parts.some((part) => typeof part === 'string' && part.includes('?'));
  return templateOf([...parts, has ? '&' : '?', ...query]);
}

/** They decide where a request goes or how long it is, which curl does by itself. */
const steering = /^(?:host|content-length|transfer-encoding|connection|upgrade|expect|te|trailer|proxy-.*)$/i;
const otherMethod = /^x-(?:http-)?method(?:-override)?$/i;
const credential = /^(?:authorization|proxy-authorization|cookie|x-auth.*)$/i;

function headersOf(options: CurlOptions): readonly Header[] | Refusal {
  const headers: Header[] = [];
  for (const { option, value } of options.values) {
    if (option === 'A') headers.push({ name: 'User-Agent', value });
    if (option !== 'H') continue;
    const [head, ...tail] = partsOf(value);
    const shown = quoted(textOf(value).split(':')[0] ?? '');
    if (typeof head !== 'string')
      return refuse('unresolved-substitution', `The name of the header ${shown} is left open; write it out.`);
    if (head.startsWith('@'))
      return refuse('operator-host', `${shown} reads headers from a file of the machine where it is typed.`);
    const [, name, text = ''] = /^([!#$%&'*+.^_`|~\w-]{1,100}):[ \t]*(.*)$/s.exec(head) ?? [];
    if (name === undefined || (text.trim() === '' && tail.length === 0)) {
      return refuse('malformed', `The header ${shown} has no name and value.`);
    }
    const whole = [text, ...tail].map((part) => (typeof part === 'string' ? part : 'x')).join('');
    if (credential.test(name) || looksSecret(name) || hidesValue(name, whole)) {
      return refuse(
        'reads-secret',
        `The header ${shown} hands over a password or a token, which has no place in a step that is stored and shown.`,
      );
    }
    if (otherMethod.test(name))
      return refuse(
        'unknown-flag',
        `The header ${shown} tells the server to take the request for one of another method; write it with \`-X\`.`,
      );
    if (steering.test(name))
      return refuse(
        'unknown-flag',
        `The header ${shown} says where the request goes or how long it is; the address does that.`,
      );
    headers.push({ name, value: tail.length === 0 ? text.trimEnd() : templateOf([text, ...tail]) });
  }
  const names = headers.map(({ name }) => name.toLowerCase());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined ? headers : refuse('malformed', `The header ${quoted(twice)} is given twice.`);
}

function bodyHeaders(headers: readonly Header[], json: boolean): readonly Header[] {
  const missing = (name: string): boolean => !headers.some((each) => each.name.toLowerCase() === name.toLowerCase());
  const wanted: readonly Header[] = json
    ? [
        { name: 'Content-Type', value: 'application/json' },
        { name: 'Accept', value: 'application/json' },
      ]
    : [{ name: 'Content-Type', value: 'application/x-www-form-urlencoded' }];
  return wanted.filter(({ name }) => missing(name));
}

type SharedParts = Omit<HttpRequestParts<Template>, 'url' | 'headers' | 'body'>;

function sharedParts(options: CurlOptions): SharedParts | Refusal {
  const { switches } = options;
  // curl gives the first to the first address, and there is only one.
  const [output, ...outputs] = valuesOf(options, 'o');
  if (outputs.length > 0) return refuse('malformed', '`-o` is given twice, for one address.');
  if (output !== undefined && output !== '/dev/null' && output !== '-') {
    return refuse('writes-file', 'This writes a file on the machine where it is typed; run it on your own.');
  }
  const writeOut = lastOf(options, 'w');
  if (writeOut !== undefined) {
    if (typeof writeOut !== 'string')
      return refuse('unresolved-substitution', 'What `-w` prints is left open; write it out.');
    const problem = writeOutProblem(writeOut);
    if (problem !== undefined) return refuse('unknown-flag', problem);
  }
  const seconds = secondsOf(options, 'm', '--max-time');
  const connecting = secondsOf(options, 'connect-timeout', '--connect-timeout');
  if (isRefusal(seconds)) return seconds;
  if (isRefusal(connecting)) return connecting;
  const print = output === '/dev/null' ? 'nothing' : switches.has('I') ? 'head' : switches.has('i') ? 'both' : 'body';
  return {
    print,
    program: 'curl',
    ...(writeOut !== undefined && { writeOut }),
    ...(switches.has('f') && { fail: true as const }),
    ...(switches.has('s') && !switches.has('S') && { silent: true as const }),
    ...(seconds !== undefined && { timeoutSeconds: seconds }),
    ...(connecting !== undefined && { connectTimeoutSeconds: connecting }),
  };
}

/** Undefined: no limit was given; 0 is none to curl. */
function secondsOf(options: CurlOptions, option: 'm' | 'connect-timeout', flag: string): number | undefined | Refusal {
  const value = lastOf(options, option);
  if (value === undefined || value === '0') return undefined;
  if (typeof value !== 'string' || !/^\d{1,6}(?:\.\d{1,6})?$/.test(value) || Number(value) === 0) {
    return refuse('malformed', `${quoted(textOf(value))} is not a number of seconds for ${flag}.`);
  }
  return Number(value);
}
