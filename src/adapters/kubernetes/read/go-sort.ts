/**
 * Sorts as Go's `sort.Sort` does, ties included. kubectl sorts events by times of whole seconds, and Go's sort is not
 * stable: the order of the many ties is that of its pattern-defeating quicksort (Orson Peters, arXiv 2106.05123) with
 * these parameters, and `tail -20` behind it shows the difference.
 */
const insertionMax = 12;
const nintherMin = 50;

export function goSort<T>(values: readonly T[], less: (a: T, b: T) => boolean): T[] {
  const items = [...values];
  // Indices are always within the array, where every element is a T.
  const before = (x: number, y: number): boolean => less(items[x] as T, items[y] as T);
  const swap = (x: number, y: number): void => {
    const kept = items[x] as T;
    items[x] = items[y] as T;
    items[y] = kept;
  };
  // As many bad pivots as the length has bits; then Go turns to a heap sort.
  quicksort({ before, swap }, { from: 0, to: items.length, badPivots: bits(items.length) });
  return items;
}

type Data = { readonly before: (x: number, y: number) => boolean; readonly swap: (x: number, y: number) => void };
type Range = { readonly from: number; readonly to: number; readonly badPivots: number };

const bits = (value: number): number => (value === 0 ? 0 : Math.floor(Math.log2(value)) + 1);

function quicksort(data: Data, range: Range): void {
  let { from, to, badPivots } = range;
  let balanced = true;
  let inOrder = true;
  while (to - from > insertionMax) {
    if (badPivots === 0) {
      heapSort(data, from, to);
      return;
    }
    if (!balanced) {
      scatter(data, from, to);
      badPivots--;
    }
    let { pivot, trend } = choosePivot(data, from, to);
    if (trend === 'falling') {
      for (let x = from, y = to - 1; x < y; x++, y--) data.swap(x, y);
      pivot = to - 1 - (pivot - from);
      trend = 'rising';
    }
    if (balanced && inOrder && trend === 'rising' && nearlySorted(data, from, to)) return;
    if (from > 0 && !data.before(from - 1, pivot)) {
      from = splitEqual(data, { from, to, pivot });
      continue;
    }
    const length = to - from;
    const split = partition(data, { from, to, pivot });
    inOrder = split.untouched;
    const left = split.middle - from;
    const right = to - split.middle;
    balanced = Math.min(left, right) >= Math.floor(length / 8);
    if (left < right) {
      quicksort(data, { from, to: split.middle, badPivots });
      from = split.middle + 1;
    } else {
      quicksort(data, { from: split.middle + 1, to, badPivots });
      to = split.middle;
    }
  }
  for (let x = from + 1; x < to; x++) for (let y = x; y > from && data.before(y, y - 1); y--) data.swap(y, y - 1);
}

type Split = { readonly from: number; readonly to: number; readonly pivot: number };

/** Smaller ones to the left of the pivot, others to the right. */
function partition(data: Data, { from, to, pivot }: Split): { middle: number; untouched: boolean } {
  data.swap(from, pivot);
  let low = from + 1;
  let high = to - 1;
  for (let round = 0; ; round++) {
    while (low <= high && data.before(low, from)) low++;
    while (low <= high && !data.before(high, from)) high--;
    if (low > high) {
      data.swap(high, from);
      return { middle: high, untouched: round === 0 };
    }
    data.swap(low++, high--);
  }
}

/** Nothing here is smaller than the pivot: its equals to the left. Returns where the greater ones begin. */
function splitEqual(data: Data, { from, to, pivot }: Split): number {
  data.swap(from, pivot);
  let low = from + 1;
  let high = to - 1;
  for (;;) {
    while (low <= high && !data.before(from, low)) low++;
    while (low <= high && data.before(from, high)) high--;
    if (low > high) return low;
    data.swap(low++, high--);
  }
}

/** Repairs up to five neighbours that are out of order; true when everything is in order then. */
function nearlySorted(data: Data, from: number, to: number): boolean {
  let x = from + 1;
  for (let step = 0; step < 5; step++) {
    while (x < to && !data.before(x, x - 1)) x++;
    if (x === to) return true;
    if (to - from < nintherMin) return false;
    data.swap(x, x - 1);
    if (x - from >= 2) for (let y = x - 1; y >= 1 && data.before(y, y - 1); y--) data.swap(y, y - 1);
    if (to - x >= 2) for (let y = x + 1; y < to && data.before(y, y - 1); y++) data.swap(y, y - 1);
  }
  return false;
}

function choosePivot(data: Data, from: number, to: number): { pivot: number; trend: 'rising' | 'falling' | 'unknown' } {
  const quarter = Math.floor((to - from) / 4);
  let swaps = 0;
  const median = (x: number, y: number, z: number): number => {
    let [low, middle, high] = [x, y, z];
    if (data.before(middle, low)) {
      swaps++;
      [low, middle] = [middle, low];
    }
    if (data.before(high, middle)) {
      swaps++;
      [middle, high] = [high, middle];
    }
    if (data.before(middle, low)) {
      swaps++;
      [low, middle] = [middle, low];
    }
    return middle;
  };
  const around = (x: number): number => (to - from >= nintherMin ? median(x - 1, x, x + 1) : x);
  const [first, second, third] = [around(from + quarter), around(from + quarter * 2), around(from + quarter * 3)];
  const pivot = median(first, second, third);
  return { pivot, trend: swaps === 0 ? 'rising' : swaps === 12 ? 'falling' : 'unknown' };
}

/** Swaps three elements around the middle with others, by a xorshift generator that starts at the length. */
function scatter(data: Data, from: number, to: number): void {
  const length = to - from;
  const mask = (1n << BigInt(bits(length))) - 1n;
  let random = BigInt(length);
  const middle = from + Math.floor(length / 4) * 2;
  for (let x = middle - 1; x <= middle + 1; x++) {
    random ^= BigInt.asUintN(64, random << 13n);
    random ^= random >> 7n;
    random ^= BigInt.asUintN(64, random << 17n);
    const other = Number(random & mask);
    data.swap(x, from + (other >= length ? other - length : other));
  }
}

function heapSort(data: Data, from: number, to: number): void {
  const sink = (start: number, size: number): void => {
    for (let root = start; ; ) {
      let child = 2 * root + 1;
      if (child >= size) return;
      if (child + 1 < size && data.before(from + child, from + child + 1)) child++;
      if (!data.before(from + root, from + child)) return;
      data.swap(from + root, from + child);
      root = child;
    }
  };
  const size = to - from;
  for (let root = Math.floor((size - 1) / 2); root >= 0; root--) sink(root, size);
  for (let end = size - 1; end >= 0; end--) {
    data.swap(from, from + end);
    sink(0, end);
  }
}
