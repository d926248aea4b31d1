/**
 * One source of time for everything in a stand-in. `real` follows the machine. `manual` stands still until
 * `advance`, so that a test decides when a pod becomes ready.
 */
export type Clock = {
  now(): number;
  /** Runs once at or after `at` (milliseconds since the epoch). Returns a way to call it off. */
  wakeAt(at: number, run: () => void): () => void;
};

export type ManualClock = Clock & { advance(ms: number): void };

export const realClock: Clock = {
  now: () => Date.now(),
  wakeAt(at, run) {
    const timer = setTimeout(run, Math.max(0, at - Date.now()));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

export function createManualClock(start: number): ManualClock {
  let now = start;
  const waiting = new Set<{ at: number; run: () => void }>();
  return {
    now: () => now,
    wakeAt(at, run) {
      const entry = { at, run };
      waiting.add(entry);
      return () => waiting.delete(entry);
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const next = [...waiting].filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        waiting.delete(next);
        now = Math.max(now, next.at);
        next.run();
      }
      now = end;
    },
  };
}

/** RFC 3339 in whole seconds, as metav1.Time is written. */
export const timestamp = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
/** RFC 3339 with microseconds, as metav1.MicroTime is written. */
export const microTimestamp = (ms: number): string => `${new Date(ms).toISOString().slice(0, 23)}000Z`;
