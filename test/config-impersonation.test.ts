import { expect, it } from '@jest/globals';
import { parseConfig } from '../src/config.ts';

const clusterWith = (impersonate: string) =>
  parseConfig(`clusters: { main: { impersonate: ${impersonate} } }`, '/etc/firebreak/firebreak.yaml').clusters['main'];

it.each([
  ['approver', { prefix: '', groups: [] }],
  ['{ user: email }', { prefix: '', groups: [] }],
  ['{ prefix: "oidc:", groups: [oncall] }', { prefix: 'oidc:', groups: ['oncall'] }],
])('impersonate: %s says in whose name changes are made', (written, read) => {
  expect(clusterWith(written)?.impersonate).toEqual(read);
});

it.each([
  'requester',
  '{ groups: [system:masters] }',
  '{ prefix: "system:" }',
  '{ groups: ["a b"] }',
  '{ groups: ["a\\nb"] }',
  '{ user: slack }',
])('impersonate: %s is refused, with its line', (written) => {
  expect(() => clusterWith(written)).toThrow(/line 1: clusters\.main\.impersonate/);
});
