/** Lists for whoever looks at what happened: the newest entries only, so that a demo that runs for days does not grow. */

/** Adds to the end; the list is cut to `max` when it holds a quarter more. */
export function keepNewest<T>(list: T[], entry: T, max = 4_000): void {
  list.push(entry);
  if (list.length > max * 1.25) list.splice(0, list.length - max);
}
