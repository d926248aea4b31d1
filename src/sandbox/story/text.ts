/**
 * Text as a terminal shows it: lines of styled spans, wrapped by what they take up on the screen. Nothing here knows
 * about colours or the terminal; see paint.ts.
 */

export type Style = 'strong' | 'emphasis' | 'code' | 'quiet' | 'link' | 'button' | 'good' | 'bad' | 'title';
export type Span = { readonly text: string; readonly styles: readonly Style[] };
/** `exact` lines (code) keep their blanks and are broken anywhere. */
export type Line = { readonly spans: readonly Span[]; readonly exact?: boolean };

export const span = (text: string, ...styles: Style[]): Span => ({ text, styles });
export const line = (...spans: readonly (Span | string)[]): Line => ({
  spans: spans.map((one) => (typeof one === 'string' ? span(one) : one)),
});
export const plainText = ({ spans }: Line): string => spans.map(({ text }) => text).join('');

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Characters of a line on the screen: an emoji takes two, what combines with its neighbour none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += widthOfOne(segment);
  return width;
}

function widthOfOne(grapheme: string): number {
  if (/^[\p{Mn}\p{Cf}\p{Cc}]+$/u.test(grapheme)) return 0;
  // East Asian wide characters, and emoji that are drawn as pictures (Unicode Standard Annex 11 and Technical Standard 51).
  return /\p{Emoji_Presentation}|\uFE0F|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]/u.test(
    grapheme,
  )
    ? 2
    : 1;
}

/** The line as one or more lines of at most `width` (at least 2); later ones are indented by `hang`. */
export function wrap(given: Line, width: number, hang = 0): Line[] {
  const rows: Span[][] = [[]];
  let used = 0;
  const breakLine = (): void => {
    rows.push(hang > 0 ? [span(' '.repeat(hang))] : []);
    used = hang;
  };
  const put = (text: string, styles: readonly Style[]): void => {
    rows.at(-1)?.push({ text, styles });
    used += widthOf(text);
  };
  for (const { text, styles } of given.spans) {
    for (const piece of given.exact ? [text] : text.split(/(?<=\s)(?=\S)/)) {
      if (used > hang && !given.exact && used + widthOf(piece.trimEnd()) > width) breakLine();
      if (used + widthOf(piece.trimEnd()) <= width) {
        put(piece, styles);
        continue;
      }
      // Longer than a whole line.
      for (const { segment } of graphemes.segment(piece)) {
        if (used + widthOfOne(segment) > width) breakLine();
        put(segment, styles);
      }
    }
  }
  return rows.map((spans) => ({ spans: merged(spans), ...(given.exact ? { exact: true } : {}) }));
}

/** Neighbours of one style as one span, without the blanks at the end of the line. */
function merged(spans: readonly Span[]): Span[] {
  const out: Span[] = [];
  for (const one of spans) {
    const last = out.at(-1);
    if (last && last.styles.join() === one.styles.join()) out[out.length - 1] = { ...last, text: last.text + one.text };
    else out.push(one);
  }
  const end = out.at(-1);
  if (end) out[out.length - 1] = { ...end, text: end.text.trimEnd() };
  return out;
}
