import { setTimeout as pause } from 'node:timers/promises';

/** Asks until the answer is neither undefined nor false; throws at the deadline, which is generous: machines may be busy. */
export async function eventually<T>(
  what: string,
  ask: () => T | Promise<T>,
  deadlineMs = 30_000,
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    // What is left of T after the check.
    if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
    if (performance.now() > deadline) throw new Error(`It did not come to pass within ${deadlineMs} ms: ${what}`);
    await pause(5);
  }
}
