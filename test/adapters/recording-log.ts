import type { Log } from '../../src/flow/ports.ts';

/** A log that a test can read. */
export type RecordingLog = Log & {
  readonly lines: readonly { readonly level: keyof Log; readonly fields: object; readonly message: string }[];
};

export function createRecordingLog(): RecordingLog {
  const lines: { level: keyof Log; fields: object; message: string }[] = [];
  const at = (level: keyof Log) => (fields: object, message: string) => {
    lines.push({ level, fields, message });
  };
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
