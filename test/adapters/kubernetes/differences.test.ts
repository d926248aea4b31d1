import { describe, expect, it } from '@jest/globals';
import { differencesOf } from '../../../src/adapters/kubernetes/change/differences.ts';
import type { Json } from '../../../src/domain/json.ts';

const path = '/spec/template/spec/containers/0/env';
const password = { name: 'DB_PASSWORD', value: 'hunter2' };
const size = { name: 'POOL', value: '5' };
const none = { name: 'NONE', value: '' };

describe('what the server stored of a list that the plan changes as a whole', () => {
  const differences = (after: readonly Json[], env: Json) =>
    differencesOf(
      { changes: [{ path, label: 'env', before: [], after: [...after], shown: [] }] },
      { spec: { template: { spec: { containers: [{ name: 'web', env }] } } } },
    );

  it.each<[string, readonly Json[], Json, readonly string[]]>([
    ['all of it', [password, size], [password, size], []],
    ['an empty value as none', [password, none], [password, { name: 'NONE' }], []],
    ['a default of the server', [{ name: 'http', port: 80 }], [{ name: 'http', port: 80, protocol: 'TCP' }], []],
    ['one more', [password], [password, { name: 'INJ', value: '1' }], ['env differs from the plan in: INJ.']],
    ['one less', [password, size], [size], ['env differs from the plan in: DB_PASSWORD.']],
    [
      'another value',
      [password, size],
      [{ ...password, value: 'other' }, size],
      ['env differs from the plan in: DB_PASSWORD.'],
    ],
    ['a value for none', [none], [{ name: 'NONE', value: 'x' }], ['env differs from the plan in: NONE.']],
    ['another order', [password, size], [size, password], ['env differs from the plan in: the order of its entries.']],
    ['one twice', [size], [size, size], ['env differs from the plan in: the order of its entries.']],
    ['no list', [size], null, ['env differs from the plan in: POOL.']],
    ['words', ['a', 'b'], ['a', 'c'], ['env differs from the plan in: entry 2.']],
  ])('%s', (_, after, stored, expected) => {
    const told = differences(after, stored);

    expect(told).toEqual(expected);
    expect(told.join(' ')).not.toMatch(/hunter2|other\b/);
  });
});
