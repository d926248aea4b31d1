/**
 * For what a plan shows of a text that it changes, where a line is left out rather than a secret let through: whatever
 * stands below a name that sounds secret is hidden, and so is a line that sounds secret without saying where.
 */
import { looksSecret, masked, maskText, maskWords, soundsSecret, structural } from './masking.ts';

/** Names of references: what they hold says where a secret is. */
const isReference = (name: string): boolean => structural.has(name) || name === 'secret';

/** Whether what is below this name is hidden with it. */
export const hidesBelow = (name: string): boolean => looksSecret(name) && !isReference(name);

/** Whether a value has to be hidden as a whole: by its name, or because of what is inside of it. */
export const hidesWhole = (name: string, value: string | undefined): boolean =>
  looksSecret(name, value) || (value !== undefined && maskDocument(value) !== value);

/** A text of one line as `maskText` has it; of several, line by line; JSON as if each field had a line of its own. */
export function maskDocument(text: string): string {
  const spread = spreadOut(text);
  if (spread === undefined) return maskDocumentLines(text);
  const told = maskDocumentLines(spread);
  return told === spread ? text : told;
}

/** JSON on one line, over several. */
function spreadOut(text: string): string | undefined {
  if (text.includes('\n') || !/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return undefined;
  }
}

function maskDocumentLines(text: string): string {
  const told = maskText(text);
  if (!told.includes('\n')) return told;
  let hidden: number | undefined;
  return told
    .split('\n')
    .map((line) => {
      if (line.trim() === '') return line;
      const column = line.search(/\S/);
      const isItem = /^\s*- /.test(line);
      if (hidden !== undefined && (column > hidden || (column === hidden && isItem))) return hide(line);
      hidden = undefined;
      const opener = /^\s*(?:- +)*(?:<|\[)?["']?([-\w.]{1,200})["']?\]?>?\s*[:=]?\s*[[{(]?$/.exec(line)?.[1];
      if (opener !== undefined) {
        if (hidesBelow(opener) || opener === 'key') hidden = column;
        return line;
      }
      return isUncertain(line) ? hide(line) : line;
    })
    .join('\n');
}

/** The words of a command, each masked by itself and by the flag before it. */
export const maskArguments = (words: readonly string[]): string[] => maskWords(words).map(maskDocument);

const hide = (line: string): string => `${/^\s*/.exec(line)?.[0] ?? ''}${masked}`;

/** It sounds secret, nothing of it was hidden, and it is not simply `name: value`, which is decided by its name. */
function isUncertain(line: string): boolean {
  if (line.includes(masked)) return false;
  const field = /^\s*(?:- +)*["']?([-\w.]{1,200})["']?\s*[:=]\s*["']?([^\s"']*)["']?,?\s*$/.exec(line);
  if (field !== null && !soundsSecret(field[2] ?? '')) return false;
  return soundsSecret(line);
}
