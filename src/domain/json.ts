/** A JSON value, as it is stored, hashed and sent. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * JSON text with `<`, `>`, `&` and two line separators escaped as Go's encoder does. kubectl prints it so, and a real API
 * server (1.34) compares the texts of a patch's `test` byte by byte: an unescaped `&` is never equal to the one it holds.
 */
export const asGoWrites = (json: string): string =>
  json.replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
