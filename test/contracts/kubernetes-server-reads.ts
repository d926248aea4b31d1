/** Reads: tables, selectors, logs, watches, headers. */
import { describe, expect, it } from '@jest/globals';
import {
  type Body,
  bodyOf,
  corePath,
  createDeployment,
  deploymentPath,
  eventually,
  type KubernetesServer,
  patchJson,
  readDeployment,
  readyPods,
  textOf,
} from './kubernetes-server-subject.ts';

const asTable = { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };
const listOf = (body: Body | undefined): Body[] => body as unknown as Body[]; // lists read as indexed bodies

export function holdsReads(server: () => KubernetesServer): void {
  describe('the Audit-Id', () => {
    it('of the request is echoed, for reads and for writes', async () => {
      await createDeployment(server(), 'audited');
      const auditId = '0f6c2f3e-6f0f-4f53-9c4a-2f1f3d1b7a11';
      const read = await server().send({ path: deploymentPath(server(), 'audited'), headers: { 'Audit-ID': auditId } });
      const write = await patchJson(server(), deploymentPath(server(), 'audited'), [], { 'Audit-ID': auditId });
      const none = await server().send({ path: '/version' });

      expect(read.headers.get('audit-id')).toBe(auditId);
      expect(write.headers.get('audit-id')).toBe(auditId);
      expect(none.headers.get('audit-id')).toMatch(/^[0-9a-f-]{36}$/);
    });
  });

  describe('the Table', () => {
    it.each<[string, string, string[]]>([
      [
        'pods',
        '/api/v1',
        ['Name', 'Ready', 'Status', 'Restarts', 'Age', 'IP', 'Node', 'Nominated Node', 'Readiness Gates'],
      ],
      [
        'deployments',
        '/apis/apps/v1',
        ['Name', 'Ready', 'Up-to-date', 'Available', 'Age', 'Containers', 'Images', 'Selector'],
      ],
      [
        'replicasets',
        '/apis/apps/v1',
        ['Name', 'Desired', 'Current', 'Ready', 'Age', 'Containers', 'Images', 'Selector'],
      ],
      ['statefulsets', '/apis/apps/v1', ['Name', 'Ready', 'Age', 'Containers', 'Images']],
      [
        'daemonsets',
        '/apis/apps/v1',
        [
          'Name',
          'Desired',
          'Current',
          'Ready',
          'Up-to-date',
          'Available',
          'Node Selector',
          'Age',
          'Containers',
          'Images',
          'Selector',
        ],
      ],
      ['services', '/api/v1', ['Name', 'Type', 'Cluster-IP', 'External-IP', 'Port(s)', 'Age', 'Selector']],
      ['endpoints', '/api/v1', ['Name', 'Endpoints', 'Age']],
      ['configmaps', '/api/v1', ['Name', 'Data', 'Age']],
      [
        'events',
        '/api/v1',
        ['Last Seen', 'Type', 'Reason', 'Object', 'Subobject', 'Source', 'Message', 'First Seen', 'Count', 'Name'],
      ],
      [
        'persistentvolumeclaims',
        '/api/v1',
        [
          'Name',
          'Status',
          'Volume',
          'Capacity',
          'Access Modes',
          'StorageClass',
          'VolumeAttributesClass',
          'Age',
          'VolumeMode',
        ],
      ],
      ['resourcequotas', '/api/v1', ['Name', 'Request', 'Limit', 'Age']],
      [
        'jobs',
        '/apis/batch/v1',
        ['Name', 'Status', 'Completions', 'Duration', 'Age', 'Containers', 'Images', 'Selector'],
      ],
      [
        'horizontalpodautoscalers',
        '/apis/autoscaling/v2',
        ['Name', 'Reference', 'Targets', 'MinPods', 'MaxPods', 'Replicas', 'Age'],
      ],
      [
        'poddisruptionbudgets',
        '/apis/policy/v1',
        ['Name', 'Min Available', 'Max Unavailable', 'Allowed Disruptions', 'Age'],
      ],
    ])('of %s has the columns that kubectl prints', async (resource, root, columns) => {
      const received = await server().send({
        path: `${root}/namespaces/${server().namespace}/${resource}`,
        headers: asTable,
      });

      const table = bodyOf(received);
      expect(table).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
      expect(listOf(table['columnDefinitions']).map((column) => column['name'])).toEqual(columns);
    });

    it('of a running deployment and its pod says what they do', async () => {
      await createDeployment(server(), 'shown', { replicas: 1, containers: ['one', 'two'] });
      const [pod] = await readyPods(server(), 'shown', 1);
      await eventually(
        server(),
        () => readDeployment(server(), 'shown'),
        (body) => Number(body['status']?.['availableReplicas']) === 1,
      );

      const deployment = bodyOf(await server().send({ path: deploymentPath(server(), 'shown'), headers: asTable }));
      const pods = bodyOf(
        await server().send({ path: corePath(server(), 'pods?labelSelector=app%3Dshown'), headers: asTable }),
      );

      const cells = listOf(deployment['rows'])[0]?.['cells'];
      expect(cells).toEqual([
        'shown',
        '1/1',
        1,
        1,
        expect.stringMatching(/^\d+s$/),
        'one,two',
        `${server().images.good},${server().images.good}`,
        'app=shown',
      ]);
      const row = listOf(pods['rows'])[0];
      expect(listOf(row?.['cells']).slice(0, 4)).toEqual([pod?.['metadata']?.['name'], '2/2', 'Running', '0']);
      expect(row?.['object']).toMatchObject({
        kind: 'PartialObjectMetadata',
        metadata: { name: pod?.['metadata']?.['name'] },
      });
    });
  });

  describe('a log', () => {
    it('is refused where the server has to ask back', async () => {
      await createDeployment(server(), 'talker', { replicas: 1, containers: ['one', 'two'] });
      const [pod] = await readyPods(server(), 'talker', 1);
      const name = textOf(pod?.['metadata']?.['name']);
      const ask = async (query: string) => {
        const received = await server().send({ path: corePath(server(), `pods/${name}/log${query}`) });
        return [received.status, bodyOf(received)['message']];
      };

      expect(await ask('')).toEqual([
        400,
        `a container name must be specified for pod ${name}, choose one of: [one two]`,
      ]);
      expect(await ask('?container=three')).toEqual([400, `container three is not valid for pod ${name}`]);
      expect(await ask('?container=one&previous=true')).toEqual([
        400,
        `previous terminated container "one" in pod "${name}" not found`,
      ]);
      expect(await ask('?container=one&tailLines=-1')).toEqual([
        422,
        `PodLogOptions "${name}" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0`,
      ]);
      expect(await ask('?container=one&tailLines=x')).toEqual([400, 'strconv.ParseInt: parsing "x": invalid syntax']);
      expect(await ask('?container=one&sinceSeconds=0')).toEqual([
        422,
        `PodLogOptions "${name}" is invalid: sinceSeconds: Invalid value: 0: must be greater than 0`,
      ]);
    });

    it('is text, cut to its tail, with times when asked for', async () => {
      await createDeployment(server(), 'writer', { replicas: 1 });
      const [pod] = await readyPods(server(), 'writer', 1);
      const path = corePath(server(), `pods/${textOf(pod?.['metadata']?.['name'])}/log`);
      const whole = await eventually(
        server(),
        () => server().send({ path }),
        (received) => received.text.includes('starting'),
      );
      const none = await server().send({ path: `${path}?tailLines=0` });
      const timed = await server().send({ path: `${path}?timestamps=true&tailLines=1` });

      expect(whole.headers.get('content-type')).toBe('text/plain');
      expect(none.text).toBe('');
      expect(timed.text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z \S/);
    });

    it('of a container whose image cannot be pulled is refused', async () => {
      await createDeployment(server(), 'unpulled', { replicas: 1, image: server().images.missing });
      const read = async () =>
        listOf(bodyOf(await server().send({ path: corePath(server(), 'pods?labelSelector=app%3Dunpulled') }))['items']);
      const [pod] = await eventually(server(), read, (pods) =>
        JSON.stringify(pods[0] ?? {}).includes('"reason":"ImagePullBackOff"'),
      );
      const name = textOf(pod?.['metadata']?.['name']);

      const received = await server().send({ path: corePath(server(), `pods/${name}/log`) });

      expect(received.status).toBe(400);
      expect(bodyOf(received)['message']).toBe(
        `container "app" in pod "${name}" is waiting to start: trying and failing to pull image`,
      );
    });
  });

  describe('a list', () => {
    it.each([
      ['pods?fieldSelector=bogus%3Db', 'field label not supported: bogus'],
      ['pods?fieldSelector=status.phase', "invalid selector: 'status.phase'; can't understand 'status.phase'"],
      ['pods?labelSelector=a%3D%3D%3Db', "unable to parse requirement: found '=', expected: identifier"],
    ])('refuses %s', async (path, message) => {
      const received = await server().send({ path: corePath(server(), path) });

      expect(received.status).toBe(400);
      expect(bodyOf(received)).toMatchObject({ reason: 'BadRequest', message });
    });

    it('selects by labels and fields, and its items carry no kind', async () => {
      await createDeployment(server(), 'listed-a');
      await createDeployment(server(), 'listed-b');
      const path = `${deploymentPath(server())}?labelSelector=app%20notin%20(x)&fieldSelector=metadata.name%3Dlisted-a`;
      const items = listOf(bodyOf(await server().send({ path }))['items']);

      // Labels of the deployment itself: it has none, and notin holds for what has no such label.
      expect(items.map((item) => item['metadata']?.['name'])).toEqual(['listed-a']);
      expect(items[0]).not.toHaveProperty('kind');
    });

    it('of a namespace that does not exist is empty, and an unknown resource is 404', async () => {
      const empty = bodyOf(await server().send({ path: '/api/v1/namespaces/nowhere-at-all/pods' }));
      const unknown = await server().send({ path: corePath(server(), 'bogus') });

      expect(empty['items']).toEqual([]);
      expect(unknown.status).toBe(404);
      expect(bodyOf(unknown)['message']).toBe('the server could not find the requested resource');
    });

    it('is refused to who takes no JSON', async () => {
      const received = await server().send({ path: corePath(server(), 'pods'), headers: { Accept: 'text/html' } });

      expect(received.status).toBe(406);
    });
  });

  describe('a rollout', () => {
    it('ends with the new template alone, and events and revisions tell of it', async () => {
      await createDeployment(server(), 'rolled', { replicas: 2 });
      await readyPods(server(), 'rolled', 2);
      const patched = await patchJson(server(), deploymentPath(server(), 'rolled'), [
        { op: 'replace', path: '/spec/template/spec/containers/0/env/0/value', value: '8081' },
      ]);
      const generation = Number(bodyOf(patched)['metadata']?.['generation']);
      expect(Number(bodyOf(patched)['status']?.['observedGeneration'])).toBeLessThan(generation);

      const done = await eventually(
        server(),
        () => readDeployment(server(), 'rolled'),
        ({ status }) =>
          Number(status?.['observedGeneration']) >= generation &&
          Number(status?.['updatedReplicas']) === 2 &&
          Number(status?.['replicas']) === 2 &&
          Number(status?.['availableReplicas']) === 2,
      );

      const conditions = listOf(done['status']?.['conditions']);
      expect(conditions).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' }),
        ]),
      );
      expect(done['metadata']?.['annotations']?.['deployment.kubernetes.io/revision']).toBe('2');
      const sets = listOf(
        bodyOf(
          await server().send({
            path: `/apis/apps/v1/namespaces/${server().namespace}/replicasets?labelSelector=app%3Drolled`,
          }),
        )['items'],
      );
      expect(sets.map((set) => Number(set['spec']?.['replicas'])).sort((a, b) => a - b)).toEqual([0, 2]);
      const path = corePath(server(), 'events?fieldSelector=involvedObject.name%3Drolled,reason%3DScalingReplicaSet');
      const events = listOf(bodyOf(await server().send({ path }))['items']);
      expect(events.map((event) => textOf(event['message']))).toEqual(
        expect.arrayContaining([expect.stringMatching(/^Scaled up replica set rolled-\w+ from 0 to 2$/)]),
      );
    });
  });
}
