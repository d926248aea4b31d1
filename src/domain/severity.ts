/** One scale for every source. P0 wakes everybody. */
export type Severity = 'P0' | 'P1' | 'P2' | 'P3';

const words: Readonly<Record<string, Severity>> = {
  p0: 'P0',
  sev0: 'P0',
  sev1: 'P0',
  critical: 'P0',
  page: 'P0',
  emergency: 'P0',
  '🔴': 'P0',
  p1: 'P1',
  sev2: 'P1',
  high: 'P1',
  error: 'P1',
  major: 'P1',
  '🟠': 'P1',
  p2: 'P2',
  sev3: 'P2',
  medium: 'P2',
  warning: 'P2',
  warn: 'P2',
  minor: 'P2',
  '🟡': 'P2',
  p3: 'P3',
  p4: 'P3',
  sev4: 'P3',
  low: 'P3',
  info: 'P3',
  informational: 'P3',
  none: 'P3',
  '🟢': 'P3',
};

/** The first word of the text that names a severity, or undefined. The author's own word is kept beside it. */
export function severityOf(text: string): Severity | undefined {
  const plain = text.toLowerCase().replace(/\bsev[-\s]?(\d)/g, 'sev$1');
  for (const word of plain.split(/[^\p{L}\p{N}\p{Extended_Pictographic}]+/u)) {
    const found = words[word];
    if (found) return found;
  }
  return undefined;
}
