/**
 * Slack counts calls per method, workspace and minute ("Rate limits": tiers of 1, 20, 50 and 100 a minute);
 * `chat.postMessage` instead takes about one a second per channel with short bursts, and several hundred a
 * minute in the workspace.
 */

const windowMs = 60_000;
const postsBurst = 5;
const postsPerSecond = 1;

export interface RateLimits {
  /** Counts a call. Returns how many seconds to stay away (1 or more) when it is one too many. */
  count(method: string, perMinute: number, channel: string | undefined): number | undefined;
}

/**
 * @param now milliseconds since 1970
 * @param timeScale how many seconds of Slack's limits pass in one second here; waits shrink likewise
 */
export function createRateLimits(now: () => number, timeScale: number): RateLimits {
  const calls = new Map<string, number[]>();
  const posts = new Map<string, { left: number; atMs: number }>();
  const startMs = now();
  const clock = () => (now() - startMs) * timeScale;
  const waitSeconds = (slackMs: number) => Math.max(1, Math.ceil(slackMs / timeScale / 1000));

  function countPost(channel: string): number | undefined {
    const bucket = posts.get(channel) ?? { left: postsBurst, atMs: clock() };
    const left = Math.min(postsBurst, bucket.left + ((clock() - bucket.atMs) / 1000) * postsPerSecond);
    if (left < 1) return waitSeconds(((1 - left) / postsPerSecond) * 1000);
    posts.set(channel, { left: left - 1, atMs: clock() });
    return undefined;
  }

  return {
    count(method, perMinute, channel) {
      const recent = (calls.get(method) ?? []).filter((atMs) => clock() - atMs < windowMs);
      calls.set(method, recent);
      const [oldest] = recent;
      if (oldest !== undefined && recent.length >= perMinute) return waitSeconds(oldest + windowMs - clock());
      if (method === 'chat.postMessage' && channel !== undefined) {
        const wait = countPost(channel);
        if (wait !== undefined) return wait;
      }
      recent.push(clock());
      return undefined;
    },
  };
}

/** Limits that never bite, for tests of something else. */
export const noRateLimits: RateLimits = { count: () => undefined };
