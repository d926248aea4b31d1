/** A command that certainly was not sent is told as that, not as one of which nobody knows. */
import { describe, expect, it } from '@jest/globals';
import { sendChange } from '../../../src/adapters/kubernetes/change/send.ts';
import { createAccess } from '../../../src/adapters/kubernetes/access/access.ts';
import { openConnection } from '../../../src/adapters/kubernetes/connection.ts';
import { createDiscovery } from '../../../src/adapters/kubernetes/discovery.ts';
import { OperationError } from '../../../src/domain/errors.ts';
import type { EffectPlan } from '../../../src/flow/ports.ts';

const plan: EffectPlan = {
  id: 'plan-1',
  action: { type: 'exec', target: { resource: 'pods', name: 'web-1' }, argv: ['migrate'] },
  class: 'destructive',
  target: {
    cluster: 'main',
    clusterUid: 'c',
    apiVersion: 'v1',
    kind: 'Pod',
    resource: 'pods',
    namespace: 'shop',
    name: 'web-1',
    uid: 'u',
  },
  changes: [{ path: '', label: 'command', after: 'app' }],
};
const request = { method: 'POST' as const, path: '/x', contentType: '', body: '' };

describe('a command in a container', () => {
  it('whose socket is not even opened was not run, and says why', async () => {
    const connection = {
      ...openConnection({ name: 'main', kubeconfigText: '{}' }),
      get: async () => ({ metadata: { name: 'web-1', uid: 'u' } }),
      openSocket: async () => {
        throw new OperationError('config-invalid', 'A proxy stands between.', { retryable: false });
      },
    };
    const parts = {
      connection,
      discovery: createDiscovery(connection),
      clusterUid: async () => 'c',
      access: createAccess(connection, {}),
    };

    expect(await sendChange(parts, plan, request, { auditId: 'a', timeoutMs: 1_000 })).toEqual({
      kind: 'rejected',
      status: 0,
      text: 'The command was not run: A proxy stands between.',
    });
  });
});
