/** What every bench is, and how it counts. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** In the order in which they are printed. */
export type Figures = Readonly<Record<string, number | string | Readonly<Record<string, number>>>>;
export type Bench = () => Promise<Figures>;

/** A bench cannot run here; the message says what it needs. */
export class MissingError extends Error {}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

/** The script `serve` of package.json without its program: flags of Node, the program's path, its arguments. */
export function serveArguments(): readonly string[] {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { scripts } = z.object({ scripts: z.object({ serve: z.string() }) }).parse(JSON.parse(text));
  return scripts.serve.split(' ').slice(1);
}
