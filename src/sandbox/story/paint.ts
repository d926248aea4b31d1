/** Styled lines → what is written to a terminal, with or without colours. */
import type { Line, Style } from './text.ts';

/** Select graphic rendition (ECMA-48): on and off. */
const codes = {
  strong: [1, 22],
  emphasis: [3, 23],
  code: [36, 39],
  quiet: [2, 22],
  link: [4, 24],
  button: [7, 27],
  good: [32, 39],
  bad: [31, 39],
  title: [35, 39],
} satisfies Record<Style, readonly [number, number]>;

export function paint({ spans }: Line, colours: boolean): string {
  return spans
    .map(({ text, styles }) => {
      const shown = harmless(text);
      if (!colours || shown === '') return shown;
      const on = styles.map((style) => `\u001b[${codes[style][0]}m`).join('');
      const off = styles.map((style) => `\u001b[${codes[style][1]}m`).join('');
      return `${on}${shown}${off}`;
    })
    .join('');
}

/** Nothing in a message moves the cursor or rings the bell; no-break spaces have done their work. */
const harmless = (text: string): string =>
  text.replace(/[\p{Cc}\u00a0]/gu, (char) => (char === '\t' ? '  ' : char === '\u00a0' ? ' ' : '�'));

/** Colours on a terminal that has them, unless NO_COLOR is set to anything (no-color.org). */
export function wantsColours(stream: { readonly isTTY?: boolean }, env: Readonly<Record<string, string | undefined>>) {
  return stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}
