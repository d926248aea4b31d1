import type { Clock } from './ports.ts';

/**
 * One question at a time for each key; an answer serves for `freshMs`, counted from when the question was sent.
 * Failures are thrown and never remembered.
 */
export function remember<T>(
  clock: Clock,
  ask: (key: string) => Promise<T>,
  { freshMs, keysMax }: { freshMs: number; keysMax: number },
): (key: string) => Promise<T> {
  const answers = new Map<string, { askedAt: number; answer: Promise<T> }>();
  return async (key) => {
    const now = clock.now().getTime();
    const known = answers.get(key);
    if (known && now - known.askedAt >= 0 && now - known.askedAt < freshMs) return await known.answer;
    if (answers.size >= keysMax) answers.clear();
    const entry = { askedAt: now, answer: ask(key) };
    answers.set(key, entry);
    try {
      return await entry.answer;
    } catch (error) {
      if (answers.get(key) === entry) answers.delete(key);
      throw error;
    }
  };
}
