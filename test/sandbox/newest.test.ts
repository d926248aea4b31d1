import { expect, it } from '@jest/globals';
import { keepNewest } from '../../src/sandbox/newest.ts';

it('keeps the newest thousands of entries, in their order', () => {
  const list: number[] = [];

  for (let at = 0; at < 20_000; at++) keepNewest(list, at);

  expect(list.length).toBeGreaterThanOrEqual(4_000);
  expect(list.length).toBeLessThanOrEqual(5_000);
  expect(list).toEqual(Array.from(list, (_, at) => 20_000 - list.length + at));
});
