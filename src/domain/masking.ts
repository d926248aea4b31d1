/**
 * Hides values that look like secrets: env entries, ConfigMap data, YAML and JSON keys, flags of commands, and
 * credentials inside connection strings. A guess by names, made in favour of hiding; Secret objects are never read at all.
 */
import { asGoWrites, type Json } from './json.ts';

/** What stands in a hidden value's place. */
export const masked = '(masked)';

const secretWords =
  /pass(word|wd|phrase|code)s?([^a-z]|$)|(^|[^a-z]|pg|db|my|require|user|root|admin|smtp|redis|mysql|ldap)pass([^a-z]|$)|masterauth|pwd([^a-z]|$)|secret|token|credential|private|(^|[^a-z])(api|access|auth|account|encryption|signing|master|shared|ssh|rsa|jwt|hmac|aes)[-_. ]?key|[^-_. ][-_. ]key([-_. ]|$)|^key$|([-_. ]|^)(dsn|auth)([-_. ]|$)|connection[-_. ]?string|webhook[-_. ]?url/i;
/** `apiKey`, `secretAccessKey`: a capital K after lower case. */
const camelKey = /[a-z]Key$/;
/** `MAX_TOKENS=4096` counts tokens; a number is no token. */
const counted = /tokens|token[-_.]?(limit|count|ttl|expiry|expiration|timeout|size|length|budget)|passes/i;
/** `db_password_file=/run/x` says where a secret is, not what it is. */
const located = /[-_.](file|path|dir|mount|name|ref|enabled|type)$/i;
const plain = /^(true|false|yes|no|on|off|-?\d+(\.\d+)?(ms|s|m|h|d)?)?$/i;

export const soundsSecret = (name: string): boolean => secretWords.test(name) || camelKey.test(name);

/** Whether a value under this name should be hidden. */
export function looksSecret(name: string, value?: string): boolean {
  if (!soundsSecret(name)) return false;
  if (value !== undefined && (value === '' || value === masked)) return false;
  if (counted.test(name) && value !== undefined && plain.test(value)) return false;
  return !(located.test(name) && (value === undefined || value.length < 200));
}

/** A value under this name as it may be shown. */
export const maskValue = (name: string, value: string): string => (looksSecret(name, value) ? masked : maskText(value));

/** Whether anything of this value would be hidden under this name. */
export const hidesValue = (name: string, value: string | undefined): boolean =>
  looksSecret(name, value) || (value !== undefined && maskText(value) !== value);

/**
 * `postgres://app:hunter2@db/x` becomes `postgres://app:(masked)@db/x`; `password=…`, `password: …` and `--password …`
 * lose their values.
 */
export function maskText(text: string): string {
  const uncoloured = text.replace(terminalColours, '');
  if (uncoloured === text) return maskPlain(text);
  // Colours stay only where nothing is to be hidden: within `password=…` they would keep the mask from its value.
  const hidden = maskPlain(uncoloured);
  return hidden === uncoloured ? maskPlain(text) : hidden;
}

/** What a program writes to colour its words, and other control sequences of a terminal (ECMA-48, CSI). */
// oxlint-disable-next-line no-control-regex
const terminalColours = /\u001B\[[0-?]*[ -/]*[@-~]/g;

const maskPlain = (text: string): string => maskParsed(text) ?? maskWritten(text);

function maskWritten(text: string): string {
  return maskWithin(maskWithin(maskLines(maskPairs(maskBlocks(text))), afterName), afterFlag)
    .replace(/\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/?#@'"]{0,256}):([^\s/@'"]{1,512})@/gi, `$1:${masked}@`)
    .replace(/-----BEGIN ([A-Z ]*PRIVATE KEY[A-Z ]*)-----[^]*?(?:-----END \1-----|$)/g, masked);
}

/** A text that is JSON as a whole, by its names; undefined when it is none, or when nothing in it is hidden that way. */
function maskParsed(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text) || !/[\]}]\s*$/.test(text)) return undefined;
  try {
    // JSON.parse gives exactly the values of Json.
    const parsed = JSON.parse(text) as Json;
    const hidden = maskJson(parsed);
    if (hidden === parsed) return undefined;
    const compact = JSON.stringify(hidden);
    const written = maskWritten(text);
    // Its own layout, when that is enough.
    if (isJsonOf(written, compact)) return written;
    return maskWritten(text.trim().includes('\n') ? JSON.stringify(hidden, null, 2) : compact);
  } catch {
    return undefined;
  }
}

function isJsonOf(text: string, compact: string): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === compact;
  } catch {
    return false;
  }
}

