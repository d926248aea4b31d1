/** How awk parts a line. Source of the rules: POSIX awk, "Input separator". */
import { RE2JS } from 're2js';
import type { Budget } from '../budget.ts';
import { compilePattern, patternProblem } from '../posix-pattern.ts';
import { stopped } from '../limits.ts';
import { unescape } from './tokens.ts';

/** Parts without the separators; none for an empty text. */
export type Split = (text: string) => string[];

/** The value of FS for `-F`, as written. `-Ft` is a tab by POSIX. */
export const separatorOf = (written: string): string => (written === 't' ? '\t' : (unescape(written) ?? written));

/** The end of a sentence, or undefined. */
export function separatorProblem(written: string): string | undefined {
  if (written === 't') return 'is a tab to some awks and a letter to others.';
  const separator = unescape(written) ?? (/\\./.test(written) ? undefined : written);
  // `-F'\|'`: the backslash stays for the regular expression.
  const value = separator ?? written;
  if (value === '') return 'is empty, which is not defined.';
  if (value === '\\' || value === '\n') return 'is read differently by different awks.';
  if (value.length === 1) return undefined;
  if (/^\^|\|\^|\(\^/.test(value)) return 'is tied to the start of a line.';
  return patternProblem(value, { syntax: 'extended', awk: true });
}

export function splitBy(separator: string, scan: Budget['scan']): Split {
  if (separator === ' ') return (text) => text.split(/[ \t\n]+/).filter((part) => part !== '');
  if (Array.from(separator).length === 1) {
    if (separator === '\\') throw stopped('awk has a backslash for separator, which is read in several ways.');
    return (text) => (text === '' ? [] : text.split(separator));
  }
  const problem = separatorProblem(separator);
  if (problem) throw stopped(`The separator ${JSON.stringify(separator)} of awk ${problem}`);
  return splitByPattern(compilePattern(separator, { syntax: 'extended', awk: true, ignoreCase: false }), scan);
}

/** Empty matches part nothing. */
export function splitByPattern(pattern: RE2JS, scan: Budget['scan']): Split {
  return (text) => {
    if (text === '') return [];
    const parts: string[] = [];
    const matcher = pattern.matcher(text);
    let from = 0;
    scan(pattern, text.length);
    while (matcher.find()) {
      scan(pattern, text.length - matcher.start());
      if (matcher.end() === matcher.start()) continue;
      parts.push(text.slice(from, matcher.start()));
      from = matcher.end();
    }
    return [...parts, text.slice(from)];
  };
}
