/**
 * Whose turn it is to call Slack. Nothing waits in here: a call that has no room is told when to come back, and its
 * place in the line is kept for it under its key.
 *
 *   ask → 0           go; it is counted
 *       → wait (ms)   come back then; until a little after that the place is kept
 *   stop              Slack said 429: nobody calls this method (or posts to this channel) until then
 *
 * Lanes: status leaves a part of each limit to decisions, chatter leaves a larger one. Whoever stands in a line lets
 * nobody of the same or a lesser lane pass; what has waited long as chatter goes on as status, so that nothing starves.
 *
 * Each process paces itself. Several of them share Slack's limits without knowing of each other; then Slack's 429 is
 * what stops them.
 */
import type { Lane } from '../../domain/work.ts';
import { channelLimitOf, limitOf } from './rate-tiers.ts';
import type { RateLimit } from './rate-tiers.ts';

export type PacedCall = {
  readonly method: string;
  readonly channel?: string | undefined;
  readonly lane: Lane;
  /** The same when the same thing asks again. */
  readonly key: string;
};

export type Pace = {
  /** Milliseconds until its turn; 0: it is now, and the call counts as made. `nowMs` is of any clock that only goes forward. */
  readonly ask: (call: PacedCall, nowMs: number) => number;
  readonly stop: (call: Pick<PacedCall, 'method' | 'channel'>, retryAfterMs: number, nowMs: number) => void;
};

/** A second more than Slack's minute: calls do not travel equally fast. */
const windowMs = 61_000;
/** Whoever does not come for its turn loses it. */
const graceMs = 5_000;
const agedMs = 20_000;
const lineMax = 1_000;
const channelsMax = 500;

const ranks = { decision: 0, status: 1, chatter: 2 } satisfies Record<Lane, number>;
/** The part of a limit that is left to more urgent lanes. */
const leaves = { decision: 0, status: 0.2, chatter: 0.3 } satisfies Record<Lane, number>;

/** For stand-ins whose limits are off. */
export const noPace: Pace = { ask: () => 0, stop: () => undefined };

/** @param timeScale how many seconds of Slack's limits pass in one second, for stand-ins that hurry; 1 at Slack */
export function createPace({ timeScale = 1 }: { timeScale?: number } = {}): Pace {
  const methods = new Map<string, Meter>();
  const channels = new Map<string, Meter>();
  const grace = graceMs * timeScale;

  function metersOf({ method, channel }: Pick<PacedCall, 'method' | 'channel'>, now: number): readonly Meter[] {
    const own = made(methods, method, () => createMeter(limitOf(method), now, grace));
    const limit = channelLimitOf(method);
    if (!limit || channel === undefined) return [own];
    if (channels.size >= channelsMax) forgetIdle(channels, now);
    return [own, made(channels, `${method} ${channel}`, () => createMeter(limit, now, grace))];
  }

  return {
    ask(call, nowMs) {
      const now = nowMs * timeScale;
      const meters = metersOf(call, now);
      const wait = Math.max(...meters.map((meter) => meter.wait(call, now)));
      if (wait > 0) return Math.max(1, Math.ceil(wait / timeScale));
      for (const meter of meters) meter.take(call.key, now);
      return 0;
    },

    stop(call, retryAfterMs, nowMs) {
      const now = nowMs * timeScale;
      const [method, channel] = metersOf(call, now);
      const untilMs = now + retryAfterMs * timeScale;
      // Slack does not say which of its two limits was met: one channel's, until a second channel meets it too.
      const others = [...channels].some(
        ([name, meter]) => meter !== channel && name.startsWith(`${call.method} `) && meter.isStopped(now),
      );
      channel?.stop(untilMs);
      if (!channel || others) method?.stop(untilMs);
    },
  };
}

type Meter = ReturnType<typeof createMeter>;
type Place = { readonly lane: Lane; atMs: number; readonly sinceMs: number };

