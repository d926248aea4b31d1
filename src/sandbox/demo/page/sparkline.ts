/** A signal against its limit, as points in a box. No DOM in here. */

export type Spark = {
  /** `x,y` pairs for a polyline; y grows downwards. */
  readonly points: string;
  readonly last: { readonly x: number; readonly y: number };
  readonly limitY: number;
};

/** Undefined without two values: one value is no line. */
export function sparkOf(
  history: readonly number[],
  limit: number,
  box: { readonly width: number; readonly height: number; readonly room: number },
): Spark | undefined {
  const values = history.filter(Number.isFinite);
  if (values.length < 2) return undefined;
  const top = Math.max(limit * 1.15, ...values);
  const bottom = Math.min(0, limit, ...values);
  const span = top - bottom || 1;
  const inner = { width: box.width - 2 * box.room, height: box.height - 2 * box.room };
  const x = (at: number): number => tidy(box.room + (at / (room(values) - 1)) * inner.width);
  const y = (value: number): number => tidy(box.room + (1 - (value - bottom) / span) * inner.height);
  // A short history stands at the right edge, where the newest value is.
  const first = room(values) - values.length;
  const points = values.map((value, at) => `${x(first + at)},${y(value)}`);
  return { points: points.join(' '), last: { x: x(room(values) - 1), y: y(values.at(-1) ?? 0) }, limitY: y(limit) };
}

const slots = 60;

function room(values: readonly number[]): number {
  return Math.max(slots, values.length);
}

function tidy(value: number): number {
  return Math.round(value * 10) / 10;
}

/** `1240` and `0.42` are read, `0.4187523` is not. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  const digits = size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
