/**
 * What may stand between the parts that the parser reports: blanks, continuations, comments and one operator. The
 * parser drops a stray `(` after a command's name, so nothing else is believed.
 */

/** Between two statements, before the first (`first`) or behind the last. */
export function isBetweenStatements(gap: string, first: boolean): boolean {
  let separated = first;
  for (const piece of gap.matchAll(/\\\n|[ \t]+|\n|;|#[^\n]*|./gs)) {
    const text = piece[0];
    if (text === '\n') separated = true;
    else if (text === ';') {
      if (separated && !first) return false;
      separated = true;
    } else if (text.startsWith('#') || text === '\\\n' || /^[ \t]/.test(text)) continue;
    else return false;
  }
  return true;
}

export const isPipeBetween = (gap: string): boolean => /^(?:[ \t]|\\\n)*\|(?:[ \t\n]|\\\n|#[^\n]*\n)*$/.test(gap);

export const isLogicBetween = (gap: string, operator: '&&' | '||'): boolean =>
  gap.trimStart().startsWith(operator) && /^(?:[ \t]|\\\n)*(?:&&|\|\|)(?:[ \t\n]|\\\n|#[^\n]*\n)*$/.test(gap);
