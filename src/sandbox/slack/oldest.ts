/** Bounds what a long demo keeps: a map gives its keys in the order in which they came. */
export function dropOldest(kept: Map<string, unknown>, max: number): void {
  for (const key of kept.keys()) {
    if (kept.size <= max) return;
    kept.delete(key);
  }
}
