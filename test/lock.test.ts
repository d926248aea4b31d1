import { describe, expect, it } from '@jest/globals';
import { missingFrom, readLock } from './lock.ts';

describe('the lock file', () => {
  it('lists the optional packages of every platform; if not, run: node test/lock.ts', () => {
    expect(Object.keys(missingFrom(readLock()))).toEqual([]);
  });

  it('is told what a platform’s package is by its name', () => {
    const packages = { 'node_modules/a': { dev: true, optionalDependencies: { '@a/linux-arm64-musl': '^1.2.3' } } };

    expect(missingFrom({ packages })).toEqual({
      'node_modules/@a/linux-arm64-musl': {
        version: '1.2.3',
        dev: true,
        optional: true,
        os: ['linux'],
        cpu: ['arm64'],
        libc: ['musl'],
      },
    });
  });

  it('misses nothing that stands below its parent', () => {
    const packages = {
      'node_modules/a': { optionalDependencies: { b: '1.0.0' } },
      'node_modules/a/node_modules/b': {},
    };

    expect(missingFrom({ packages })).toEqual({});
  });
});
