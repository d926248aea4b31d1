/** What a plan of `set env` hides: values that hold a secret under any name, in the change and in the words of its undo. */
import { describe, expect, it } from '@jest/globals';
import { proposeEnv } from '../../../src/adapters/kubernetes/change/set-env.ts';
import type { EnvAssignment } from '../../../src/domain/change-action.ts';

function proposed(before: Record<string, string>, ...assignments: EnvAssignment<string>[]) {
  const env = Object.entries(before).map(([name, value]) => ({ name, value }));
  const live = { spec: { template: { spec: { containers: [{ name: 'app', env }] } } } };
  const proposal = proposeEnv({ type: 'set-env', target: { resource: 'deployments', name: 'web' }, assignments }, live);
  if (proposal.kind !== 'proposed' || proposal.undo.kind !== 'action') throw new Error(JSON.stringify(proposal));
  return { change: proposal.changes[0], undo: proposal.undo.text };
}

describe('a variable', () => {
  it.each([
    ['DB_PASSWORD', 'hunter2'],
    ['DB_URL', 'postgres://app:hunter2@db/x'],
    ['JDBC_URL', 'jdbc:sqlserver://db;user=app;password=hunter2'],
    ['OPTS', '-Dpassword=hunter2'],
    ['OPTS', '--password hunter2'],
  ])('%s=%s is hidden when it is set and when it is taken away', (name, value) => {
    const set = proposed({ [name]: 'x' }, { name, value });
    const replaced = proposed({ [name]: value }, { name, value: 'x' });
    const removed = proposed({ [name]: value }, { name, remove: true });

    for (const { change, undo } of [set, replaced, removed]) {
      expect(change?.masked).toBe(true);
      expect(undo).not.toContain('hunter2');
    }
  });

  it('without a secret is shown, in the undo too', () => {
    const { change, undo } = proposed({ MODE: 'slow' }, { name: 'MODE', value: 'fast' });

    expect(change?.masked).toBeUndefined();
    expect(undo).toBe('set MODE back to "slow"');
  });
});
