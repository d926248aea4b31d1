/** Text of others on its way to a terminal. */

/** Control characters but line ends and tabs, and what turns the direction of writing round. */
const acting = /(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu;

/** What a terminal would obey (colours, titles, its clipboard) as escapes that can be read. */
export const visible = (text: string): string =>
  text.replace(acting, (char) => {
    const code = char.charCodeAt(0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
  });
