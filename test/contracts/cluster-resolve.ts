import { describe, expect, it } from '@jest/globals';
import type { EnvAssignment, ObjectChange } from '../../src/domain/change-action.ts';
import type { ResolveContext } from '../../src/flow/ports.ts';
import {
  apply,
  createSeen,
  factsOf,
  meddle,
  resolveContext,
  restart,
  scale,
  setEnv,
  type ClusterSubject,
} from './cluster-subject.ts';
import { deploymentPath, readDeployment } from './kubernetes-server-subject.ts';

export function holdsResolving(subject: () => ClusterSubject): void {
  describe('resolve', () => {
    it('gives the facts of a scale down: destructive, with its pods, and its undo', async () => {
      const created = await createSeen(subject().server, 'down', { replicas: 0 });
      await meddle(subject(), 'down', [
        { op: 'add', path: '/spec/paused', value: true },
        { op: 'replace', path: '/spec/replicas', value: 3 },
      ]);

      const facts = await factsOf(subject(), scale('down', 1));

      expect(facts).toMatchObject({
        target: {
          cluster: 'main',
          clusterUid: await subject().cluster.uid(),
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          resource: 'deployments',
          namespace: subject().server.namespace,
          name: 'down',
          uid: created['metadata']?.['uid'],
        },
        changes: [{ path: '/spec/replicas', label: 'replicas', before: 3, after: 1 }],
        affected: { pods: 2 },
        class: 'destructive',
        undo: { kind: 'action', action: { type: 'scale', namespace: subject().server.namespace, replicas: 3 } },
        preview: { kind: 'dry-run' },
      });
      // How many of its pods are there by now is the controllers' matter.
      expect(facts.warnings.filter((text) => !text.startsWith('Which pods go is'))).toEqual([]);
    });

    it('calls a scale up a change, whose pods have no names yet', async () => {
      await createSeen(subject().server, 'up');

      expect(await factsOf(subject(), scale('up', 2))).toMatchObject({
        changes: [{ path: '/spec/replicas', label: 'replicas', before: 0, after: 2 }],
        affected: { pods: 2, podNames: [] },
        class: 'change',
      });
    });

    it('pins the time of a restart, which has no undo', async () => {
      await createSeen(subject().server, 'again');

      expect(await factsOf(subject(), restart('again'))).toMatchObject({
        changes: [
          {
            path: '/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt',
            label: 'restarted at',
            after: '2026-03-01T12:00:00Z',
          },
        ],
        class: 'change',
        undo: { kind: 'none' },
      });
    });

    it('shows each variable of each container, whole entries, guarded by the names', async () => {
      await createSeen(subject().server, 'vars', { containers: ['one', 'two'] });

      const facts = await factsOf(
        subject(),
        setEnv('vars', [
          { name: 'PORT', value: '9000' },
          { name: 'API_TOKEN', value: 'hush' },
        ]),
      );

      const base = '/spec/template/spec/containers';
      expect(facts.changes).toEqual([
        {
          path: `${base}/0/env/0`,
          label: 'env PORT (container one)',
          before: { name: 'PORT', value: '8080' },
          after: { name: 'PORT', value: '9000' },
          guard: [{ path: `${base}/0/name`, value: 'one' }],
        },
        {
          path: `${base}/0/env/1`,
          label: 'env API_TOKEN (container one)',
          after: { name: 'API_TOKEN', value: 'hush' },
          guard: [
            { path: `${base}/0/name`, value: 'one' },
            { path: `${base}/0/env/0/name`, value: 'PORT' },
          ],
          masked: true,
        },
        expect.objectContaining({ path: `${base}/1/env/0`, before: { name: 'PORT', value: '8081' } }),
        expect.objectContaining({ path: `${base}/1/env/1`, masked: true }),
      ]);
      // The two containers had different values: one command cannot put both back.
      expect(facts.undo).toMatchObject({ kind: 'action', action: { type: 'patch', patchType: 'json' } });
    });

    it('undoes a variable of one container by setting or removing it there', async () => {
      await createSeen(subject().server, 'one-var', { containers: ['one', 'two'] });

      const facts = await factsOf(
        subject(),
        setEnv(
          'one-var',
          [
            { name: 'PORT', value: '9000' },
            { name: 'NEW', value: 'x' },
          ],
          'two',
        ),
      );

      expect(facts.undo).toMatchObject({
        kind: 'action',
        action: {
          type: 'set-env',
          container: 'two',
          assignments: [
            { name: 'PORT', value: '8081' },
            { name: 'NEW', remove: true },
          ],
        },
      });
    });

    it.each<[string, string, readonly EnvAssignment<string>[]]>([
      [
        'a reference and other values in each container',
        'env-back',
        [
          { name: 'NODE', value: '' },
          { name: 'PORT', remove: true },
          { name: 'NEW', value: 'a<b' },
        ],
      ],
      [
        'the last entries',
        'env-none',
        [
          { name: 'PORT', remove: true },
          { name: 'NODE', remove: true },
        ],
      ],
    ])('undoes what no single command could put back: %s', async (_, name, assignments) => {
      const { server } = subject();
      await createSeen(server, name, { containers: ['one', 'two'] });
      const entry = { name: 'NODE', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } };
      await meddle(subject(), name, [{ op: 'add', path: '/spec/template/spec/containers/0/env/-', value: entry }]);
      const before = (await readDeployment(server, name))['spec'];

      const { undo } = await factsOf(subject(), setEnv(name, assignments));
      if (undo.kind !== 'action') throw new Error(undo.why);
      await apply(subject(), setEnv(name, assignments));
      expect((await readDeployment(server, name))['spec']).not.toEqual(before);
      await apply(subject(), undo.action);

      expect((await readDeployment(server, name))['spec']).toEqual(before);
      expect(await subject().cluster.resolve(undo.action, resolveContext(subject()))).toMatchObject({
        kind: 'refused',
        text: expect.stringContaining('does not fit'),
      });
    });

    it('warns of those who will write to the object too', async () => {
      await createSeen(subject().server, 'owned');
      await meddle(subject(), 'owned', [
        {
          op: 'add',
          path: '/metadata/annotations',
          value: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:x/owned' },
        },
        {
          op: 'add',
          path: '/metadata/labels',
          value: { 'kustomize.toolkit.fluxcd.io/name': 'apps', 'app.kubernetes.io/managed-by': 'Helm' },
        },
      ]);
      const hpa = await subject().server.send({
        method: 'POST',
        path: `/apis/autoscaling/v2/namespaces/${subject().server.namespace}/horizontalpodautoscalers`,
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          apiVersion: 'autoscaling/v2',
          kind: 'HorizontalPodAutoscaler',
          metadata: { name: 'owned' },
          spec: {
            scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'owned' },
            minReplicas: 2,
            maxReplicas: 5,
          },
        }),
      });

      const { warnings } = await factsOf(subject(), scale('owned', 1));

      expect(hpa.status).toBe(201);
      expect(warnings).toEqual([
        expect.stringMatching(/^HorizontalPodAutoscaler owned keeps this between 2 and 5 replicas/),
        expect.stringMatching(/^Argo CD application shop /),
        expect.stringMatching(/^Flux kustomization apps /),
        expect.stringMatching(/^Helm manages this/),
      ]);
    });

    it('leaves no trace of its dry run', async () => {
      await createSeen(subject().server, 'traceless');
      const settled = await readDeployment(subject().server, 'traceless');

      await factsOf(subject(), setEnv('traceless', [{ name: 'X', value: '1' }]));

      const after = await readDeployment(subject().server, 'traceless');
      expect(after['metadata']?.['generation']).toEqual(settled['metadata']?.['generation']);
      expect(after['metadata']?.['annotations']?.['firebreak.dev/plan']).toBeUndefined();
      expect(after['spec']).toEqual(settled['spec']);
    });

    it.each<[string, string, (name: string) => ObjectChange]>([
      ['same-number', 'a scale to the same number', (name) => scale(name, 0)],
      ['same-value', 'a variable that has the value', (name) => setEnv(name, [{ name: 'PORT', value: '8080' }])],
      ['same-absence', 'the removal of an absent variable', (name) => setEnv(name, [{ name: 'ABSENT', remove: true }])],
    ])('makes no plan for %s: %s', async (name, _, actionOf) => {
      await createSeen(subject().server, name);

      expect(await subject().cluster.resolve(actionOf(name), resolveContext(subject()))).toMatchObject({
        kind: 'no-change',
      });
    });

    it.each<[string, ObjectChange, Partial<ResolveContext>, RegExp]>([
      ['what is not there', scale('gone', 1), {}, /There is no Deployment gone in namespace/],
      ['a protected namespace', { ...scale('x', 1), namespace: 'kube-system' }, {}, /kube-system is protected/],
      ['a namespace of others', scale('x', 1), { allowedNamespaces: ['other'] }, /not one of this service's \(other\)/],
      [
        'a kind that cannot be scaled',
        { type: 'scale', target: { resource: 'services', name: 'x' }, replicas: 1 },
        {},
        /A Service cannot be scaled/,
      ],
      [
        'an unknown kind',
        { type: 'scale', target: { resource: 'unicorns', name: 'x' }, replicas: 1 },
        {},
        /no resource type unicorns/,
      ],
      [
        'a Secret',
        { type: 'scale', target: { resource: 'secrets', name: 'x' }, replicas: 1 },
        {},
        /Secrets are never read/,
      ],
      ['a name that climbs', scale('../../x', 1), {}, /is not an object's name/],
      ['too many pods', scale('refuses', 51), {}, /touches 51 pods, and a plan may touch 50/],
      ['a number out of range', scale('refuses', 10_001), {}, /must be 0 to 10000/],
      ['a relative number', { ...scale('refuses', 1), replicas: '+2' } as ObjectChange, {}, /must be 0 to 10000/],
      [
        'another current number',
        { ...scale('refuses', 1), currentReplicas: 7 } as ObjectChange,
        {},
        /asks for 0 replicas, and the command expects 7/,
      ],
      [
        'an unknown container',
        setEnv('refuses', [{ name: 'X', value: '1' }], 'nope'),
        {},
        /has no container nope. It has app/,
      ],
      [
        'a bad variable name',
        setEnv('refuses', [{ name: 'a b', value: '1' }]),
        {},
        /is not a name of an environment variable/,
      ],
      [
        'a variable given twice',
        setEnv('refuses', [
          { name: 'X', value: '1' },
          { name: 'X', remove: true },
        ]),
        {},
        /X is given twice/,
      ],
    ])('refuses %s', async (_, action, over, text) => {
      const { server, cluster } = subject();
      if ((await server.send({ path: deploymentPath(server, 'refuses') })).status === 404)
        await createSeen(server, 'refuses');

      const resolution = await cluster.resolve(action, resolveContext(subject(), over));

      expect(resolution).toMatchObject({ kind: 'refused', text: expect.stringMatching(text) });
    });
  });
}
