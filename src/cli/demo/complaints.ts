/** Firebreak's own log in the demo: quiet, and kept for the moment in which something goes wrong. */
import type { Log } from '../../flow/ports.ts';

const linesMax = 200;

/** `onError` hears of what a person should look at; a healthy program has none. */
export function createComplaints(onError: (line: string) => void = () => undefined): {
  readonly log: Log;
  /** The newest 200, oldest first. */
  readonly lines: readonly string[];
} {
  const lines: string[] = [];
  const put = (fields: object, message: string): string => {
    const err = 'err' in fields ? fields.err : undefined;
    const line = err instanceof Error ? `${message}: ${err.message.split('\n', 1)[0]}` : message;
    lines.push(line);
    lines.splice(0, lines.length - linesMax);
    return line;
  };
  return {
    lines,
    log: {
      debug: () => undefined,
      info: () => undefined,
      warn: (fields, message) => void put(fields, message),
      error: (fields, message) => onError(put(fields, message)),
    },
  };
}
