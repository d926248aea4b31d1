/** Writes: preconditions in JSON Patch, dry runs, refusals, generations. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  bodyOf,
  createDeployment,
  deploymentPath,
  type KubernetesServer,
  type Operation,
  patchJson,
  readDeployment,
  textOf,
} from './kubernetes-server-subject.ts';

const doesNotApply = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: 'the server rejected our request due to an error in our request',
  reason: 'Invalid',
  details: {},
  code: 422,
};
const env = '/spec/template/spec/containers/0/env';

const namesOf = (container: unknown): string[] =>
  (container as { env: { name: string }[] }).env.map(({ name }) => name);

export function holdsPatches(server: () => KubernetesServer): void {
  describe('JSON Patch', () => {
    it.each<[string, number, Operation[]]>([
      ['test of null on a missing key holds', 200, [{ op: 'test', path: '/metadata/annotations/none', value: null }]],
      ['test of a value on a missing key fails', 422, [{ op: 'test', path: '/metadata/annotations/none', value: 'x' }]],
      ['test of null below a missing parent fails', 422, [{ op: 'test', path: '/spec/none/deeper', value: null }]],
      [
        'test of null beyond a list fails',
        422,
        [{ op: 'test', path: '/spec/template/spec/containers/3', value: null }],
      ],
      ['test without a value on a present key fails', 422, [{ op: 'test', path: '/spec/replicas' }]],
      ['test of null on a present key fails', 422, [{ op: 'test', path: '/spec/replicas', value: null }]],
      ['test of a number holds', 200, [{ op: 'test', path: '/metadata/generation', value: 1 }]],
      ['test of an object holds', 200, [{ op: 'test', path: `${env}/0`, value: { value: '8080', name: 'PORT' } }]],
      ['replace of a missing key succeeds', 200, [{ op: 'replace', path: '/metadata/annotations/new', value: 'x' }]],
      ['remove of a missing key fails', 422, [{ op: 'remove', path: '/metadata/labels/none' }]],
      ['add below a missing parent fails', 422, [{ op: 'add', path: '/metadata/none/x/y', value: 'x' }]],
      ['add beyond a list fails', 422, [{ op: 'add', path: `${env}/9`, value: { name: 'A', value: '1' } }]],
      ['add at the end of a list succeeds', 200, [{ op: 'add', path: `${env}/-`, value: { name: 'A', value: '1' } }]],
      ['an unknown operation fails', 422, [{ op: 'frobnicate', path: '/spec/replicas' }]],
      ['a path without a slash fails', 422, [{ op: 'test', path: 'metadata/name', value: 'corners' }]],
      [
        'an escaped key is found',
        200,
        [
          { op: 'add', path: '/metadata/annotations', value: { 'a.io/b': '1' } },
          { op: 'test', path: '/metadata/annotations/a.io~1b', value: '1' },
        ],
      ],
    ])('%s', async (_name, status, operations) => {
      const name = 'corners';
      const there = await server().send({ path: deploymentPath(server(), name) });
      if (there.status === 404) await createDeployment(server(), name);
      // A real server's controller adds annotations in its own time; here they are there from the start.
      const first: Operation = { op: 'add', path: '/metadata/annotations', value: { present: 'yes' } };

      const path = `${deploymentPath(server(), name)}?dryRun=All`;
      const received = await patchJson(server(), path, [first, ...operations]);

      const answer = received.status === 200 ? 'applies' : bodyOf(received);
      expect([received.status, answer]).toEqual([status, status === 200 ? 'applies' : doesNotApply]);
    });

    it.each([
      ['"a&b<c>"', 422],
      ['"a\\u0026b\\u003cc\\u003e"', 200],
      ['"a\\u0026b\\u003Cc\\u003e"', 422],
    ])('compares a string as Go writes it: a test of %s answers %i', async (text, status) => {
      const name = 'as-go-writes';
      const path = deploymentPath(server(), name);
      if ((await server().send({ path })).status === 404) await createDeployment(server(), name);
      await patchJson(server(), path, [{ op: 'add', path: '/metadata/annotations', value: { odd: 'a&b<c>' } }]);

      const received = await server().send({
        method: 'PATCH',
        path: `${path}?dryRun=All`,
        headers: { 'Content-Type': 'application/json-patch+json' },
        body: `[{"op":"test","path":"/metadata/annotations/odd","value":${text}}]`,
      });

      expect(received.status).toBe(status);
    });

    it('refuses what is no list of operations with 400', async () => {
      await createDeployment(server(), 'no-list');
      const received = await server().send({
        method: 'PATCH',
        path: deploymentPath(server(), 'no-list'),
        headers: { 'Content-Type': 'application/json-patch+json' },
        body: '{"op":"test"}',
      });

      expect(received.status).toBe(400);
      expect(bodyOf(received)).toMatchObject({
        reason: 'BadRequest',
        message: expect.stringContaining('error decoding patch'),
      });
    });

    it('accepts exactly one of 64 that apply the same patch at once', async () => {
      const created = await createDeployment(server(), 'race');
      const marker = '/metadata/annotations/marker';
      const path = `${deploymentPath(server(), 'race')}?fieldManager=firebreak`;
      await patchJson(server(), path, [{ op: 'add', path: '/metadata/annotations', value: { start: '1' } }]);
      const operations: Operation[] = [
        { op: 'test', path: '/metadata/uid', value: created['metadata']?.['uid'] },
        { op: 'test', path: marker, value: null },
        { op: 'add', path: marker, value: 'plan-1' },
        { op: 'replace', path: '/spec/template/spec/terminationGracePeriodSeconds', value: 2 },
      ];

      const received = await Promise.all(Array.from({ length: 64 }, () => patchJson(server(), path, operations)));

      expect(received.filter(({ status }) => status === 200)).toHaveLength(1);
      const refused = received.filter(({ status }) => status !== 200);
      expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([422]));
      expect(refused.map(bodyOf)).toEqual(refused.map(() => doesNotApply));
    });
  });

  describe('a dry run', () => {
    it('answers the result and leaves no trace', async () => {
      await createDeployment(server(), 'dry');
      const before = await server().send({ path: deploymentPath(server(), 'dry') });

      const received = await patchJson(server(), `${deploymentPath(server(), 'dry')}?dryRun=All`, [
        { op: 'replace', path: '/spec/template/spec/terminationGracePeriodSeconds', value: 7 },
      ]);

      expect(bodyOf(received)['spec']).toMatchObject({ template: { spec: { terminationGracePeriodSeconds: 7 } } });
      const after = bodyOf(await server().send({ path: deploymentPath(server(), 'dry') }));
      expect(after['spec']).toEqual(bodyOf(before)['spec']);
      expect(after['metadata']?.['generation']).toBe(1);
    });

    it('of another kind than All is refused with 422', async () => {
      await createDeployment(server(), 'dry-some');
      const received = await patchJson(server(), `${deploymentPath(server(), 'dry-some')}?dryRun=Some`, []);

      expect(received.status).toBe(422);
      expect(bodyOf(received)['message']).toBe(
        'PatchOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
      );
    });
  });

  describe('validation', () => {
    it.each<[string, Operation, string, string]>([
      [
        'negative replicas',
        { op: 'replace', path: '/spec/replicas', value: -1 },
        'spec.replicas',
        'Invalid value: -1: must be greater than or equal to 0',
      ],
      [
        'an empty image',
        { op: 'replace', path: '/spec/template/spec/containers/0/image', value: '' },
        'spec.template.spec.containers[0].image',
        'Required value',
      ],
      [
        'an environment name with =',
        { op: 'replace', path: `${env}/0/name`, value: 'A=B' },
        'spec.template.spec.containers[0].env[0].name',
        'Invalid value: "A=B": a valid environment variable name must consist only of printable ASCII characters other than \'=\'',
      ],
      [
        'requests above limits',
        {
          op: 'replace',
          path: '/spec/template/spec/containers/0/resources',
          value: { limits: { memory: '1Gi' }, requests: { memory: '2Gi' } },
        },
        'spec.template.spec.containers[0].resources.requests',
        'Invalid value: "2Gi": must be less than or equal to memory limit of 1Gi',
      ],
    ])('names the field of %s', async (name, operation, field, message) => {
      const slug = name.replace(/[^a-z]+/g, '-').replace(/-$/, '');
      await createDeployment(server(), slug);

      const received = await patchJson(server(), `${deploymentPath(server(), slug)}?dryRun=All`, [operation]);

      expect(received.status).toBe(422);
      expect(bodyOf(received)).toMatchObject({
        reason: 'Invalid',
        message: `Deployment.apps "${slug}" is invalid: ${field}: ${message}`,
        details: { name: slug, group: 'apps', kind: 'Deployment', causes: [{ field, message }] },
      });
    });

    it.each<[string, Operation, string]>([
      [
        'a text for replicas',
        { op: 'replace', path: '/spec/replicas', value: 'x' },
        'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
      ],
      [
        'a number for a variable',
        { op: 'replace', path: `${env}/0/value`, value: 1 },
        'json: cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string',
      ],
      [
        'a nonsense quantity',
        { op: 'add', path: '/spec/template/spec/containers/0/resources', value: { limits: { memory: '16Gx' } } },
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
      ],
      [
        'an unknown field under Strict',
        { op: 'add', path: '/spec/bogus', value: 1 },
        'strict decoding error: unknown field "spec.bogus"',
      ],
    ])('echoes the whole object for %s', async (name, operation, problem) => {
      const slug = name.toLowerCase().replace(/[^a-z]+/g, '-');
      await createDeployment(server(), slug);

      const received = await patchJson(
        server(),
        `${deploymentPath(server(), slug)}?dryRun=All&fieldValidation=Strict`,
        [operation],
      );

      expect(received.status).toBe(422);
      const { message } = bodyOf(received);
      expect(textOf(message).startsWith(' "" is invalid: patch: Invalid value: "{')).toBe(true);
      expect(textOf(message).endsWith(`": ${problem}`)).toBe(true);
    });

    it('drops an unknown field with a warning unless told to be strict', async () => {
      await createDeployment(server(), 'lax');
      const received = await patchJson(server(), `${deploymentPath(server(), 'lax')}?dryRun=All`, [
        { op: 'add', path: '/spec/bogus', value: 1 },
      ]);

      expect(received.status).toBe(200);
      expect(received.headers.get('warning')).toBe('299 - "unknown field \\"spec.bogus\\""');
      expect(bodyOf(received)['spec']).not.toHaveProperty('bogus');
    });
  });

  describe('an update', () => {
    it('bumps the generation for spec and annotations of a deployment, not for labels', async () => {
      await createDeployment(server(), 'steps');
      const path = deploymentPath(server(), 'steps');
      const generation = async () => Number((await readDeployment(server(), 'steps'))['metadata']?.['generation']);
      const start = await generation();

      await patchJson(server(), path, [{ op: 'add', path: '/metadata/labels', value: { a: 'b' } }]);
      expect(await generation()).toBe(start);
      await patchJson(server(), path, [{ op: 'add', path: '/metadata/annotations', value: { a: 'b' } }]);
      expect(await generation()).toBe(start + 1);
      await patchJson(server(), path, [
        { op: 'replace', path: '/spec/template/spec/terminationGracePeriodSeconds', value: 9 },
      ]);
      expect(await generation()).toBe(start + 2);
    });

    it('names its manager from the query', async () => {
      await createDeployment(server(), 'managed');
      await patchJson(server(), `${deploymentPath(server(), 'managed')}?fieldManager=firebreak`, [
        { op: 'add', path: '/spec/template/spec/containers/0/env/-', value: { name: 'B', value: '1' } },
      ]);

      const managers = (await readDeployment(server(), 'managed'))['metadata']?.['managedFields'];
      expect(managers).toEqual(
        expect.arrayContaining([expect.objectContaining({ manager: 'firebreak', operation: 'Update' })]),
      );
    });

    it('leaves no env behind when the last variable goes', async () => {
      await createDeployment(server(), 'bare');
      const received = await patchJson(server(), deploymentPath(server(), 'bare'), [
        { op: 'remove', path: `${env}/0` },
      ]);

      expect(received.status).toBe(200);
      expect(JSON.stringify(bodyOf(received)['spec'])).not.toContain('"env"');
    });

    it('of an older resourceVersion is a conflict', async () => {
      await createDeployment(server(), 'stale');
      const received = await patchJson(server(), deploymentPath(server(), 'stale'), [
        { op: 'replace', path: '/metadata/resourceVersion', value: '1' },
      ]);

      expect(received.status).toBe(409);
      expect(bodyOf(received)).toMatchObject({
        reason: 'Conflict',
        message:
          'Operation cannot be fulfilled on deployments.apps "stale": the object has been modified; please apply your changes to the latest version and try again',
      });
    });

    it('sets an environment variable the way kubectl asks for it', async () => {
      await createDeployment(server(), 'merge', { containers: ['one', 'two'] });
      const received = await server().send({
        method: 'PATCH',
        path: `${deploymentPath(server(), 'merge')}?fieldManager=kubectl-set`,
        headers: { 'Content-Type': 'application/strategic-merge-patch+json' },
        body: JSON.stringify({
          spec: {
            template: {
              spec: {
                '$setElementOrder/containers': [{ name: 'one' }, { name: 'two' }],
                containers: [{ name: 'two', env: [{ name: 'PORT', value: '9' }] }],
              },
            },
          },
        }),
      });

      expect(received.status).toBe(200);
      const containers = bodyOf(received)['spec']?.['template']?.['spec']?.['containers'];
      expect(containers?.[0]).toMatchObject({ name: 'one', env: [{ name: 'PORT', value: '8080' }] });
      expect(containers?.[1]).toMatchObject({ name: 'two', env: [{ name: 'PORT', value: '9' }] });
    });

    it.each<[string, object, string[]]>([
      ['what is new stands in front', { env: [{ name: 'N', value: '1' }] }, ['N', 'A', 'B', 'C', 'D']],
      [
        'what is there already stands where the patch has it',
        { env: [{ name: 'C' }, { name: 'N', value: '1' }, { name: 'A' }] },
        ['B', 'C', 'N', 'A', 'D'],
      ],
      [
        'an order with one item taken out',
        {
          '$setElementOrder/env': [{ name: 'A' }, { name: 'C' }, { name: 'D' }, { name: 'N' }],
          env: [
            { name: 'N', value: '1' },
            { name: 'B', $patch: 'delete' },
          ],
        },
        ['A', 'C', 'D', 'N'],
      ],
      [
        'an order that does not know every item',
        { '$setElementOrder/env': [{ name: 'D' }, { name: 'N' }, { name: 'A' }], env: [{ name: 'N', value: '1' }] },
        ['B', 'C', 'D', 'N', 'A'],
      ],
      ['an order alone', { '$setElementOrder/env': [{ name: 'D' }, { name: 'B' }] }, ['A', 'C', 'D', 'B']],
    ])('puts a list in order: %s', async (_name, patch, expected) => {
      const name = `order-${randomBytes(4).toString('hex')}`;
      await createDeployment(server(), name);
      const env = ['A', 'B', 'C', 'D'].map((letter) => ({ name: letter, value: 'v' }));
      await patchJson(server(), deploymentPath(server(), name), [
        { op: 'replace', path: '/spec/template/spec/containers/0/env', value: env },
      ]);
      const received = await server().send({
        method: 'PATCH',
        path: deploymentPath(server(), name),
        headers: { 'Content-Type': 'application/strategic-merge-patch+json' },
        body: JSON.stringify({ spec: { template: { spec: { containers: [{ name: 'app', ...patch }] } } } }),
      });

      const containers = bodyOf(received)['spec']?.['template']?.['spec']?.['containers'];
      expect(namesOf(containers?.[0])).toEqual(expected);
    });

    it('of the scale subresource changes replicas alone', async () => {
      await createDeployment(server(), 'scaled');
      const received = await server().send({
        method: 'PATCH',
        path: `${deploymentPath(server(), 'scaled')}/scale?dryRun=All`,
        headers: { 'Content-Type': 'application/merge-patch+json' },
        body: '{"spec":{"replicas":3}}',
      });
      const negative = await patchJson(server(), `${deploymentPath(server(), 'scaled')}/scale`, [
        { op: 'add', path: '/spec/replicas', value: -3 },
      ]);

      expect(bodyOf(received)).toMatchObject({
        kind: 'Scale',
        apiVersion: 'autoscaling/v1',
        spec: { replicas: 3 },
        status: { selector: 'app=scaled' },
      });
      expect(bodyOf(negative)['message']).toBe(
        'Scale.autoscaling "scaled" is invalid: spec.replicas: Invalid value: -3: must be greater than or equal to 0',
      );
    });
  });
}
