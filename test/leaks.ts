/**
 * What a test file leaves open: sockets, servers, timers, workers, child processes. They keep a process alive, and
 * what is left open in tests is left open in production. See jest-leak-environment.js, which asks after each file.
 */

import type { Worker } from 'node:worker_threads';

/** Kinds of resources, as Node names them, with how many there are of each. */
export type Resources = ReadonlyMap<string, number>;

/**
 * Kinds that come and go by themselves: a read of a file, a name being looked up. Timers are not counted by kind,
 * as jest's own come and go in between; see watchTimers.
 */
const passing = /^(Timeout|FS|GetAddrInfo|Immediate|TickObject|Random|HTTPINCOMINGMESSAGE|ZLIB|Pbkdf2|Hash)/i;

// Node does not count its worker threads among the active resources.
const workers = new Set<Worker>();
process.on('worker', (worker) => {
  workers.add(worker);
  worker.once('exit', () => workers.delete(worker));
});

/** What a test's `setTimeout` and `setInterval` return. */
type Timer = { hasRef(): boolean };
type TimerGlobals = { setTimeout: (...args: never[]) => Timer; setInterval: (...args: never[]) => Timer };

/** Notes the timers that are set through these globals; gives how many of them are still to fire. */
export function watchTimers(globals: TimerGlobals): () => number {
  let timers: Timer[] = [];
  // Node says only by this field that a timer has fired or was cleared.
  const isOver = (timer: Timer): boolean => Reflect.get(timer, '_destroyed') === true;
  const pending = (): Timer[] => timers.filter((timer) => !isOver(timer) && timer.hasRef());
  for (const name of ['setTimeout', 'setInterval'] as const) {
    const real = globals[name];
    const watched = (...args: never[]): Timer => {
      const timer = real(...args);
      timers.push(timer);
      if (timers.length % 1_000 === 0) timers = pending();
      return timer;
    };
    // util.promisify(setTimeout) finds its way by a symbol on the function.
    globals[name] = Object.defineProperties(watched, Object.getOwnPropertyDescriptors(real));
  }
  return () => pending().length;
}

/** What keeps this process alive now, all of its worker threads, and the given number of timers. */
export function openResources(timers: number): Resources {
  const counts = new Map<string, number>([
    ['Worker', workers.size],
    ['Timer', timers],
  ]);
  for (const kind of process.getActiveResourcesInfo()) {
    if (!passing.test(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

/** What there is more of than before, as `2 × TCPSocketWrap`. */
export function leaked(before: Resources, after: Resources): string[] {
  return [...after].flatMap(([kind, count]) => {
    const more = count - (before.get(kind) ?? 0);
    return more > 0 ? [`${more} × ${kind}`] : [];
  });
}

/**
 * What stays open although it was given time: a closed socket is gone a few turns of the event loop later, a
 * terminated worker some milliseconds later.
 */
export async function leakedSince(
  before: Resources,
  { timers, settleMs }: { timers: () => number; settleMs: number },
): Promise<string[]> {
  const deadline = performance.now() + settleMs;
  for (let wait = 0; ; wait = Math.min(wait + 5, 50)) {
    // Both phases: callbacks of the poll phase, then timers.
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, wait));
    const left = leaked(before, openResources(timers()));
    if (left.length === 0 || performance.now() > deadline) return left;
  }
}
