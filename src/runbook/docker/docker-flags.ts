/** docker's command line (pflag): flags and words in any order, `--flag=value`, `--flag value`, `-n5`, `-ft`. */
import type { Template } from '../../domain/object-reference.ts';
import { textOf } from '../kubectl/flags.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';

export type DockerFlags = {
  readonly on: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
  readonly names: readonly Template[];
};

export function readDockerFlags(
  words: readonly Template[],
  table: Readonly<Record<string, 'value' | 'nothing'>>,
  shorts: Readonly<Record<string, string>>,
  verb: string,
): DockerFlags | Refusal {
  const on = new Set<string>();
  const values = new Map<string, string>();
  const names: Template[] = [];
  const unknown = (flag: string): Refusal => {
    if (/^(?:-i|-t|-it|-ti)$/.test(flag))
      return refuse('needs-terminal', `${quoted(flag)} needs a terminal; run it yourself.`);
    return refuse(
      'unknown-flag',
      `The flag ${quoted(flag)} of ${quoted(`docker ${verb}`)} is not one that is compiled.`,
    );
  };
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (typeof word !== 'string') {
      if (textOf(word).startsWith('-')) return unknown(textOf(word));
      names.push(word);
      continue;
    }
    if (!word.startsWith('-')) {
      if (word === '') return refuse('malformed', 'A name is empty.');
      names.push(word);
      continue;
    }
    const take = (flag: string, inline: string | undefined): Refusal | undefined => {
      const value = inline ?? words[++index];
      if (typeof value !== 'string')
        return refuse('unresolved-substitution', `The value of --${flag} is left open; write it out.`);
      if (values.has(flag)) return refuse('malformed', `--${flag} is given twice.`);
      values.set(flag, value);
      return undefined;
    };
    if (word.startsWith('--')) {
      const [, name = '', inline] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
      const kind = Object.hasOwn(table, name) ? table[name] : undefined;
      if (kind === undefined || (kind === 'nothing' && inline !== undefined && inline !== 'true')) return unknown(word);
      if (kind === 'nothing') on.add(name);
      else {
        const trouble = take(name, inline);
        if (trouble) return trouble;
      }
      continue;
    }
    for (let at = 1; at < word.length; at++) {
      const letter: string = word.charAt(at);
      const name = Object.hasOwn(shorts, letter) ? shorts[letter] : undefined;
      if (name === undefined || word === '-') return unknown(word);
      if (table[name] === 'nothing') {
        on.add(name);
        continue;
      }
      const rest = word.slice(at + 1).replace(/^=/, '');
      const trouble = take(name, rest === '' ? undefined : rest);
      if (trouble) return trouble;
      break;
    }
    if (word === '-') return unknown(word);
  }
  return { on, values, names };
}
