/** What a filter may use, and what happens when it is not enough or the text is one that cannot be filtered exactly. */
import { OperationError } from '../../domain/errors.ts';

/** UTF-16 units of one filter's output. */
export const outputMax = 16 * 1024 * 1024;

/** Stops a read whose filter cannot go on; never shown text that is nearly right. */
export const stopped = (message: string): OperationError =>
  new OperationError('filter-stopped', message, { retryable: false });

/** Collects a filter's output up to `outputMax`. */
export type Output = { readonly write: (text: string) => void; readonly text: () => string };

export function createOutput(program: string): Output {
  const parts: string[] = [];
  let length = 0;
  return {
    write(text) {
      length += text.length;
      if (length > outputMax) throw stopped(`${program} printed more than 16 million characters, and was stopped.`);
      parts.push(text);
    },
    text: () => parts.join(''),
  };
}

/** Lines without their ends; a last line without an end is one too. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** The text's UTF-8 bytes, one character each, for programs that work on bytes whatever the language settings. */
export const toBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** Back to text; throws when a character was cut into. */
export function fromBytes(program: string, bytes: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, 'latin1'));
  } catch {
    throw stopped(`${program} would cut into a character that is more than one byte long.`);
  }
}

/** Programs differ on what a NUL byte makes of the text. */
export function refuseNul(program: string, text: string): void {
  if (text.includes('\0'))
    throw stopped(`The output holds NUL bytes, which ${program} takes for something that is not text.`);
}
