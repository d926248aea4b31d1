import { expect, it } from '@jest/globals';
import { undoPatch } from '../../src/adapters/kubernetes/change/reverse.ts';
import { changesBetween } from '../../src/adapters/kubernetes/change/object-diff.ts';
import { printedPlan } from '../../src/cli/printed-plan.ts';
import type { ChangeAction, ObjectChange } from '../../src/domain/change-action.ts';
import type { Json } from '../../src/domain/json.ts';
import { aPlan } from '../adapters/slack/views.ts';

const printed = (action: ChangeAction, over: object = {}): string =>
  JSON.stringify(printedPlan({ ...aPlan('web').content, digest: 'd', action, ...over }));
const target = { resource: 'deployments', name: 'web' };
const patch = (patchType: 'json' | 'merge' | 'strategic', body: Json): ObjectChange => ({
  type: 'patch',
  target,
  patchType,
  patch: JSON.stringify(body),
});

const env = [
  { name: 'DB_PASSWORD', value: 'hunter2' },
  { name: 'MODE', value: 'hunter3' },
];

it.each<[string, ObjectChange]>([
  ['a list as a whole', patch('json', [{ op: 'replace', path: '/spec/env', value: env }])],
  ['a value by its path', patch('json', [{ op: 'test', path: '/data/DB_PASSWORD', value: 'hunter2' }])],
  ['a merge', patch('merge', { data: { anything: 'hunter2', n: 77712345 } })],
  ['a strategic merge', patch('strategic', { spec: { containers: [{ name: 'app', env }] } })],
  ['what is no JSON', { type: 'patch', target, patchType: 'json', patch: 'hunter2' }],
  ['a manifest', { type: 'apply', target, manifest: { data: { 'a.yaml': 'name: TOKEN\nvalue: hunter2\n' } } }],
  ['a manifest with a list', { type: 'create', target, manifest: { spec: { auth: { users: ['hunter2'] } } } }],
  ['a manifest’s pair', { type: 'apply', target, manifest: { spec: { set: [{ key: 'TOKEN', value: 'hunter2' }] } } }],
  ['a field', { type: 'set-field', target, field: 'auth.password', value: 'hunter2' }],
  ['an annotation', { type: 'annotate', target, assignments: [{ key: 'api-token', value: 'hunter2' }] }],
])('prints no values of %s, in the action, its parts, and its undo', (_what, action) => {
  const { target: object } = aPlan('web').content;
  const texts = [
    printed(action),
    printed({ type: 'several', changes: [action] }, { parts: [{ action, target: object, changes: [] }] }),
    printed(action, { undo: { kind: 'action', action: { type: 'several', changes: [action] }, text: 'back' } }),
  ];

  for (const text of texts) {
    expect(text).toContain(`"type":"${action.type}"`);
    expect(text).toContain('(masked)');
    expect(text).not.toMatch(/hunter|77712345/);
  }
});

it('prints where a patch reaches, and leaves the plan that is carried out as it is', () => {
  const before = { spec: { containers: [{ name: 'app', env: [...env, { name: 'GONE', value: 'x' }] }] } };
  const after = { spec: { containers: [{ name: 'app', env }] } };
  const changes = changesBetween(before, after);
  const undo = undoPatch(target, changes, after);

  const text = printed(patch('strategic', {}), { changes, undo });

  expect(text).not.toContain('hunter');
  expect(text).toContain('/spec/containers/0/env');
  expect(JSON.stringify(undo)).toContain('hunter2');
});
