/** The lines of a script as a person sees them, for scripts that do not parse as a whole. */

/** Lines joined at a trailing backslash and inside quotes; blank and comment lines left out. */
export function* logicalLines(text: string): Generator<{ start: number; end: number }> {
  let start = 0;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '\\' && quote !== "'") at++;
    else if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'" || char === '`') quote = char;
    else if (char === '#' && (at === start || /\s/.test(text.charAt(at - 1)))) {
      const end = text.indexOf('\n', at);
      at = (end === -1 ? text.length : end) - 1;
    } else if (char === '\n') {
      const first = text.slice(start, at).search(/\S/);
      if (first !== -1 && text[start + first] !== '#') yield { start: start + first, end: at };
      start = at + 1;
    }
  }
  const rest = text.slice(Math.min(start, text.length)).search(/\S/);
  if (rest !== -1 && text[start + rest] !== '#') yield { start: start + rest, end: text.length };
}
