import { beforeAll, describe, expect, it } from '@jest/globals';
import type { GetAction, ReadAction } from '../../src/domain/action.ts';
import type { Filter } from '../../src/domain/filter.ts';
import { createSeen, readContext, type ClusterSubject } from './cluster-subject.ts';

const get = (resource: string, over: Partial<GetAction<string>> = {}): GetAction<string> => ({
  type: 'get',
  objects: [{ resource }],
  output: { format: 'table' },
  ...over,
});
const named = (resource: string, name: string): Partial<GetAction<string>> => ({ objects: [{ resource, name }] });

export function holdsClusterReads(subject: () => ClusterSubject): void {
  describe('read', () => {
    beforeAll(async () => {
      await createSeen(subject().server, 'read-a');
      await createSeen(subject().server, 'read-b', { containers: ['one', 'two'] });
    });
    const read = (action: ReadAction, over = {}) => subject().cluster.read(action, readContext(subject(), over));

    it('prints the table of the server with aligned columns', async () => {
      const { text, exitCode, truncated } = await read(get('deployments', { selector: 'none!=x' }));

      const lines = text.split('\n').filter((line) => /^(NAME|read-)/.test(line));
      expect(lines[0]).toMatch(/^NAME {3,}READY {3}UP-TO-DATE {3}AVAILABLE {3}AGE$/);
      expect(lines[1]).toMatch(/^read-a {2,}0\/0 {5}0 {12}0 {11}\d+s$/);
      expect(lines[2]).toMatch(/^read-b {2,}0\/0/);
      expect({ exitCode, truncated }).toEqual({ exitCode: 0, truncated: false });
    });

    it.each<[string, GetAction<string>, string]>([
      [
        'names',
        get('deployments', { ...named('deployments', 'read-a'), output: { format: 'name' } }),
        'deployment.apps/read-a\n',
      ],
      [
        'a jsonpath',
        get('deployments', {
          ...named('deployments', 'read-b'),
          output: { format: 'jsonpath', expression: '{range .spec.template.spec.containers[*]}{.name}{"\\n"}{end}' },
        }),
        'one\ntwo\n',
      ],
      [
        'custom columns',
        get('deployments', {
          ...named('deployments', 'read-b'),
          output: {
            format: 'custom-columns',
            expression: 'NAME:.metadata.name,C:.spec.template.spec.containers[*].name',
          },
        }),
        'NAME     C\nread-b   one,two\n',
      ],
      [
        'nothing for what may be absent',
        get('deployments', { ...named('deployments', 'gone'), ignoreNotFound: true }),
        '',
      ],
    ])('prints %s', async (_, action, text) => {
      expect(await read(action)).toEqual({ text, exitCode: 0, truncated: false });
    });

    it('says what is not there as kubectl does, with exit code 1, and keeps it out of a pipe', async () => {
      const text = 'Error from server (NotFound): deployments.apps "gone" not found\n';
      const filters: Filter[] = [{ program: 'head', lines: 1 }];

      expect(await read(get('deployments', named('deployments', 'gone')))).toEqual({
        text,
        errorText: text,
        exitCode: 1,
        truncated: false,
      });
      expect(await read({ ...get('deployments', named('deployments', 'gone')), filters })).toEqual({
        text: '',
        exitCode: 1,
        truncated: false,
      });
    });

    it('says that nothing was found, with exit code 0', async () => {
      const text = `No resources found in ${subject().server.namespace} namespace.\n`;

      expect(await read(get('pods', { selector: 'app=nobody' }))).toEqual({
        text,
        errorText: text,
        exitCode: 0,
        truncated: false,
      });
    });

    it('sorts by a JSONPath', async () => {
      const { text } = await read(
        get('deployments', { sortBy: '.metadata.creationTimestamp', output: { format: 'name' }, selector: 'none!=x' }),
      );

      const names = text.split('\n').filter((line) => line.includes('read-'));
      expect(names).toEqual(['deployment.apps/read-a', 'deployment.apps/read-b']);
    });

    it.each<[string, ReadAction]>([
      ['another namespace', get('pods', { namespace: 'kube-system' })],
      ['all namespaces', get('pods', { allNamespaces: true })],
      ['logs elsewhere', { type: 'logs', of: { resource: 'pods', name: 'x' }, namespace: 'kube-system' }],
      [
        'a description elsewhere',
        { type: 'describe', kind: { resource: 'pods' }, names: [], namespace: 'kube-system' },
      ],
      [
        'a rollout elsewhere',
        { type: 'rollout-status', target: { resource: 'deployments', name: 'x' }, namespace: 'default' },
      ],
    ])('refuses %s to a service', async (_, action) => {
      const answer = await read(action, { allowedNamespaces: [subject().server.namespace] });

      expect(answer.exitCode).toBe(1);
      expect(answer.text).toContain(`this service`);
    });

    it('reads cluster-scoped kinds for a service', async () => {
      const answer = await read(get('nodes'), { allowedNamespaces: [subject().server.namespace] });

      expect(answer.exitCode).toBe(0);
      expect(answer.text).toMatch(/^NAME +STATUS +ROLES +AGE +VERSION\n/);
    });

    it.each(['secrets', 'secret', 'Secret', 'Secrets', 'SECRETS', 'secrets.v1'])('never reads %s', async (resource) => {
      const answer = await read(get(resource));

      expect(answer.exitCode).toBe(1);
      expect(answer.text).toBe('error: Secrets are never read by this program. Read it with kubectl, as yourself.\n');
    });

    it.each<[string, ReadAction]>([
      ['a name that climbs', get('pods', named('pods', '../secrets/x?'))],
      ['a namespace that climbs', get('pods', { namespace: '../../x' })],
      ['a pod for logs that climbs', { type: 'logs', of: { resource: 'pods', name: 'a/../../secrets/x?' } }],
    ])('sends nothing for %s', async (_, action) => {
      const before = subject().relay.relayed.length;
      const answer = await subject().relayed.read(action, readContext(subject()));

      expect(answer.exitCode).toBe(1);
      expect(subject().relay.relayed).toHaveLength(before);
    });

    it('cuts at the limit and says so', async () => {
      const answer = await read(get('deployments'), { textLimit: 10 });

      expect(answer).toMatchObject({ truncated: true, exitCode: 0 });
      expect(Buffer.byteLength(answer.text)).toBe(10);
    });

    it('knows no type that the server does not have', async () => {
      expect(await read(get('unicorns'))).toMatchObject({
        text: 'error: the server doesn\'t have a resource type "unicorns"\n',
        exitCode: 1,
      });
    });
  });

  describe('candidates', () => {
    it('are live names, sorted', async () => {
      const { cluster, server } = subject();
      const { namespace } = server;

      const deployments = await cluster.candidates('deployment', { namespace });
      expect(deployments).toEqual([...deployments].sort());
      expect(deployments).toEqual(expect.arrayContaining(['read-a', 'read-b']));
      expect(await cluster.candidates('namespace', { namespace })).toEqual(
        expect.arrayContaining([namespace, 'kube-system']),
      );
      expect(
        await cluster.candidates('container', { namespace, of: { resource: 'deployments', name: 'read-b' } }),
      ).toEqual(['one', 'two']);
      expect(
        await cluster.candidates('container', { namespace, of: { resource: 'deployments', name: 'gone' } }),
      ).toEqual([]);
      expect(await cluster.candidates('text', { namespace })).toEqual([]);
    });
  });
}
