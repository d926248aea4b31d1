import { describe, expect, it } from '@jest/globals';
import { ageOf } from '../../../src/adapters/kubernetes/read/ages.ts';
import { goSort } from '../../../src/adapters/kubernetes/read/go-sort.ts';
import { printJson } from '../../../src/adapters/kubernetes/read/json.ts';
import { printJsonPath } from '../../../src/adapters/kubernetes/read/jsonpath.ts';
import { alignTabs, describeStops, tableStops } from '../../../src/adapters/kubernetes/read/tabwriter.ts';
import { printYaml } from '../../../src/adapters/kubernetes/read/yaml.ts';
import type { Json } from '../../../src/domain/json.ts';

describe('YAML', () => {
  it.each<[Json, string]>([
    [{ b: 1, a: [] }, 'a: []\nb: 1\n'],
    [{ a: [{ x: 1, y: [1, [2]] }, 'z'] }, 'a:\n- x: 1\n  "y":\n  - 1\n  - - 2\n- z\n'],
    [
      { a: '', b: 'true', c: 'no', d: '12', e: '1e3', f: '~', g: null, h: true },
      'a: ""\nb: "true"\nc: "no"\nd: "12"\ne: "1e3"\nf: "~"\ng: null\nh: true\n',
    ],
    [
      { a: ' x', b: 'x: y', c: '- x', d: "it's", e: '#x', f: 'a\tb', g: '@x' },
      "a: ' x'\nb: 'x: y'\nc: '- x'\nd: it's\ne: '#x'\nf: \"a\\tb\"\ng: '@x'\n",
    ],
    [
      { a: 'x\ny\n', b: 'x\ny', c: 'x\n\n', d: ' x\ny' },
      'a: |\n  x\n  y\nb: |-\n  x\n  y\nc: |+\n  x\n\nd: |2-\n   x\n  y\n',
    ],
    [{ a10: 1, a9: 1, 'a.b': 1 }, 'a.b: 1\na9: 1\na10: 1\n'],
    [
      { t: '2026-01-02', u: '2026-01-02T03:04:05Z', v: '12:30', w: '1.2.3' },
      't: "2026-01-02"\nu: "2026-01-02T03:04:05Z"\nv: "12:30"\nw: 1.2.3\n',
    ],
  ])('of %j', (value, text) => {
    expect(printYaml(value)).toBe(text);
  });

  it('folds behind column 80 at single spaces', () => {
    const words = 'word '.repeat(20).trim();

    expect(printYaml({ key: words })).toBe(`key: ${'word '.repeat(15).trim()} word\n  ${'word '.repeat(4).trim()}\n`);
  });
});

describe('JSON', () => {
  it('has sorted keys, also those that look like numbers, and is safe within HTML', () => {
    expect(printJson({ b: [], a: { 10: '<', 2: '&' }, c: [1, { x: null }], d: {} })).toBe(
      '{\n    "a": {\n        "10": "\\u003c",\n        "2": "\\u0026"\n    },\n    "b": [],\n    "c": [\n        1,\n        {\n            "x": null\n        }\n    ],\n    "d": {}\n}\n',
    );
  });
});

describe('columns', () => {
  it('are as wide as their widest cell, by runs of lines', () => {
    expect(alignTabs('A\tBBBBBBB\tC\nAAAAAAAA\tB\tC\n', tableStops)).toBe(
      'A          BBBBBBB   C\nAAAAAAAA   B         C\n',
    );
    expect(alignTabs('N:\tx\nLong:\ty\nplain\nM:\tz\n', describeStops)).toBe('N:     x\nLong:  y\nplain\nM:  z\n');
  });
});

describe('JSONPath', () => {
  const value: Json = { items: [{ n: 'a', v: 1, l: { 'x.y/z': 'q' } }, { n: 'b', v: 2 }, { n: 'c' }] };
  it.each<[string, string]>([
    ['{.items[*].n}', 'a b c'],
    ['{.items[0].n}-{.items[-1].n}', 'a-c'],
    ['{.items[1:].n}', 'b c'],
    ['{.items[?(@.v>1)].n}', 'b'],
    ['{.items[?(@.n!="a")].n}', 'b c'],
    ['{.items[?(@.v)].n}', 'a b'],
    ["{.items[0]['n','v']}", 'a 1'],
    ['{..n}', 'a b c'],
    ['{.items[0].l.x\\.y/z}', 'q'],
    ["{.items[0].l['x.y/z']}", 'q'],
    ['{.items[0]}', '{"l":{"x.y/z":"q"},"n":"a","v":1}'],
    ['{range .items[*]}{.n}={.v}{"\\n"}{end}', 'a=1\nb=2\nc=\n'],
    ['{.none.deeper}', ''],
    ['text {"{"}{.items[0].n}', 'text {a'],
    ['{$.items[2].n}', 'c'],
  ])('%s', (template, out) => {
    expect(printJsonPath(template, value)).toEqual({ out });
  });

  it.each([
    '{.items[',
    '{.items',
    '{range .items[*]}x',
    '{end}',
    '{.items[a]}',
    '{.items[9]}',
    '{func()}',
    `{${'.a'.repeat(3000)}}`,
  ])('does not guess at %s', (template) => {
    expect(printJsonPath(template, value)).toEqual({ problem: expect.any(String) });
  });
});

describe("Go's sort", () => {
  it.each([5, 12, 13, 49, 50, 200, 5_000])('orders %i elements', (count) => {
    const values = Array.from({ length: count }, (_, index) => (index * 7919) % 101);

    expect(goSort(values, (a, b) => a < b)).toEqual(values.toSorted((a, b) => a - b));
  });

  it('is stable up to 12 elements and not above, as there', () => {
    const rows = Array.from({ length: 13 }, (_, index) => ({ key: index % 2, index }));
    const order = (count: number) => goSort(rows.slice(0, count), (a, b) => a.key < b.key).map(({ index }) => index);

    expect(order(12)).toEqual([0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]);
    expect(order(13)).not.toEqual([0, 2, 4, 6, 8, 10, 12, 1, 3, 5, 7, 9, 11]);
  });

  it('ends for patterns that defeat a quicksort', () => {
    const falling = Array.from({ length: 20_000 }, (_, index) => -index);
    const organ = Array.from({ length: 20_000 }, (_, index) => Math.min(index, 20_000 - index));

    expect(goSort(falling, (a, b) => a < b)).toEqual(falling.toReversed());
    expect(goSort(organ, (a, b) => a < b)).toEqual(organ.toSorted((a, b) => a - b));
  });
});

describe('ages', () => {
  const now = Date.UTC(2026, 0, 10);
  const ago = (seconds: number) => ageOf(new Date(now - seconds * 1000).toISOString(), now);
  it.each([
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [200, '3m20s'],
    [600, '10m'],
    [10_799, '179m'],
    [10_800, '3h'],
    [12_000, '3h20m'],
    [28_800, '8h'],
    [172_800, '2d'],
    [180_000, '2d2h'],
    [700_000, '8d'],
    [63_072_000, '2y'],
    [70_000_000, '2y80d'],
    [400_000_000, '12y'],
    [-1, '0s'],
    [-5, '<invalid>'],
  ])('%i seconds are %s', (seconds, text) => {
    expect(ago(seconds)).toBe(text);
  });

  it('of no time is unknown', () => {
    expect(ageOf(undefined, now)).toBe('<unknown>');
  });
});
