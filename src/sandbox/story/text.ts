/**
 * Text as a terminal shows it: lines of styled spans, wrapped by what they take up on the screen. Nothing here knows
 * about colours or the terminal; see paint.ts.
 */

export type Style = 'strong' | 'emphasis' | 'code' | 'quiet' | 'link' | 'button' | 'good' | 'bad' | 'title';
export type Span = { readonly text: string; readonly styles: readonly Style[] };
/** When it is wrapped, the lines after the first are indented by `hang`; 2 unless told. */
export type Line = { readonly spans: readonly Span[]; readonly hang?: number };

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

/** The line as one or more lines of at most `width` (at least 8). Breaks at blanks, or within what is longer than a line. */
export function wrap(given: Line, width: number): Line[] {
  const hang = given.hang ?? 2;
  const rows: Span[][] = [[]];
  let used = 0;
  const put = (one: Span): void => {
    rows.at(-1)?.push(one);
    used += widthOf(one.text);
  };
  const breakLine = (): void => {
    rows.push([span(' '.repeat(hang))]);
    used = hang;
  };
  for (const word of wordsOf(given.spans)) {
    const size = widthOf(
      word
        .map(({ text }) => text)
        .join('')
        .trimEnd(),
    );
    if (used + size > width && used > hang) breakLine();
    if (used + size <= width) word.forEach(put);
    else {
      for (const { text, styles } of word) {
        for (const { segment } of graphemes.segment(text)) {
          if (used + widthOfOne(segment) > width) breakLine();
          put({ text: segment, styles });
        }
      }
    }
  }
  return rows.map((spans) => ({ spans: merged(spans) }));
}

/**
 * Words with the blanks after them; a word may change its style in the middle. A no-break space is part of a word, and
 * so is every blank of a button.
 */
function wordsOf(spans: readonly Span[]): Span[][] {
  const words: Span[][] = [];
  let open = false;
  for (const { text, styles } of spans) {
    const isWhole = styles.includes('button');
    for (const piece of isWhole ? [text] : text.split(/(?<=[ \t])(?=[^ \t])/)) {
      if (open) words.at(-1)?.push({ text: piece, styles });
      else words.push([{ text: piece, styles }]);
      open = !/[ \t]$/.test(piece);
    }
  }
  return words;
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
