/** `cat` and pagers, `nl`, `tac` and `rev`. Source of the rules: coreutils and util-linux manuals. */
import type { Filter } from '../../domain/filter.ts';
import { isRefusal, refuse, type Refusal } from '../reasons.ts';
import { linesOf, refuseNul, stopped } from './limits.ts';
import { parseOptions, readsFile } from './options.ts';

const tables = {
  cat: { switches: 'nu', valued: '', long: { number: 'n' } },
  // A pager that writes to no terminal copies what it reads; these say how it would draw.
  less: { switches: 'SRrFXKNiIMemEqQ', valued: '', long: {} },
  more: { switches: 'dflcpsu', valued: '', long: {} },
  nl: { switches: '', valued: 'b', long: { 'body-numbering': 'b' } },
  tac: { switches: '', valued: '', long: {} },
  rev: { switches: '', valued: '', long: {} },
} as const;

export function compileWholeText(program: keyof typeof tables, words: readonly string[]): Filter | Refusal {
  if (program === 'less' && words.some((word) => word.startsWith('+F')))
    return refuse('endless', '`less +F` runs without end.');
  const parsed = parseOptions(program, words, tables[program]);
  if (isRefusal(parsed)) return parsed;
  if (parsed.operands.some((operand) => operand !== '-')) return readsFile(program, parsed.operands[0] ?? '');
  switch (program) {
    case 'cat':
      return parsed.options.some(({ letter }) => letter === 'n')
        ? { program: 'cat', lineNumbers: true }
        : { program: 'cat' };
    case 'less':
    case 'more':
      return { program: 'cat' };
    case 'nl': {
      const style = parsed.options.at(-1)?.value ?? 't';
      if (style !== 'a' && style !== 't') return refuse('unknown-flag', 'nl is compiled with -ba and -bt only.');
      return style === 'a' ? { program: 'nl', blankToo: true } : { program: 'nl' };
    }
    case 'tac':
    case 'rev':
      return { program };
  }
}

const numbered = (number: number, line: string): string => `${String(number).padStart(6)}\t${line}`;

export function runCat(filter: Extract<Filter, { program: 'cat' }>, text: string): string {
  if (!filter.lineNumbers) return text;
  const lines = linesOf(text).map((line, index) => numbered(index + 1, line));
  return lines.join('\n') + (text.endsWith('\n') ? '\n' : '');
}

export function runNl(filter: Extract<Filter, { program: 'nl' }>, text: string): string {
  let number = 0;
  const lines = linesOf(text).map((line) => {
    if (/^(?:\\:){1,3}$/.test(line)) throw stopped('nl takes a line of the output for the start of a page.');
    return line === '' && !filter.blankToo ? '       \n' : `${numbered(++number, line)}\n`;
  });
  return lines.join('');
}

/** A last line without an end is joined to the one before it. */
export function runTac(text: string): string {
  return text
    .split(/(?<=\n)/)
    .reverse()
    .join('');
}

export function runRev(text: string): string {
  refuseNul('rev', text);
  return text
    .split('\n')
    .map((line) => Array.from(line).reverse().join(''))
    .join('\n');
}
