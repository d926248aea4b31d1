/**
 * kubectl's command line as pflag reads it: flags and words in any order, `--flag=value`, `--flag value`, `-fvalue`,
 * `-f=value`, clusters of short switches, and `--` for the end of flags. A flag that is not in the table is a refusal.
 */
import type { Template } from '../../domain/object-reference.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { globalRefusal, harmlessFlags, oddGlobal, previewFlag } from './global-flags.ts';

/** `list`: given twice, kubectl takes both. */
export type FlagTable = Readonly<
  Record<string, { readonly short?: string; readonly takes: 'value' | 'nothing' | 'list' }>
>;

export type ParsedFlags = {
  readonly values: ReadonlyMap<string, Template>;
  readonly switches: ReadonlySet<string>;
  /** Those that were set to false. */
  readonly off: ReadonlySet<string>;
  /** The words that are no flags. */
  readonly words: readonly Template[];
};

export const textOf = (template: Template): string =>
  typeof template === 'string'
    ? template
    : template.template.map((part) => (typeof part === 'string' ? part : `<${part.parameter}>`)).join('');

export function parseFlags(words: readonly Template[], own: FlagTable, verb: string): ParsedFlags | Refusal {
  const table: FlagTable = { ...harmlessFlags, ...own };
  const values = new Map<string, Template>();
  const switches = new Set<string>();
  const off = new Set<string>();
  const rest: Template[] = [];
  const shorts = new Map(Object.entries(table).flatMap(([name, flag]) => (flag.short ? [[flag.short, name]] : [])));

  const unknown = (flag: string): Refusal =>
    globalRefusal(flag) ??
    previewFlag(flag, verb) ??
    refuse('unknown-flag', `The flag ${quoted(flag)} of ${quoted(`kubectl ${verb}`)} is not one that is compiled.`);
  const setValue = (name: string, value: Template): Refusal | undefined => {
    const before = values.get(name);
    const both = table[name]?.takes === 'list' && typeof before === 'string' && typeof value === 'string';
    // pflag: the last counts, so twice the same is as once; of formats nobody takes the first for meant, too.
    if (before !== undefined && !both && name !== 'output') {
      return JSON.stringify(before) === JSON.stringify(value)
        ? undefined
        : refuse('malformed', `--${name} is given twice, and not with the same value.`);
    }
    values.set(name, both ? `${before},${value}` : value);
    return undefined;
  };
  const setSwitch = (name: string, text: string): Refusal | undefined => {
    if (switches.has(name) || off.has(name)) return refuse('malformed', `--${name} is given twice.`);
    // Go's strconv.ParseBool.
    if (/^(?:1|t|T|true|TRUE|True)$/.test(text)) switches.add(name);
    else if (/^(?:0|f|F|false|FALSE|False)$/.test(text)) off.add(name);
    else return refuse('malformed', `--${name}=${text} is neither true nor false.`);
    return undefined;
  };

  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (word === undefined) continue;
    const [head, tail] = headOf(word);
    if (head === '--' && tail.length === 0) {
      rest.push(...words.slice(index + 1));
      break;
    }
    if (!head.startsWith('-') || (head === '-' && tail.length === 0)) {
      rest.push(word);
      continue;
    }
    if (head.startsWith('--')) {
      const equals = head.indexOf('=');
      const name = head.slice(2, equals === -1 ? undefined : equals);
      const flag = Object.hasOwn(table, name) ? table[name] : undefined;
      if (!flag || (equals === -1 && tail.length > 0)) return unknown(textOf(word));
      let trouble: Refusal | undefined;
      if (flag.takes === 'nothing') {
        if (tail.length > 0) return unknown(textOf(word));
        trouble = setSwitch(name, equals === -1 ? 'true' : head.slice(equals + 1));
      } else if (equals === -1) {
        const next = words[++index];
        if (next === undefined) return refuse('malformed', `--${name} needs a value.`);
        trouble = setValue(name, next);
      } else trouble = setValue(name, joined(head.slice(equals + 1), tail));
      if (trouble) return trouble;
      continue;
    }
    const long = /^-([a-z][a-z-]+)(?:=|$)/.exec(head)?.[1];
    if (long !== undefined && Object.hasOwn(table, long)) {
      return refuse(
        'malformed',
        `One dash before ${quoted(long)} makes kubectl read its letters as flags of their own; write ${quoted(`--${long}`)}.`,
      );
    }
    for (let at = 1; at < head.length; at++) {
      const name = shorts.get(head.charAt(at));
      const flag = name === undefined ? undefined : table[name];
      if (name === undefined || !flag) return unknown(`-${head.charAt(at)}`);
      let trouble: Refusal | undefined;
      if (flag.takes === 'nothing') {
        const equals = head[at + 1] === '=';
        if (tail.length > 0 && (equals || at === head.length - 1)) return unknown(textOf(word));
        trouble = setSwitch(name, equals ? head.slice(at + 2) : 'true');
        if (equals) at = head.length;
      } else {
        const inline = head[at + 1] === '=' ? head.slice(at + 2) : head.slice(at + 1);
        if (at + 1 < head.length || tail.length > 0) trouble = setValue(name, joined(inline, tail));
        else {
          const next = words[++index];
          if (next === undefined) return refuse('malformed', `-${head.charAt(at)} needs a value.`);
          trouble = setValue(name, next);
        }
        at = head.length;
      }
      if (trouble) return trouble;
    }
  }
  const odd = oddGlobal(values);
  return odd ?? { values, switches, off, words: rest };
}

type Parts = readonly (string | { readonly parameter: string })[];

/** The literal start of a word, which alone can make it a flag, and what follows. */
function headOf(word: Template): [string, Parts] {
  if (typeof word === 'string') return [word, []];
  const [first, ...others] = word.template;
  return typeof first === 'string' ? [first, others] : ['', word.template];
}

function joined(text: string, tail: Parts): Template {
  if (tail.length === 0) return text;
  return { template: text === '' ? tail : [text, ...tail] };
}

/** Go's time.ParseDuration in milliseconds, for the units that occur: `1h30m`, `90s`, `1.5m`, `500ms`, `0`. */
export function durationMs(text: string): number | undefined {
  if (text === '0') return 0;
  if (text.length > 40 || !/^(?:\d+(?:\.\d+)?(?:h|ms|m|s))+$/.test(text)) return undefined;
  const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g))
    total += Number(count) * (units[unit ?? ''] ?? 0);
  return total <= 9e15 ? total : undefined;
}

/** An integer as pflag would read it, without the octal and hexadecimal spellings that surprise people. */
export function integerOf(text: string): number | undefined {
  return /^(?:0|-?[1-9]\d{0,9})$/.test(text) ? Number(text) : undefined;
}
