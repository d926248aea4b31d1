/** The words of a filter by getopt_long's rules: short options run together, long ones by their full name, operands anywhere. */
import { quoted, refuse, type Refusal } from '../reasons.ts';

/** A letter per option, and the letter that each long name stands for; `valued` letters take a value. */
export type OptionTable = {
  readonly switches: string;
  readonly valued: string;
  readonly long: Readonly<Record<string, string>>;
};

export type Option = { readonly letter: string; readonly value: string };
export type Options = { readonly options: readonly Option[]; readonly operands: readonly string[] };

/**
 * Abbreviated long names are unknown. `firstOnly` is for programs whose options end at the first operand.
 */
export function parseOptions(
  program: string,
  words: readonly string[],
  table: OptionTable,
  firstOnly = false,
): Options | Refusal {
  const unknown = (flag: string): Refusal => unknownFlag(program, flag);
  const options: Option[] = [];
  const operands: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--') {
      operands.push(...words.slice(index + 1));
      break;
    }
    if (word === '-' || !word.startsWith('-')) {
      if (firstOnly) {
        operands.push(...words.slice(index));
        break;
      }
      operands.push(word);
      continue;
    }
    if (word.startsWith('--')) {
      const equals = word.indexOf('=');
      const name = equals === -1 ? word.slice(2) : word.slice(2, equals);
      const letter = Object.hasOwn(table.long, name) ? table.long[name] : undefined;
      if (letter === undefined) return unknown(word);
      if (!table.valued.includes(letter)) {
        if (equals !== -1) return unknown(word);
        options.push({ letter, value: '' });
        continue;
      }
      const value = equals === -1 ? words[++index] : word.slice(equals + 1);
      if (value === undefined) return refuse('malformed', `--${name} of ${program} needs a value.`);
      options.push({ letter, value });
      continue;
    }
    for (let at = 1; at < word.length; at++) {
      const letter = word.charAt(at);
      if (table.valued.includes(letter)) {
        const value = at + 1 < word.length ? word.slice(at + 1) : words[++index];
        if (value === undefined) return refuse('malformed', `-${letter} of ${program} needs a value.`);
        options.push({ letter, value });
        break;
      }
      if (!table.switches.includes(letter)) return unknown(`-${letter}`);
      options.push({ letter, value: '' });
    }
  }
  return { options, operands };
}

export const unknownFlag = (program: string, flag: string): Refusal =>
  refuse('unknown-flag', `The flag ${quoted(flag)} of ${program} is not compiled.`);

/** A filter reads the pipe; an operand would be a file. */
export const readsFile = (program: string, file: string): Refusal =>
  refuse('malformed', `${program} reads the file ${quoted(file)} here, not what the pipe brings.`);

export const notExact = (text: string): Refusal => refuse('not-exact', text);

/** One ASCII character, which is what byte-wise programs take for a separator. */
export const isOneByte = (text: string): boolean => text.length === 1 && text !== '\0' && text <= '\x7f';
