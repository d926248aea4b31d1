/**
 * Requests in the last minute, by key: 960 of the REST API for each token ("REST API Rate Limits"), about 120 of the
 * Events API for each integration key ("Events API Rate Limits").
 */
const windowMs = 60_000;

export interface RateLimit {
  /** Counts a request that still fits. */
  count(key: string): { allowed: boolean; limit: number; remaining: number; resetSeconds: number };
}

export function createRateLimit(limit: number, now: () => number): RateLimit {
  const calls = new Map<string, number[]>();
  return {
    count(key) {
      const recent = (calls.get(key) ?? []).filter((atMs) => now() - atMs < windowMs);
      const allowed = recent.length < limit;
      if (allowed) recent.push(now());
      calls.set(key, recent);
      const resetSeconds = Math.max(1, Math.ceil(((recent[0] ?? now()) + windowMs - now()) / 1_000));
      return { allowed, limit, remaining: limit - recent.length, resetSeconds };
    },
  };
}
