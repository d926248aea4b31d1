/** Lists for whoever looks at what happened: the newest entries only, so that a demo that runs for days does not grow. */
const keptMax = 4_000;

/** Adds to the end; the list is cut when it holds a quarter more than it keeps. */
export function keepNewest<T>(list: T[], entry: T): void {
  list.push(entry);
  if (list.length > keptMax * 1.25) list.splice(0, list.length - keptMax);
}
