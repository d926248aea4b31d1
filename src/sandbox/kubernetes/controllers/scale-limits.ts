/**
 * What tempers an autoscaler's wishes: it goes down only to the most that it wanted within a window, and up to no more
 * than four pods or twice as many in 15 s (recorded from 1.34, without spec.behavior).
 */
/** Wanted from then on, until the next one. */
type Wish = { readonly count: number; readonly from: number };

const growthPeriodMs = 15_000;

export function createScaleLimits() {
  const wishes: Wish[] = [];
  const growth: { readonly at: number; readonly by: number }[] = [];

  return {
    /** The most that was wanted within the window, and when that may become less. */
    stabilise(count: number, replicas: number, windowMs: number, now: number): { count: number; until: number } {
      if (wishes.length === 0) wishes.push({ count: replicas, from: now });
      if (wishes.at(-1)?.count !== count) wishes.push({ count, from: now });
      const endOf = (at: number): number => wishes[at + 1]?.from ?? Number.POSITIVE_INFINITY;
      while (wishes.length > 1 && endOf(0) + windowMs <= now) wishes.shift();
      const most = Math.max(...wishes.map((wish) => wish.count));
      // The last one that wanted so many.
      const last = wishes.findLastIndex((wish) => wish.count === most);
      return { count: most, until: endOf(last) + windowMs };
    },
    /** How far up it may go now, and when it may go further. */
    ceiling(replicas: number, now: number): { count: number; until: number } {
      while ((growth[0]?.at ?? now) + growthPeriodMs <= now) growth.shift();
      const start = replicas - growth.reduce((sum, { by }) => sum + by, 0);
      const until = (growth[0]?.at ?? now) + growthPeriodMs;
      return { count: Math.max(4, start * 2), until };
    },
    grew: (by: number, now: number): void => void growth.push({ at: now, by }),
  };
}

export type ScaleLimits = ReturnType<typeof createScaleLimits>;