/** One limit: a bucket of `burst` that fills with `perMinute`, under a lid of `perMinute` in any minute. */
function createMeter({ perMinute, burst }: RateLimit, startMs: number, grace: number) {
  const gapMs = 60_000 / perMinute;
  const sent: number[] = [];
  const line = new Map<string, Place>();
  let tokens = burst;
  let filledAtMs = startMs;
  let stoppedUntilMs = startMs;

  function catchUp(now: number): void {
    tokens = Math.min(burst, tokens + (now - filledAtMs) / gapMs);
    filledAtMs = now;
    while (sent[0] !== undefined && now - sent[0] >= windowMs) sent.shift();
    for (const [key, place] of line) if (now - place.atMs > grace) line.delete(key);
  }

  /** How long until this lane may make so many calls. */
  function roomIn(lane: Lane, calls: number, now: number): number {
    const missing = calls + Math.floor(burst * leaves[lane]) - tokens;
    const over = sent.length + calls + Math.floor(perMinute * leaves[lane]) - perMinute;
    const freed = over > 0 ? (sent[Math.min(over, sent.length) - 1] ?? now) + windowMs - now : 0;
    // A hair of rounding is no reason to wait.
    return Math.max(missing > 1e-6 ? missing * gapMs : 0, freed, stoppedUntilMs - now, 0);
  }

  const blocking = (lane: Lane): readonly Place[] =>
    [...line.values()].filter((place) => ranks[place.lane] <= ranks[lane]);

  function wait({ key, lane: asked }: PacedCall, now: number): number {
    catchUp(now);
    const known = line.get(key);
    const lane = known && asked === 'chatter' && now - known.sinceMs > agedMs ? 'status' : asked;
    const mine = known && ranks[known.lane] <= ranks[lane] ? known : undefined;
    const room = roomIn(mine?.lane ?? lane, 1, now);
    if (mine) return waitAgain(mine, room, now);

    const before = blocking(lane);
    if (room === 0 && roomIn(lane, 1 + before.length, now) === 0) return 0;
    const last = before.reduce((latest, { atMs }) => Math.max(latest, atMs), Number.NEGATIVE_INFINITY);
    // As many as may go at once are told the same time; behind them one follows the other.
    const together = 1 + before.length + Math.floor(burst * leaves[lane]) <= burst;
    const atMs = together
      ? Math.max(now + roomIn(lane, 1 + before.length, now), last)
      : Math.max(now + room, last + gapMs);
    if (known || line.size < lineMax) line.set(key, { lane, atMs, sinceMs: known?.sinceMs ?? now });
    return atMs - now;
  }

  function waitAgain(mine: Place, room: number, now: number): number {
    if (now >= mine.atMs) {
      // What kept it waiting keeps those behind it waiting as long: the line stays in its order.
      if (room > 0) {
        const late = now - mine.atMs + room;
        for (const place of line.values()) {
          if (place !== mine && ranks[place.lane] >= ranks[mine.lane] && place.atMs >= mine.atMs) place.atMs += late;
        }
        mine.atMs += late;
      }
      return room;
    }
    const before = blocking(mine.lane).filter(({ atMs }) => atMs < mine.atMs).length;
    return roomIn(mine.lane, 1 + before, now) === 0 ? 0 : mine.atMs - now;
  }

  return {
    wait,
    take(key: string, now: number): void {
      line.delete(key);
      tokens -= 1;
      sent.push(now);
    },
    stop(untilMs: number): void {
      stoppedUntilMs = Math.max(stoppedUntilMs, untilMs);
    },
    isStopped: (now: number): boolean => stoppedUntilMs > now,
    isIdle(now: number): boolean {
      catchUp(now);
      return line.size === 0 && sent.length === 0 && stoppedUntilMs <= now;
    },
  };
}

function made(meters: Map<string, Meter>, name: string, make: () => Meter): Meter {
  const meter = meters.get(name) ?? make();
  meters.set(name, meter);
  return meter;
}

function forgetIdle(meters: Map<string, Meter>, now: number): void {
  for (const [name, meter] of meters) if (meter.isIdle(now)) meters.delete(name);
}
