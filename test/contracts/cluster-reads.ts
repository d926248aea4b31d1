import { beforeAll, describe, expect, it } from '@jest/globals';
import type { GetAction, ClusterRead } from '../../src/domain/read-action.ts';
import type { Filter } from '../../src/domain/filter.ts';
import { eventually } from '../eventually.ts';
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
    const read = (action: ClusterRead, over = {}) => subject().cluster.read(action, readContext(subject(), over));

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

    it.each<[string, ClusterRead]>([
      ['another namespace', get('pods', { namespace: 'kube-system' })],
      ['all namespaces', get('pods', { allNamespaces: true })],
      ['logs elsewhere', { type: 'logs', of: { resource: 'pods', name: 'x' }, namespace: 'kube-system' }],
      [
        'a description elsewhere',
        { type: 'describe', kind: { resource: 'pods' }, names: [], namespace: 'kube-system' },
      ],
      [
        'a deployment elsewhere',
        { type: 'describe', kind: { resource: 'deployments' }, names: ['x'], namespace: 'default' },
      ],
      ['services everywhere', { type: 'describe', kind: { resource: 'services' }, names: [], allNamespaces: true }],
      ['events elsewhere', { type: 'events', namespace: 'kube-system' }],
      ['events everywhere', { type: 'events', allNamespaces: true }],
      ['usage elsewhere', { type: 'top', what: 'pods', namespace: 'kube-system' }],
      ['usage everywhere', { type: 'top', what: 'pods', allNamespaces: true }],
      [
        'a history elsewhere',
        { type: 'rollout-history', target: { resource: 'deployments', name: 'x' }, namespace: 'default' },
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

    it.each<[string, ClusterRead, string]>([
      ['may I', { type: 'can-i', verb: 'get', of: { resource: 'pods' } }, 'yes\n'],
      ['may I, of a path', { type: 'can-i', verb: 'get', path: '/healthz' }, 'yes\n'],
      [
        'the resources of a group',
        { type: 'about', what: 'api-resources', group: 'policy', output: 'name' },
        'poddisruptionbudgets.policy\n',
      ],
      [
        'that a condition is met',
        {
          type: 'wait',
          objects: [{ resource: 'deployments', name: 'read-a' }],
          until: { kind: 'condition', name: 'available', value: 'true' },
        },
        'deployment.apps/read-a condition met\n',
      ],
      [
        'that a field has its value',
        {
          type: 'wait',
          objects: [{ resource: 'deployments', name: 'read-b' }],
          until: { kind: 'field', expression: '{.spec.replicas}', value: '0' },
          timeoutSeconds: 0,
        },
        'deployment.apps/read-b condition met\n',
      ],
    ])('says %s', async (_, action, text) => {
      expect(await read(action)).toEqual({ text, exitCode: 0, truncated: false });
    });

    it('waits for no longer than it is told, and says for what', async () => {
      const until = { kind: 'condition', name: 'Nonsense', value: 'true' } as const;
      const objects = [{ resource: 'deployments', name: 'read-a' }];

      expect(await read({ type: 'wait', objects, until, timeoutSeconds: 0.2 })).toMatchObject({
        text: 'error: timed out waiting for the condition on deployments/read-a\n',
        exitCode: 1,
      });
    });

    it('says what the server is, who asks and what may be done', async () => {
      expect((await read({ type: 'about', what: 'version' })).text).toMatch(/^Server Version: v1\.\d+\.\d+\S*\n$/);
      expect((await read({ type: 'about', what: 'whoami' })).text).toMatch(/^ATTRIBUTE +VALUE\nUsername +\S+\n/);
      expect((await read({ type: 'can-i' })).text).toMatch(/^Resources +Non-Resource URLs +Resource Names +Verbs\n/);
      expect((await read({ type: 'about', what: 'raw', path: '/readyz' })).text).toBe('ok');
    });

    it('describes a deployment with its revision, strategy, template and ReplicaSet', async () => {
      const { text, exitCode } = await read({
        type: 'describe',
        kind: { resource: 'deployments' },
        names: ['read-b'],
        exact: true,
      });

      expect(exitCode).toBe(0);
      for (const line of [
        /^Name: +read-b$/m,
        /^Annotations: +deployment\.kubernetes\.io\/revision: 1$/m,
        /^Selector: +\S+=\S+$/m,
        /^Replicas: +0 desired \| 0 updated \| 0 total \| 0 available \| 0 unavailable$/m,
        /^StrategyType: +RollingUpdate$/m,
        /^RollingUpdateStrategy: +25% max unavailable, 25% max surge$/m,
        /^ {3}two:$/m,
        /^ {2}Available +True +MinimumReplicasAvailable$/m,
        /^OldReplicaSets: +<none>$/m,
        /^NewReplicaSet: +read-b-\S+ \(0\/0 replicas created\)$/m,
      ]) {
        expect(text).toMatch(line);
      }
    });

    it('describes what a name begins with, but not when it was written as type/name', async () => {
      const begun: ClusterRead = { type: 'describe', kind: { resource: 'deployments' }, names: ['rea'] };

      const names = [...(await read(begun)).text.matchAll(/^Name: +(\S+)$/gm)].map(([, name]) => name);
      expect(names).toEqual(['read-a', 'read-b']);
      expect(await read({ ...begun, exact: true })).toMatchObject({
        text: 'Error from server (NotFound): deployments.apps "rea" not found\n',
        exitCode: 1,
      });
    });

    it('describes a service with its ports and nobody behind it', async () => {
      const { server } = subject();
      await server.send({
        method: 'POST',
        path: `/api/v1/namespaces/${server.namespace}/services`,
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          metadata: { name: 'read-s' },
          spec: { selector: { app: 'nobody' }, ports: [{ name: 'http', port: 80, targetPort: 'web' }] },
        }),
      });
      const described: ClusterRead = { type: 'describe', kind: { resource: 'services' }, names: ['read-s'] };
      // The slice of a new service comes a moment later; without one kubectl says <none>.
      await eventually('the service has a slice', async () => /^Endpoints: +$/m.test((await read(described)).text));

      const { text, exitCode } = await read(described);

      expect(exitCode).toBe(0);
      for (const line of [
        /^Selector: +app=nobody$/m,
        /^Type: +ClusterIP$/m,
        /^IPs?: +[\d.]+$/m,
        /^Port: +http {2}80\/TCP$/m,
        /^TargetPort: +web\/TCP$/m,
        /^Session Affinity: +None$/m,
        /^Events: +<none>$/m,
      ]) {
        expect(text).toMatch(line);
      }
    });

    it('describes a node for a service, with what its pods hold of it', async () => {
      const { text: name } = await read(get('nodes', { output: { format: 'name' } }));
      const node = name.split('\n')[0]?.replace('node/', '') ?? '';

      const { text, exitCode } = await read(
        { type: 'describe', kind: { resource: 'nodes' }, names: [node] },
        { allowedNamespaces: [subject().server.namespace] },
      );

      expect(exitCode).toBe(0);
      for (const line of [
        new RegExp(`^Name: +${node}$`, 'm'),
        /^Unschedulable: +(true|false)$/m,
        /^ {2}HolderIdentity: +\S+$/m,
        /^ {2}Ready +True +.*KubeletReady +kubelet is posting ready status$/m,
        /^Allocatable:$/m,
        /^ {2}Kubelet Version: +v1\.\d+/m,
        /^Non-terminated Pods: +\(\d+ in total\)$/m,
        /^ {2}cpu +\S+ \(\d+%\) +\S+ \(\d+%\)$/m,
        /^ {2}memory +\S+ \(\d+%\) +\S+ \(\d+%\)$/m,
      ]) {
        expect(text).toMatch(line);
      }
    });

    it('lists the revisions of a rollout and shows the template of one', async () => {
      const target = { resource: 'deployments', name: 'read-b' };
      const title = 'deployment.apps/read-b ';

      expect(await read({ type: 'rollout-history', target })).toEqual({
        text: `${title}\nREVISION  CHANGE-CAUSE\n1         <none>\n\n`,
        exitCode: 0,
        truncated: false,
      });
      const shown = await read({ type: 'rollout-history', target, revision: 1 });
      expect(shown.text.split('\n').slice(0, 2)).toEqual([`${title}with revision #1`, 'Pod Template:']);
      expect(shown.text).toMatch(/^ {3}two:\n {4}Image:\t\S+\n/m);
      expect(await read({ type: 'rollout-history', target, revision: 7 })).toMatchObject({
        text: 'error: unable to find the specified revision\n',
        exitCode: 1,
      });
      expect(await read({ type: 'rollout-history', target: { ...target, name: 'gone' } })).toMatchObject({
        text: 'Error from server (NotFound): deployments.apps "gone" not found\n',
        exitCode: 1,
      });
    });

    it('tells what happened to one object', async () => {
      const { server } = subject();
      const about = { resource: 'deployments', name: 'read-a' };

      expect(await read({ type: 'events', about })).toMatchObject({
        text: `No events found in ${server.namespace} namespace.\n`,
        exitCode: 0,
      });
      expect(await read({ type: 'events', about: { resource: 'unicorns', name: 'x' } })).toMatchObject({
        text: 'the server doesn\'t have a resource type "unicorns"\n',
        exitCode: 1,
      });
    });

    it('reads how much nodes use, and that no pod is there to use anything', async () => {
      // A metrics server that has just started has nothing yet.
      await eventually(
        'the nodes have metrics',
        async () => (await read({ type: 'top', what: 'nodes' })).exitCode === 0,
      );

      expect((await read({ type: 'top', what: 'nodes' })).text).toMatch(
        /^NAME +CPU\(cores\) +CPU\(%\) +MEMORY\(bytes\) +MEMORY\(%\) +\n(\S+ +\d+m +\d+% +\d+Mi +\d+% +\n)+$/,
      );
      expect(await read({ type: 'top', what: 'pods', selector: 'app=nobody' })).toMatchObject({
        text: `No resources found in ${subject().server.namespace} namespace.\n`,
        exitCode: 0,
      });
      expect(await read({ type: 'top', what: 'pods', name: 'gone' })).toMatchObject({
        text: expect.stringMatching(/^Error from server \(NotFound\): .*not found\n$/),
        exitCode: 1,
      });
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

    it.each<[string, ClusterRead]>([
      ['a name that climbs', get('pods', named('pods', '../secrets/x?'))],
      ['a namespace that climbs', get('pods', { namespace: '../../x' })],
      ['a node to describe that climbs', { type: 'describe', kind: { resource: 'nodes' }, names: ['../secrets'] }],
      ['a pod for usage that climbs', { type: 'top', what: 'pods', name: '../../../api/v1/secrets' }],
      [
        'a workload for its history that climbs',
        { type: 'rollout-history', target: { resource: 'deployments', name: '../x' } },
      ],
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
