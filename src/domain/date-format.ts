/** The formats of `date +FORMAT` that can be computed, in UTC. Source: POSIX "date" and "strftime". */

const fields: Readonly<Record<string, (at: Date) => string>> = {
  Y: (at) => String(at.getUTCFullYear()).padStart(4, '0'),
  y: (at) => two(at.getUTCFullYear() % 100),
  m: (at) => two(at.getUTCMonth() + 1),
  d: (at) => two(at.getUTCDate()),
  H: (at) => two(at.getUTCHours()),
  M: (at) => two(at.getUTCMinutes()),
  S: (at) => two(at.getUTCSeconds()),
  F: (at) => at.toISOString().slice(0, 10),
  T: (at) => at.toISOString().slice(11, 19),
  R: (at) => at.toISOString().slice(11, 16),
  s: (at) => String(Math.floor(at.getTime() / 1000)),
  '%': () => '%',
};
const two = (value: number): string => String(value).padStart(2, '0');

export const isDateFormat = (format: string): boolean =>
  format.length <= 200 && /^(?:[^%]|%[YymdHMSFTRs%])*$/.test(format);

/** For formats that `isDateFormat` takes. */
export const formatDate = (format: string, at: Date): string =>
  format.replaceAll(/%(.)/g, (whole, field: string) => fields[field]?.(at) ?? whole);
