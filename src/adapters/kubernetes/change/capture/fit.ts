/** What is kept of a pod within its bytes: all of the small logs, and of the long ones the end. Pure. */
import type { CapturedLog, CapturedPod } from '../../../../domain/capture.ts';

const eventBytesShare = 0.25;

export function fitPod(pod: CapturedPod, bytesMax: number): CapturedPod {
  const events = fitLines(pod.events, Math.floor(bytesMax * eventBytesShare));
  const spent = sizeOf(pod.state) + [...events, ...pod.missing].reduce((sum, line) => sum + sizeOf(line), 0);
  return { ...pod, events, logs: fitLogs(pod.logs, Math.max(0, bytesMax - spent)) };
}

/** What one log leaves of its share goes to the longer ones. */
function fitLogs(logs: readonly CapturedLog[], bytesMax: number): readonly CapturedLog[] {
  const kept = new Map<CapturedLog, CapturedLog>();
  let left = bytesMax;
  const bySize = logs.toSorted((a, b) => sizeOf(a.text) - sizeOf(b.text));
  for (const [index, log] of bySize.entries()) {
    const text = lastBytes(log.text, Math.floor(left / (bySize.length - index)));
    left -= sizeOf(text);
    kept.set(log, text === log.text ? log : { ...log, text, isCut: true });
  }
  return logs.map((log) => kept.get(log) ?? log);
}

/** The newest of them, which stand last. */
function fitLines(lines: readonly string[], bytesMax: number): readonly string[] {
  let left = bytesMax;
  const first = lines.findLastIndex((line) => (left -= sizeOf(line)) < 0);
  return lines.slice(first + 1);
}

/** Whole lines, unless the last one alone is longer. */
export function lastBytes(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= bytesMax) return text;
  const end = bytes.subarray(bytes.length - bytesMax);
  const line = end.indexOf('\n') + 1;
  if (line > 0 && line < end.length) return end.subarray(line).toString('utf8');
  // Not within a character: its later bytes are 10xxxxxx.
  const start = end.findIndex((byte) => (byte & 0xc0) !== 0x80);
  return start < 0 ? '' : end.subarray(start).toString('utf8');
}

const sizeOf = (text: string): number => Buffer.byteLength(text);
