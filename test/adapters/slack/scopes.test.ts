import { readFileSync } from 'node:fs';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { botScopes, methodScopes } from '../../../src/adapters/slack/scopes.ts';
import { methods } from '../../../src/sandbox/slack/methods/table.ts';

const folder = join(import.meta.dirname, '../../../src/adapters/slack');
/** Tables about methods call none. */
const tables = new Set(['scopes.ts', 'rate-tiers.ts']);

function methodsCalled(): readonly string[] {
  const sources = globSync('**/*.ts', { cwd: folder }).filter((file) => !tables.has(file));
  const named = sources.flatMap((file) =>
    [...readFileSync(join(folder, file), 'utf8').matchAll(/'((?:[a-z]+)(?:\.[a-z]+)*\.[a-z][A-Za-z]+)'/g)].map(
      (match) => match[1] ?? '',
    ),
  );
  // A quoted name with a dot is one of Slack's methods when Slack's stand-in has it or its family.
  const families = new Set([...methods.keys()].map((method) => method.split('.')[0]));
  return [...new Set(named)].filter((name) => families.has(name.split('.')[0])).toSorted();
}

describe('bot scopes', () => {
  it('are known for every method that the adapter calls, and for no other', () => {
    expect(methodsCalled()).toEqual(Object.keys(methodScopes).toSorted());
  });

  it('are what Slack wants for each method', () => {
    const lacking = Object.entries(methodScopes).filter(([method, scope]) => {
      const wanted = methods.get(method)?.scopes ?? ['the stand-in has no such method'];
      return scope === null ? wanted.length > 0 && method !== 'bookmarks.list' : !wanted.includes(scope);
    });

    expect(lacking).toEqual([]);
  });

  it('are eleven for public channels and ten for private ones', () => {
    expect(botScopes('public')).toEqual([
      'bookmarks:write',
      'channels:history',
      'channels:join',
      'channels:manage',
      'channels:read',
      'chat:write',
      'commands',
      'pins:write',
      'usergroups:read',
      'users:read',
      'users:read.email',
    ]);
    expect(botScopes('private')).toEqual([
      'bookmarks:write',
      'chat:write',
      'commands',
      'groups:history',
      'groups:read',
      'groups:write',
      'pins:write',
      'usergroups:read',
      'users:read',
      'users:read.email',
    ]);
  });
});
