import { describe, expect, it } from '@jest/globals';
import type { SandboxKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { patchJson, startSandbox, webPath, withWeb } from './sandbox.ts';

const batch = '/spec/template/spec/containers/0/env/0/value';
const web = (sandbox: SandboxKubernetes) => {
  const found = sandbox.world.get('deployments', 'shop', 'web');
  if (!found) throw new Error('web is gone');
  return found;
};
const batchOf = (sandbox: SandboxKubernetes) => web(sandbox).spec.template.spec.containers[0]?.env?.[0]?.value;
const declared = { namespace: 'shop', name: 'web', replicas: 3, env: { BATCH: '100' } } as const;
const setBatch = (sandbox: SandboxKubernetes, value: string) =>
  patchJson(sandbox, webPath, [{ op: 'replace', path: batch, value }]);

describe('an Argo CD application', () => {
  it('marks what it owns, and writes back what differs after a while', async () => {
    const sandbox = await withWeb(await startSandbox());
    const owner = sandbox.world.gitOps({ name: 'shop', objects: [declared], healMs: 3000 });
    await sandbox.settle();
    expect(web(sandbox).metadata.annotations).toMatchObject({
      'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:shop/web',
    });
    expect([owner.status(), owner.writes()]).toEqual(['Synced', 0]);

    await setBatch(sandbox, '50');
    sandbox.advance(2900);
    expect([batchOf(sandbox), owner.status()]).toEqual(['50', 'OutOfSync']);
    sandbox.advance(200);

    expect([batchOf(sandbox), owner.status(), owner.writes()]).toEqual(['100', 'Synced', 1]);
    const managers = web(sandbox).metadata.managedFields?.map(({ manager }) => manager);
    expect(managers).toContain('argocd-controller');
    const events = sandbox.world.list('events', 'argocd');
    expect(events.map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(['ResourceUpdated', 'OperationStarted', 'OperationCompleted']),
    );
    expect(events[0]?.involvedObject).toMatchObject({ kind: 'Application', name: 'shop' });
  });

  it('leaves alone what it does not declare', async () => {
    const sandbox = await withWeb(await startSandbox());
    sandbox.world.gitOps({ name: 'shop', objects: [{ namespace: 'shop', name: 'web', env: { BATCH: '100' } }] });

    await patchJson(sandbox, webPath, [
      { op: 'replace', path: '/spec/replicas', value: 5 },
      { op: 'add', path: '/spec/template/spec/containers/0/env/-', value: { name: 'OTHER', value: 'x' } },
      { op: 'replace', path: batch, value: '50' },
    ]);
    await sandbox.settle();

    expect(web(sandbox).spec.replicas).toBe(5);
    expect(web(sandbox).spec.template.spec.containers[0]?.env).toEqual([
      { name: 'BATCH', value: '100' },
      { name: 'OTHER', value: 'x' },
    ]);
  });

  it('without self-heal lets others write, and writes what is committed', async () => {
    const sandbox = await withWeb(await startSandbox());
    const owner = sandbox.world.gitOps({ name: 'shop', objects: [declared], selfHeal: false });
    await setBatch(sandbox, '50');
    sandbox.advance(60_000);
    expect([batchOf(sandbox), owner.status()]).toEqual(['50', 'OutOfSync']);

    owner.commit({ namespace: 'shop', name: 'web', env: { BATCH: '40' } });
    await sandbox.settle();
    expect([batchOf(sandbox), owner.status()]).toEqual(['40', 'Synced']);

    await setBatch(sandbox, '50');
    owner.setSelfHeal(true);
    await sandbox.settle();
    expect(batchOf(sandbox)).toBe('40');
  });

  it('that is stopped writes no more', async () => {
    const sandbox = await withWeb(await startSandbox());
    const owner = sandbox.world.gitOps({ name: 'shop', objects: [declared] });
    await setBatch(sandbox, '50');
    sandbox.advance(10);

    owner.stop();
    sandbox.advance(60_000);

    expect(batchOf(sandbox)).toBe('50');
  });

  it('waits for an object that is not there yet, and owns it from then on', async () => {
    const sandbox = await startSandbox();
    sandbox.world.gitOps({ name: 'shop', namespace: 'teams', objects: [declared] });

    await withWeb(sandbox, 1);

    expect(web(sandbox).spec.replicas).toBe(3);
    expect(web(sandbox).metadata.annotations?.['argocd.argoproj.io/tracking-id']).toMatch(/^teams_shop:/);
  });
});

it.each([
  [
    'flux',
    { labels: { 'kustomize.toolkit.fluxcd.io/name': 'shop', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' } },
    '100',
  ],
  [
    'helm',
    {
      labels: { 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: { 'meta.helm.sh/release-name': 'shop', 'meta.helm.sh/release-namespace': 'shop' },
    },
    '50',
  ],
] as const)('%s leaves its own marks; a Helm release heals nothing', async (tool, marks, batchAfter) => {
  const sandbox = await withWeb(await startSandbox());
  sandbox.world.gitOps({ name: 'shop', tool, objects: [declared] });
  await setBatch(sandbox, '50');
  sandbox.advance(60_000);

  expect(web(sandbox).metadata).toMatchObject(marks);
  expect(batchOf(sandbox)).toBe(batchAfter);
});
