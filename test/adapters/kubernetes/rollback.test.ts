/** Rollbacks at moments that are over before anybody can look on a real cluster. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import type { ObjectChange } from '../../../src/domain/change-action.ts';
import type { Cluster } from '../../../src/flow/ports.ts';
import { type SandboxKubernetes, startKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { createRecordingLog } from '../recording-log.ts';

const context = { defaultNamespace: 'shop', protectedNamespaces: [], podsPerPlan: 50, now: new Date() };
const target = { resource: 'deployments', name: 'web' };
const rollBack: ObjectChange = { type: 'rollout-undo', target };

describe('a rollback', () => {
  let sandbox: SandboxKubernetes;
  let cluster: Cluster;
  beforeAll(async () => {
    sandbox = await startKubernetes({ clock: 'manual' });
    sandbox.world.namespace('shop');
    cluster = connectCluster({ name: 'main', kubeconfigText: sandbox.kubeconfig('shop'), log: createRecordingLog() });
    sandbox.world.deployment({ namespace: 'shop', name: 'web', image: 'workload:v1' });
    await sandbox.settle();
    await runs('workload:v2');
    await sandbox.settle();
  });
  afterAll(async () => {
    await cluster.close();
    await sandbox.stop();
  });

  /** Patches the image; the controller has not looked yet. */
  async function runs(image: string): Promise<void> {
    const response = await fetch(`${sandbox.url}/apis/apps/v1/namespaces/shop/deployments/web`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json-patch+json' },
      body: JSON.stringify([{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: image }]),
    });
    if (response.status !== 200) throw new Error(`patching: ${response.status}`);
  }
  const imageAfter = async (action: ObjectChange): Promise<unknown> => {
    const resolution = await cluster.resolve(action, context);
    if (resolution.kind !== 'resolved') return resolution.text;
    return resolution.facts.changes[0]?.shown?.find(({ label }) => label.startsWith('image '))?.after;
  };

  it('skips no revision while the template of now is not in the history', async () => {
    const settled = await imageAfter(rollBack);
    await runs('workload:v3');
    const unseen = await imageAfter(rollBack);
    const chosen = await imageAfter({ ...rollBack, toRevision: 2 });
    await sandbox.settle();

    expect(settled).toBe('workload:v1');
    expect(unseen).toMatch(/has not recorded the template of now .* Try again in a moment, or name the revision/);
    expect(chosen).toBe('workload:v2');
    expect(await imageAfter(rollBack)).toBe('workload:v2');
  });

  it('skips none either while an older template that came back has its old number', async () => {
    await runs('workload:v1');
    const unseen = await imageAfter(rollBack);
    await sandbox.settle();

    expect(unseen).toMatch(/has not recorded the template of now as its newest revision/);
    expect(await imageAfter(rollBack)).toBe('workload:v3');
  });

  it('to an image from outside the repositories of the policy is destructive', async () => {
    const resolution = await cluster.resolve(rollBack, {
      ...context,
      imageRepositories: ['registry.example.com/shop'],
    });

    expect(resolution).toMatchObject({
      facts: { class: 'destructive', classReason: expect.stringContaining("none of the policy's repositories") },
    });
  });
});
