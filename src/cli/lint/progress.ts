/** How far a long reading is, for people who wait at a terminal. */
import type { WriteStream } from 'node:tty';

/** Shorter work than this says nothing. */
const quietMs = 500;

export function progressOn(
  stream: Pick<WriteStream, 'isTTY' | 'write'>,
  total: number,
  now: () => number = () => performance.now(),
): { at(done: number): void; end(): void } {
  const startedAt = now();
  let shownAt = 0;
  return {
    at(done) {
      const at = now();
      if (!stream.isTTY || at - startedAt < quietMs || at - shownAt < 100) return;
      shownAt = at;
      stream.write(`\r\u001B[KReading ${done + 1} of ${total} files`);
    },
    end() {
      if (shownAt > 0) stream.write('\r\u001B[K');
    },
  };
}
