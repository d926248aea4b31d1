/**
 * `echo` and plain `printf` as links of a chain. Shells differ on what a backslash means to echo, so one that is not
 * behind `-e` is refused; what `-e` means is bash's. Source: Bash manual, "Bash Builtin Commands", echo.
 */
import type { EchoAction } from '../domain/read-action.ts';
import type { Template } from '../domain/object-reference.ts';
import type { Compiled } from './kubectl/get.ts';
import { templateOf } from './shell/placeholders.ts';
import { quoted, refuse, type Refusal } from './reasons.ts';

type Part = string | { readonly parameter: string };

export const prints = (program: string): boolean => /^(?:echo|printf|true|:)$/.test(program);

export function compileEcho(words: readonly Template[], program: string): Compiled<EchoAction<Template>> | Refusal {
  if (program === 'true' || program === ':') {
    return { action: { type: 'echo', text: '', newline: false } };
  }
  return program === 'printf' ? printf(words) : echo(words);
}

function echo(words: readonly Template[]): Compiled<EchoAction<Template>> | Refusal {
  let at = 0;
  const on = new Set<string>();
  for (; at < words.length; at++) {
    const word = words[at];
    if (typeof word !== 'string' || !/^-[neE]+$/.test(word)) break;
    for (const letter of word.slice(1)) {
      if (letter === 'E') on.delete('e');
      else on.add(letter);
    }
  }
  const rest = words.slice(at);
  const text = templateOf(rest.flatMap((word, index): Part[] => [...(index > 0 ? [' '] : []), ...partsOf(word)]));
  const read = on.has('e') ? unescaped(text) : hasBackslash(text) ? undefined : text;
  if (read === undefined) {
    return refuse('shell-logic', 'What a backslash means to `echo` depends on the shell; this is for you to print.');
  }
  return { action: { type: 'echo', text: read, ...(on.has('n') && { newline: false as const }) } };
}

/** A format without conversions, alone. */
function printf([format, ...more]: readonly Template[]): Compiled<EchoAction<Template>> | Refusal {
  const read = format === undefined || typeof format !== 'string' ? undefined : unescaped(format);
  if (read === undefined || more.length > 0 || typeof format !== 'string' || /%|^-/.test(format)) {
    return refuse('shell-logic', `${quoted('printf')} with values in its format is for you to print.`);
  }
  return { action: { type: 'echo', text: read, newline: false } };
}

const partsOf = (template: Template): readonly Part[] =>
  typeof template === 'string' ? [template] : template.template;
const hasBackslash = (template: Template): boolean =>
  partsOf(template).some((part) => typeof part === 'string' && part.includes('\\'));

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', '\\': '\\', r: '\r' };

/** Undefined for escapes beyond those that every shell agrees on. */
function unescaped(template: Template): Template | undefined {
  let known = true;
  const parts = partsOf(template).map((part) => {
    if (typeof part !== 'string') return part;
    return part.replaceAll(/\\(.?)/gs, (_, letter: string) => {
      const value = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined;
      known &&= value !== undefined;
      return value ?? '';
    });
  });
  return known ? templateOf(parts) : undefined;
}
