/** Patches, fields, labels, taints and new objects: what the plan says, that it lands once, and what is refused. */
import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { ObjectChange } from '../../src/domain/change-action.ts';
import type { Json } from '../../src/domain/json.ts';
import {
  apply,
  type ClusterSubject,
  createSeen,
  factsOf,
  meddle,
  planOf,
  requestOf,
  resolveContext,
  sendOnce,
} from './cluster-subject.ts';
import { bodyOf, readDeployment } from './kubernetes-server-subject.ts';

const web = (name: string) => ({ resource: 'deployments', name });
const patch = (name: string, wanted: Json, patchType: 'strategic' | 'merge' | 'json' = 'strategic'): ObjectChange => ({
  type: 'patch',
  target: web(name),
  patchType,
  patch: JSON.stringify(wanted),
});
const inTemplate = (spec: Json): Json => ({ spec: { template: { spec } } });
const firstContainer = (more: Json): Json => inTemplate({ containers: [{ name: 'app', ...(more as object) }] });

export function holdsFields(subject: () => ClusterSubject): void {
  const send = async (method: string, path: string, body?: object) =>
    subject().server.send({
      method,
      path,
      headers: { 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const configMaps = (): string => `/api/v1/namespaces/${subject().server.namespace}/configmaps`;
  const configMap = async (name: string, data: object): Promise<void> => {
    const made = await send('POST', configMaps(), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
    expect(made.status).toBe(201);
  };
  const refusalOf = async (action: ObjectChange): Promise<string> => {
    const resolution = await subject().cluster.resolve(action, resolveContext(subject()));
    if (resolution.kind === 'resolved') return `resolved as ${resolution.facts.class}`;
    return `${resolution.kind}: ${resolution.text}`;
  };

  describe('patch', () => {
    it('says what the server would make of the patch, and its undo puts it back', async () => {
      await createSeen(subject().server, 'patched', { replicas: 0 });
      const wanted = patch('patched', firstContainer({ env: [{ name: 'API_TOKEN', value: 'hush' }] }));

      const plan = await apply(subject(), wanted);
      const { undo } = await factsOf(subject(), wanted).catch(() => ({ undo: undefined }));

      expect(plan.class).toBe('change');
      expect(plan.changes).toHaveLength(1);
      expect(JSON.stringify(plan.changes[0]?.shown ?? [])).toContain('"masked":true');
      expect(undo).toBeUndefined();
      expect(await refusalOf(wanted)).toContain('no-change');
    });

    it.each<[string, Json, string]>([
      ['more replicas', { spec: { replicas: 3 } }, 'change'],
      ['fewer replicas', { spec: { replicas: 0 } }, 'destructive'],
      ['an image of the same repository', firstContainer({ image: 'workload:v2' }), 'change'],
      ['an image of another repository', firstContainer({ image: 'elsewhere/x:1' }), 'destructive'],
      ['resources', firstContainer({ resources: { limits: { cpu: '1' } } }), 'change'],
      ['an annotation of its own', { metadata: { annotations: { note: 'x' } } }, 'change'],
      ['paused', { spec: { paused: true } }, 'change'],
      ['a command', firstContainer({ command: ['sh'] }), 'destructive'],
      ['the strategy', { spec: { minReadySeconds: 7 } }, 'destructive'],
      ['a privileged container', firstContainer({ securityContext: { privileged: true } }), 'forbidden'],
      ['the host network', inTemplate({ hostNetwork: true }), 'forbidden'],
      ['the service account', inTemplate({ serviceAccountName: 'other' }), 'forbidden'],
    ])('%s', async (_name, wanted, found) => {
      const name = `classed-${randomBytes(3).toString('hex')}`;
      await createSeen(subject().server, name, { replicas: 1 });

      expect((await factsOf(subject(), patch(name, wanted))).class).toBe(found);
    });

    it.each<[string, Json, RegExp]>([
      ['a field that the kind does not have', { spec: { bogus: 1 } }, /no field spec\.bogus/],
      ['the status', { status: { replicas: 3 } }, /names status/],
      ['finalizers', { metadata: { finalizers: ['a.io/b'] } }, /names metadata\.finalizers/],
      ['another name', { metadata: { name: 'x' } }, /names metadata\.name/],
      ['what is there already', { spec: { paused: null } }, /no-change/],
    ])('refuses %s', async (_name, wanted, why) => {
      const name = `refused-${randomBytes(3).toString('hex')}`;
      await createSeen(subject().server, name, { replicas: 0 });

      expect(await refusalOf(patch(name, wanted))).toMatch(why);
    });

    it('refuses a JSON patch whose test fails, and one that goes around the object', async () => {
      await createSeen(subject().server, 'tested', { replicas: 0 });
      const test = { op: 'test', path: '/spec/replicas', value: 9 };

      expect(await refusalOf(patch('tested', [test, { op: 'remove', path: '/spec/paused' }], 'json'))).toMatch(
        /does not fit/,
      );
      expect(await refusalOf(patch('tested', [{ op: 'replace', path: '', value: {} }], 'json'))).toMatch(/refused/);
      expect(
        await refusalOf(patch('tested', [{ op: 'move', from: '/metadata/uid', path: '/metadata/labels/x' }], 'json')),
      ).toMatch(/refused/);
    });

    it('keeps what its author tests until it is made, and its undo does not', async () => {
      await createSeen(subject().server, 'own-test', { replicas: 0 });
      const wanted = patch(
        'own-test',
        [
          { op: 'test', path: '/spec/replicas', value: 0 },
          { op: 'test', path: '/spec/revisionHistoryLimit', value: 10 },
          { op: 'replace', path: '/spec/revisionHistoryLimit', value: 5 },
        ],
        'json',
      );
      const { undo } = await factsOf(subject(), wanted);
      const plan = await planOf(subject(), wanted);
      await meddle(subject(), 'own-test', [{ op: 'replace', path: '/spec/replicas', value: 1 }]);
      expect(await subject().cluster.prepare(plan)).toMatchObject({ kind: 'refused' });

      await meddle(subject(), 'own-test', [{ op: 'replace', path: '/spec/replicas', value: 0 }]);
      await apply(subject(), wanted);
      await meddle(subject(), 'own-test', [{ op: 'replace', path: '/spec/replicas', value: 1 }]);
      if (undo.kind !== 'action') throw new Error(undo.why);
      await apply(subject(), undo.action);
      expect((await readDeployment(subject().server, 'own-test'))['spec']?.['revisionHistoryLimit']).toBe(10);
    });

    it('lands over values that Go escapes, and back', async () => {
      await configMap('escaped', { url: 'a?b=1&c=<2>\u2028' });
      const wanted: ObjectChange = {
        type: 'patch',
        target: { resource: 'configmaps', name: 'escaped' },
        patchType: 'merge',
        patch: JSON.stringify({ data: { url: '<&>' } }),
      };
      const { undo } = await factsOf(subject(), wanted);
      await apply(subject(), wanted);
      if (undo.kind !== 'action') throw new Error(undo.why);
      await apply(subject(), undo.action);

      const { data } = bodyOf(await send('GET', `${configMaps()}/escaped`)) as unknown as { data: object };
      expect(data).toEqual({ url: 'a?b=1&c=<2>\u2028' });
    });

    it('is refused when the field moved after the plan, and its undo only undoes what it did', async () => {
      await createSeen(subject().server, 'moving', { replicas: 0 });
      const wanted = patch('moving', { metadata: { labels: { team: 'ops' } } });
      const facts = await factsOf(subject(), wanted);
      const plan = await planOf(subject(), wanted);
      await meddle(subject(), 'moving', [{ op: 'add', path: '/metadata/labels', value: { team: 'else' } }]);

      expect(await subject().cluster.prepare(plan)).toMatchObject({ kind: 'refused' });
      if (facts.undo.kind !== 'action') throw new Error(facts.undo.why);
      expect(await subject().cluster.resolve(facts.undo.action, resolveContext(subject()))).toMatchObject({
        kind: 'refused',
      });
    });
  });

  describe('an edit with its value in a comment', () => {
    const edit = (name: string, field: string, value: string): ObjectChange => ({
      type: 'set-field',
      target: { resource: 'configmaps', name },
      field,
      value,
    });
    it('changes the one place that can be meant and warns that pods do not restart', async () => {
      await configMap('one-place', { 'app.yaml': 'a: 1\nmaxNumSeqs: 64\n' });

      const facts = await factsOf(subject(), edit('one-place', 'maxNumSeqs', '128'));

      expect(facts.changes).toMatchObject([
        { after: 'a: 1\nmaxNumSeqs: 128\n', shown: [{ before: 'maxNumSeqs: 64', after: 'maxNumSeqs: 128' }] },
      ]);
      expect(facts.warnings.join(' ')).toContain('do not restart by themselves');
    });
    it.each<[string, object, string, RegExp]>([
      ['no place', { a: '1' }, '5', /has no field size/],
      ['two places', { size: '1', 'b.conf': 'size=2\n' }, '5', /in 2 places: data\.size, line 1 of b\.conf/],
      ['a comment that names it, too', { 'b.conf': '# size: 3\nsize: 2\n' }, '5', /in 2 places/],
      ['a number that would become a word', { 'b.conf': 'x: 1\nsize: 2\n' }, 'big', /no value that line 2/],
      ['a value with more in it', { 'b.conf': 'x: 1\nsize: [2, 3]\n' }, '5', /no value that line 2/],
    ])('refuses %s', async (_name, data, value, why) => {
      const name = `edit-${randomBytes(3).toString('hex')}`;
      await configMap(name, data);

      expect(await refusalOf(edit(name, 'size', value))).toMatch(why);
    });
  });

  describe('labels', () => {
    const label = (kind: string, name: string, key: string, value: string, overwrite = true): ObjectChange => ({
      type: 'label',
      target: { resource: kind, name },
      assignments: [{ key, value }],
      ...(overwrite ? { overwrite: true as const } : {}),
    });
    it('are refused over another value without --overwrite, as kubectl does', async () => {
      await configMap('labelled', {});
      await apply(subject(), label('configmaps', 'labelled', 'team', 'a'));

      expect(await refusalOf(label('configmaps', 'labelled', 'team', 'b', false))).toMatch(/Add --overwrite/);
      expect(await refusalOf(label('configmaps', 'labelled', 'team', 'a', false))).toMatch(/no-change/);
      expect(await refusalOf(label('configmaps', 'labelled', 'firebreak.dev/x', 'a'))).toMatch(/mark of this program/);
    });
    it('are destructive on a pod when something selects by them', async () => {
      const { namespace } = subject().server;
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'lone', labels: { app: 'lone' } },
        spec: { containers: [{ name: 'app', image: 'workload:v1' }] },
      };
      const front = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'lone' },
        spec: { selector: { chosen: 'yes' }, ports: [{ port: 80 }] },
      };
      expect((await send('POST', `/api/v1/namespaces/${namespace}/pods`, pod)).status).toBe(201);
      expect((await send('POST', `/api/v1/namespaces/${namespace}/services`, front)).status).toBe(201);

      expect(await factsOf(subject(), label('pods', 'lone', 'free', 'x'))).toMatchObject({ class: 'change' });
      expect(await factsOf(subject(), label('pods', 'lone', 'chosen', 'yes'))).toMatchObject({
        class: 'destructive',
        classReason: 'Service lone selects by the label chosen',
      });
    });
  });

  describe('a new object', () => {
    const made = (name: string, data: object): ObjectChange => ({
      type: 'create',
      target: { resource: 'configmaps', name },
      manifest: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { ...data } },
    });
    it('is made once however often it is sent, watched, and undone by a delete', async () => {
      const action = made('made', { a: '1', password: 'hush' });
      const { undo, class: found, changes } = await factsOf(subject(), action);
      const plan = await planOf(subject(), action);
      const request = await requestOf(subject().cluster, plan);
      const answers = [
        await sendOnce(subject().cluster, plan, request),
        await sendOnce(subject().cluster, plan, request),
      ];

      expect(answers).toMatchObject([
        { kind: 'accepted', differences: [] },
        { kind: 'accepted', differences: [] },
      ]);
      expect(found).toBe('change');
      expect(changes[0]?.shown).toContainEqual(
        expect.objectContaining({ label: 'ConfigMap made: data.password', masked: true }),
      );
      expect(await subject().cluster.readBack(plan, request)).toMatchObject({ kind: 'landed' });
      expect(await subject().cluster.observe(plan)).toMatchObject({ state: 'done' });
      expect(undo).toMatchObject({ kind: 'action', action: { type: 'delete', target: { name: 'made' } } });
    });
    it('that is not there after a lost answer may have come and gone, and is never made twice', async () => {
      const { cluster } = subject();
      const plan = await planOf(subject(), made('fleeting', {}));
      const request = await requestOf(cluster, plan);

      expect(await sendOnce(cluster, plan, request)).toMatchObject({ kind: 'accepted' });
      expect((await send('DELETE', `${configMaps()}/fleeting`)).status).toBe(200);

      expect(await cluster.readBack(plan, request)).toMatchObject({
        kind: 'moved',
        text: expect.stringContaining('may have been made'),
      });
    });
    it("is refused when somebody else's is there, before and after the plan", async () => {
      const plan = await planOf(subject(), made('taken', {}));
      const request = await requestOf(subject().cluster, plan);
      await configMap('taken', { theirs: 'yes' });

      expect(await refusalOf(made('taken', {}))).toMatch(/already/);
      expect(await subject().cluster.prepare(plan)).toMatchObject({ kind: 'refused' });
      expect(await sendOnce(subject().cluster, plan, request)).toMatchObject({ kind: 'rejected' });
      expect(await subject().cluster.readBack(plan, request)).toMatchObject({ kind: 'moved' });
      const { data } = bodyOf(await send('GET', `${configMaps()}/taken`)) as unknown as { data: object };
      expect(data).toEqual({ theirs: 'yes' });
    });
    it('is refused with a field that its kind does not have, and with fields that nobody may set here', async () => {
      const wrong: ObjectChange = {
        ...made('wrong', {}),
        manifest: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'wrong' }, dta: {} },
      } as ObjectChange;
      const final: ObjectChange = {
        ...made('final', {}),
        manifest: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'final', finalizers: ['a.io/b'] } },
      } as ObjectChange;

      expect(await refusalOf(wrong)).toMatch(/no field dta/);
      expect(await refusalOf(final)).toMatch(/sets metadata\.finalizers/);
    });
    it('of autoscale is the autoscaler of its target', async () => {
      await createSeen(subject().server, 'scaled', { replicas: 0 });
      const plan = await apply(subject(), { type: 'autoscale', target: web('scaled'), min: 1, max: 3, cpu: 80 });

      expect(plan.target).toMatchObject({ kind: 'HorizontalPodAutoscaler', name: 'scaled' });
      expect(await refusalOf({ type: 'autoscale', target: web('scaled'), max: 3 })).toMatch(/already/);
    });
    it('of apply is noted as kubectl notes it, and applied again without it loses what it lost', async () => {
      const applied = (data: Json): ObjectChange => ({
        type: 'apply',
        target: { resource: 'configmaps', name: 'noted' },
        manifest: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'noted' }, data },
      });
      await apply(subject(), applied({ a: '1', b: '<2>' }));
      await apply(subject(), applied({ a: '3' }));

      const { data, metadata } = bodyOf(await send('GET', `${configMaps()}/noted`)) as unknown as {
        data: object;
        metadata: { annotations: Record<string, string> };
      };
      expect(data).toEqual({ a: '3' });
      expect(metadata.annotations['kubectl.kubernetes.io/last-applied-configuration']).toBe(
        `{"apiVersion":"v1","data":{"a":"3"},"kind":"ConfigMap","metadata":{"annotations":{},"name":"noted","namespace":"${subject().server.namespace}"}}\n`,
      );
    });
  });

  describe('taints', () => {
    it('go in front as kubectl writes them, end pods only with NoExecute, and go back', async () => {
      const name = `taint-${randomUUID().slice(0, 8)}`;
      const old = { key: 'firebreak.dev/test', effect: 'NoSchedule' };
      await send('POST', '/api/v1/nodes', {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name },
        spec: { taints: [old] },
      });
      const target = { resource: 'nodes', name };
      const taints = async (): Promise<unknown[]> => {
        const { spec } = bodyOf(await send('GET', `/api/v1/nodes/${name}`)) as unknown as {
          spec: { taints?: { key: string; value?: string; effect: string }[] };
        };
        return (spec.taints ?? [])
          .filter(({ key }) => !key.startsWith('node.'))
          .map(({ key, value, effect }) => `${key}=${value ?? ''}:${effect}`);
      };
      try {
        const facts = await factsOf(subject(), {
          type: 'taint',
          target,
          taints: [{ key: 'x', value: '1', effect: 'NoExecute' }],
        });
        await apply(subject(), { type: 'taint', target, taints: [{ key: 'y', effect: 'NoSchedule' }] });

        expect(facts.class).toBe('destructive');
        expect(await taints()).toEqual(['y=:NoSchedule', 'firebreak.dev/test=:NoSchedule']);
        expect(await refusalOf({ type: 'taint', target, taints: [{ key: 'z', remove: true }] })).toMatch(/no taint z/);
        expect(
          await refusalOf({ type: 'taint', target, taints: [{ key: 'y', value: '2', effect: 'NoSchedule' }] }),
        ).toMatch(/--overwrite/);
        await apply(subject(), { type: 'taint', target, taints: [{ key: 'y', remove: true }] });
        expect(await taints()).toEqual(['firebreak.dev/test=:NoSchedule']);
      } finally {
        await send('DELETE', `/api/v1/nodes/${name}`);
      }
    });
  });
}
