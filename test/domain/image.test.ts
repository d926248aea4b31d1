import { describe, expect, it } from '@jest/globals';
import { isFrom, isImageReference, isRepositoryPrefix, repositoryOf } from '../../src/domain/image.ts';

describe('an image reference', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx'],
    ['nginx:1.27', 'docker.io/library/nginx'],
    ['docker.io/library/nginx:1', 'docker.io/library/nginx'],
    ['shop/web', 'docker.io/shop/web'],
    ['registry.example.com/shop/web:v1', 'registry.example.com/shop/web'],
    ['registry:5000/web', 'registry:5000/web'],
    ['localhost/web', 'localhost/web'],
    ['r.io/a/b:v1@sha256:0123abcd', 'r.io/a/b'],
    ['a__b/c-d.e:latest', 'docker.io/a__b/c-d.e'],
  ])('%s is from %s', (image, repository) => {
    expect(repositoryOf(image)).toBe(repository);
  });

  it.each([
    '',
    ' ',
    'Nginx',
    'a b',
    'a:',
    ':1',
    'a@',
    'a/../b',
    '/a',
    'a/',
    'a//b',
    '-a',
    'a\n',
    'a'.repeat(513),
    'http://a/b',
  ])('%j is none', (text) => {
    expect(isImageReference(text)).toBe(false);
    expect(repositoryOf(text)).toBeUndefined();
  });

  it('is read in linear time', () => {
    const started = performance.now();

    for (const part of ['a-', 'a.', 'a_', 'a/', 'a:', '-']) isImageReference(part.repeat(256));

    expect(performance.now() - started).toBeLessThan(1000);
  });

  it.each([
    ['nginx:2', ['nginx'], true],
    ['nginx:2', ['docker.io/library/nginx'], true],
    ['nginx:2', ['docker.io/library'], true],
    ['shop/web:2', ['shop'], false],
    ['shop', ['shop'], true],
    ['nginx/evil', ['nginx'], false],
    ['docker.io/library/nginx/evil', ['nginx'], false],
    ['nginx', ['library'], false],
    ['shop/team/web', ['shop/team'], true],
    ['shop/web:2', ['docker.io/shop'], true],
    ['r.io/shop/web:2', ['r.io/shop'], true],
    ['r.io/shopping/web:2', ['r.io/shop'], false],
    ['r.io.evil.com/shop/web', ['r.io'], false],
    ['evil.com/r.io/shop/web', ['r.io/shop'], false],
    ['nginx', [], false],
    ['no image', ['no image'], false],
  ])('%s from one of %j: %s', (image, repositories, expected) => {
    expect(isFrom(image, repositories)).toBe(expected);
  });

  it.each([
    ['r.io/shop', true],
    ['r.io/shop:1', false],
    ['r.io/shop@sha256:1', false],
    ['r.io/', false],
  ])('%s as a repository: %s', (text, expected) => {
    expect(isRepositoryPrefix(text)).toBe(expected);
  });
});