/** `"name": "DB_PASSWORD", "value": "…"` in any piece of JSON, however often its quotes are escaped, in both orders. */
function maskPairs(text: string): string {
  if (!text.includes('value')) return text;
  return text
    .replace(
      /((\\{0,32}["'])(?:name|key)\2\s{0,40}:\s{0,40}\2([-\w. /]{1,200})\2\s{0,40},\s{0,80}\2value\2\s{0,40}:\s{0,40}\2)((?:(?!(?<!\\)\2)[^])*)/g,
      (whole: string, head: string, _quote: string, name: string, value: string) =>
        looksSecret(name, value) ? `${head}${masked}` : whole,
    )
    .replace(
      /((\\{0,32}["'])value\2\s{0,40}:\s{0,40}\2)((?:(?!(?<!\\)\2)[^])*)(\2\s{0,40},\s{0,80}\2(?:name|key)\2\s{0,40}:\s{0,40}\2([-\w. /]{1,200})\2)/g,
      (whole: string, head: string, _quote: string, value: string, tail: string, name: string) =>
        looksSecret(name, value) ? `${head}${masked}${tail}` : whole,
    );
}

/** In YAML: what stands on the lines below its name, and the value of an entry `name: … value: …`. */
function maskBlocks(text: string): string {
  if (!/\n/.test(text) || !/value["']?:|:[ \t]*[|>"'][^\n]*\n/.test(text)) return text;
  const lines = text.split('\n');
  const fields = lines.map(fieldOf);
  const shown: string[] = [];
  for (let index = 0; index < lines.length; index++) {
    const field = fields[index];
    const hides =
      field !== undefined &&
      field.value !== '' &&
      (field.name === 'value'
        ? [fields[index - 1], fields[index + 1]].some((beside) => isNamed(beside, field.column))
        : isOpen(field.value) && looksSecret(field.name));
    shown.push(hides ? `${field.head} ${masked}` : (lines[index] ?? ''));
    if (!hides) continue;
    // Whatever is further to the right, or empty, belongs to it.
    while (index + 1 < lines.length && belongs(lines[index + 1] ?? '', field.column)) index++;
  }
  return shown.join('\n');
}

type Field = { readonly head: string; readonly name: string; readonly value: string; readonly column: number };

function fieldOf(line: string): Field | undefined {
  const found = /^([ \t]*(?:- +)*)(["']?)([-\w.]{1,200})\2[ \t]*:(?:[ \t]+(.*))?$/.exec(line);
  if (found === null) return undefined;
  const [, lead = '', quote = '', name = '', value = ''] = found;
  return { head: `${lead}${quote}${name}${quote}:`, name, value: value.trim(), column: lead.length };
}

const isNamed = (field: Field | undefined, column: number): boolean =>
  field !== undefined &&
  field.column === column &&
  (field.name === 'name' || field.name === 'key') &&
  looksSecret(field.value.replace(/^["']|["']$/g, ''));

/** A block scalar, or a quote that this line does not close. */
const isOpen = (value: string): boolean =>
  /^[|>][-+0-9]*(?:\s+#.*)?$/.test(value) || (/^["']/.test(value) && !/^(?:"(?:[^"\\]|\\.)*"|'[^']*')/.test(value));
const belongs = (line: string, column: number): boolean => line.trim() === '' || line.search(/\S/) > column;

/** `key: value`, `key=value`, `--key=value` and `"key": "value"` within freely written text. */
function maskLines(text: string): string {
  return text.replace(
    /(["']?)([A-Za-z_][-A-Za-z0-9_.]{0,80})\1([ \t]{0,4}[:=][ \t]{0,4})("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s"',;&{}[\]]+)/g,
    (whole: string, quote: string, name: string, between: string, value: string) => {
      const bare = value.replace(/^["']|["']$/g, '');
      // A bare `key:` in free text is rather a field of some list.
      if (bare.startsWith('//') || /^key$/i.test(name) || !looksSecret(name, bare)) return whole;
      const mark = value.startsWith('"') ? `"${masked}"` : value.startsWith("'") ? `'${masked}'` : masked;
      return `${quote}${name}${quote}${between}${mark}`;
    },
  );
}

/** `--password value` on one line, and the two as neighbours in a JSON or YAML list. */
const afterFlag = {
  opening: /(?<![^\s"'`[(,=])(--?[A-Za-z][-A-Za-z0-9_.]{0,80})["']?(?:[ \t]{1,8}|[ \t]{0,4},\s{0,40}|\n[ \t]{0,40}- )/g,
  value: /"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s"',;&|<>{}[\]:=][^\s"',;&|<>{}[\]]*/y,
  hides: hidesNext,
};
/** `password=value` within what another name stands before: `OPTS=-Dpassword=value`, `msg="password=value"`. */
const afterName = {
  opening: /([A-Za-z_][-A-Za-z0-9_.]{0,80})=/g,
  value: /"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s"',;&{}[\]]+/y,
  hides: (name: string, value: string): boolean =>
    !/^key$/i.test(name) && !value.startsWith('//') && looksSecret(name, value),
};

/** Only what is hidden is passed over: any other value may have names and flags of its own inside. */
function maskWithin(text: string, { opening, value, hides }: typeof afterFlag): string {
  const names = new RegExp(opening);
  const values = new RegExp(value);
  let shown = '';
  let done = 0;
  for (let name = names.exec(text); name; name = names.exec(text)) {
    const start = names.lastIndex;
    values.lastIndex = start;
    const found = soundsSecret(name[1] ?? '') ? values.exec(text)?.[0] : undefined;
    const quote = found?.startsWith('"') ? '"' : found?.startsWith("'") ? "'" : '';
    if (found === undefined || !hides(name[1] ?? '', quote === '' ? found : found.slice(1, -1))) continue;
    shown += `${text.slice(done, start)}${quote}${masked}${quote}`;
    done = start + found.length;
    names.lastIndex = done;
  }
  return shown + text.slice(done);
}

/** Whether this word is a flag whose value, the word after it, should be hidden. */
function hidesNext(flag: string, next: string): boolean {
  const name = /^--?([A-Za-z][-A-Za-z0-9_.]{0,80})$/.exec(flag)?.[1];
  return name !== undefined && !/^key$/i.test(name) && !/^--?[A-Za-z]/.test(next) && looksSecret(name, next);
}

/** The words of a command, each masked by itself and by the flag before it; as many as were given. */
export const maskWords = (words: readonly string[]): string[] =>
  words.map((word, index) => (hidesNext(words[index - 1] ?? '', word) ? masked : maskText(word)));

/** Fields of Kubernetes whose names sound secret and whose values are names, counts or paths. */
export const structural: ReadonlySet<string> = new Set([
  'key',
  'topologyKey',
  'secretName',
  'secretRef',
  'secretKeyRef',
  'serviceAccountToken',
  'automountServiceAccountToken',
  'tokenExpirationSeconds',
  'imagePullSecrets',
  'imagePullSecret',
  'labelSelectorKey',
  'matchLabelKeys',
  'credentialName',
  'passwordSecretRef',
]);

/** The same value with everything hidden that looks secret. Returns the value itself when nothing was hidden. */
export function maskJson(value: Json, parentKey = ''): Json {
  if (typeof value === 'string') return maskText(value);
  if (value === null || typeof value !== 'object') return value;
  if (isArray(value)) {
    const items = value.map((item, index) => {
      const before = value[index - 1];
      const isHidden = typeof item === 'string' && typeof before === 'string' && hidesNext(before, item);
      return isHidden ? masked : maskJson(item, parentKey);
    });
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  const name = value['name'] ?? value['key'];
  let changed = false;
  const copy: Record<string, Json> = {};
  for (const [key, item] of Object.entries(value)) {
    const hidden = maskField(key, item, { name, parentKey });
    if (hidden !== item) changed = true;
    Object.defineProperty(copy, key, { value: hidden, enumerable: true, writable: true, configurable: true });
  }
  return changed ? copy : value;
}

const isArray = (value: Json): value is readonly Json[] => Array.isArray(value);

function maskField(key: string, item: Json, around: { name: Json | undefined; parentKey: string }): Json {
  if (typeof item !== 'string') return maskJson(item, key);
  // An env entry (or a header) `{ name, value }`.
  if (key === 'value' && typeof around.name === 'string') {
    return looksSecret(around.name, item) ? masked : maskText(item);
  }
  if (key.endsWith('last-applied-configuration')) return maskApplied(item);
  const free = around.parentKey === 'data' || around.parentKey === 'annotations' || around.parentKey === 'binaryData';
  if (looksSecret(key, item) && (free || !structural.has(key))) return masked;
  return maskText(item);
}

/** `kubectl apply` keeps the whole object as JSON text in an annotation. */
function maskApplied(text: string): string {
  try {
    // JSON.parse gives exactly the values of Json.
    const parsed = JSON.parse(text) as Json;
    const hidden = maskJson(parsed);
    return hidden === parsed ? text : `${asGoWrites(JSON.stringify(hidden))}\n`;
  } catch {
    return maskText(text);
  }
}
