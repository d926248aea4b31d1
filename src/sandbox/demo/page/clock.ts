/** Times as people read them here: the day is today. No DOM in here. */

/** `12:04:31` by the reader's own clock; the text itself when it is no time. */
export function clock(at: string): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return at;
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
