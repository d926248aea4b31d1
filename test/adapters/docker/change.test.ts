/** What a change of a container says when its host misbehaves; test/real/docker.test.ts has a real engine. */
import { describe, expect, it } from '@jest/globals';
import { createDockerActor } from '../../../src/adapters/docker/change.ts';
import type { Engine, EngineAnswer } from '../../../src/adapters/docker/engine.ts';
import { OperationError } from '../../../src/domain/errors.ts';
import type { EffectPlan } from '../../../src/flow/ports.ts';

const plan: EffectPlan = {
  id: 'plan-1',
  action: { type: 'docker-change', what: 'restart', names: ['web'] },
  class: 'destructive',
  target: {
    cluster: 'tcp://docker.test:2375',
    clusterUid: 'ENGINE',
    apiVersion: 'docker',
    kind: 'Container',
    resource: 'containers',
    name: 'web',
    uid: 'abc',
  },
  changes: [{ path: '/State', label: 'state', before: 'running since then', after: 'restarted' }],
};
const request = { method: 'POST' as const, path: '/containers/abc/restart', contentType: '', body: '' };

/** `away`: what cannot be asked. */
function engine(away: (path: string) => boolean): Engine & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    host: 'tcp://docker.test:2375',
    asked,
    async call(method, path): Promise<EngineAnswer> {
      if (away(path)) throw new OperationError('source-unavailable', 'It does not answer.', { retryable: true });
      asked.push(`${method} ${path}`);
      const body = Buffer.from(path === '/info' ? '{"ID":"ENGINE"}' : '');
      return { status: path === '/info' ? 200 : 204, body, truncated: false };
    },
    close: async () => undefined,
  };
}
const send = (host: Engine) => createDockerActor(host).send(plan, request, { auditId: 'a', timeoutMs: 1_000 });

describe('a change of a container', () => {
  it('that the engine took is accepted without an exit code: a look at the container tells how it went on', async () => {
    expect(await send(engine(() => false))).toEqual({ kind: 'accepted', status: 204, differences: [] });
  });

  it('was certainly not sent when the host cannot even be asked who it is', async () => {
    const host = engine(() => true);

    expect(await send(host)).toEqual({ kind: 'rejected', status: 0, text: 'It does not answer. Nothing was sent.' });
    expect(host.asked).toEqual([]);
  });

  it('may have happened when the answer to it alone was lost', async () => {
    expect(await send(engine((path) => path === request.path))).toMatchObject({ kind: 'ambiguous' });
  });
});
